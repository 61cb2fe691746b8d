use std::sync::Arc;

use strowger_event::{Event, EventKind, Headers};

use super::{Session, SpeechNews};
use crate::bus::{Inlet, Origin};
use crate::channel::{CallState, ChannelState};

const PRIVATE_COMMAND: Origin = Origin::new("switch_ivr.c", "switch_ivr_parse_next_event", 862);
const SPEECH: Origin = Origin::new("switch_ivr_async.c", "speech_thread", 4780);

impl Session {
    /// Publishes an event about this channel: `first`, the channel's headers and variables, `last`. Costs next to
    /// nothing when nobody wants the kind.
    pub fn fire(&self, kind: EventKind, origin: Origin, first: &[(&str, &str)], last: &[(&str, &str)]) {
        if !self.switch.bus().wants(kind) {
            return self.switch.bus().skip();
        }
        self.switch.bus().publish(self.event(kind, first, last), origin);
    }

    fn event(&self, kind: EventKind, first: &[(&str, &str)], last: &[(&str, &str)]) -> Event {
        let mut event = self.channel.event(kind, first);
        for (name, value) in last {
            event.headers.push(name, value);
        }
        event
    }

    /// Publishes an event about what the caller put in (a digit, say), with `last` behind the channel's headers. While a
    /// listener diverts the call's input it goes there, and nowhere else.
    pub fn fire_input(&self, kind: EventKind, origin: Origin, last: &[(&str, &str)]) {
        self.fire_private(kind, origin, &[], last);
    }

    /// As [`Session::fire_input`], with headers in front of the channel's own as well.
    pub(super) fn fire_private(&self, kind: EventKind, origin: Origin, first: &[(&str, &str)], last: &[(&str, &str)]) {
        let Some(inlet) = &self.diverted else { return self.fire(kind, origin, first, last) };
        let event = self.event(kind, first, last);
        if !inlet.push(&Arc::new(self.switch.bus().unpublished(event, origin))) {
            // The listener has left without a word.
            self.fire(kind, origin, first, last);
        }
    }

    /// Sends the call's input to one listener from now on (`divert_events`), or to everyone again.
    pub fn divert(&mut self, to: Option<Inlet>) {
        self.diverted = to;
    }

    /// Has `visitor`, who does something on the call, told what comes in for it besides digits: speech that was understood,
    /// and messages to the call ([`Session::bring`]). `None` when it has left.
    pub fn tell_visitor(&mut self, visitor: Option<Inlet>) {
        self.visitor = visitor;
    }

    /// Brings the call a message, for whoever does something on it (`switch_core_session_queue_event`); whether there is
    /// anybody.
    pub fn bring(&self, event: Event) -> bool {
        let Some(visitor) = &self.visitor else { return false };
        visitor.push(&Arc::new(self.switch.bus().unpublished(event, PRIVATE_COMMAND)))
    }

    /// What was heard of the caller's speech (DETECTED_SPEECH): for everybody when the variable `fire_asr_events` says so,
    /// and for the listener that the call's input is diverted to.
    pub(super) fn fire_speech(&self, news: &SpeechNews) {
        let (kind, body) = match news {
            SpeechNews::Began => ("begin-speaking", None),
            SpeechNews::Detected(result) => ("detected-speech", Some(result.clone())),
            SpeechNews::Closed => ("closed", None),
        };
        let bus = self.switch.bus();
        if self.is_set("fire_asr_events") {
            let event = self.event(EventKind::DetectedSpeech, &[("Speech-Type", kind)], &[]);
            bus.publish(Event { body: body.clone(), ..event }, SPEECH);
        }
        if self.diverted.is_some() || self.visitor.is_some() {
            let event = Event::new(EventKind::DetectedSpeech).header("Speech-Type", kind);
            let event = Arc::new(bus.unpublished(Event { body, ..event }, SPEECH));
            for inlet in self.diverted.iter().chain(&self.visitor) {
                // One who has left misses nothing.
                inlet.push(&event);
            }
        }
    }

