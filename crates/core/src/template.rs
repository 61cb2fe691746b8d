//! `${variable}`, `$${global}` and `${command(arguments)}` in texts of the dialplan and the event socket.
//!
//! A name may carry an array index (`${list[2]}`) and a cut (`${number:3}`, `${number:-4}`, `${number:0:3}`), as in
//! FreeSWITCH (`switch_channel_expand_variables`). `\$` stands for a dollar sign.

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use strowger_event::array_items;

/// How deep references within references are followed.
const DEPTH: u8 = 8;

/// Where a template's references are looked up.
#[async_trait]
pub trait Scope: Send {
    /// A global variable's value, empty when there is none.
    fn global(&self, name: &str) -> String;

    /// A variable's value, empty when there is none.
    async fn variable(&mut self, name: &str) -> String;

    /// The answer of an API command, empty when there is none.
    async fn command(&mut self, name: &str, arguments: &str) -> String;
}

/// `text` with its references replaced by what they stand for in `scope`.
pub async fn expand<'a>(scope: &mut impl Scope, text: &'a str) -> Cow<'a, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(expand_pieces(scope, text, DEPTH).await)
}

fn expand_pieces<'a, S: Scope>(
    scope: &'a mut S,
    text: &'a str,
    depth: u8,
) -> Pin<Box<dyn Future<Output = String> + Send + 'a>> {
    Box::pin(async move {
        let mut out = String::with_capacity(text.len());
        for piece in parse(text) {
            let fits = match piece {
                Piece::Text(text) => push(&mut out, &text),
                Piece::Global(name) => push(&mut out, &scope.global(&name)),
                Piece::Variable(reference) => {
                    let name = inner(scope, &reference.name, depth).await;
                    push(&mut out, &reference.apply(&scope.variable(&name).await))
                }
                Piece::Command { name, arguments } => {
                    let arguments = inner(scope, &arguments, depth).await;
                    push(&mut out, &scope.command(&name, &arguments).await)
                }
            };
            if !fits {
                break;
            }
        }
        out
    })
}

async fn inner<S: Scope>(scope: &mut S, text: &str, depth: u8) -> String {
    if depth == 0 || is_plain(text) { text.to_owned() } else { expand_pieces(scope, text, depth - 1).await }
}

/// One piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Text(String),
    /// A variable.
    Variable(Reference),
    /// A global variable.
    Global(String),
    /// The answer of an API command.
    Command {
        /// The command's name.
        name: String,
        /// Its arguments, a template too.
        arguments: String,
    },
}

/// A variable with the part of it that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The variable's name; may itself hold references.
    pub name: String,
    /// Which item of an array.
    pub index: Option<usize>,
    /// Characters to leave out in front; negative counts from the end.
    pub offset: i32,
    /// Characters to keep; 0 keeps the rest.
    pub length: usize,
}

/// How long an expanded text may be: `${x}${x}…` with a long `x` must not fill the memory.
const MAX_EXPANDED: usize = 4 << 20;

/// Adds the text of a piece; `false` when it does not fit: it is cut off then, and nothing more is to be added.
fn push(out: &mut String, text: &str) -> bool {
    let room = MAX_EXPANDED.saturating_sub(out.len());
    // A character has at most four bytes, so one of these is a boundary.
    let end = room.min(text.len());
    out.push_str((end.saturating_sub(3)..=end).rev().find_map(|end| text.get(..end)).unwrap_or_default());
    let fits = text.len() <= room;
    if !fits {
        tracing::warn!("an expanded text is longer than {MAX_EXPANDED} bytes and cut off");
    }
    fits
}

/// Whether there is anything to expand.
#[must_use]
pub fn is_plain(text: &str) -> bool {
    !text.contains('$')
}

