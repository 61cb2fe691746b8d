//! The pre-processed text made into a tree.

use std::sync::Arc;

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesStart, Event};

use crate::element::{Element, unescape};
use crate::error::{ConfigError, Place};
use crate::line_map::{MappedText, Places};

/// The root element of a text.
pub(crate) fn parse(map: &MappedText) -> Result<Element, ConfigError> {
    let mut reader = Reader::from_str(map.text());
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut tree = Tree { places: map.places(), open: Vec::new(), root: None, count: 0 };
    loop {
        let offset = position(reader.buffer_position());
        match reader.read_event() {
            Ok(Event::Start(tag)) => tree.open(&tag, offset)?,
            Ok(Event::Empty(tag)) => {
                tree.open(&tag, offset)?;
                tree.close(None, offset)?;
            }
            Ok(Event::End(tag)) => tree.close(Some(tag.name().as_ref()), offset)?,
            Ok(Event::Text(text)) => tree.text(&text, offset)?,
            Ok(Event::CData(text)) => tree.text(&text, offset)?,
            Ok(Event::GeneralRef(name)) => tree.text(&unescape(&format!("&{};", &*name)), offset)?,
            Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
            Ok(Event::Eof) => return tree.finish(map.len()),
            Err(error) => {
                let (problem, expected) = explain(&error);
                let at = tree.places.at(position(reader.error_position()));
                return Err(ConfigError::Xml { at, problem, expected: expected.to_owned() });
            }
        }
    }
}

struct Tree<'m> {
    places: Places<'m>,
    open: Vec<Element>,
    root: Option<Element>,
    count: usize,
}

impl Tree<'_> {
    fn open(&mut self, tag: &BytesStart<'_>, offset: usize) -> Result<(), ConfigError> {
        let at = self.places.at(offset);
        let name = tag.name().as_ref().to_owned();
        if self.open.is_empty()
            && let Some(root) = &self.root
        {
            let problem = format!("<{name}> stands after the end of <{}> (from {})", root.name, root.place());
            return Err(wrong(at, problem, "one root element"));
        }
        self.count += 1;
        if self.open.len() >= MAX_DEPTH || self.count > MAX_ELEMENTS {
            let problem = format!("<{name}> is too deep or one too many");
            let expected = format!("elements at most {MAX_DEPTH} deep and {MAX_ELEMENTS} in all");
            return Err(ConfigError::Xml { at, problem, expected });
        }
        let attributes = self.attributes(tag, offset)?;
        let (file, line) = (Arc::clone(&at.file), at.line);
        self.open.push(Element { name, attributes, children: Vec::new(), text: String::new(), file, line });
        Ok(())
    }

    fn attributes(&mut self, tag: &BytesStart<'_>, offset: usize) -> Result<Vec<(String, String)>, ConfigError> {
        let mut found = Vec::new();
        for attribute in tag.attributes() {
            match attribute {
                Ok(attribute) if found.len() < MAX_ATTRIBUTES => {
                    found.push((attribute.key.as_ref().to_owned(), unescape(&attribute.value)));
                }
                Ok(_) => return Err(wrong(self.places.at(offset), "too many attributes".to_owned(), "256 at most")),
                Err(error) => {
                    let (inside, problem, expected) = explain_attribute(&error);
                    let tag_name = tag.name().as_ref().to_owned();
                    let at = self.places.at(offset.saturating_add(inside + 1));
                    return Err(wrong(at, format!("<{tag_name}>: {problem}"), expected));
                }
            }
        }
        Ok(found)
    }

    /// Closes the innermost element; `name` is none for `<a/>`.
    fn close(&mut self, name: Option<&str>, offset: usize) -> Result<(), ConfigError> {
        let Some(mut element) = self.open.pop() else {
            let problem = format!("</{}> closes nothing", name.unwrap_or_default());
            return Err(wrong(self.places.at(offset), problem, "an opening tag before it"));
        };
        if let Some(name) = name.filter(|name| name.trim_end() != element.name) {
            let problem = format!("</{name}> closes <{}> (from {})", element.name, element.place());
            return Err(wrong(self.places.at(offset), problem, &format!("</{}>", element.name)));
        }
        let trimmed = element.text.trim();
        if trimmed.len() != element.text.len() {
            element.text = trimmed.to_owned();
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str, offset: usize) -> Result<(), ConfigError> {
        match self.open.last_mut() {
            Some(element) if !element.text.is_empty() || !text.trim().is_empty() => element.text.push_str(text),
            Some(_) => {}
            None if text.trim().is_empty() => {}
            None => {
                let start = text.len() - text.trim_start().len();
                let shown: String = text.trim().chars().take(SHOWN).collect();
                let problem = format!("the text \"{}\" stands outside of any element", shown.escape_debug());
                return Err(wrong(self.places.at(offset + start), problem, "elements only"));
            }
        }
        Ok(())
    }

    fn finish(mut self, end: usize) -> Result<Element, ConfigError> {
        if let Some(element) = self.open.pop() {
            let problem = format!("<{}> is never closed", element.name);
            return Err(wrong(element.place(), problem, &format!("</{}>", element.name)));
        }
        let at = self.places.at(end);
        self.root.ok_or_else(|| wrong(at, "there is no element".to_owned(), "<document type=\"freeswitch/xml\">"))
    }
}

