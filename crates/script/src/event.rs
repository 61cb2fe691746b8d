//! A script's event (`Event` of switch_cpp.cpp).

use strowger_core::Switch;
use strowger_core::bus::{Origin, is_stamped};
use strowger_event::{Event, EventKind, Format, array_items};

const MADE: Origin = Origin::new("switch_cpp.cpp", "Event", 272);

/// The most that one event of a script may have, in bytes of headers and body: what goes beyond is refused.
const MAX_BYTES: usize = 16 << 20;

/// An event that a script makes, or got.
#[derive(Clone, Debug)]
pub struct ScriptEvent(Event);

impl ScriptEvent {
    /// A new event of that type (`CUSTOM` when there is a subclass, `MESSAGE` when nobody knows the type); `json` has a
    /// whole event for its subclass.
    #[must_use]
    pub fn new(kind: &str, subclass: &str) -> Self {
        if kind.eq_ignore_ascii_case("json") && !subclass.is_empty() {
            return Self(Format::Json.read(subclass).unwrap_or_else(|error| {
                tracing::error!("Failed to create event! {error}");
                Event::new(EventKind::Message)
            }));
        }
        let kind = EventKind::parse(kind).unwrap_or(EventKind::Message);
        if subclass.is_empty() {
            return Self(Event::new(kind));
        }
        if kind != EventKind::Custom {
            tracing::warn!("Changing event type to custom because you specified a subclass name!");
        }
        Self(Event::custom(subclass))
    }

    /// One that came from elsewhere.
    #[must_use]
    pub const fn of(event: Event) -> Self {
        Self(event)
    }

    /// The event as it is.
    #[must_use]
    pub const fn event(&self) -> &Event {
        &self.0
    }

    /// Its type (`CUSTOM`).
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        self.0.kind.name()
    }

    /// Adds a header at the bottom; a `name[number]` is an item of an array, and so are all of `ARRAY::a|:b`. `false` when
    /// there is no name, or no room.
    pub fn add_header(&mut self, name: &str, value: &str) -> bool {
        if name.is_empty() || self.0.headers.byte_len() + name.len() + value.len() > MAX_BYTES {
            return false;
        }
        match item_of(name) {
            Some((name, _)) => self.0.headers.push_array_item(name, value),
            None => self.0.headers.push(name, value),
        }
        true
    }

    /// The value of a header, in any case; `index`, or `name[number]`, asks for an item of an array.
    #[must_use]
    pub fn header(&self, switch: &Switch, name: &str, index: Option<usize>) -> Option<String> {
        let (name, index) = match (item_of(name), index) {
            (Some((whole, number)), None) if !self.0.headers.contains(name) => (whole, number),
            _ => (name, index),
        };
        // What every event has is put there when it is fired.
        let own = self.0.get(name).map(str::to_owned);
        let value = own.or_else(|| switch.bus().stamp(Event::new(self.0.kind), MADE).get(name).map(str::to_owned))?;
        match index {
            None => Some(value),
            Some(index) => {
                let item = array_items(&value).map(|mut items| items.nth(index).map(str::to_owned));
                item.unwrap_or_else(|| Some(value).filter(|_| index == 0))
            }
        }
    }

    /// Removes a header; whether it was there.
    pub fn remove_header(&mut self, name: &str) -> bool {
        self.0.headers.remove(name)
    }

    /// Names and values, in order.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.headers.iter()
    }

    /// Gives it a body; `false` when there is no room.
    pub fn set_body(&mut self, body: &str) -> bool {
        let fits = body.len() <= MAX_BYTES;
        if fits {
            self.0.body = Some(body.to_owned());
        }
        fits
    }

    /// Its body.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        self.0.body.as_deref()
    }

    /// Sets its priority: `NORMAL`, `LOW`, `HIGH`, or 0, 1, 2; `false` when it is none of these.
    pub fn set_priority(&mut self, priority: &str) -> bool {
        let name = match priority.to_ascii_uppercase().as_str() {
            "NORMAL" | "0" => "NORMAL",
            "LOW" | "1" => "LOW",
            "HIGH" | "2" => "HIGH",
            _ => return false,
        };
        self.0.headers.set("priority", name);
        true
    }

    /// Takes over another's headers.
    pub fn merge(&mut self, other: &Self) {
        other.headers().for_each(|(name, value)| self.0.headers.push(name, value));
    }

    /// As text: `json`, `xml`, or else plain, with percent-encoded values.
    #[must_use]
    pub fn serialize(&self, switch: &Switch, format: &str) -> String {
        let format = match format.to_ascii_lowercase().as_str() {
            "json" => Format::Json,
            "xml" => Format::Xml,
            _ => Format::Plain,
        };
        let is_whole = self.0.headers.contains("Event-Name");
        let whole = if is_whole { self.0.clone() } else { switch.bus().stamp(self.0.clone(), MADE) };
        let mut text = String::new();
        format.write(&whole, &mut text);
        text
    }

    /// Fires it; it may be fired again.
    pub fn fire(&self, switch: &Switch) {
        let bus = switch.bus();
        if !bus.wants(self.0.kind) {
            return bus.skip();
        }
        bus.publish(self.unstamped(), MADE);
    }

    /// One that was got from the switch has its stamps: they are put on anew.
    fn unstamped(&self) -> Event {
        let mut event = self.0.clone();
        if event.headers.contains("Event-Name") {
            event.headers.retain(|name, _| !is_stamped(name));
        }
        event
    }

    /// Sends it as a chat message by a protocol; its header `dest_proto` when that is empty. 0 when it was sent, else 1.
    pub fn chat_send(&self, switch: &Switch, protocol: &str) -> i64 {
        let named = if protocol.is_empty() { self.0.get("dest_proto").unwrap_or_default() } else { protocol };
        if !["event", "global"].contains(&named.to_ascii_lowercase().as_str()) {
            tracing::error!("Invalid chat interface [{named}]!");
            return 1;
        }
        let mut message = self.unstamped();
        message.kind = EventKind::RecvMessage;
        switch.bus().publish(message, Origin::new("mod_dptools.c", "event_chat_send", 5650));
        0
    }
}

