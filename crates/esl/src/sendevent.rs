//! The event that `sendevent` makes.

use strowger_event::{Event, EventKind, Headers};

use crate::Packet;

/// The event of a `sendevent NAME`, without `Event-Name` and the other headers of the bus, and its UUID.
///
/// Its headers are, as FreeSWITCH has them: for `CUSTOM` the `Event-Subclass`, then `Command`, then the client's in their
/// order (its own `Event-Name` and `Content-Length` too), then `Event-UUID` unless the client gave one. A name that does
/// not exist leaves the kind to the client's `Event-Name`; without one it is `CUSTOM`.
pub(crate) fn event(name: Option<&str>, packet: Packet, new_uuid: impl FnOnce() -> String) -> (Event, String) {
    let Packet { command, headers: given, body } = packet;
    let named = name.and_then(EventKind::parse);
    let kind = named.or_else(|| given.get("Event-Name").and_then(EventKind::parse)).unwrap_or(EventKind::Custom);
    let mut headers = Headers::with_capacity(given.len() + 16, given.byte_len() + 512);
    let first = if named == Some(EventKind::Custom) { given.get(SUBCLASS) } else { None };
    first.into_iter().for_each(|subclass| headers.push(SUBCLASS, subclass));
    headers.push("Command", command.split('\r').next().unwrap_or_default());
    for (name, value) in given.iter() {
        if first.is_none() || !name.eq_ignore_ascii_case(SUBCLASS) {
            headers.push(name, value);
        }
    }
    let own = given.get(UUID).map(str::to_string);
    let uuid = own.unwrap_or_else(|| {
        let uuid = new_uuid();
        headers.push(UUID, &uuid);
        uuid
    });
    (Event { kind, headers, body }, uuid)
}

const SUBCLASS: &str = "Event-Subclass";
const UUID: &str = "Event-UUID";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, given: &[(&str, &str)], kind: EventKind, headers: &[(&str, &str)]) {
        let command = format!("sendevent {name}");
        let packet = Packet { command, headers: given.iter().copied().collect(), body: None };
        let (event, uuid) = event(Some(name), packet, || "u-1".to_string());
        assert_eq!(event.kind, kind);
        assert_eq!(event.headers.iter().collect::<Vec<_>>(), headers);
        assert_eq!(event.get("Event-UUID"), Some(uuid.as_str()));
    }

    #[test]
    fn a_custom_event_begins_with_its_subclass() {
        check(
            "CUSTOM",
            &[("Event-Name", "CUSTOM"), ("event-subclass", "a::b"), ("n", "1")],
            EventKind::Custom,
            &[
                ("Event-Subclass", "a::b"),
                ("Command", "sendevent CUSTOM"),
                ("Event-Name", "CUSTOM"),
                ("n", "1"),
                ("Event-UUID", "u-1"),
            ],
        );
    }

    #[test]
    fn a_name_nobody_knows_leaves_it_to_the_headers() {
        check(
            "SOME_NAME",
            &[("Event-Name", "CUSTOM"), ("Event-Subclass", "a::b")],
            EventKind::Custom,
            &[
                ("Command", "sendevent SOME_NAME"),
                ("Event-Name", "CUSTOM"),
                ("Event-Subclass", "a::b"),
                ("Event-UUID", "u-1"),
            ],
        );
        check("X", &[], EventKind::Custom, &[("Command", "sendevent X"), ("Event-UUID", "u-1")]);
    }

    #[test]
    fn a_client_may_choose_the_uuid() {
        check(
            "GENERAL",
            &[("event-uuid", "01J"), ("what", "ever")],
            EventKind::General,
            &[("Command", "sendevent GENERAL"), ("event-uuid", "01J"), ("what", "ever")],
        );
    }
}