fn wrong(at: Place, problem: String, expected: &str) -> ConfigError {
    ConfigError::Xml { at, problem, expected: expected.to_owned() }
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn explain(error: &Error) -> (String, &'static str) {
    match error {
        Error::Syntax(SyntaxError::UnclosedTag) => ("this tag never ends".to_owned(), "> or />"),
        Error::Syntax(SyntaxError::UnclosedSingleQuotedAttributeValue) => {
            ("an attribute's value in this tag never ends".to_owned(), "a closing '")
        }
        Error::Syntax(SyntaxError::UnclosedDoubleQuotedAttributeValue) => {
            ("an attribute's value in this tag never ends".to_owned(), "a closing \"")
        }
        Error::Syntax(SyntaxError::UnclosedCData) => ("this CDATA never ends".to_owned(), "]]>"),
        Error::Syntax(SyntaxError::InvalidBangMarkup) => ("<! begins nothing known".to_owned(), "<!-- or <![CDATA["),
        Error::Syntax(other) => (other.to_string(), "well-formed XML"),
        Error::IllFormed(IllFormedError::MissingDoctypeName) => ("<!DOCTYPE> names nothing".to_owned(), "a name"),
        other => (other.to_string(), "well-formed XML"),
    }
}

/// How far behind the `<` it is, what is wrong and what was expected.
fn explain_attribute(error: &AttrError) -> (usize, &'static str, &'static str) {
    match error {
        AttrError::ExpectedEq(at) => (*at, "an attribute has no value", "NAME=\"VALUE\""),
        AttrError::ExpectedValue(at) => (*at, "an attribute has no value after =", "a value in quotes"),
        AttrError::UnquotedValue(at) => (*at, "an attribute's value has no quotes", "a value in quotes"),
        AttrError::ExpectedQuote(at, _) => (*at, "an attribute's value is not closed", "a closing quote"),
        AttrError::Duplicated(at, _) => (*at, "an attribute is given twice", "each attribute once"),
    }
}

/// How deep elements may nest.
const MAX_DEPTH: usize = 128;
/// How many elements there may be in all.
const MAX_ELEMENTS: usize = 2_000_000;
/// How many attributes an element may have.
const MAX_ATTRIBUTES: usize = 256;
/// How much of a stray text an error shows, in characters.
const SHOWN: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Result<Element, ConfigError> {
        let mut map = MappedText::default();
        map.push(text, &"a.xml".into(), 1);
        parse(&map)
    }

    fn check_error(text: &str, want: &str) {
        assert_eq!(tree(text).unwrap_err().to_string(), want, "{text:?}");
    }

    #[test]
    fn elements_know_their_lines_and_text() {
        let root = tree("<!DOCTYPE x>\n<a k='1 &amp; 2'\n>\n <b/> x &lt; y &unknown; z & w <c><![CDATA[ <&> ]]></c>\n\n<d></d></a>\n").unwrap();
        assert_eq!((root.name.as_str(), root.line, root.attr("k")), ("a", 2, Some("1 & 2")));
        assert_eq!(root.text, "x < y &unknown; z & w");
        let lines: Vec<_> = root.children.iter().map(|c| (c.name.as_str(), c.line, c.text.as_str())).collect();
        assert_eq!(lines, [("b", 4, ""), ("c", 4, "<&>"), ("d", 6, "")]);
    }

    #[test]
    fn errors_say_where_and_what_was_expected() {
        check_error("", "freeswitch.xml:1: there is no element, expected <document type=\"freeswitch/xml\">");
        check_error("<a>\n<b>\n</a>", "a.xml:3: </a> closes <b> (from a.xml:2), expected </b>");
        check_error("<a>\n<b/>", "a.xml:1: <a> is never closed, expected </a>");
        check_error("</a>", "a.xml:1: </a> closes nothing, expected an opening tag before it");
        check_error("<a/>\n<b/>", "a.xml:2: <b> stands after the end of <a> (from a.xml:1), expected one root element");
        check_error(
            "\n\nhello<a/>",
            "a.xml:3: the text \"hello\" stands outside of any element, expected elements only",
        );
        check_error("<a\n b>", "a.xml:2: <a>: an attribute has no value, expected NAME=\"VALUE\"");
        check_error("<a b=c/>", "a.xml:1: <a>: an attribute's value has no quotes, expected a value in quotes");
        check_error("<a b='1'\nb='2'/>", "a.xml:2: <a>: an attribute is given twice, expected each attribute once");
        check_error(
            "<x>\n<a b=\"1/></x>",
            "a.xml:2: an attribute's value in this tag never ends, expected a closing \"",
        );
        check_error("<a", "a.xml:1: this tag never ends, expected > or />");
        check_error("<a><![CDATA[x</a>", "a.xml:1: this CDATA never ends, expected ]]>");
        check_error("<a><!x></a>", "a.xml:1: <! begins nothing known, expected <!-- or <![CDATA[");
        check_error(
            &"<a>".repeat(200),
            "a.xml:1: <a> is too deep or one too many, expected elements at most 128 deep and 2000000 in all",
        );
    }
}
