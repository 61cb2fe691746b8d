//! A client's own name for a command, which comes back in the reply to it.

use strowger_event::percent;

use crate::Packet;

/// What a client's `X-Request-ID` header said: whatever it tells its commands apart by, up to 256 bytes.
///
/// FreeSWITCH knows none: a command without the header gets FreeSWITCH's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

/// Why an `X-Request-ID` does not come back.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestIdError {
    /// It is too long.
    #[error("X-Request-ID of {length} bytes, more than {MAX_LENGTH}")]
    TooLong {
        /// Its bytes.
        length: usize,
    },
    /// It could not stand in a header.
    #[error("control character in X-Request-ID")]
    ControlCharacter,
}

impl RequestId {
    /// The header's name, in a command and in its reply.
    pub const HEADER: &'static str = "X-Request-ID";

    /// The one of `packet`, if it has one; the first, if it has several.
    ///
    /// # Errors
    /// [`RequestIdError`]: the command is to be answered without it.
    pub fn of(packet: &Packet) -> Result<Option<Self>, RequestIdError> {
        let Some(id) = packet.headers.get(Self::HEADER) else { return Ok(None) };
        if id.len() > MAX_LENGTH {
            return Err(RequestIdError::TooLong { length: id.len() });
        }
        if id.chars().any(char::is_control) {
            return Err(RequestIdError::ControlCharacter);
        }
        Ok(Some(Self(id.to_string())))
    }

    /// The id as the client gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes it the last header of the packet that begins at `from` in `out`; bytes without an empty line stay as they are.
    /// The answer to `connect`, all of whose values are percent-encoded, gets it in the same way.
    pub fn stamp(&self, from: usize, out: &mut Vec<u8>) {
        let head = out.get(from..).unwrap_or_default();
        let Some(end) = head.windows(2).position(|pair| pair == b"\n\n") else { return };
        let mut line = format!("{}: ", Self::HEADER);
        if head.starts_with(b"Content-Type: ") {
            line.push_str(&self.0);
        } else {
            percent::encode(&self.0, &mut line);
        }
        line.push('\n');
        let at = from + end + 1;
        out.splice(at..at, line.into_bytes());
    }
}

const MAX_LENGTH: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply;

    fn packet(id: &str) -> Packet {
        Packet { headers: [("x-request-id", id)].into_iter().collect(), ..Packet::default() }
    }

    fn check(write: impl FnOnce(&mut Vec<u8>), expected: &str) {
        let id = RequestId::of(&packet("a: 1")).unwrap().unwrap();
        let mut out = b"earlier\n\n".to_vec();
        let from = out.len();
        write(&mut out);
        id.stamp(from, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), format!("earlier\n\n{expected}"));
    }

    #[test]
    fn it_is_the_last_header_of_the_first_packet() {
        check(
            |out| reply::command("+OK bye", &[], out),
            "Content-Type: command/reply\nReply-Text: +OK bye\nX-Request-ID: a: 1\n\n",
        );
        check(
            |out| reply::api("x\n\ny", out),
            "Content-Type: api/response\nContent-Length: 4\nX-Request-ID: a: 1\n\nx\n\ny",
        );
        check(
            |out| {
                reply::job("u", out);
                reply::command("next", &[], out);
            },
            "Content-Type: command/reply\nReply-Text: +OK Job-UUID: u\nJob-UUID: u\nX-Request-ID: a: 1\n\n\
             Content-Type: command/reply\nReply-Text: next\n\n",
        );
        check(|_| {}, "");
    }

    #[test]
    fn an_encoded_block_gets_it_encoded() {
        check(
            |out| out.extend_from_slice(b"Event-Name: CHANNEL_DATA\nReply-Text: %2BOK%0A\n\n"),
            "Event-Name: CHANNEL_DATA\nReply-Text: %2BOK%0A\nX-Request-ID: a%3A%201\n\n",
        );
    }

    #[test]
    fn what_cannot_stand_in_a_header_does_not_come_back() {
        assert_eq!(RequestId::of(&Packet::default()), Ok(None));
        assert!(RequestId::of(&packet(&"x".repeat(256))).unwrap().is_some());
        assert_eq!(RequestId::of(&packet(&"x".repeat(257))), Err(RequestIdError::TooLong { length: 257 }));
        for id in ["a\rb", "a\tb", "a\u{85}b", "\u{7f}"] {
            assert_eq!(RequestId::of(&packet(id)), Err(RequestIdError::ControlCharacter), "{id:?}");
        }
        assert_eq!(RequestId::of(&packet("é 1")).unwrap().unwrap().as_str(), "é 1");
    }
}
