//! A channel: one leg of a call as the switch sees it — its states, its parties, its variables, its times.

mod cause;
mod dtmf;
mod hold;
mod other_leg;
mod profile;
mod record;
mod state;
mod variables;

use strowger_event::{Event, EventKind, Headers};
use strowger_media::codec::Codec;

pub use cause::HangupCause;
pub use dtmf::{DigitQueue, Dtmf, DtmfSource};
pub(crate) use dtmf::{Secrecy, is_key, is_sendable, leading_number, parse as parse_digits};
pub use hold::HoldRecord;
pub use other_leg::{OtherLeg, Part};
pub use profile::{CallerProfile, ChannelTimes, now_micros};
pub use state::{CallState, ChannelState, Direction};
pub use variables::{Variables, disarmed};

/// How far the called party has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Not at all.
    Ringing,
    /// Sound before the answer.
    Early,
    /// Answered.
    Answered,
}

/// One leg's state. Owned by its session's task; nobody else holds it.
#[derive(Debug)]
pub struct Channel {
    /// Unique-ID.
    pub uuid: String,
    /// `sofia/internal/1000@example.com`.
    pub name: String,
    /// Who started it.
    pub direction: Direction,
    /// Which side of the call it is on: one that was sent elsewhere is a caller there, whoever made it.
    pub logical_direction: Direction,
    /// The state it is to be in (Channel-State-Number).
    pub state: ChannelState,
    /// The state whose work is being done (Channel-State).
    pub running_state: ChannelState,
    /// For people.
    pub call_state: CallState,
    /// How far it is answered.
    pub answer: Answer,
    /// 180 was seen or sent.
    pub ring_ready: bool,
    /// An outgoing leg that was sent into the dialplan or given an application.
    pub hit_dialplan: bool,
    /// Channel-Presence-ID, e.g. `1000@example.com`.
    pub presence_id: Option<String>,
    /// Channel-Call-UUID.
    pub call_uuid: String,
    /// The codec heard.
    pub read_codec: Option<Codec>,
    /// The codec spoken.
    pub write_codec: Option<Codec>,
    /// The parties; a channel that is being made has none yet.
    pub profile: Option<CallerProfile>,
    /// The leg it was joined with last.
    pub other_leg: Option<OtherLeg>,
    /// When what happened.
    pub times: ChannelTimes,
    /// Whether it is on hold, and was.
    pub hold: HoldRecord,
    /// Channel variables.
    pub variables: Variables,
    /// Set once, when it ends.
    pub hangup_cause: Option<HangupCause>,
    /// The application run last and its argument, for the record.
    pub last_application: Option<(String, String)>,
    /// Digits received that nothing has taken yet.
    pub digits: DigitQueue,
    /// Events that are bare otherwise carry the variables as well (`verbose_events`).
    pub is_verbose: bool,
}

impl Channel {
    /// A new channel in CS_NEW.
    #[must_use]
    pub fn new(uuid: String, name: String, direction: Direction) -> Self {
        Self {
            call_uuid: uuid.clone(),
            uuid,
            name,
            direction,
            logical_direction: direction,
            state: ChannelState::New,
            running_state: ChannelState::None,
            call_state: CallState::Down,
            answer: Answer::Ringing,
            ring_ready: false,
            hit_dialplan: false,
            presence_id: None,
            read_codec: None,
            write_codec: None,
            profile: None,
            other_leg: None,
            times: ChannelTimes { created: now_micros(), ..ChannelTimes::default() },
            hold: HoldRecord::default(),
            variables: Variables::default(),
            hangup_cause: None,
            last_application: None,
            digits: DigitQueue::default(),
            is_verbose: false,
        }
    }

    /// Gives the channel its parties; numbers and dates the profile.
    pub fn set_profile(&mut self, mut profile: CallerProfile) {
        profile.index = self.profile.as_ref().map_or(1, |earlier| earlier.index + 1);
        profile.created = now_micros();
        profile.uuid.clone_from(&self.uuid);
        profile.channel_name.clone_from(&self.name);
        self.times.profile_created = profile.created;
        self.profile = Some(profile);
    }

    /// Changes the caller profile the call has now.
    pub(crate) fn change_profile(&mut self, profile: CallerProfile) {
        match &self.profile {
            Some(_) => self.profile = Some(profile),
            None => self.set_profile(profile),
        }
    }

    /// Whether the call is over.
    #[must_use]
    pub fn is_down(&self) -> bool {
        self.hangup_cause.is_some()
    }

