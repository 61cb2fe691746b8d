//! What makes channels: the trait of an endpoint and of the leg it gives a session.

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;

use crate::channel::{CallerProfile, Channel, Dtmf, HangupCause, Variables};
use crate::indication::{Indicated, Indication};
use crate::media::Stream;
use crate::session::SessionHandle;
use crate::switch::Switch;

/// Places calls: `null`, `sofia`, ….
#[async_trait]
pub trait Endpoint: Send + Sync {
    /// The word in front of the first `/` of a dial string.
    fn name(&self) -> &'static str;

    /// The FreeSWITCH module that brings it there.
    fn module(&self) -> &'static str {
        "mod_dptools"
    }

    /// Another dial string that is dialled instead of this address, if it stands for one (`user`, `group`).
    ///
    /// # Errors
    /// The cause that the originator is told.
    async fn redirect(
        &self,
        switch: &Arc<Switch>,
        request: &OutgoingRequest<'_>,
    ) -> Result<Option<Redirect>, HangupCause> {
        let _ = (switch, request);
        Ok(None)
    }

    /// Makes the channel for a dial string's rest. Nothing is sent yet: [`Leg::start`] does that.
    ///
    /// # Errors
    /// The cause that the originator is told.
    async fn outgoing(&self, switch: &Arc<Switch>, request: &OutgoingRequest<'_>) -> Result<Outgoing, HangupCause>;
}

/// What is dialled instead of an address.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// The dial string.
    pub dial_string: String,
    /// Variables that its legs get before those of the dial string.
    pub variables: Vec<(String, String)>,
    /// Variables that the caller gets.
    pub told: Vec<(String, String)>,
    /// Variables that the leg gets which answers, once it has.
    pub answered: Vec<(String, String)>,
    /// The variable of that leg which names the context it is in from then on.
    pub context: &'static str,
    /// Its legs do not get what the dial string around it sets.
    pub is_apart: bool,
}

/// What an endpoint is asked to dial.
pub struct OutgoingRequest<'a> {
    /// The dial string behind `name/`.
    pub address: &'a str,
    /// The caller: name, number, context as the originator set them.
    pub profile: CallerProfile,
    /// The variables of the dial string; the session gets them all by itself.
    pub variables: &'a Variables,
    /// All variables of the leg that calls, if one does.
    pub caller: Option<&'a Variables>,
}

/// A leg that is ready to be started.
pub struct Outgoing {
    /// Channel-Name.
    pub channel_name: String,
    /// The profile, its destination filled in.
    pub profile: CallerProfile,
    /// The signalling and media of the leg.
    pub leg: Box<dyn Leg>,
}

/// How an outgoing leg stands once it was placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// Its answer is still to come.
    Waiting,
    /// It is answered already.
    Answered,
}

/// The signalling and media of one channel. Calls never block: what takes time comes back through the
/// [`SessionHandle`].
pub trait Leg: Any + Send {
    /// Called once, before the leg is started, with the way back into the session.
    fn attach(&mut self, handle: &SessionHandle);

    /// The variables of a channel that is just made, before its first event that carries them.
    fn describe(&self, channel: &mut Channel);

    /// CS_INIT: an incoming leg reads its offer, an outgoing one sends its INVITE.
    ///
    /// # Errors
    /// The cause the call ends with.
    fn start(&mut self, channel: &mut Channel) -> Result<(), HangupCause>;

    /// CS_CONSUME_MEDIA of an outgoing leg.
    fn placed(&mut self, channel: &mut Channel) -> Placed;

    /// Tells the caller that it rings. This, the two below and [`Leg::respond`] do nothing on a leg without signalling.
    ///
    /// # Errors
    /// The cause the call ends with.
    fn ring_ready(&mut self, channel: &mut Channel) -> Result<(), HangupCause> {
        let _ = channel;
        Ok(())
    }

    /// Tells the caller that it waits in a queue (182); where the signalling knows no such thing, that it rings.
    ///
    /// # Errors
    /// The cause the call ends with.
    fn queued(&mut self, channel: &mut Channel) -> Result<(), HangupCause> {
        self.ring_ready(channel)
    }

    /// Opens media before the answer.
    ///
    /// # Errors
    /// The cause the call ends with.
    fn pre_answer(&mut self, channel: &mut Channel) -> Result<(), HangupCause> {
        let _ = channel;
        Ok(())
    }

    /// Answers.
    ///
    /// # Errors
    /// The cause the call ends with.
    fn answer(&mut self, channel: &mut Channel) -> Result<(), HangupCause> {
        let _ = channel;
        Ok(())
    }

    /// Sends digits, pauses (`w`, `W`) and hook flashes (`F`), one after the other, each at its time. A leg that has no
    /// way to send any does nothing.
    fn send_dtmf(&mut self, channel: &mut Channel, digits: &[Dtmf]) {
        let _ = (channel, digits);
    }

    /// Puts the far end on hold, or takes it back; whether the signalling knows such a thing. What the far end says to it
    /// comes later.
    fn hold(&mut self, channel: &mut Channel, on: bool) -> bool {
        let _ = (channel, on);
        false
    }

    /// Answers the caller with a status of the signalling's own, e.g. `404 Not Found`; the cause it means.
    fn respond(&mut self, channel: &mut Channel, status: u16, reason: &str) -> HangupCause {
        let _ = (channel, reason);
        HangupCause::from_sip(status)
    }

    /// Tells the far end something else. A leg without signalling tells nobody, and that is done.
    fn indicate(&mut self, channel: &mut Channel, indication: &Indication<'_>) -> Indicated {
        let _ = (channel, indication);
        Indicated::Done
    }

    /// Sets the variables that tell how media went so far.
    fn tell_statistics(&mut self, channel: &mut Channel) {
        let _ = channel;
    }

    /// The call is over (CS_HANGUP): ends the signalling and the media. Called once.
    fn hangup(&mut self, channel: &mut Channel, cause: HangupCause);

    /// CS_REPORTING: the variables that tell how the call went.
    fn report(&mut self, channel: &mut Channel) {
        let _ = channel;
    }

    /// The leg's media, once there is any.
    fn stream(&mut self) -> Option<&Stream>;
}