/// `name[number]`.
fn item_of(name: &str) -> Option<(&str, Option<usize>)> {
    let (whole, number) = name.strip_suffix(']')?.split_once('[')?;
    Some((whole, Some(number.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use strowger_test_support::{Ear, switch};

    #[tokio::test]
    async fn types_are_chosen_as_in_freeswitch() {
        for (kind, subclass, expected) in [
            ("CUSTOM", "a::b", "CUSTOM"),
            ("HEARTBEAT", "", "HEARTBEAT"),
            ("HEARTBEAT", "a::b", "CUSTOM"),
            ("nosuch", "", "MESSAGE"),
            ("json", r#"{"Event-Name":"CUSTOM","Event-Subclass":"x::y"}"#, "CUSTOM"),
            ("json", "{", "MESSAGE"),
        ] {
            assert_eq!(ScriptEvent::new(kind, subclass).kind(), expected, "{kind} {subclass}");
        }
    }

    #[tokio::test]
    async fn headers_are_added_asked_for_and_removed() {
        let switch = switch("<document/>");
        let mut event = ScriptEvent::new("CUSTOM", "a::b");
        assert!(event.add_header("One", "1") && !event.add_header("", "x"));
        event.add_header("list[0]", "a");
        event.add_header("list[1]", "b");
        let header = |event: &ScriptEvent, name, index| event.header(&switch, name, index);
        assert_eq!(header(&event, "one", None).as_deref(), Some("1"));
        assert_eq!(header(&event, "list", Some(1)).as_deref(), Some("b"));
        assert_eq!(header(&event, "list[0]", None).as_deref(), Some("a"));
        assert_eq!(header(&event, "list", None).as_deref(), Some("ARRAY::a|:b"));
        assert_eq!(header(&event, "list[7]", None), None);
        assert_eq!(header(&event, "Event-Name", None).as_deref(), Some("CUSTOM"));
        assert!(event.remove_header("ONE") && !event.remove_header("ONE"));
        assert!(event.set_priority("high") && event.set_priority("1") && !event.set_priority("9"));
        assert_eq!(header(&event, "priority", None).as_deref(), Some("LOW"));
    }

    #[tokio::test]
    async fn one_that_was_heard_may_be_fired_anew() {
        let switch = switch("<document/>");
        let mut ear = Ear::new(&switch, "CUSTOM");
        let mut event = ScriptEvent::new("CUSTOM", "a::b");
        event.add_header("colour", "red");
        event.set_body("text");
        event.fire(&switch);
        let heard = ScriptEvent::of(ear.next().await);
        heard.fire(&switch);
        let again = ear.next().await;
        assert_eq!(again.headers.get_all("Event-Name").count(), 1);
        assert_eq!(
            (again.subclass(), again.get("colour"), again.body.as_deref()),
            (Some("a::b"), Some("red"), Some("text"))
        );
        assert!(heard.serialize(&switch, "json").contains("\"colour\":\"red\""));
        assert!(heard.serialize(&switch, "").starts_with("Event-Subclass: a%3A%3Ab\nEvent-Name: CUSTOM\n"));
        assert!(event.serialize(&switch, "xml").starts_with("<event>"));
    }
}
