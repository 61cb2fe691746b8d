//! The XML form: `<event>` with `<headers>`, then perhaps `<Content-Length>` and `<body>`.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Token};

use crate::codec::{CodecError, push_number, received};
use crate::run::{ByteSet, push_escaped};
use crate::{Event, Headers, percent};

/// Appends `event` to `out`. Values are percent-encoded, which leaves nothing to escape in them; the body is escaped.
///
/// The document is always well-formed. A name that cannot be an element's (a space, a colon, a leading digit, …) becomes
/// `<header name="…">` with the name percent-encoded, where FreeSWITCH writes broken XML; characters XML has no way to
/// write (most control characters) become U+FFFD in a body.
pub fn write(event: &Event, out: &mut String) {
    out.push_str("<event>\n  <headers>\n");
    event.headers.iter().for_each(|(name, value)| push_header(name, value, out));
    out.push_str("  </headers>\n");
    if let Some(body) = &event.body {
        out.push_str("  <Content-Length>");
        push_number(body.len(), out);
        out.push_str("</Content-Length>\n  <body>");
        push_body(body, out);
        out.push_str("</body>\n");
    }
    out.push_str("</event>");
}

/// Reads what [`write()`] wrote.
///
/// # Errors
/// [`CodecError::Xml`] when it is not well-formed, [`CodecError::NoEvent`] when it is another document.
pub fn parse(text: &str) -> Result<Event, CodecError> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut document = Document::default();
    loop {
        match reader.read_event()? {
            Token::Start(start) => document.open(&start)?,
            Token::End(_) => document.close(),
            Token::Text(part) => document.text.push_str(&part.xml10_content()),
            Token::CData(part) => document.text.push_str(&part.xml10_content()),
            Token::GeneralRef(entity) => match entity.resolve_char_ref()? {
                Some(character) => document.text.push(character),
                None => document.named(&entity),
            },
            Token::Eof => return document.finish(),
            _ => {}
        }
    }
}

fn push_header(name: &str, value: &str, out: &mut String) {
    out.push_str("    <");
    if is_element_name(name) {
        out.push_str(name);
        out.push('>');
        percent::encode(value, out);
        out.push_str("</");
        out.push_str(name);
    } else {
        out.push_str("header name=\"");
        percent::encode(name, out);
        out.push_str("\">");
        percent::encode(value, out);
        out.push_str("</header");
    }
    out.push_str(">\n");
}

fn push_body(body: &str, out: &mut String) {
    // U+FFFE and U+FFFF are no XML characters either, and too rare for the table.
    let clean;
    let body = if body.contains(['\u{FFFE}', '\u{FFFF}']) {
        clean = body.replace(['\u{FFFE}', '\u{FFFF}'], "\u{FFFD}");
        &clean
    } else {
        body
    };
    push_escaped(body, &ESCAPED, out, |byte, out| match byte {
        b'&' => out.push_str("&amp;"),
        b'<' => out.push_str("&lt;"),
        b'>' => out.push_str("&gt;"),
        b'"' => out.push_str("&quot;"),
        // A reader turns a bare CR into LF.
        b'\r' => out.push_str("&#13;"),
        _ => out.push('\u{FFFD}'),
    });
}

fn is_element_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| NAME.contains(byte))
}

/// What has been read so far.
#[derive(Default)]
struct Document {
    /// The names of the open elements; deeper ones than a header are only counted.
    open: Vec<String>,
    /// The text of the element that was opened last.
    text: String,
    headers: Headers,
    body: Option<String>,
    seen: bool,
}

impl Document {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), CodecError> {
        if self.open.len() >= DEEPEST || (self.open.is_empty() && (self.seen || start.name().as_ref() != "event")) {
            return Err(CodecError::NoEvent);
        }
        self.seen = true;
        let mut name = start.name().as_ref().to_string();
        if self.open.len() == 2 {
            let own = start.try_get_attribute("name").map_err(quick_xml::Error::from)?;
            own.into_iter().for_each(|own| name = percent::decode(&own.value));
        }
        self.open.push(name);
        self.text.clear();
        Ok(())
    }

    fn close(&mut self) {
        let text = std::mem::take(&mut self.text);
        match self.open.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["event", "headers", name] => self.headers.push(name, &percent::decode(&text)),
            ["event", "body"] => self.body = Some(text),
            _ => {}
        }
        self.open.pop();
    }

    fn named(&mut self, entity: &str) {
        match entity {
            "amp" => self.text.push('&'),
            "lt" => self.text.push('<'),
            "gt" => self.text.push('>'),
            "quot" => self.text.push('"'),
            "apos" => self.text.push('\''),
            _ => {}
        }
    }

    fn finish(self) -> Result<Event, CodecError> {
        if !self.seen || !self.open.is_empty() {
            return Err(CodecError::NoEvent);
        }
        Ok(received(self.headers, self.body))
    }
}

const DEEPEST: usize = 16;
const NAME: ByteSet = ByteSet::of(b"_-.").with_range(b'0', b'9').with_range(b'A', b'Z').with_range(b'a', b'z');
const ESCAPED: ByteSet = ByteSet::of(b"&<>\"\x0B\x0C\r").with_range(0, 8).with_range(0x0E, 0x1F);
