//! The three forms of an event: what they have in common, and the packet they travel in.

use std::fmt::Write as _;

use crate::{Event, EventKind, Headers, json, plain, xml};

/// The form a listener asked for.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Hash)]
pub enum Format {
    /// `Name: value` lines, percent-encoded.
    #[default]
    Plain,
    /// One JSON object.
    Json,
    /// An `<event>` document.
    Xml,
}

impl Format {
    /// The format of that name, in any case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Plain, Self::Json, Self::Xml].into_iter().find(|format| format.name().eq_ignore_ascii_case(name))
    }

    /// The name clients use: `plain`, `json`, `xml`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Json => "json",
            Self::Xml => "xml",
        }
    }

    /// The `Content-Type` of an event packet: `text/event-plain`, `text/event-json`, `text/event-xml`.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Plain => "text/event-plain",
            Self::Json => "text/event-json",
            Self::Xml => "text/event-xml",
        }
    }

    /// The format of an event packet with that `Content-Type`.
    #[must_use]
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        [Self::Plain, Self::Json, Self::Xml].into_iter().find(|f| f.content_type().eq_ignore_ascii_case(content_type))
    }

    /// Appends `event` in this format to `out`.
    pub fn write(self, event: &Event, out: &mut String) {
        match self {
            Self::Plain => plain::write(event, out),
            Self::Json => json::write(event, out),
            Self::Xml => xml::write(event, out),
        }
    }

    /// Reads an event written in this format.
    ///
    /// # Errors
    /// [`CodecError`] when `text` is not in this format.
    pub fn read(self, text: &str) -> Result<Event, CodecError> {
        match self {
            Self::Plain => plain::parse(text),
            Self::Json => json::parse(text),
            Self::Xml => xml::parse(text),
        }
    }
}

/// Why a text is not an event.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// A plain event ends before its body does.
    #[error("body truncated: {have} of {want} bytes")]
    Truncated {
        /// How many bytes there are.
        have: usize,
        /// How many `Content-Length` announced.
        want: usize,
    },
    /// A plain event's `Content-Length` cuts a character in two.
    #[error("the body's length of {0} bytes ends inside a character")]
    SplitCharacter(usize),
    /// Not a JSON object of strings and arrays of strings.
    #[error("not a JSON event: {0}")]
    Json(#[from] serde_json::Error),
    /// Not well-formed XML.
    #[error("not an XML event: {0}")]
    Xml(#[from] quick_xml::Error),
    /// The document's root is no `<event>`, or it is not closed.
    #[error("no complete <event> element")]
    NoEvent,
}

/// The whole packet an event travels in: `Content-Length`, `Content-Type`, an empty line and the event as `format` has it.
#[must_use]
pub fn packet(event: &Event, format: Format) -> Vec<u8> {
    let estimate = written_size(event, format);
    // The length comes before what it is the length of: leave room for as many digits as it will most likely have.
    let digits = estimate.max(1).ilog10() as usize + 1;
    let mut text = String::with_capacity(estimate + LENGTH.len() + TYPE.len() + 40);
    text.push_str(LENGTH);
    text.extend(std::iter::repeat_n('0', digits));
    text.push_str(TYPE);
    text.push_str(format.content_type());
    text.push_str("\n\n");
    let head = text.len();
    format.write(event, &mut text);
    let length = text.len() - head;
    let mut bytes = text.into_bytes();
    if length.max(1).ilog10() as usize + 1 == digits {
        let place = bytes.iter_mut().skip(LENGTH.len()).take(digits).rev();
        place.fold(length, |left, digit| {
            *digit = b'0' + (left % 10) as u8;
            left / 10
        });
    } else {
        bytes.splice(LENGTH.len()..LENGTH.len() + digits, length.to_string().into_bytes());
    }
    bytes
}

/// The event that received headers and a body make: its kind is what its last `Event-Name` says (an event sent by a
/// client has the client's own one before), or `CUSTOM`.
pub(crate) fn received(headers: Headers, body: Option<String>) -> Event {
    let kind = headers.get_all("Event-Name").rev().find_map(EventKind::parse).unwrap_or(EventKind::Custom);
    Event { kind, headers, body }
}

/// The `Content-Length` member or element of a body.
pub(crate) fn push_number(number: usize, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{number}");
}

/// About how long the event will be, so that one allocation does. Values are mostly plain ASCII; what is added is for
/// escapes: percent-encoding has one for each space.
fn written_size(event: &Event, format: Format) -> usize {
    let headers = &event.headers;
    let bytes = headers.byte_len();
    let around = match format {
        Format::Plain => 3 * headers.len() + bytes / 4,
        Format::Json => 6 * headers.len() + bytes / 8,
        Format::Xml => 11 * headers.len() + bytes + bytes / 4,
    };
    let body = event.body.as_ref().map_or(0, |body| body.len() + 40);
    bytes + around + body + 64
}

pub(crate) const CONTENT_LENGTH: &str = "Content-Length";
const LENGTH: &str = "Content-Length: ";
const TYPE: &str = "\nContent-Type: ";

#[cfg(test)]
mod tests;
