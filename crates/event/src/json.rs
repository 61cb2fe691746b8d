//! The JSON form: one object, the headers in order, the body as `_body`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::codec::{CONTENT_LENGTH, CodecError, push_number, received};
use crate::headers::{ARRAY, SEPARATOR};
use crate::percent;
use crate::run::{ByteSet, push_escaped};
use crate::{Event, Headers, array_items};

/// Appends `event` to `out`. Every value is a string, an array (`ARRAY::a|:b`) an array of strings; a header that repeats
/// is a member that repeats; before `_body` comes its `Content-Length`.
pub fn write(event: &Event, out: &mut String) {
    out.push('{');
    let mut separator = "";
    for (name, value) in event.headers.iter() {
        out.push_str(separator);
        push_string(name, out);
        out.push(':');
        match array_items(value) {
            Some(items) => push_array(items, out),
            None => push_string(value, out),
        }
        separator = ",";
    }
    if let Some(body) = &event.body {
        out.push_str(separator);
        push_string(CONTENT_LENGTH, out);
        out.push_str(":\"");
        push_number(body.len(), out);
        out.push_str("\",\"_body\":");
        push_string(body, out);
    }
    out.push('}');
}

/// Reads what [`write()`] wrote. Numbers, booleans and `null` are taken as their text.
///
/// # Errors
/// [`CodecError::Json`] for anything but an object of such values and arrays of them.
pub fn parse(text: &str) -> Result<Event, CodecError> {
    let Members(mut members) = serde_json::from_str(text)?;
    let body = members.pop_if(|(name, _)| name == "_body").map(|(_, body)| body);
    if body.is_some() {
        members.pop_if(|(name, _)| name == CONTENT_LENGTH);
    }
    let headers: Headers = members.into_iter().collect();
    Ok(received(headers, body))
}

fn push_array<'a>(items: impl Iterator<Item = &'a str>, out: &mut String) {
    let mut separator = '[';
    for item in items {
        out.push(separator);
        push_string(item, out);
        separator = ',';
    }
    out.push(']');
}

fn push_string(text: &str, out: &mut String) {
    out.push('"');
    push_escaped(text, &ESCAPED, out, |byte, out| match byte {
        b'"' => out.push_str("\\\""),
        b'\\' => out.push_str("\\\\"),
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        0x08 => out.push_str("\\b"),
        0x0C => out.push_str("\\f"),
        control => {
            // \u0000 to \u001F: the two digits are those of a percent escape, cJSON writes them in lower case.
            let mut digits = String::with_capacity(3);
            percent::push_byte(control, &mut digits);
            out.push_str("\\u00");
            out.extend(digits.chars().skip(1).map(|digit| digit.to_ascii_lowercase()));
        }
    });
    out.push('"');
}

/// An object's members in order, those that repeat too.
struct Members(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of headers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some((name, Text(value))) = map.next_entry::<String, Text>()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(Object)
    }
}

/// A member's value as a header has it.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AnyText)
    }
}

struct AnyText;

impl<'de> Visitor<'de> for AnyText {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an array of strings")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(text.to_string()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Text, E> {
        Ok(Text(text))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Text, E> {
        Ok(Text(value.to_string()))
    }

    fn visit_unit<E: Error>(self) -> Result<Text, E> {
        Ok(Text("null".to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Text, A::Error> {
        let mut value = ARRAY.to_string();
        let mut separator = "";
        while let Some(Text(item)) = items.next_element::<Text>()? {
            value.push_str(separator);
            value.push_str(&item);
            separator = SEPARATOR;
        }
        Ok(Text(value))
    }
}

const ESCAPED: ByteSet = ByteSet::of(b"\"\\").with_range(0, 0x1F);
