use std::cell::RefCell;
use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Local, Utc};
use strowger_event::{Event, EventKind, Headers};

/// Who this switch is, on every event.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Core-UUID: new at every start.
    pub core_uuid: String,
    /// FreeSWITCH-Hostname.
    pub hostname: String,
    /// FreeSWITCH-Switchname: the configured name, else the host's.
    pub switchname: String,
    /// FreeSWITCH-IPv4: the address of the default route.
    pub ipv4: String,
    /// FreeSWITCH-IPv6.
    pub ipv6: String,
}

/// Where an event comes from: the FreeSWITCH source that fires it there, since clients filter on `Event-Calling-File`.
#[derive(Clone, Copy, Debug)]
pub struct OriginOf<'a> {
    /// Event-Calling-File, e.g. `switch_channel.c`.
    pub file: &'a str,
    /// Event-Calling-Function.
    pub function: &'a str,
    /// Event-Calling-Line-Number.
    pub line: u32,
}

/// The same where it is known when the program is built.
pub type Origin = OriginOf<'static>;

impl<'a> OriginOf<'a> {
    /// An origin in `file`, by `function`, at `line`.
    #[must_use]
    pub const fn new(file: &'a str, function: &'a str, line: u32) -> Self {
        Self { file, function, line }
    }
}

/// Common headers first, then the event's own; a CUSTOM event's subclass stays in front.
pub(super) fn leading(event: Event, sequence: u64, identity: &Identity, origin: OriginOf<'_>) -> Event {
    let own = event.headers;
    let mut headers = Headers::with_capacity(own.len() + 14, own.byte_len() + 512);
    let subclass = if event.kind == EventKind::Custom { own.get("Event-Subclass") } else { None };
    if let Some(subclass) = subclass {
        headers.push("Event-Subclass", subclass);
    }
    push_common(&mut headers, event.kind, sequence, identity, origin);
    if subclass.is_some() {
        headers.extend_without(&own, "Event-Subclass");
    } else {
        headers.extend(&own);
    }
    Event { kind: event.kind, headers, body: event.body }
}

/// The event's own headers first, then the common ones.
pub(super) fn trailing(mut event: Event, sequence: u64, identity: &Identity, origin: OriginOf<'_>) -> Event {
    push_common(&mut event.headers, event.kind, sequence, identity, origin);
    event
}

/// Whether a header of that name is one that the bus gives every event: what is published again gets its own.
#[must_use]
pub fn is_stamped(name: &str) -> bool {
    STAMPED.iter().any(|stamped| stamped.eq_ignore_ascii_case(name))
}

/// What [`push_common`] pushes.
const STAMPED: [&str; 13] = [
    "Event-Name",
    "Core-UUID",
    "FreeSWITCH-Hostname",
    "FreeSWITCH-Switchname",
    "FreeSWITCH-IPv4",
    "FreeSWITCH-IPv6",
    "Event-Date-Local",
    "Event-Date-GMT",
    "Event-Date-Timestamp",
    "Event-Calling-File",
    "Event-Calling-Function",
    "Event-Calling-Line-Number",
    "Event-Sequence",
];

fn push_common(headers: &mut Headers, kind: EventKind, sequence: u64, identity: &Identity, origin: OriginOf<'_>) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    headers.push("Event-Name", kind.name());
    headers.push("Core-UUID", &identity.core_uuid);
    headers.push("FreeSWITCH-Hostname", &identity.hostname);
    headers.push("FreeSWITCH-Switchname", &identity.switchname);
    headers.push("FreeSWITCH-IPv4", &identity.ipv4);
    headers.push("FreeSWITCH-IPv6", &identity.ipv6);
    with_dates(now.as_secs(), |local, gmt| {
        headers.push("Event-Date-Local", local);
        headers.push("Event-Date-GMT", gmt);
    });
    headers.push_display("Event-Date-Timestamp", now.as_micros());
    headers.push("Event-Calling-File", origin.file);
    headers.push("Event-Calling-Function", origin.function);
    headers.push_display("Event-Calling-Line-Number", origin.line);
    headers.push_display("Event-Sequence", sequence);
}

/// The two date texts of a second; formatting a date costs more than the rest of the stamp, so a second's are kept.
fn with_dates(second: u64, with: impl FnOnce(&str, &str)) {
    thread_local!(static DATES: RefCell<(u64, String, String)> = const { RefCell::new((u64::MAX, String::new(), String::new())) });
    DATES.with_borrow_mut(|(at, local, gmt)| {
        if *at != second {
            *at = second;
            let time = DateTime::<Utc>::from_timestamp(i64::try_from(second).unwrap_or(0), 0).unwrap_or_default();
            local.clear();
            gmt.clear();
            // Writing into a String cannot fail.
            let _ = write!(local, "{}", time.with_timezone(&Local).format("%Y-%m-%d %H:%M:%S"));
            let _ = write!(gmt, "{}", time.format("%a, %d %b %Y %H:%M:%S GMT"));
        }
        with(local, gmt);
    });
}