    /// Says that a message of another was carried out (PRIVATE_COMMAND): the message's headers, then the channel's.
    pub fn fire_private_command(&self, message: Headers) {
        let event = Event { kind: EventKind::PrivateCommand, headers: message, body: None };
        let mut channel = Headers::default();
        if self.switch.bus().wants(event.kind) {
            self.channel.push_headers(&mut channel);
        }
        self.switch.bus().publish_amid(event, &channel, PRIVATE_COMMAND);
    }

    /// Publishes an event made elsewhere (the `event` application).
    pub fn publish(&self, event: Event, origin: Origin) {
        self.switch.bus().publish(event, origin);
    }

    pub(crate) fn fire_channel(&self, kind: EventKind) {
        self.fire_channel_with(kind, &[]);
    }

    /// As [`Session::fire_channel`], with headers in front of the channel's own.
    pub(crate) fn fire_channel_with(&self, kind: EventKind, first: &[(&str, &str)]) {
        self.fire(kind, origin_of(kind), first, &[]);
    }

    /// Enters a state: its work begins now (CHANNEL_STATE).
    pub(super) fn enter(&mut self, state: ChannelState) {
        self.channel.running_state = state;
        self.fire_channel(EventKind::ChannelState);
    }

    /// Changes the call state, with its event; nothing when it is the same.
    pub(super) fn set_call_state(&mut self, state: CallState) {
        let before = self.channel.call_state;
        if before == state {
            return;
        }
        self.channel.call_state = state;
        let number = (state as u8).to_string();
        let first = [("Original-Channel-Call-State", before.name()), ("Channel-Call-State-Number", number.as_str())];
        self.fire_channel_with(EventKind::ChannelCallstate, &first);
    }
}

/// The place in FreeSWITCH that fires such an event; clients filter on the file.
const fn origin_of(kind: EventKind) -> Origin {
    match kind {
        EventKind::ChannelState => Origin::new("switch_channel.c", "switch_channel_perform_set_running_state", 2501),
        EventKind::ChannelCallstate => Origin::new("switch_channel.c", "switch_channel_perform_set_callstate", 287),
        EventKind::ChannelCreate => Origin::new("switch_core_state_machine.c", "switch_core_session_run", 626),
        EventKind::ChannelOutgoing => Origin::new("switch_core_session.c", "switch_core_session_outgoing_channel", 715),
        EventKind::ChannelUuid => Origin::new("switch_core_session.c", "switch_core_session_set_uuid", 2222),
        EventKind::ChannelOriginate => Origin::new("switch_ivr_originate.c", "switch_ivr_originate", 3092),
        EventKind::ChannelAnswer => Origin::new("switch_channel.c", "switch_channel_perform_mark_answered", 3856),
        EventKind::ChannelProgress => {
            Origin::new("switch_channel.c", "switch_channel_perform_mark_ring_ready_value", 3569)
        }
        EventKind::ChannelProgressMedia => {
            Origin::new("switch_channel.c", "switch_channel_perform_mark_pre_answered", 3661)
        }
        EventKind::ChannelHangup => Origin::new("switch_channel.c", "switch_channel_perform_hangup", 3482),
        EventKind::ChannelHangupComplete => {
            Origin::new("switch_core_state_machine.c", "switch_core_session_reporting_state", 926)
        }
        EventKind::ChannelDestroy => Origin::new("switch_core_session.c", "switch_core_session_perform_destroy", 1504),
        EventKind::ChannelPark => Origin::new("switch_ivr.c", "switch_ivr_park", 1004),
        EventKind::ChannelUnpark => Origin::new("switch_ivr.c", "switch_ivr_park", 1105),
        EventKind::CallUpdate => Origin::new("switch_channel.c", "switch_channel_flip_cid", 3260),
        _ => Origin::new("switch_core_session.c", "switch_core_session_exec", 2914),
    }
}
