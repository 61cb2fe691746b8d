//! What the far end is told by its signalling, and what it answers to being sent elsewhere.

use std::time::Duration;

use strowger_event::EventKind;
use tokio::sync::oneshot;

use super::{Interrupted, Session};
use crate::bus::Origin;
use crate::channel::{Answer, HangupCause};
use crate::indication::{Indicated, Indication, OtherSide};

const UPDATED: Origin = Origin::new("mod_sofia.c", "sofia_receive_message", 1910);

/// How long a far end that was sent elsewhere may take to say how that went.
pub const DEFLECTION: Duration = Duration::from_secs(10);

/// What a far end that says nothing has said.
pub const NO_REPLY: &str = "no reply";

/// What a session knows of its signalling.
#[derive(Debug, Default)]
pub(crate) struct Signalling {
    /// Who waits for the answer to a deflection.
    deflection: Option<oneshot::Sender<String>>,
    /// How many presence events it has fired.
    pub(super) presence_events: u64,
    /// Media goes around us.
    pub(super) is_bypassed: bool,
}

impl Session {
    /// Tells the far end something; `false` when the call is over or its signalling cannot.
    pub fn indicate(&mut self, indication: &Indication<'_>) -> bool {
        if self.channel.is_down() {
            return false;
        }
        match self.leg.indicate(&mut self.channel, indication) {
            Indicated::Done | Indicated::Told => true,
            Indicated::Failed => false,
            Indicated::Ends(cause) => {
                self.hangup(cause);
                true
            }
        }
    }

    /// Has the far end of an answered call call `to` itself. What it answers comes to the receiver, once; `None` where
    /// there is nothing to wait for.
    pub fn deflect(&mut self, to: &str) -> Option<oneshot::Receiver<String>> {
        if self.channel.is_down() {
            return None;
        }
        let outcome = self.leg.indicate(&mut self.channel, &Indication::Deflect(to));
        (outcome == Indicated::Told).then(|| {
            let (sender, receiver) = oneshot::channel();
            self.signalling.deflection = Some(sender);
            receiver
        })
    }

    /// As [`Session::deflect`], waits for the answer, and ends the call with BLIND_TRANSFER.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ends, as it does when it was deflected, or is sent elsewhere first.
    pub async fn deflect_and_end(&mut self, to: &str) -> Result<(), Interrupted> {
        if let Some(reply) = self.deflect(to) {
            // However it went: the call was given away.
            let _ = self.attend(tokio::time::timeout(DEFLECTION, reply)).await?;
            self.hangup(HangupCause::BlindTransfer);
        }
        self.check()
    }

    /// The far end says how its call elsewhere went; nothing when nobody waits.
    pub fn deflected(&mut self, reply: &str) {
        if let Some(waiting) = self.signalling.deflection.take() {
            // Who waited may have gone.
            let _ = waiting.send(reply.to_owned());
        }
    }

    /// Notes with whom the call is, and shows it at the far end of an answered call (CALL_UPDATE) where its signalling
    /// can. The same twice is shown once.
    pub fn display(&mut self, name: &str, number: &str) -> bool {
        if self.channel.is_down() {
            return false;
        }
        for (variable, value) in [("last_sent_callee_id_name", name), ("last_sent_callee_id_number", number)] {
            if !value.is_empty() {
                self.channel.variables.set(variable, value);
            }
        }
        if self.is_set("ignore_display_updates") {
            return true;
        }
        let shown = self.leg.indicate(&mut self.channel, &Indication::Display { name, number });
        if shown == Indicated::Told {
            self.fire_display(name, number);
        }
        shown != Indicated::Failed
    }

    fn fire_display(&self, name: &str, number: &str) {
        let called = self.channel.profile.as_ref().map_or("", |profile| profile.destination_number.as_str());
        let number = if number.is_empty() { called } else { number };
        let mut first = vec![("Direction", "SEND"), ("Sent-Callee-ID-Name", name), ("Sent-Callee-ID-Number", number)];
        first.extend(self.partner().map(|partner| ("Bridged-To", partner.uuid())));
        self.fire(EventKind::CallUpdate, UPDATED, &first, &[]);
    }

    /// What the far end of the other leg of a bridge must know to call this one's.
    #[must_use]
    pub fn as_other_side(&self) -> OtherSide {
        OtherSide { direction: self.channel.direction, variables: self.channel.variables.clone() }
    }

    /// Marks an outgoing call answered, whatever its far end says; `false` for a call that came in.
    pub fn force_answer(&mut self) -> bool {
        let outgoing = self.channel.direction == crate::channel::Direction::Outbound;
        if outgoing {
            self.mark_answered();
        }
        outgoing
    }

    /// Has media go straight to where `description` says; `false` when it does already, or the signalling cannot.
    pub fn bypass(&mut self, description: &str) -> bool {
        let told = self.channel.answer == Answer::Answered
            && !self.channel.is_down()
            && self.leg.indicate(&mut self.channel, &Indication::Bypass(description)) == Indicated::Told;
        self.signalling.is_bypassed |= told;
        told
    }

    /// Has media come here again; `false` when it does already.
    pub fn end_bypass(&mut self) -> bool {
        std::mem::take(&mut self.signalling.is_bypassed) && self.indicate(&Indication::Unbypass)
    }

    /// Sets the variables that tell how the call's media goes, as they are when it ends.
    pub fn set_media_statistics(&mut self) {
        self.leg.tell_statistics(&mut self.channel);
    }
}
