//! The plain form: `Name: value` lines with percent-encoded values, an empty line, the body.

use crate::codec::{CONTENT_LENGTH, CodecError, push_number, received};
use crate::run::{ByteSet, push_escaped};
use crate::{Event, Headers, percent};

/// Appends `event` to `out`. A body comes behind a last header `Content-Length`, which no body means no header.
///
/// A name is written as it is, but control characters, `:` and `%` in it are percent-encoded too, so that no name can
/// pose as another header. A variable's name keeps its `:` as in FreeSWITCH (`variable_nolocal:name`): what is in front
/// of it tells it from other headers.
pub fn write(event: &Event, out: &mut String) {
    for (name, value) in event.headers.iter() {
        let escaped = if name.starts_with(VARIABLE) { &NOT_IN_VARIABLES } else { &NOT_IN_NAMES };
        push_escaped(name, escaped, out, percent::push_byte);
        out.push_str(": ");
        percent::encode(value, out);
        out.push('\n');
    }
    if let Some(body) = &event.body {
        out.push_str(CONTENT_LENGTH);
        out.push_str(": ");
        push_number(body.len(), out);
        out.push_str("\n\n");
        out.push_str(body);
    } else {
        out.push('\n');
    }
}

/// Reads what [`write()`] wrote. Lines may also end in CRLF; a line without a colon is passed over.
///
/// # Errors
/// [`CodecError::Truncated`] and [`CodecError::SplitCharacter`] when the body is not as long as announced.
pub fn parse(text: &str) -> Result<Event, CodecError> {
    let mut headers = Headers::with_capacity(text.bytes().filter(|byte| *byte == b'\n').count(), text.len());
    let mut announced = None;
    let mut rest = text;
    while let Some((line, behind)) = next_line(rest) {
        rest = behind;
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.strip_prefix(' ').unwrap_or(value);
        announced.take().into_iter().for_each(|length| headers.push(CONTENT_LENGTH, length));
        // Only the last header may be the body's length: an earlier one is the event's own.
        match name == CONTENT_LENGTH && value.parse::<usize>().is_ok() {
            true => announced = Some(value),
            false => headers.push(&percent::decode(name), &percent::decode(value)),
        }
    }
    let body = match announced.and_then(|length| length.parse().ok()) {
        Some(length) => Some(body(rest, length)?.to_string()),
        None => None,
    };
    Ok(received(headers, body))
}

fn body(rest: &str, length: usize) -> Result<&str, CodecError> {
    if rest.len() < length {
        return Err(CodecError::Truncated { have: rest.len(), want: length });
    }
    rest.get(..length).ok_or(CodecError::SplitCharacter(length))
}

fn next_line(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() {
        return None;
    }
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    Some((line.strip_suffix('\r').unwrap_or(line), rest))
}

const VARIABLE: &str = "variable_";

const NOT_IN_NAMES: ByteSet = ByteSet::of(b":%\x7F").with_range(0, 0x1F);

const NOT_IN_VARIABLES: ByteSet = ByteSet::of(b"%\x7F").with_range(0, 0x1F);
