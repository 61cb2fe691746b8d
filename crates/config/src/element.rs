//! One XML element and what stands in it.

use std::sync::Arc;

use crate::error::Place;

/// One XML element with where it stands: the file and line it came from, before files were joined by `include`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// The tag's name, as written.
    pub name: String,
    /// Attributes in the order written, entities decoded.
    pub attributes: Vec<(String, String)>,
    /// Child elements in the order written.
    pub children: Vec<Element>,
    /// All text and CDATA directly in this element, joined and trimmed, entities decoded.
    pub text: String,
    /// The file it was read from, as its `Source` names it.
    pub file: Arc<str>,
    /// The line of its `<`, from 1.
    pub line: u32,
}

impl Element {
    /// The value of an attribute; names are case-sensitive, as in XML.
    pub fn attr(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The children with this tag name.
    pub fn children_named(&self, name: &str) -> impl Iterator<Item = &Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first child with this tag name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The `name` and `value` of each `<param name=".." value=".."/>` child; a missing value is empty, one without a
    /// name is left out.
    pub fn params(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs("param")
    }

    /// Like [`Element::params`], for another tag such as `variable`.
    pub(crate) fn pairs(&self, tag: &str) -> impl Iterator<Item = (&str, &str)> {
        self.children_named(tag)
            .filter_map(|child| Some((child.attr("name")?, child.attr("value").unwrap_or_default())))
    }

    /// Where it stands.
    pub fn place(&self) -> Place {
        Place { file: Arc::clone(&self.file), line: self.line }
    }

    /// Appends the element as XML, a line an element, indented by two spaces a level (what `xml_locate` prints).
    pub fn write_xml(&self, out: &mut String) {
        self.write_level(out, 0);
    }

    fn write_level(&self, out: &mut String, level: usize) {
        indent(out, level);
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape_into(out, value);
            out.push('"');
        }
        if self.children.is_empty() && self.text.is_empty() {
            out.push_str("/>\n");
            return;
        }
        out.push('>');
        escape_into(out, &self.text);
        if !self.children.is_empty() {
            out.push('\n');
            for child in &self.children {
                child.write_level(out, level + 1);
            }
            indent(out, level);
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push_str(">\n");
    }
}

fn indent(out: &mut String, level: usize) {
    for _ in 0..level {
        out.push_str("  ");
    }
}

/// Appends `text` with `& < > "` and what an attribute would lose (newline, return, tab) as entities.
pub(crate) fn escape_into(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\t' => out.push_str("&#9;"),
            c => out.push(c),
        }
    }
}

/// Decodes entities leniently, as FreeSWITCH does: the five of XML and numeric ones; any other `&` stays as it is, so
/// that `data="${cond(a && b)}"` and an unescaped URL work.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        rest = match decode_entity(after) {
            Some((c, tail)) => {
                out.push(c);
                tail
            }
            None => {
                out.push('&');
                after
            }
        };
    }
    out.push_str(rest);
    out
}

/// The character of the entity whose text after `&` starts `after`, and what follows its `;`.
fn decode_entity(after: &str) -> Option<(char, &str)> {
    let window = after.char_indices().take(MAX_ENTITY).find(|(_, c)| *c == ';').map(|(at, _)| at)?;
    let (name, tail) = (after.get(..window)?, after.get(window + 1..)?);
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code).filter(|c| *c != '\0')?
        }
    };
    Some((c, tail))
}

/// The longest entity looked for, in characters without its `&`: `#x10FFFF;`.
const MAX_ENTITY: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(name: &str, attributes: &[(&str, &str)]) -> Element {
        Element {
            name: name.into(),
            attributes: attributes.iter().map(|(n, v)| ((*n).into(), (*v).into())).collect(),
            children: Vec::new(),
            text: String::new(),
            file: "a.xml".into(),
            line: 1,
        }
    }

    #[test]
    fn reads_attributes_children_and_params() {
        let mut root = leaf("settings", &[("a", "1")]);
        root.children.push(leaf("param", &[("name", "x"), ("value", "y")]));
        root.children.push(leaf("param", &[("name", "empty")]));
        root.children.push(leaf("param", &[("value", "nameless")]));
        root.children.push(leaf("other", &[]));
        assert_eq!(root.attr("a"), Some("1"));
        assert_eq!(root.attr("A"), None);
        assert_eq!(root.params().collect::<Vec<_>>(), [("x", "y"), ("empty", "")]);
        assert_eq!(root.children_named("param").count(), 3);
        assert!(root.child("other").is_some());
    }

    #[test]
    fn writes_xml_that_reads_back() {
        let mut root = leaf("a", &[("k", "<&>\"\n")]);
        root.children.push(leaf("b", &[]));
        root.children.push(Element { text: "x & y".into(), ..leaf("c", &[]) });
        let mut out = String::new();
        root.write_xml(&mut out);
        assert_eq!(out, "<a k=\"&lt;&amp;&gt;&quot;&#10;\">\n  <b/>\n  <c>x &amp; y</c>\n</a>\n");
    }

    #[test]
    fn decodes_entities_leniently() {
        let check = |text: &str, want: &str| assert_eq!(unescape(text), want, "{text}");
        check("a&amp;b&lt;&gt;&quot;&apos;", "a&b<>\"'");
        check("&#65;&#x42;&#X43;", "ABC");
        check("a && b & c;", "a && b & c;");
        check("&nbsp;&#0;&#xFFFFFFFF;&#;&", "&nbsp;&#0;&#xFFFFFFFF;&#;&");
        check("&äääääääääääää;", "&äääääääääääää;");
    }
}
