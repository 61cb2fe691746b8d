//! Reading a message from bytes.

use bytes::{Bytes, BytesMut};

use super::{Header, HeaderId, Headers, Message, Method, StartLine};

/// The longest message that is read, in bytes.
pub const MAX_MESSAGE: usize = 64 * 1024;
/// The most header fields a message may have.
pub const MAX_HEADERS: usize = 256;

/// Why bytes are no SIP message at all; what is one but is wrong is a [`super::Defect`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Only line ends: a keep-alive (RFC 5626 §3.5.1).
    #[error("keep-alive")]
    KeepAlive,
    /// More than [`MAX_MESSAGE`] bytes.
    #[error("message of more than {MAX_MESSAGE} bytes")]
    TooLarge,
    /// More than [`MAX_HEADERS`] header fields.
    #[error("message with more than {MAX_HEADERS} header fields")]
    TooManyHeaders,
    /// The first line is neither a request line nor a status line.
    #[error("first line is not SIP")]
    StartLine,
    /// Content-Length of a message on a stream is missing its number, so its end is not known.
    #[error("Content-Length is not a number")]
    ContentLength,
}

/// Reads one message; `data` is the whole datagram, or the frame a [`super::Framer`] cut.
///
/// Line ends may be LF alone, folded lines are joined with one space, a header line without a name is kept with an
/// empty name, and a body is cut to Content-Length (or is what there is, when that is less).
///
/// # Errors
/// [`ParseError`] when the bytes are not SIP or over the limits.
pub fn parse(data: &Bytes) -> Result<Message, ParseError> {
    if data.len() > MAX_MESSAGE {
        return Err(ParseError::TooLarge);
    }
    let mut lines = Lines { data, at: data.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count() };
    let first = match lines.next() {
        Some(line) if !line.is_empty() => line,
        _ => return Err(ParseError::KeepAlive),
    };
    let start = start_line(&data.slice_ref(first))?;
    let headers = header_fields(data, &mut lines)?;
    let rest = data.slice(lines.at.min(data.len())..);
    let body = match content_length(&headers) {
        Ok(Some(length)) => rest.slice(..length.min(rest.len())),
        _ => rest,
    };
    Ok(Message { start, headers, body })
}

/// Content-Length; `Ok(None)` when it is not there.
///
/// # Errors
/// [`ParseError::ContentLength`] when it is no number, or there are two different ones.
pub(crate) fn content_length(headers: &Headers) -> Result<Option<usize>, ParseError> {
    let mut length = None;
    for header in headers.all(HeaderId::ContentLength) {
        let number = length_of(&header.value)?;
        if length.is_some_and(|l| l != number) {
            return Err(ParseError::ContentLength);
        }
        length = Some(number);
    }
    Ok(length)
}

/// A Content-Length value.
///
/// # Errors
/// [`ParseError::ContentLength`] when it is no number.
pub(crate) fn length_of(value: &[u8]) -> Result<usize, ParseError> {
    let value = value.trim_ascii();
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(ParseError::ContentLength);
    }
    std::str::from_utf8(value).ok().and_then(|v| v.parse().ok()).ok_or(ParseError::ContentLength)
}

/// The lines of a message without their ends; [`Lines::at`] is where the next begins.
pub(crate) struct Lines<'a> {
    pub(crate) data: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.data.get(self.at..).filter(|r| !r.is_empty())?;
        let end = rest.iter().position(|&b| b == b'\n');
        self.at += end.map_or(rest.len(), |e| e + 1);
        let line = rest.get(..end.unwrap_or(rest.len()))?;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

fn start_line(line: &Bytes) -> Result<StartLine, ParseError> {
    if line.get(..4).is_some_and(|p| p.eq_ignore_ascii_case(b"SIP/")) {
        return status_line(line);
    }
    let space = line.iter().position(|&b| b == b' ').ok_or(ParseError::StartLine)?;
    let (method, rest) = (line.get(..space).unwrap_or_default(), line.get(space + 1..).unwrap_or_default());
    let rest = rest.trim_ascii_end();
    let last = rest.iter().rposition(|&b| b == b' ').ok_or(ParseError::StartLine)?;
    let (uri, version) = (rest.get(..last).unwrap_or_default(), rest.get(last + 1..).unwrap_or_default());
    if !version.get(..4).is_some_and(|v| v.eq_ignore_ascii_case(b"SIP/")) {
        return Err(ParseError::StartLine);
    }
    let method = Method::parse(method).ok_or(ParseError::StartLine)?;
    Ok(StartLine::Request { method, uri: line.slice_ref(uri), version: line.slice_ref(version) })
}

fn status_line(line: &Bytes) -> Result<StartLine, ParseError> {
    let rest = line.get(..8).filter(|v| v.eq_ignore_ascii_case(b"SIP/2.0 ")).and_then(|_| line.get(8..));
    let rest = rest.ok_or(ParseError::StartLine)?;
    let (code, reason) = rest.split_at(rest.iter().position(|&b| b == b' ').unwrap_or(rest.len()));
    let digits = code.len() == 3 && code.iter().all(u8::is_ascii_digit);
    let code = code.iter().fold(0u16, |sum, b| sum.wrapping_mul(10).wrapping_add(u16::from(b.wrapping_sub(b'0'))));
    if !digits || !(100..700).contains(&code) {
        return Err(ParseError::StartLine);
    }
    Ok(StartLine::Response { code, reason: line.slice_ref(reason.get(1..).unwrap_or_default()) })
}

/// Reads fields up to the empty line, or to the end when there is none.
fn header_fields(data: &Bytes, lines: &mut Lines<'_>) -> Result<Headers, ParseError> {
    let mut headers: Vec<Header> = Vec::with_capacity(20);
    for line in lines.by_ref() {
        if line.is_empty() {
            break;
        }
        if matches!(line.first(), Some(b' ' | b'\t')) {
            let last = headers.last_mut().ok_or(ParseError::StartLine)?;
            // A line without a name has the message refused; unfolded, it could pass for one with a name.
            if last.name.is_empty() {
                continue;
            }
            last.value = joined(&last.value, line.trim_ascii());
            continue;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        if headers.len() == MAX_HEADERS {
            return Err(ParseError::TooManyHeaders);
        }
        headers.push(field(data, line));
    }
    Ok(Headers(headers))
}

fn field(data: &Bytes, line: &[u8]) -> Header {
    let colon = line.iter().position(|&b| b == b':');
    let (name, value) = line.split_at(colon.unwrap_or(0));
    let name = name.trim_ascii_end();
    if name.is_empty() || name.iter().any(u8::is_ascii_whitespace) {
        return Header { id: HeaderId::Other, name: Bytes::new(), value: data.slice_ref(line.trim_ascii_end()) };
    }
    let value = value.get(1..).unwrap_or_default().trim_ascii();
    Header { id: HeaderId::of(name), name: data.slice_ref(name), value: data.slice_ref(value) }
}

/// Unfolds: white space at a fold counts as one space (RFC 3261 §7.3.1).
fn joined(value: &Bytes, more: &[u8]) -> Bytes {
    let mut whole = BytesMut::with_capacity(value.len() + 1 + more.len());
    whole.extend_from_slice(value);
    if !value.is_empty() && !more.is_empty() {
        whole.extend_from_slice(b" ");
    }
    whole.extend_from_slice(more);
    whole.freeze()
}
