//! What a client sends: a command line, headers, perhaps a body.

use strowger_event::Headers;

use crate::frame::{Assembled, Assembler, FrameError, Limits};

/// One packet of a client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Packet {
    /// The first line.
    pub command: String,
    /// The other lines: as they came, not URL-decoded; those without a value left out.
    pub headers: Headers,
    /// The body, when `Content-Length` announced one.
    pub body: Option<String>,
}

/// Cuts what a client sends into [`Packet`]s.
///
/// Line ends are LF or CRLF, also mixed; empty lines before a packet are skipped; what is not UTF-8 becomes U+FFFD.
/// Memory: what has arrived of an unfinished packet, bounded by [`Limits`] as long as [`Framer::next`] is called until it
/// says `None` after each [`Framer::feed`]; at most 4 KiB when idle.
#[derive(Debug)]
pub struct Framer(Assembler<Packet>);

impl Framer {
    /// A framer at the start of a connection.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self(Assembler::new(limits))
    }

    /// Changes the limits, from the next part of a packet on.
    pub const fn set_limits(&mut self, limits: Limits) {
        self.0.splitter.set_limits(limits);
    }

    /// Adds bytes that were received.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.0.splitter.feed(bytes);
    }

    /// How many bytes are held that belong to no complete packet yet.
    #[must_use]
    pub const fn buffered(&self) -> usize {
        self.0.splitter.buffered()
    }

    /// The next complete packet; `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`FrameError`] when the client broke a limit; it stays, nothing can be read behind it.
    #[expect(clippy::should_implement_trait, reason = "None means not yet, not the end")]
    pub fn next(&mut self) -> Result<Option<Packet>, FrameError> {
        let packet = self.0.next()?;
        if packet.as_ref().is_some_and(|packet| packet.headers.len() > MAX_HEADERS) {
            return self.0.splitter.fail(FrameError::TooManyHeaders { limit: MAX_HEADERS });
        }
        Ok(packet)
    }
}

/// Headers of a packet at the most: the filters of every listener are looked for among those of a `sendevent`, while its
/// publisher waits.
const MAX_HEADERS: usize = 4096;

impl Assembled for Packet {
    fn of_head(head: &str) -> Self {
        let mut lines = head.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let command = lines.next().unwrap_or_default().to_string();
        let mut headers = Headers::with_capacity(head.bytes().filter(|byte| *byte == b'\n').count(), head.len());
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim_start_matches(' ');
            if !value.is_empty() {
                headers.push(name, value);
            }
        }
        Self { command, headers, body: None }
    }

    fn headers(&self) -> &Headers {
        &self.headers
    }

    fn with_body(self, body: String) -> Self {
        Self { body: Some(body), ..self }
    }
}

#[cfg(test)]
mod tests;
