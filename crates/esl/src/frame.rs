//! Cutting a byte stream into heads and bodies, the same in both directions.

use std::mem;

use strowger_event::Headers;

/// How long a packet may be.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the first line and the headers.
    pub head: usize,
    /// Bytes of the body.
    pub body: usize,
}

impl Limits {
    /// What a server takes of an authenticated client: a head of 1 MiB and, as FreeSWITCH, a body of 16 MiB.
    pub const SERVER: Self = Self { head: 1 << 20, body: 16 << 20 };
    /// What a server takes before the password: enough for it, and too little to fill the memory with.
    pub const STRANGER: Self = Self { head: 16 << 10, body: 16 << 10 };
    /// What a client takes of its server, whose answers can be long.
    pub const CLIENT: Self = Self { head: 16 << 20, body: 256 << 20 };
}

/// Why the stream cannot be read any further: the connection has to be closed.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// No empty line within the limit.
    #[error("packet head longer than {limit} bytes")]
    HeadTooLong {
        /// [`Limits::head`].
        limit: usize,
    },
    /// More headers than a client has anything to say in.
    #[error("packet with more than {limit} headers")]
    TooManyHeaders {
        /// How many there may be.
        limit: usize,
    },
    /// `Content-Length` is negative.
    #[error("negative Content-Length")]
    NegativeLength,
    /// `Content-Length` is above the limit.
    #[error("packet body longer than {limit} bytes")]
    BodyTooLong {
        /// [`Limits::body`].
        limit: usize,
    },
}

/// The part of a packet a splitter found.
pub(crate) enum Part {
    /// A head without its empty line.
    Head(String),
    /// A body of the asked length.
    Body(String),
}

/// Cuts heads off the stream, and bodies when it is told their length.
///
/// No byte is searched twice, however small the pieces it arrives in; a buffer that has become large is given back as soon
/// as it is empty.
#[derive(Debug)]
pub(crate) struct Splitter {
    buffer: Vec<u8>,
    /// Where what has not been taken yet begins.
    start: usize,
    /// Where the line begins that is not complete yet.
    line: usize,
    /// Up to where there is no further line end.
    searched: usize,
    /// The length of the body that comes next.
    body: Option<usize>,
    failed: Option<FrameError>,
    limits: Limits,
}

impl Splitter {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self { buffer: Vec::new(), start: 0, line: 0, searched: 0, body: None, failed: None, limits }
    }

    pub(crate) const fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    pub(crate) const fn buffered(&self) -> usize {
        self.buffer.len() - self.start
    }

    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        // Moving what is left only when it is the smaller half keeps the cost of all moves below that of all bytes.
        if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.line -= self.start;
            self.searched -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Says that the next part is a body of `length` bytes.
    pub(crate) fn expect_body(&mut self, length: usize) -> Result<(), FrameError> {
        if length > self.limits.body {
            return self.fail(FrameError::BodyTooLong { limit: self.limits.body });
        }
        self.body = Some(length);
        Ok(())
    }

    /// Gives up: this and every further call is this error.
    pub(crate) fn fail<T>(&mut self, error: FrameError) -> Result<T, FrameError> {
        self.failed = Some(error);
        self.buffer = Vec::new();
        (self.start, self.line, self.searched) = (0, 0, 0);
        Err(error)
    }

    pub(crate) fn next(&mut self) -> Result<Option<Part>, FrameError> {
        if let Some(error) = self.failed {
            return self.fail(error);
        }
        match self.body {
            Some(length) if self.buffered() < length => Ok(None),
            Some(length) => {
                self.body = None;
                Ok(Some(Part::Body(self.take(length, 0))))
            }
            None => self.head(),
        }
    }

    fn head(&mut self) -> Result<Option<Part>, FrameError> {
        self.skip_empty_lines();
        while let Some(found) = self.line_end() {
            let line = self.buffer.get(self.line..found).unwrap_or_default();
            let is_empty = matches!(line, b"" | b"\r");
            if is_empty && self.line - self.start <= self.limits.head {
                let (length, end) = (self.line - self.start, found + 1 - self.line);
                return Ok(Some(Part::Head(self.take(length, end))));
            }
            (self.line, self.searched) = (found + 1, found + 1);
            if self.line - self.start > self.limits.head {
                break;
            }
        }
        if self.buffered() > self.limits.head {
            return self.fail(FrameError::HeadTooLong { limit: self.limits.head });
        }
        Ok(None)
    }

    fn skip_empty_lines(&mut self) {
        if self.line > self.start {
            return;
        }
        let rest = self.buffer.get(self.start..).unwrap_or_default();
        let skipped = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if skipped > 0 {
            self.advance(skipped);
        }
    }

    fn line_end(&mut self) -> Option<usize> {
        let rest = self.buffer.get(self.searched..).unwrap_or_default();
        let found = rest.iter().position(|byte| *byte == b'\n').map(|at| self.searched + at);
        if found.is_none() {
            self.searched = self.buffer.len();
        }
        found
    }

    /// Takes `length` bytes as text and drops `more` behind them.
    fn take(&mut self, length: usize, more: usize) -> String {
        let bytes = if self.start == 0 && length + more == self.buffer.len() && length > KEEP {
            // A large body that is all there is: its buffer becomes the text.
            let mut whole = mem::take(&mut self.buffer);
            whole.truncate(length);
            (self.line, self.searched) = (0, 0);
            whole
        } else {
            let bytes = self.buffer.get(self.start..self.start + length).unwrap_or_default().to_vec();
            self.advance(length + more);
            bytes
        };
        String::from_utf8(bytes).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned())
    }

    fn advance(&mut self, by: usize) {
        self.start += by;
        if self.start >= self.buffer.len() {
            self.start = 0;
            self.buffer.clear();
            if self.buffer.capacity() > KEEP {
                self.buffer = Vec::new();
            }
        }
        (self.line, self.searched) = (self.start, self.start);
    }
}

