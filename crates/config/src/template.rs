//! Templates: texts with `${references}` and escapes, taken apart as `switch_channel_expand_variables` does.
//!
//! What stands for a reference is `strowger-core`'s business; here is only how a text falls into pieces. It is a
//! scanner of FreeSWITCH's, not a grammar: what looks broken still means something, and clients have come to rely on it.

use std::borrow::Cow;

/// One piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text as it is.
    Text(Cow<'a, str>),
    /// `${name}`, `${name:offset:length}`, `${name[index]}`: what stands in the braces, a template too. When it is
    /// expanded, [`Reference::parse`] takes it apart.
    Variable(&'a str),
    /// `${name(arguments)}` or `${name arguments}`: the answer of an API command.
    Command {
        /// The command's name, a template too.
        name: &'a str,
        /// Its arguments, a template too.
        arguments: &'a str,
    },
}

/// Whether expansion changes a text at all: it has `${`, or an escape: `\\`, `\'`, `\n`, `\s` or `\t`
/// (`switch_string_var_check_const`, `switch_string_has_escaped_data`).
pub fn is_template(text: &str) -> bool {
    let escaped = |pair: &[u8]| matches!(pair, [b'\\', b'\\' | b'\'' | b'n' | b's' | b't']);
    text.contains("${") || (text.contains('\\') && text.as_bytes().windows(2).any(escaped))
}

/// What a text without references expands to; `None` when it has some.
pub fn unescape(text: &str) -> Option<Cow<'_, str>> {
    let mut pieces = parse(text).into_iter();
    match (pieces.next(), pieces.next()) {
        (None, _) => Some(Cow::Borrowed("")),
        (Some(Piece::Text(text)), None) => Some(text),
        _ => None,
    }
}

/// Splits a template. Texts never stand side by side.
///
/// `\$` is a dollar sign that begins nothing, `\\` a backslash, `\'` nothing; a backslash right behind a reference is a
/// backslash. `$${x}` is `${x}`, and `$$` a dollar sign. A reference that is not closed goes to the end of the text.
pub fn parse(text: &str) -> Vec<Piece<'_>> {
    if !is_template(text) {
        return if text.is_empty() { Vec::new() } else { vec![Piece::Text(Cow::Borrowed(text))] };
    }
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\\']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        let inner = from.strip_prefix("${").or_else(|| from.strip_prefix("$${"));
        let Some(inner) = inner else {
            let (stands_for, taken) = escape(from);
            plain.push_str(stands_for);
            rest = from.get(taken..).unwrap_or_default();
            continue;
        };
        if !plain.is_empty() {
            pieces.push(Piece::Text(Cow::Owned(std::mem::take(&mut plain))));
        }
        let (inside, after) = split_at_closing(inner);
        pieces.push(reference(inside));
        rest = match after.strip_prefix('\\') {
            Some(behind) => {
                plain.push('\\');
                behind
            }
            None => after,
        };
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(Cow::Owned(plain)));
    }
    pieces
}

/// What the `$` or `\` at the start stands for, and how many bytes are taken.
fn escape(from: &str) -> (&'static str, usize) {
    const ESCAPES: [(&str, &str); 5] = [("\\$$", "$"), ("\\$", "$"), ("\\'", ""), ("\\\\", "\\"), ("$$", "$")];
    let known = ESCAPES.into_iter().find(|(written, _)| from.starts_with(written));
    known.map_or(if from.starts_with('$') { ("$", 1) } else { ("\\", 1) }, |(written, text)| (text, written.len()))
}

/// What stands in front of the brace that closes, and what behind it.
fn split_at_closing(inner: &str) -> (&str, &str) {
    let mut open = 1_usize;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            // FreeSWITCH does not count a brace right behind the one that opens.
            b'{' if at > 0 => open += 1,
            b'}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return (inner.get(..at).unwrap_or_default(), inner.get(at + 1..).unwrap_or_default());
        }
    }
    (inner, "")
}

fn reference(inside: &str) -> Piece<'_> {
    let Some(at) = inside.find([' ', '(']) else { return Piece::Variable(inside) };
    let (name, from) = inside.split_at(at);
    let arguments = from.get(1..).unwrap_or_default();
    // The parenthesis that closes ends the arguments, also where none was open.
    let mut open = usize::from(from.starts_with('('));
    let end = arguments.bytes().position(|byte| match byte {
        b'(' => {
            open += 1;
            false
        }
        b')' if open == 1 => true,
        b')' => {
            open = open.saturating_sub(1);
            false
        }
        _ => false,
    });
    let arguments = end.and_then(|end| arguments.get(..end)).unwrap_or(arguments);
    Piece::Command { name: name.trim_end_matches(' '), arguments }
}

/// A variable with the part of it that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The variable's name.
    pub name: &'a str,
    /// Which item of an array, from 0; negative for the whole.
    pub index: i32,
    /// Bytes to leave out in front; negative counts from the end.
    pub offset: i32,
    /// Bytes to keep; 0 or less keeps the rest.
    pub length: i32,
}

impl<'a> Reference<'a> {
    /// Takes `name[index]:offset:length` apart. What should be a number and is none counts as 0.
    pub fn parse(text: &'a str) -> Reference<'a> {
        let (name, cut) = text.split_once(':').unwrap_or((text, ""));
        let length = cut.split_once(':').map_or(0, |(_, length)| number(length));
        let indexed = name.split_once('[').filter(|(_, behind)| behind.contains(']'));
        let (name, index) = indexed.map_or((name, -1), |(name, behind)| (name, number(behind)));
        Reference { name, index, offset: number(cut), length }
    }

    /// The part of a value that `offset` and `length` leave; a character that is cut through becomes U+FFFD.
    pub fn cut<'v>(&self, value: &'v str) -> Cow<'v, str> {
        let whole = value.as_bytes();
        let far = usize::try_from(self.offset.unsigned_abs()).unwrap_or(usize::MAX);
        let start = match self.offset {
            0.. => far.min(whole.len()),
            // Counted from before the start, it leaves the whole.
            _ => whole.len().saturating_sub(far),
        };
        let rest = whole.get(start..).unwrap_or_default();
        let keep = usize::try_from(self.length).ok().filter(|length| (1..rest.len()).contains(length));
        String::from_utf8_lossy(keep.and_then(|keep| rest.get(..keep)).unwrap_or(rest))
    }
}

/// The number at the start, as `atoi` reads it.
fn number(text: &str) -> i32 {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = digits.bytes().take_while(u8::is_ascii_digit).count();
    digits.get(..end).and_then(|digits| digits.parse::<i32>().ok()).unwrap_or(0) * sign
}

#[cfg(test)]
mod tests;
