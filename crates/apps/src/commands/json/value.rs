//! JSON whose objects keep the order of their members, written as cJSON writes it.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Truth(bool),
    /// A number.
    Number(serde_json::Number),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object; a name may be there twice.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The first value of a text; what follows it does not count, as for cJSON. `None` when it does not begin with one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        Self::deserialize(&mut serde_json::Deserializer::from_str(text)).ok()
    }

    /// An object.
    pub(super) fn object<'a>(members: impl IntoIterator<Item = (&'a str, Json)>) -> Self {
        Self::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// A member, by its name in any ASCII case.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The text of a member that is a string.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Written without blanks, or (`cJSON_Print`) with a line a member.
    pub(super) fn write(&self, pretty: bool) -> String {
        let mut out = String::new();
        self.put(pretty, 1, &mut out);
        out
    }

    fn put(&self, pretty: bool, depth: usize, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Truth(is_true) => out.push_str(if *is_true { "true" } else { "false" }),
            Self::Number(number) => out.push_str(&number.to_string()),
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::List(values) => {
                out.push('[');
                for (place, value) in values.iter().enumerate() {
                    out.push_str(if place == 0 {
                        ""
                    } else if pretty {
                        ", "
                    } else {
                        ","
                    });
                    value.put(pretty, depth + 1, out);
                }
                out.push(']');
            }
            Self::Object(members) => put_object(members, pretty, depth, out),
        }
    }
}

fn put_object(members: &[(String, Json)], pretty: bool, depth: usize, out: &mut String) {
    out.push_str(if pretty { "{\n" } else { "{" });
    for (place, (name, value)) in members.iter().enumerate() {
        if pretty {
            out.extend(std::iter::repeat_n('\t', depth));
        }
        out.push_str(&quoted(name));
        out.push_str(if pretty { ":\t" } else { ":" });
        value.put(pretty, depth + 1, out);
        out.push_str(if place + 1 == members.len() { "" } else { "," });
        out.push_str(if pretty { "\n" } else { "" });
    }
    if pretty {
        out.extend(std::iter::repeat_n('\t', depth - 1));
    }
    out.push('}');
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        Self::Number(number.into())
    }
}

impl From<f64> for Json {
    /// A whole number has no fraction; what is none is 0.
    fn from(number: f64) -> Self {
        let text = number.to_string();
        text.parse().map_or(Self::Number(0.into()), Self::Number)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, is_true: bool) -> Result<Json, E> {
        Ok(Json::Truth(is_true))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Json::from(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_keep_their_order() {
        let text = r#"{"z":1,"a":[true,null,-2,1.5,"x\n"],"z":{}}"#;
        let json = Json::parse(&format!(" {text} and more")).unwrap();
        assert_eq!(json.write(false), text);
        assert_eq!(
            json.write(true),
            "{\n\t\"z\":\t1,\n\t\"a\":\t[true, null, -2, 1.5, \"x\\n\"],\n\t\"z\":\t{\n\t}\n}"
        );
        assert_eq!(json.get("Z"), Some(&Json::from(1)));
        assert_eq!(
            (json.text("z"), Json::from(2.0).write(false), Json::from(f64::NAN)),
            (None, "2".into(), Json::from(0))
        );
        assert_eq!((Json::parse("{"), Json::parse(""), Json::parse(&"[".repeat(100_000))), (None, None, None));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(text: String, number: i32) {
            let json = Json::object([(text.as_str(), Json::List(vec![Json::from(text.as_str())])), ("n", Json::from(f64::from(number)))]);
            prop_assert_eq!(Json::parse(&json.write(false)), Some(json.clone()));
            prop_assert_eq!(Json::parse(&json.write(true)), Some(json));
        }
    }
}
