//! The `loopback` endpoint: a leg whose other side is a call of its own through the dialplan.
//!
//! `loopback/9901` makes two channels. `loopback/9901-a` is the leg that was dialled; `loopback/9901-b` is a call that comes
//! in and looks for extension 9901. What one is told the other one does: it rings, answers, hangs up, hears the digits.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use strowger_media::codec::Codec;

use crate::channel::{CallerProfile, Channel, Dtmf, DtmfSource, HangupCause};
use crate::endpoint::{Endpoint, Leg, Outgoing, OutgoingRequest, Placed};
use crate::media::Stream;
use crate::session::{Session, SessionHandle};
use crate::sessions::IncomingCall;
use crate::switch::Switch;

/// `loopback/NUMBER[/CONTEXT[/DIALPLAN]]`.
pub struct LoopbackEndpoint;

#[async_trait]
impl Endpoint for LoopbackEndpoint {
    fn name(&self) -> &'static str {
        "loopback"
    }

    fn module(&self) -> &'static str {
        "mod_loopback"
    }

    async fn outgoing(&self, switch: &Arc<Switch>, request: &OutgoingRequest<'_>) -> Result<Outgoing, HangupCause> {
        let mut parts = request.address.splitn(3, '/');
        let number = parts.next().filter(|number| !number.is_empty()).ok_or(HangupCause::InvalidNumberFormat)?;
        let (context, dialplan) = (parts.next().filter(|context| !context.is_empty()), parts.next());
        let (near, far) = switch.media().open_pair().map_err(|_| HangupCause::NormalTemporaryFailure)?;
        let mut profile = request.profile.clone();
        profile.destination_number = number.to_owned();
        // FreeSWITCH takes what is behind the last slash for the party called.
        request.address.rsplit('/').next().unwrap_or(number).clone_into(&mut profile.callee_id_number);
        profile.source = "mod_loopback".to_owned();
        if profile.dialplan.is_empty() {
            // Nobody's call, but somebody's wish: FreeSWITCH writes it so.
            dialplan.unwrap_or("xml").clone_into(&mut profile.dialplan);
        }
        let inner = CallerProfile {
            context: context.unwrap_or(&profile.context).to_owned(),
            dialplan: dialplan.unwrap_or("XML").to_owned(),
            ..profile.clone()
        };
        let ends = Arc::new(Ends::default());
        let callee = LoopbackLeg { side: Side::B, ends: Arc::clone(&ends), stream: Some(far), call: None };
        let call = IncomingCall {
            uuid: switch.new_uuid(),
            channel_name: format!("loopback/{number}-b"),
            profile: inner,
            leg: Box::new(callee),
        };
        let call = Some((Arc::clone(switch), call));
        let leg = Box::new(LoopbackLeg { side: Side::A, ends, stream: Some(near), call });
        Ok(Outgoing { channel_name: format!("loopback/{number}-a"), profile, leg })
    }
}

/// The sessions of both sides, once they are there.
#[derive(Default)]
struct Ends {
    a: OnceLock<SessionHandle>,
    b: OnceLock<SessionHandle>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    A,
    B,
}

struct LoopbackLeg {
    side: Side,
    ends: Arc<Ends>,
    stream: Option<Stream>,
    /// On side A: the call of side B, before it is begun.
    call: Option<(Arc<Switch>, IncomingCall)>,
}

impl LoopbackLeg {
    fn own(&self) -> &OnceLock<SessionHandle> {
        if self.side == Side::A { &self.ends.a } else { &self.ends.b }
    }

    fn other(&self) -> Option<&SessionHandle> {
        if self.side == Side::A { self.ends.b.get() } else { self.ends.a.get() }
    }

    /// Tells side A what side B did.
    fn tell(&self, what: impl FnOnce(&mut Session) + Send + 'static) -> Result<(), HangupCause> {
        match self.other() {
            Some(other) => other.tell(what).map_err(|_| HangupCause::NormalTemporaryFailure),
            None => Ok(()),
        }
    }
}

impl Leg for LoopbackLeg {
    fn attach(&mut self, handle: &SessionHandle) {
        // Called once.
        let _ = self.own().set(handle.clone());
    }

    fn describe(&self, channel: &mut Channel) {
        channel.set_codec(Codec::L16);
        channel.variables.set("is_loopback", "yes");
        channel.variables.set("loopback_leg", if self.side == Side::A { "A" } else { "B" });
        if let Some(other) = self.other() {
            channel.variables.set("other_loopback_leg_uuid", other.uuid());
        }
    }

    fn start(&mut self, channel: &mut Channel) -> Result<(), HangupCause> {
        let Some((switch, call)) = self.call.take() else { return Ok(()) };
        channel.variables.set("other_loopback_leg_uuid", &call.uuid);
        switch.start_incoming(call).map(|_| ())
    }

    fn placed(&mut self, _channel: &mut Channel) -> Placed {
        Placed::Waiting
    }

    fn ring_ready(&mut self, _channel: &mut Channel) -> Result<(), HangupCause> {
        self.tell(Session::mark_ringing)
    }

    fn pre_answer(&mut self, _channel: &mut Channel) -> Result<(), HangupCause> {
        self.tell(Session::mark_early)
    }

    fn answer(&mut self, _channel: &mut Channel) -> Result<(), HangupCause> {
        self.tell(Session::mark_answered)
    }

    /// What is pressed on one side is heard on the other once it has lasted its time; pauses are not heard. Without that
    /// time a digit would fly around for ever where both sides of a loopback are joined with one another.
    fn send_dtmf(&mut self, _channel: &mut Channel, digits: &[Dtmf]) {
        let Some(other) = self.other().cloned() else { return };
        let digits = digits.to_vec();
        tokio::spawn(async move {
            for digit in digits {
                tokio::time::sleep(Duration::from_micros(u64::from(digit.duration) * 125)).await;
                let heard = Dtmf { source: DtmfSource::Endpoint, ..digit };
                if other.tell(move |session| session.receive_dtmf(heard)).is_err() {
                    return;
                }
            }
        });
    }

    /// There is no signalling to answer with a status: the call just ends.
    fn respond(&mut self, _channel: &mut Channel, _status: u16, _reason: &str) -> HangupCause {
        HangupCause::NormalClearing
    }

    fn hangup(&mut self, _channel: &mut Channel, cause: HangupCause) {
        self.stream = None;
        if let Some(other) = self.other() {
            other.hangup(cause);
        }
    }

    fn report(&mut self, _channel: &mut Channel) {}

    fn stream(&mut self) -> Option<&Stream> {
        self.stream.as_ref()
    }
}
