//! Ringing, early media, answer and hangup: the acts, with their times and events.

use strowger_event::EventKind;

use super::hooks::Turn;
use super::{Next, Session};
use crate::channel::{Answer, CallState, ChannelState, Direction, HangupCause, now_micros};
use crate::session::Interrupted;

impl Session {
    /// Tells the caller that it rings (180), unless that is known already.
    ///
    /// # Errors
    /// [`Interrupted`] when that ended the call.
    pub fn ring_ready(&mut self) -> Result<(), Interrupted> {
        self.ring(false)
    }

    /// Tells the caller that it waits in a queue (182), unless it was told that it rings or waits.
    ///
    /// # Errors
    /// [`Interrupted`] when that ended the call.
    pub fn ring_queued(&mut self) -> Result<(), Interrupted> {
        self.ring(true)
    }

    fn ring(&mut self, queued: bool) -> Result<(), Interrupted> {
        self.check()?;
        if self.channel.direction == Direction::Inbound
            && self.channel.answer == Answer::Ringing
            && !self.channel.ring_ready
        {
            let channel = &mut self.channel;
            let rung = if queued { self.leg.queued(channel) } else { self.leg.ring_ready(channel) };
            self.or_hang_up(rung)?;
            self.mark_ringing();
        }
        Ok(())
    }

    /// Opens media before the answer (183), unless it is open already.
    ///
    /// # Errors
    /// [`Interrupted`] when that ended the call.
    pub fn pre_answer(&mut self) -> Result<(), Interrupted> {
        self.check()?;
        if self.channel.direction == Direction::Inbound && self.channel.answer == Answer::Ringing {
            let opened = self.leg.pre_answer(&mut self.channel);
            self.or_hang_up(opened)?;
            self.mark_early();
        }
        Ok(())
    }

    /// Answers (200), unless it is answered already.
    ///
    /// # Errors
    /// [`Interrupted`] when that ended the call.
    pub fn answer(&mut self) -> Result<(), Interrupted> {
        self.check()?;
        if self.channel.answer != Answer::Answered {
            let answered = self.leg.answer(&mut self.channel);
            self.or_hang_up(answered)?;
            self.mark_answered();
        }
        Ok(())
    }

    /// Answers the caller with a status of the signalling's own (`404 Not Found`), which ends the call.
    pub fn respond(&mut self, status: u16, reason: &str) {
        if !self.channel.is_down() {
            let cause = self.leg.respond(&mut self.channel, status, reason);
            if status >= 300 {
                self.hangup(cause);
            }
        }
    }

    /// Ends the call. The first cause stands; later ones are ignored.
    pub fn hangup(&mut self, cause: HangupCause) {
        if self.channel.is_down() {
            return;
        }
        self.mark_hold(false);
        self.channel.hangup_cause = Some(cause);
        self.channel.times.hungup = now_micros();
        tracing::info!(uuid = %self.channel.uuid, "Hangup {} [{}] [{}]", self.channel.name, self.channel.state.name(), cause.name());
        self.channel.state = ChannelState::Hangup;
        self.acknowledge_transfer(false);
        self.tell_partner_why();
        self.fire_channel(EventKind::ChannelHangup);
        self.handle.set_down(cause);
        self.tell_originator(|placing| placing.ended = Some(cause));
    }

    /// The other leg of a bridge learns what the signalling said, before it learns of the end.
    fn tell_partner_why(&self) {
        let Some(said) = self.channel.variables.get("proto_specific_hangup_cause").map(str::to_owned) else { return };
        self.tell_partner(move |other| {
            other.channel.variables.set("last_bridge_proto_specific_hangup_cause", &said);
        });
    }

    /// The far end rings (180 came in, or was sent).
    pub fn mark_ringing(&mut self) {
        if self.channel.ring_ready || self.channel.answer != Answer::Ringing || self.channel.is_down() {
            return;
        }
        self.channel.ring_ready = true;
        self.channel.times.progress = now_micros();
        self.fire_channel(EventKind::ChannelProgress);
        self.take_turn(Turn::Ring);
        self.reach(CallState::Ringing);
        self.tell_originator(|placing| placing.ringing = true);
    }

    /// Sound before the answer (183 with SDP came in, or was sent).
    pub fn mark_early(&mut self) {
        if self.channel.answer != Answer::Ringing || self.channel.is_down() {
            return;
        }
        self.channel.answer = Answer::Early;
        self.channel.times.progress_media = now_micros();
        self.channel.variables.set("endpoint_disposition", "EARLY MEDIA");
        self.fire_channel(EventKind::ChannelProgressMedia);
        self.take_turn(Turn::PreAnswer);
        self.reach(CallState::Early);
        self.tell_originator(|placing| placing.early = true);
    }

    /// The call is answered (200 came in, or was sent).
    pub fn mark_answered(&mut self) {
        if self.channel.answer == Answer::Answered || self.channel.is_down() {
            return;
        }
        let is_media_new = self.channel.answer != Answer::Early;
        self.channel.answer = Answer::Answered;
        self.channel.times.answered = now_micros();
        self.fire_channel(EventKind::ChannelAnswer);
        self.channel.variables.set("endpoint_disposition", "ANSWER");
        self.take_turn(Turn::Answer { is_media_new });
        self.reach(CallState::Active);
        self.open_gates();
        self.tell_originator(|placing| placing.answered = true);
    }

    /// Sends an originated leg on: it becomes the caller of what it is sent to, once that is executed.
    pub fn send_on(&mut self, next: Next) {
        if !self.channel.is_down() {
            self.go(next);
        }
    }

    /// An originated leg that runs applications is their caller, no longer somebody's called party.
    pub(super) fn become_caller(&mut self) {
        if self.channel.direction == Direction::Outbound && !self.channel.hit_dialplan {
            self.channel.hit_dialplan = true;
            if self.channel.variables.get("channel_cid_flipped").is_none() {
                self.flip_caller_id();
            }
        }
    }

    fn flip_caller_id(&mut self) {
        let Some(profile) = &mut self.channel.profile else { return };
        self.channel.variables.set("pre_transfer_caller_id_name", &profile.caller_id_name);
        self.channel.variables.set("pre_transfer_caller_id_number", &profile.caller_id_number);
        profile.flip();
        self.channel.variables.set("channel_cid_flipped", "yes");
        self.fire_channel_with(EventKind::CallUpdate, &[("Direction", "RECV")]);
    }

    fn or_hang_up(&mut self, outcome: Result<(), HangupCause>) -> Result<(), Interrupted> {
        outcome.map_err(|cause| {
            self.hangup(cause);
            Interrupted::Hangup
        })
    }
}
