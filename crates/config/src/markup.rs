//! What pre-processing sees in a file: text, `$${…}`, directives, and what vanishes.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::line_map::newlines;

/// A piece of a file. The pieces in order are the whole file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token<'t> {
    /// Passed on as it is.
    Text(&'t str),
    /// `$${name}`; inside CDATA its value must not be escaped.
    Variable { name: &'t str, in_cdata: bool },
    /// A comment, `<?…?>`, `<include>` or `</include>`: vanishes, its newlines stay.
    Nothing(&'t str),
    /// `<X-PRE-PROCESS cmd=".." data=".."/>` or `<!--#cmd "data"-->`.
    Directive(Directive<'t>),
    /// What can never be closed starts here.
    Unclosed { what: &'static str, expected: &'static str },
}

/// A pre-processing directive as written: nothing is expanded yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Directive<'t> {
    /// The `cmd`, or what is wrong with the tag.
    pub(crate) command: Result<String, String>,
    /// The `data`.
    pub(crate) data: String,
    /// All of its text.
    pub(crate) source: &'t str,
}

/// Cuts a file into [`Token`]s with the line each starts on.
#[derive(Debug)]
pub(crate) struct Tokens<'t> {
    rest: &'t str,
    line: u32,
    in_cdata: bool,
}

impl<'t> Tokens<'t> {
    pub(crate) fn new(text: &'t str) -> Tokens<'t> {
        Tokens { rest: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1, in_cdata: false }
    }

    /// The token at the start of `rest`, which is not empty, and its length in bytes.
    fn token(&mut self) -> (Token<'t>, usize) {
        let rest = self.rest;
        if let Some((name, length)) = variable(rest) {
            return (Token::Variable { name, in_cdata: self.in_cdata }, length);
        }
        if self.in_cdata {
            let end = rest.find(CDATA_END).map_or(rest.len(), |at| at + CDATA_END.len());
            let stop = rest.find(VARIABLE).filter(|at| *at > 0 && *at < end);
            self.in_cdata = stop.is_some() || !rest.get(..end).unwrap_or_default().ends_with(CDATA_END);
            return text(rest, stop.unwrap_or(end));
        }
        if rest.starts_with('<')
            && let Some(found) = self.markup()
        {
            return found;
        }
        text(rest, plain_length(rest))
    }

    /// What a `<` begins, where it is anything pre-processing looks at.
    fn markup(&mut self) -> Option<(Token<'t>, usize)> {
        let rest = self.rest;
        if rest.starts_with("<!--#") {
            return Some(delimited(rest, "-->", "this comment", "-->", legacy_directive));
        }
        if rest.starts_with("<!--") {
            return Some(delimited(rest, "-->", "this comment", "-->", Token::Nothing));
        }
        if rest.starts_with("<?") {
            return Some(delimited(rest, "?>", "this <?", "?>", Token::Nothing));
        }
        if rest.starts_with(CDATA_START) {
            self.in_cdata = true;
            return Some(text(rest, CDATA_START.len()));
        }
        if is_tag(rest, "<include") || is_tag(rest, "</include") {
            return Some(delimited(rest, ">", "this <include> tag", ">", Token::Nothing));
        }
        is_tag(rest, "<X-PRE-PROCESS").then(|| directive(rest))
    }
}

impl<'t> Iterator for Tokens<'t> {
    type Item = (u32, Token<'t>);

    fn next(&mut self) -> Option<(u32, Token<'t>)> {
        if self.rest.is_empty() {
            return None;
        }
        let line = self.line;
        let (token, length) = self.token();
        let (used, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.line = line.saturating_add(newlines(used));
        self.rest = rest;
        Some((line, token))
    }
}

/// `$${name}` at the start of a text: the name and the length of it all. It ends on its own line.
pub(crate) fn variable(text: &str) -> Option<(&str, usize)> {
    let after = text.strip_prefix(VARIABLE)?;
    let end = after.find(['}', '\n']).filter(|end| after.get(*end..).is_some_and(|tail| tail.starts_with('}')))?;
    Some((after.get(..end)?, VARIABLE.len() + end + 1))
}

/// The first `length` bytes of `rest` as text.
fn text(rest: &str, length: usize) -> (Token<'_>, usize) {
    (Token::Text(rest.get(..length).unwrap_or(rest)), length)
}

/// How far plain text reaches: at least one character, then up to the next `<` or `$${`.
fn plain_length(rest: &str) -> usize {
    let first = rest.chars().next().map_or(0, char::len_utf8);
    let tail = rest.get(first..).unwrap_or_default();
    let mut from = 0;
    while let Some(at) = tail.get(from..).and_then(|part| part.find(['<', '$'])) {
        let here = tail.get(from + at..).unwrap_or_default();
        if here.starts_with('<') || here.starts_with(VARIABLE) {
            return first + from + at;
        }
        from += at + 1;
    }
    rest.len()
}

/// What reaches from the start of `rest` to `end`, made into a token; the unclosed token when it never ends.
fn delimited<'t>(
    rest: &'t str,
    end: &str,
    what: &'static str,
    expected: &'static str,
    make: impl FnOnce(&'t str) -> Token<'t>,
) -> (Token<'t>, usize) {
    match rest.find(end).and_then(|at| rest.get(..at + end.len())) {
        Some(whole) => (make(whole), whole.len()),
        None => (Token::Unclosed { what, expected }, rest.len()),
    }
}

/// Whether a tag of this name stands at the start, whatever its case.
fn is_tag(rest: &str, tag: &str) -> bool {
    let Some((head, tail)) = rest.split_at_checked(tag.len()) else { return false };
    head.eq_ignore_ascii_case(tag) && tail.starts_with([' ', '\t', '\r', '\n', '/', '>'])
}

/// The older form of a directive, `<!--#set "a=b"-->`. A comment that only looks like one stays a comment.
fn legacy_directive(whole: &str) -> Token<'_> {
    let inner = whole.trim_start_matches("<!--#").trim_end_matches("-->").trim();
    let (command, data) = inner.split_once([' ', '\t', '"']).unwrap_or((inner, ""));
    if !LEGACY.contains(&command) {
        return Token::Nothing(whole);
    }
    let data = data.trim().trim_matches('"').to_owned();
    Token::Directive(Directive { command: Ok(command.to_owned()), data, source: whole })
}

/// The X-PRE-PROCESS tag at the start of `rest`, with its closing tag if it has one.
fn directive(rest: &str) -> (Token<'_>, usize) {
    let mut reader = Reader::from_str(rest);
    reader.config_mut().check_end_names = false;
    let (command, data) = match reader.read_event() {
        Ok(Event::Empty(tag)) => attributes(&tag),
        Ok(Event::Start(tag)) => {
            let found = attributes(&tag);
            match reader.read_event() {
                Ok(Event::End(_)) => found,
                _ => (Err("this X-PRE-PROCESS tag is not closed".to_owned()), String::new()),
            }
        }
        _ => (Err("this X-PRE-PROCESS tag is not closed".to_owned()), String::new()),
    };
    let length = usize::try_from(reader.buffer_position()).unwrap_or(rest.len());
    let source = rest.get(..length).filter(|source| !source.is_empty()).unwrap_or(rest);
    (Token::Directive(Directive { command, data, source }), source.len())
}

/// The `cmd` and the `data` of a directive's tag.
fn attributes(tag: &BytesStart<'_>) -> (Result<String, String>, String) {
    let (mut command, mut data) = (None, String::new());
    for attribute in tag.attributes() {
        match attribute {
            Ok(found) => {
                let value = found.value.into_owned();
                match found.key.as_ref() {
                    "cmd" => command = Some(value),
                    "data" => data = value,
                    _ => {}
                }
            }
            Err(error) => return (Err(format!("this X-PRE-PROCESS tag has a bad attribute ({error})")), data),
        }
    }
    (command.ok_or_else(|| "this X-PRE-PROCESS tag has no cmd=\"..\"".to_owned()), data)
}

const VARIABLE: &str = "$${";
const CDATA_START: &str = "<![CDATA[";
const CDATA_END: &str = "]]>";
/// The commands of the older form; anything else after `<!--#` is a comment.
const LEGACY: [&str; 6] = ["set", "include", "exec", "exec-set", "env-set", "stun-set"];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &[(u32, Token<'_>)]) {
        let found: Vec<_> = Tokens::new(input).collect();
        assert_eq!(found, expected, "{input:?}");
    }

    fn directive<'t>(command: &str, data: &str, source: &'t str) -> Token<'t> {
        Token::Directive(Directive { command: Ok(command.into()), data: data.into(), source })
    }

    #[test]
    fn variables_stand_anywhere_in_text() {
        let name = |name| Token::Variable { name, in_cdata: false };
        check("a$${b}c", &[(1, Token::Text("a")), (1, name("b")), (1, Token::Text("c"))]);
        check("${a}$$${b}", &[(1, Token::Text("${a}$")), (1, name("b"))]);
        check("$${a\n}", &[(1, Token::Text("$${a\n}"))]);
    }

    #[test]
    fn directives_in_all_their_forms() {
        let one = "<X-PRE-PROCESS cmd=\"set\" data='a>b'/>";
        check(
            &format!("x\n{one}y"),
            &[(1, Token::Text("x\n")), (2, directive("set", "a>b", one)), (2, Token::Text("y"))],
        );
        let pair = "<x-pre-process\n cmd=\"include\" data=\"*\"></x-pre-process>";
        check(&format!("{pair}z"), &[(1, directive("include", "*", pair)), (2, Token::Text("z"))]);
        check("<!--#set \"a=b\"-->", &[(1, directive("set", "a=b", "<!--#set \"a=b\"-->"))]);
        check("<!--# a heading -->", &[(1, Token::Nothing("<!--# a heading -->"))]);
        check("<X-PRE-PROCESSED/>", &[(1, Token::Text("<X-PRE-PROCESSED/>"))]);
    }

    #[test]
    fn comments_hide_what_is_in_them() {
        let comment = "<!-- <X-PRE-PROCESS cmd=\"exec\" data=\"x\"/>\n$${a} -->";
        check(&format!("{comment}<b/>"), &[(1, Token::Nothing(comment)), (2, Token::Text("<b/>"))]);
        check("<!-- a", &[(1, Token::Unclosed { what: "this comment", expected: "-->" })]);
    }

    #[test]
    fn include_tags_and_declarations_vanish() {
        check(
            "<?xml version=\"1.0\"?><include>\n</include >",
            &[
                (1, Token::Nothing("<?xml version=\"1.0\"?>")),
                (1, Token::Nothing("<include>")),
                (1, Token::Text("\n")),
                (2, Token::Nothing("</include >")),
            ],
        );
        check("<includes/>", &[(1, Token::Text("<includes/>"))]);
    }

    #[test]
    fn cdata_is_text_in_which_only_variables_live() {
        check(
            "<![CDATA[<!-- $${a} <include>]]><include>",
            &[
                (1, Token::Text("<![CDATA[")),
                (1, Token::Text("<!-- ")),
                (1, Token::Variable { name: "a", in_cdata: true }),
                (1, Token::Text(" <include>]]>")),
                (1, Token::Nothing("<include>")),
            ],
        );
    }
}