/// What a head begins and, when it announces one, a body ends.
pub(crate) trait Assembled: Sized {
    /// The packet without its body.
    fn of_head(head: &str) -> Self;
    /// Its headers, `Content-Length` among them.
    fn headers(&self) -> &Headers;
    /// The packet with its body.
    fn with_body(self, body: String) -> Self;
}

/// Cuts a stream of bytes into packets of one kind.
#[derive(Debug)]
pub(crate) struct Assembler<P> {
    pub(crate) splitter: Splitter,
    /// The packet whose body is still missing.
    waiting: Option<P>,
}

impl<P: Assembled> Assembler<P> {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self { splitter: Splitter::new(limits), waiting: None }
    }

    pub(crate) fn next(&mut self) -> Result<Option<P>, FrameError> {
        while let Some(part) = self.splitter.next()? {
            let packet = match (part, self.waiting.take()) {
                (Part::Body(body), Some(packet)) => return Ok(Some(packet.with_body(body))),
                // A body comes only behind a head that waits for it.
                (Part::Body(_), None) => continue,
                (Part::Head(head), _) => P::of_head(&head),
            };
            let length = content_length(packet.headers().get("Content-Length").unwrap_or_default());
            match length.or_else(|error| self.splitter.fail(error))? {
                0 => return Ok(Some(packet)),
                length => self.splitter.expect_body(length)?,
            }
            self.waiting = Some(packet);
        }
        Ok(None)
    }
}

/// The number `Content-Length` begins with, as C's `atoi` reads it: no number is 0.
///
/// # Errors
/// [`FrameError::NegativeLength`]. A number beyond `usize` is the largest there is.
fn content_length(value: &str) -> Result<usize, FrameError> {
    let value = value.trim_start();
    let (negative, digits) = match value.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, value.strip_prefix('+').unwrap_or(value)),
    };
    let number = digits
        .bytes()
        .take_while(u8::is_ascii_digit)
        .fold(0_usize, |number, digit| number.saturating_mul(10).saturating_add(usize::from(digit - b'0')));
    if negative && number > 0 { Err(FrameError::NegativeLength) } else { Ok(number) }
}

/// The largest buffer an idle connection keeps.
const KEEP: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_c_does() {
        let check = |value, length| assert_eq!(content_length(value), length, "{value}");
        check("33", Ok(33));
        check(" +7 bytes", Ok(7));
        check("", Ok(0));
        check("abc", Ok(0));
        check("-0", Ok(0));
        check("-1", Err(FrameError::NegativeLength));
        check("99999999999999999999999", Ok(usize::MAX));
    }

    #[test]
    fn an_idle_splitter_keeps_little() {
        let mut splitter = Splitter::new(Limits::SERVER);
        for _ in 0..100 {
            splitter.feed(&[b'x'; 1000]);
            assert!(splitter.next().unwrap().is_none());
        }
        splitter.feed(b"\n\n");
        assert!(matches!(splitter.next(), Ok(Some(Part::Head(head))) if head.len() == 100_001));
        assert!(splitter.buffer.capacity() <= KEEP);
    }
}