/// Splits a template; an unclosed reference is text.
#[must_use]
pub fn parse(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\\']) {
        let (before, from) = rest.split_at(at);
        plain.push_str(before);
        if let Some(after) = from.strip_prefix("\\$") {
            plain.push('$');
            rest = after;
            continue;
        }
        match reference(from) {
            Some((piece, after)) => {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(piece);
                rest = after;
            }
            // Nothing behind a reference that is not closed is one: looking for each's end would take the square of time.
            None if from.starts_with("${") || from.starts_with("$${") => {
                plain.push_str(from);
                rest = "";
            }
            None => {
                let mut characters = from.chars();
                plain.extend(characters.next());
                rest = characters.as_str();
            }
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    pieces
}

fn reference(from: &str) -> Option<(Piece, &str)> {
    if let Some(inner) = from.strip_prefix("$${") {
        let (name, after) = inner.split_once('}')?;
        return Some((Piece::Global(name.to_owned()), after));
    }
    let inner = from.strip_prefix("${")?;
    let end = closing(inner)?;
    let (inside, after) = (inner.get(..end)?, inner.get(end + 1..)?);
    Some((inside_braces(inside), after))
}

/// Where the brace that was opened is closed.
fn closing(inner: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, character) in inner.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn inside_braces(inside: &str) -> Piece {
    if let Some((name, arguments)) = inside.split_once('(')
        && let Some(arguments) = arguments.strip_suffix(')')
        && !name.contains("${")
    {
        return Piece::Command { name: name.trim().to_owned(), arguments: arguments.to_owned() };
    }
    // `${command arguments}` is FreeSWITCH's other way to write it.
    if let Some((name, arguments)) = inside.split_once(' ')
        && !name.contains("${")
    {
        return Piece::Command { name: name.to_owned(), arguments: arguments.to_owned() };
    }
    Piece::Variable(cut(inside))
}

fn cut(inside: &str) -> Reference {
    let (name, offset, length) = match split_outside_braces(inside) {
        Some((name, cut)) => {
            let (offset, length) = cut.split_once(':').unwrap_or((cut, "0"));
            (name, offset.parse().unwrap_or(0), length.parse().unwrap_or(0))
        }
        None => (inside, 0, 0),
    };
    let indexed = name.strip_suffix(']').and_then(|open| open.rsplit_once('['));
    let (name, index) = match indexed.and_then(|(name, index)| Some((name, index.parse().ok()?))) {
        Some((name, index)) => (name, Some(index)),
        None => (name, None),
    };
    Reference { name: name.to_owned(), index, offset, length }
}

fn split_outside_braces(text: &str) -> Option<(&str, &str)> {
    let from = text.rfind('}').map_or(0, |at| at + 1);
    let at = from + text.get(from..)?.find(':')?;
    let (name, cut) = (text.get(..at)?, text.get(at + 1..)?);
    // `sip:h_X` style names keep their colon.
    cut.starts_with(|c: char| c.is_ascii_digit() || c == '-').then_some((name, cut))
}

impl Reference {
    /// The part of `value` that is meant.
    #[must_use]
    pub fn apply(&self, value: &str) -> String {
        let item = match self.index {
            Some(index) => match array_items(value) {
                Some(mut items) => items.nth(index).unwrap_or_default().to_owned(),
                None if index == 0 => value.to_owned(),
                None => String::new(),
            },
            None => value.to_owned(),
        };
        if self.offset == 0 && self.length == 0 {
            return item;
        }
        let count = item.chars().count();
        let far = usize::try_from(self.offset.unsigned_abs()).unwrap_or(usize::MAX);
        let skip = if self.offset < 0 { count.saturating_sub(far) } else { far };
        let keep = if self.length == 0 { usize::MAX } else { self.length };
        item.chars().skip(skip).take(keep).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Piece {
        Piece::Variable(Reference { name: name.into(), index: None, offset: 0, length: 0 })
    }

    fn check(text: &str, expected: &[Piece]) {
        assert_eq!(parse(text), expected, "{text}");
    }

    #[test]
    fn pieces_come_apart() {
        check("plain", &[Piece::Text("plain".into())]);
        check("a ${b} c", &[Piece::Text("a ".into()), variable("b"), Piece::Text(" c".into())]);
        check("$${domain}", &[Piece::Global("domain".into())]);
        check("${a_${b}}", &[variable("a_${b}")]);
        check("\\${x}", &[Piece::Text("${x}".into())]);
        check("${open", &[Piece::Text("${open".into())]);
        check("${a} ${open ${b", &[variable("a"), Piece::Text(" ${open ${b".into())]);
        check("cost $5", &[Piece::Text("cost $5".into())]);
        check("${md5(a b)}", &[Piece::Command { name: "md5".into(), arguments: "a b".into() }]);
        check("${md5 a}", &[Piece::Command { name: "md5".into(), arguments: "a".into() }]);
    }

    #[test]
    fn an_expanded_text_is_bounded() {
        let mut text = "x".repeat(MAX_EXPANDED - 1);
        assert!(!push(&mut text, "\u{e9}") && push(&mut text, "y") && !push(&mut text, "z"));
        assert!(text.len() == MAX_EXPANDED && text.ends_with("xy"));
    }

    #[test]
    fn cuts_and_indices() {
        let cut = |text: &str, value: &str| match parse(text).remove(0) {
            Piece::Variable(reference) => reference.apply(value),
            other => panic!("{other:?}"),
        };
        assert_eq!(cut("${n:3}", "0049301234"), "9301234");
        assert_eq!(cut("${n:-4}", "0049301234"), "1234");
        assert_eq!(cut("${n:0:2}", "0049301234"), "00");
        assert_eq!(cut("${n:-4:2}", "0049301234"), "12");
        assert_eq!(cut("${n[1]}", "ARRAY::a|:b|:c"), "b");
        assert_eq!(cut("${n[9]}", "ARRAY::a|:b|:c"), "");
        assert_eq!(cut("${n:50}", "short"), "");
    }
}
