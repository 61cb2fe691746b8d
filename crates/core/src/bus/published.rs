use std::sync::OnceLock;

use bytes::Bytes;
use strowger_event::{Event, Format};

/// An event as it was published: stamped, numbered, and serialised at most once a format for all its listeners.
pub struct Published {
    sequence: u64,
    event: Event,
    plain: OnceLock<Bytes>,
    json: OnceLock<Bytes>,
    xml: OnceLock<Bytes>,
}

impl Published {
    pub(super) fn new(sequence: u64, event: Event) -> Self {
        Self { sequence, event, plain: OnceLock::new(), json: OnceLock::new(), xml: OnceLock::new() }
    }

    /// Its number (Event-Sequence).
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The event with all its headers.
    pub fn event(&self) -> &Event {
        &self.event
    }

    /// The whole event-socket packet in `format`, made on first use and shared from then on.
    pub fn packet(&self, format: Format) -> Bytes {
        let cell = match format {
            Format::Plain => &self.plain,
            Format::Json => &self.json,
            Format::Xml => &self.xml,
        };
        cell.get_or_init(|| strowger_event::packet(&self.event, format).into()).clone()
    }

    /// What it costs a queue: the bytes of its text and of its headers' index. Percent-encoding may add to it on the wire.
    pub fn weight(&self) -> usize {
        let headers = &self.event.headers;
        headers.byte_len() + 12 * headers.len() + self.event.body.as_ref().map_or(0, String::len) + 64
    }
}
