//! Cutting a byte stream into messages (RFC 3261 §18.3).

use bytes::{Buf, Bytes, BytesMut};

use super::{
    HeaderId, MAX_MESSAGE, Message, ParseError, parse,
    parser::{Lines, length_of},
};

/// What a [`Framer`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A whole message.
    Message(Message),
    /// CRLF CRLF: a keep-alive ping, answered with CRLF (RFC 5626 §3.5.1).
    Ping,
}

/// Collects a stream's bytes and cuts them at Content-Length. A message without one has no body.
///
/// Holds at most [`MAX_MESSAGE`] bytes and one read more. After an error the stream has lost its place: close it.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: BytesMut,
    /// Up to where no end of headers was found.
    scanned: usize,
    /// The length of the message at the front, once its headers are there.
    total: Option<usize>,
}

impl Framer {
    /// A framer with nothing in it.
    pub fn new() -> Framer {
        Framer::default()
    }

    /// Takes bytes from the stream; call [`Framer::next_frame`] until it has no more.
    pub fn push(&mut self, data: &[u8]) {
        self.buffer.extend_from_slice(data);
    }

    /// Where the stream's reader may put bytes itself.
    pub fn buffer(&mut self) -> &mut BytesMut {
        &mut self.buffer
    }

    /// The next message; `Ok(None)` when more bytes are needed.
    ///
    /// # Errors
    /// [`ParseError`] when the front is not SIP, too large, or its length is not known.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, ParseError> {
        let total = match self.total {
            Some(total) => total,
            None => {
                if let Some(ping) = self.skip_line_ends() {
                    return Ok(Some(ping));
                }
                let Some(head) = self.end_of_headers() else {
                    let long = self.buffer.len() > MAX_MESSAGE;
                    return if long { Err(ParseError::TooLarge) } else { Ok(None) };
                };
                let length = declared_length(self.buffer.get(..head).unwrap_or_default())?;
                let total = head.saturating_add(length);
                if total > MAX_MESSAGE {
                    return Err(ParseError::TooLarge);
                }
                self.total = Some(total);
                total
            }
        };
        if self.buffer.len() < total {
            return Ok(None);
        }
        self.total = None;
        self.scanned = 0;
        let frame: Bytes = self.buffer.split_to(total).freeze();
        parse(&frame).map(|m| Some(Frame::Message(m)))
    }

    /// Drops line ends before a message. Two CRLFs are a ping; one is the answer to a ping, and nothing.
    fn skip_line_ends(&mut self) -> Option<Frame> {
        while let Some(b'\r' | b'\n') = self.buffer.first() {
            if self.buffer.starts_with(PING) {
                self.buffer.advance(PING.len());
                return Some(Frame::Ping);
            }
            // The first half of a ping: what follows tells.
            if PING.starts_with(&self.buffer) {
                return None;
            }
            self.buffer.advance(1);
        }
        None
    }

    /// The length of start line and headers with the empty line.
    fn end_of_headers(&mut self) -> Option<usize> {
        let mut at = self.scanned;
        while let Some(found) = self.buffer.get(at..)?.iter().position(|&b| b == b'\n') {
            let next = at + found + 1;
            match self.buffer.get(next..) {
                Some([b'\n', ..]) => return Some(next + 1),
                Some([b'\r', b'\n', ..]) => return Some(next + 2),
                // The line end may not have come whole yet.
                Some([] | [b'\r']) => {
                    self.scanned = at + found;
                    return None;
                }
                _ => at = next,
            }
        }
        self.scanned = self.buffer.len();
        None
    }
}

fn declared_length(head: &[u8]) -> Result<usize, ParseError> {
    let mut length = None;
    for line in (Lines { data: head, at: 0 }) {
        let Some(colon) = line.iter().position(|&b| b == b':') else { continue };
        let (name, value) = line.split_at(colon);
        if !matches!(line.first(), Some(b' ' | b'\t')) && HeaderId::of(name.trim_ascii()) == HeaderId::ContentLength {
            let number = length_of(value.get(1..).unwrap_or_default())?;
            if length.is_some_and(|l| l != number) {
                return Err(ParseError::ContentLength);
            }
            length = Some(number);
        }
    }
    Ok(length.unwrap_or(0))
}

const PING: &[u8] = b"\r\n\r\n";
