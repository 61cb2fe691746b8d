//! Texts and presence, from whoever says so.

use strowger_core::Switch;
use strowger_core::bus::Origin;
use strowger_core::registry::About;
use strowger_event::{Event, EventKind};

use super::plain::Plain;
use crate::words::{fields, words};

pub(super) const COMMANDS: [Plain; 2] = [
    Plain {
        about: dptools(
            "chat",
            "<proto>|<from>|<to>|<message>|[<content-type>]",
            "Sends a text by a protocol; there is `event`, which makes it a RECV_MESSAGE event.",
        ),
        answer: |switch, text| chat(switch, text).to_owned(),
    },
    Plain {
        about: dptools(
            "presence",
            PRESENCE,
            "Tells what somebody does: PRESENCE_IN with `in`, PRESENCE_OUT with `out`.",
        ),
        answer: |switch, text| match presence(switch, text) {
            Some(()) => "Event Sent".to_owned(),
            None => format!("Invalid: presence {PRESENCE}"),
        },
    },
];

const PRESENCE: &str = "[in|out] <user> <rpid> <message>";

const CHATTED: Origin = Origin::new("mod_dptools.c", "event_chat_send", 5650);
const TOLD: Origin = Origin::new("mod_dptools.c", "presence_api_function", 2170);

const fn dptools(name: &'static str, syntax: &'static str, help: &'static str) -> About {
    About { name, syntax, help, module: "mod_dptools" }
}

fn chat(switch: &Switch, text: &str) -> &'static str {
    let parts = fields(text, '|', 5);
    let [protocol, from, to, message, rest @ ..] = parts.as_slice() else { return "Invalid" };
    if !protocol.eq_ignore_ascii_case("event") {
        tracing::error!("Invalid chat interface [{protocol}]!");
        return "Error! Message Not Sent";
    }
    let mut event = Event::new(EventKind::RecvMessage)
        .header("proto", "global")
        .header("from", from)
        .header("to", to)
        .header("type", rest.first().map_or("text/plain", String::as_str));
    event.body = Some(message.clone());
    switch.bus().publish(event, CHATTED);
    "Sent"
}

fn presence(switch: &Switch, text: &str) -> Option<()> {
    let words = words(text);
    let (kind, user, rpid, status) = match words.as_slice() {
        [way, user, rpid, status, ..] if way.eq_ignore_ascii_case("in") => {
            (EventKind::PresenceIn, user, &**rpid, &**status)
        }
        [way, user, rest @ ..] if way.eq_ignore_ascii_case("out") => {
            let word = |at: usize| rest.get(at).map_or("", String::as_str);
            (EventKind::PresenceOut, user, word(0), word(1))
        }
        _ => return None,
    };
    let mut event = Event::new(kind).header("proto", "dp").header("login", "mod_dptools.c").header("from", user);
    for (name, value) in [("rpid", rpid), ("status", status)].into_iter().filter(|(_, value)| !value.is_empty()) {
        event.headers.push(name, value);
    }
    let lower = status.to_ascii_lowercase();
    if kind == EventKind::PresenceOut {
        event.headers.push("status", "CS_HANGUP");
    } else if lower.starts_with("cs_") || lower.contains("hangup") {
        event.headers.push("channel-state", "CS_HANGUP");
        event.headers.push("status", "CS_HANGUP");
    }
    let event = event.header("event_type", "presence").header("alt_event_type", "dialog").header("event_count", "0");
    switch.bus().publish(event, TOLD);
    Some(())
}