    /// The value of a variable, of a caller-profile field, or of one of the names FreeSWITCH answers for a channel
    /// (`uuid`, `state`, `channel_name`, …).
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        if let Some(value) = self.variables.get(name) {
            return Some(value);
        }
        match name {
            "uuid" => return Some(&self.uuid),
            "call_uuid" => return Some(&self.call_uuid),
            "channel_name" => return Some(&self.name),
            "state" => return Some(self.running_state.name()),
            "callstate" => return Some(self.call_state.name()),
            "hangup_cause" => return self.hangup_cause.map(HangupCause::name),
            _ => {}
        }
        self.profile.as_ref().and_then(|profile| profile.field(name)).filter(|value| !value.is_empty())
    }

    /// Both codecs and the variables that tell of them.
    pub fn set_codec(&mut self, codec: Codec) {
        self.read_codec = Some(codec);
        self.write_codec = Some(codec);
        self.variables.set("read_codec", codec.name());
        self.variables.set("read_rate", &codec.rate().to_string());
        self.variables.set("write_codec", codec.name());
        self.variables.set("write_rate", &codec.rate().to_string());
    }

    /// An event about this channel: `first`, then the channel's headers, then its variables where the kind carries them.
    #[must_use]
    pub fn event(&self, kind: EventKind, first: &[(&str, &str)]) -> Event {
        let with_variables = self.is_verbose || carries_variables(kind);
        let mut headers = Headers::with_capacity(64, 2048);
        for (name, value) in first {
            headers.push(name, value);
        }
        self.push_headers(&mut headers);
        if with_variables {
            for (name, value) in self.variables.scoped() {
                headers.push_prefixed("scope_variable_", name, value);
            }
            headers.share(self.variables.block());
        }
        Event { kind, headers, body: None }
    }

    /// CHANNEL_DATA as `connect` answers it: the caller profile once more, under `Channel-…`, in front.
    #[must_use]
    pub fn data_event(&self) -> Event {
        let mut headers = Headers::with_capacity(96, 3072);
        if let Some(profile) = &self.profile {
            profile.push_headers("Channel", (self.direction, self.logical_direction), &self.times, &mut headers);
        }
        self.push_headers(&mut headers);
        headers.share(self.variables.block());
        Event { kind: EventKind::ChannelData, headers, body: None }
    }

    /// `switch_channel_event_set_basic_data`: the headers every event about a channel has, in its order.
    pub fn push_headers(&self, headers: &mut Headers) {
        headers.push("Channel-State", self.running_state.name());
        headers.push("Channel-Call-State", self.call_state.name());
        headers.push_display("Channel-State-Number", self.state as u8);
        headers.push("Channel-Name", &self.name);
        headers.push("Unique-ID", &self.uuid);
        headers.push("Call-Direction", self.direction.name());
        headers.push("Presence-Call-Direction", self.direction.name());
        let hit = self.direction == Direction::Inbound || self.hit_dialplan;
        headers.push("Channel-HIT-Dialplan", if hit { "true" } else { "false" });
        if let Some(presence) = &self.presence_id {
            headers.push("Channel-Presence-ID", presence);
        }
        headers.push("Channel-Call-UUID", &self.call_uuid);
        headers.push("Answer-State", self.answer_state());
        if let Some(cause) = self.hangup_cause {
            headers.push("Hangup-Cause", cause.name());
        }
        for (side, codec) in [("Read", self.read_codec), ("Write", self.write_codec)] {
            let Some(codec) = codec else { continue };
            headers.push_prefixed(
                "Channel-",
                if side == "Read" { "Read-Codec-Name" } else { "Write-Codec-Name" },
                codec.name(),
            );
            headers.push_display(
                if side == "Read" { "Channel-Read-Codec-Rate" } else { "Channel-Write-Codec-Rate" },
                codec.rate(),
            );
            headers.push_display(
                if side == "Read" { "Channel-Read-Codec-Bit-Rate" } else { "Channel-Write-Codec-Bit-Rate" },
                codec.bit_rate(),
            );
        }
        if let Some(profile) = &self.profile {
            profile.push_headers("Caller", (self.direction, self.logical_direction), &self.times, headers);
        }
        if let Some(other_leg) = &self.other_leg {
            other_leg.push_headers(headers);
        }
    }

    /// Appends the caller profile once more, under another prefix: what the dialplan is asked for (`Hunt-…`).
    pub(crate) fn push_profile(&self, prefix: &str, headers: &mut Headers) {
        if let Some(profile) = &self.profile {
            profile.push_headers(prefix, (self.direction, self.logical_direction), &self.times, headers);
        }
    }

    fn answer_state(&self) -> &'static str {
        match self.answer {
            _ if self.is_down() => "hangup",
            Answer::Answered => "answered",
            Answer::Early => "early",
            Answer::Ringing => "ringing",
        }
    }
}

/// State changes are frequent and bare; every other event about a channel carries its variables
/// (`switch_channel_event_set_extended_data`).
const fn carries_variables(kind: EventKind) -> bool {
    !matches!(
        kind,
        EventKind::ChannelState
            | EventKind::ChannelCallstate
            | EventKind::ChannelOutgoing
            | EventKind::ChannelApplication
            | EventKind::Dtmf
            | EventKind::Talk
            | EventKind::Notalk
            | EventKind::RecvInfo
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn events_share_the_variables() {
        let mut channel = Channel::new("u".into(), "null/u".into(), Direction::Inbound);
        channel.variables.set("colour", "red");
        let first = channel.event(EventKind::ChannelPark, &[]);
        // The event holds them, and nothing was copied.
        assert_eq!(Arc::strong_count(channel.variables.block()), 2);
        channel.variables.set("colour", "blue");
        let second = channel.event(EventKind::ChannelPark, &[]);
        assert_eq!(first.get("variable_colour"), Some("red"));
        assert_eq!(second.get("variable_colour"), Some("blue"));
    }
}
