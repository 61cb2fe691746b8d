use strowger_event::EventKind;

use super::Session;
use crate::bus::Origin;
use crate::channel::{Answer, Direction};

const PRESENCE: Origin = Origin::new("switch_channel.c", "switch_channel_perform_presence", 870);

impl Session {
    /// Tells what `id`, else the call's `presence_id`, does (PRESENCE_IN): `rpid` is what a phone shows, `status` a text
    /// (`switch_channel_presence`). Nothing when there is no such id.
    pub fn presence(&mut self, (rpid, status, id): (&str, &str, Option<&str>), told_by: Origin) {
        let own = self.channel.presence_id.as_deref().or_else(|| self.channel.variable("presence_id"));
        let Some(id) = id.or(own).map(str::to_owned) else { return };
        let count = self.signalling.presence_events.to_string();
        self.signalling.presence_events += 1;
        let outbound = self.channel.direction == Direction::Outbound;
        let line = told_by.line.to_string();
        let mut last = vec![
            ("proto", "any"),
            ("login", "src/switch_channel.c"),
            ("from", id.as_str()),
            ("rpid", rpid),
            ("status", status),
            ("event_type", "presence"),
            ("alt_event_type", "dialog"),
            ("presence-call-info-state", self.call_info_state(status)),
        ];
        let info = self.channel.variable("presence_call_info").map(str::to_owned);
        last.extend(info.as_deref().map(|info| ("presence-call-info", info)));
        last.push(("presence-call-direction", if outbound { "outbound" } else { "inbound" }));
        last.push(("event_count", &count));
        last.push(("Presence-Calling-File", told_by.file));
        last.push(("Presence-Calling-Function", told_by.function));
        last.push(("Presence-Calling-Line", &line));
        if self.is_set("presence_privacy") {
            last.push(("Presence-Privacy", "true"));
        }
        self.fire(EventKind::PresenceIn, PRESENCE, &[], &last);
    }

    fn call_info_state(&self, status: &str) -> &'static str {
        let is = |word: &str| status.eq_ignore_ascii_case(word);
        match self.channel.answer {
            _ if is("idle") || self.channel.is_down() => "idle",
            _ if is("hold-private") => "held-private",
            _ if is("hold") => "held",
            Answer::Answered => "active",
            _ if self.channel.direction == Direction::Outbound => "progressing",
            _ => "alerting",
        }
    }
}
