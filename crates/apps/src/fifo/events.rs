//! `fifo::info` events.

use strowger_core::Switch;
use strowger_core::bus::Origin;
use strowger_core::channel::Channel;
use strowger_core::session::Session;
use strowger_event::{Event, EventKind};

const ORIGIN: Origin = Origin::new("mod_fifo.c", "fifo_function", 2540);
const SUBCLASS: (&str, &str) = ("Event-Subclass", "fifo::info");

/// Tells of something that a call does in a queue.
pub(crate) fn fire(session: &Session, fifo: &str, action: &str, more: &[(&str, &str)]) {
    let last = [&[("FIFO-Name", fifo), ("FIFO-Action", action)], more].concat();
    session.fire(EventKind::Custom, ORIGIN, &[SUBCLASS], &last);
}

/// Tells of something that is no call's, or of a call that may be over: what was known of it stands in `about`.
pub(crate) fn publish(switch: &Switch, about: Option<Event>, fifo: &str, action: &str, more: &[(&str, &str)]) {
    if !switch.bus().wants(EventKind::Custom) {
        return switch.bus().skip();
    }
    let mut event = about.unwrap_or_else(|| Event::custom(SUBCLASS.1));
    for (name, value) in [&[("FIFO-Name", fifo), ("FIFO-Action", action)], more].concat() {
        event.headers.push(name, value);
    }
    switch.bus().publish(event, ORIGIN);
}

/// What is known of a call, for [`publish`].
pub(crate) fn known(channel: &Channel) -> Event {
    channel.event(EventKind::Custom, &[SUBCLASS])
}

/// `PREFIX-us`, `-ms` and `-s` of a time in microseconds.
pub(crate) fn times(prefix: &str, micros: u64) -> [(String, String); 3] {
    [("us", 1), ("ms", 1000), ("s", 1_000_000)]
        .map(|(unit, part)| (format!("{prefix}-{unit}"), (micros / part).to_string()))
}
