//! The client's side: commands to send and packets to read. Works with Strowger and FreeSWITCH alike.

use strowger_event::{CodecError, Event, Format, Headers};

use crate::RequestId;
use crate::frame::{Assembled, Assembler, FrameError, Limits};
use crate::reply::push_line;

/// One packet of a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServerPacket {
    /// The `Content-Type`, such as `command/reply`; empty when there is none.
    pub content_type: String,
    /// All headers as they came; those of a reply to `connect` are percent-encoded.
    pub headers: Headers,
    /// The body, when there is a `Content-Length` above 0.
    pub body: Option<String>,
}

impl ServerPacket {
    /// The `Reply-Text` of a `command/reply`.
    #[must_use]
    pub fn reply_text(&self) -> Option<&str> {
        self.headers.get("Reply-Text")
    }

    /// What the command's [`RequestId`] said, if this is the reply to one that had it; percent-encoded in the reply to
    /// `connect`.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.headers.get(RequestId::HEADER)
    }

    /// The body, or nothing.
    #[must_use]
    pub fn text(&self) -> &str {
        self.body.as_deref().unwrap_or_default()
    }

    /// The event in an event packet; `None` for any other packet.
    ///
    /// # Errors
    /// [`CodecError`] when the body is not what the content type says.
    pub fn event(&self) -> Option<Result<Event, CodecError>> {
        Format::of_content_type(&self.content_type).map(|format| format.read(self.text()))
    }
}

impl Assembled for ServerPacket {
    fn of_head(head: &str) -> Self {
        let lines = head.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let pairs = lines.filter_map(|line| line.split_once(':'));
        let headers: Headers = pairs.map(|(name, value)| (name, value.strip_prefix(' ').unwrap_or(value))).collect();
        let content_type = headers.get("Content-Type").unwrap_or_default().to_string();
        Self { content_type, headers, body: None }
    }

    fn headers(&self) -> &Headers {
        &self.headers
    }

    fn with_body(self, body: String) -> Self {
        Self { body: Some(body), ..self }
    }
}

/// Cuts what a server sends into [`ServerPacket`]s.
#[derive(Debug)]
pub struct Decoder(Assembler<ServerPacket>);

impl Default for Decoder {
    fn default() -> Self {
        Self::new(Limits::CLIENT)
    }
}

impl Decoder {
    /// A decoder at the start of a connection.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self(Assembler::new(limits))
    }

    /// Adds bytes that were received.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.0.splitter.feed(bytes);
    }

    /// The next complete packet; `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`FrameError`] when the server broke a limit; it stays, nothing can be read behind it.
    #[expect(clippy::should_implement_trait, reason = "None means not yet, not the end")]
    pub fn next(&mut self) -> Result<Option<ServerPacket>, FrameError> {
        self.0.next()
    }
}

/// Any command on one line, `api status` say. Line ends in it become spaces: it stays one command.
#[must_use]
pub fn command(line: &str) -> Vec<u8> {
    packet(line, &[], None)
}

/// `command`, one of these here, with a [`RequestId`]: its reply will have it too. Strowger only; FreeSWITCH does not look
/// at it.
#[must_use]
pub fn with_request_id(mut command: Vec<u8>, id: &str) -> Vec<u8> {
    let mut header = format!("{}: ", RequestId::HEADER).into_bytes();
    push_line(id, &mut header);
    header.push(b'\n');
    let at = command.iter().position(|byte| *byte == b'\n').map_or(command.len(), |end| end + 1);
    command.splice(at..at, header);
    command
}

/// `auth PASSWORD`
#[must_use]
pub fn auth(password: &str) -> Vec<u8> {
    command(&format!("auth {password}"))
}

/// `userauth USER@DOMAIN:PASSWORD`
#[must_use]
pub fn user_auth(user: &str, domain: &str, password: &str) -> Vec<u8> {
    command(&format!("userauth {user}@{domain}:{password}"))
}

/// `api LINE`
#[must_use]
pub fn api(line: &str) -> Vec<u8> {
    command(&format!("api {line}"))
}

/// `api LINE`, to be parsed as the console does (aliases, `;;`).
#[must_use]
pub fn console(line: &str) -> Vec<u8> {
    packet(&format!("api {line}"), &[("console_execute", "true")], None)
}

/// `bgapi LINE`, with a job UUID of the client's if it wants one.
#[must_use]
pub fn bgapi(line: &str, job_uuid: Option<&str>) -> Vec<u8> {
    let header = job_uuid.map(|uuid| ("Job-UUID", uuid));
    packet(&format!("bgapi {line}"), header.as_slice(), None)
}

/// `event FORMAT NAMES`
#[must_use]
pub fn events(format: Format, names: &str) -> Vec<u8> {
    command(&format!("event {} {names}", format.name()))
}

/// `log LEVEL`, 0 (console) to 7 (debug).
#[must_use]
pub fn log(level: u8) -> Vec<u8> {
    command(&format!("log {level}"))
}

/// `sendevent NAME` with the event's headers and body.
#[must_use]
pub fn send_event(event: &Event) -> Vec<u8> {
    let headers: Vec<_> = event.headers.iter().filter(|(name, _)| !is_length(name)).collect();
    packet(&format!("sendevent {}", event.kind), &headers, event.body.as_deref())
}

/// `sendmsg UUID` with headers and body.
#[must_use]
pub fn send_msg(uuid: &str, headers: &Headers, body: Option<&str>) -> Vec<u8> {
    let headers: Vec<_> = headers.iter().filter(|(name, _)| !is_length(name)).collect();
    packet(&format!("sendmsg {uuid}"), &headers, body)
}

fn is_length(name: &str) -> bool {
    name.eq_ignore_ascii_case("Content-Length")
}

fn packet(line: &str, headers: &[(&str, &str)], body: Option<&str>) -> Vec<u8> {
    let mut out = Vec::with_capacity(line.len() + 64);
    push_line(line, &mut out);
    out.push(b'\n');
    for (name, value) in headers {
        push_line(name, &mut out);
        out.extend_from_slice(b": ");
        push_line(value, &mut out);
        out.push(b'\n');
    }
    if let Some(body) = body {
        out.extend_from_slice(format!("Content-Length: {}\n\n", body.len()).as_bytes());
        out.extend_from_slice(body.as_bytes());
    } else {
        out.push(b'\n');
    }
    out
}

#[cfg(test)]
mod tests;
