//! The `;name=value` parameters of headers and URIs.

use super::FieldError;

/// Parameters in their order; names are compared without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, Option<String>)>);

impl Params {
    /// Reads `;a=b;c` (the text after the address). White space around `;` and `=` is allowed.
    ///
    /// # Errors
    /// [`FieldError::Parameter`] for an empty parameter or text that is not one, [`FieldError::Quotes`] for an open quote.
    pub fn parse(text: &str) -> Result<Params, FieldError> {
        let mut params = Vec::new();
        let mut rest = text.trim();
        while !rest.is_empty() {
            rest = rest.strip_prefix(';').ok_or(FieldError::Parameter)?.trim_start();
            let end = find_unquoted(rest, b';')?.unwrap_or(rest.len());
            let (param, after) = rest.split_at(end);
            params.push(one(param)?);
            rest = after.trim_start();
        }
        Ok(Params(params))
    }

    /// A parameter's value, without quotes; `""` for a parameter without a value, `None` when it is not there.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_deref().unwrap_or(""))
    }

    /// Whether the parameter is there, with or without a value.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Names and values (without quotes) in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_deref()))
    }
}

fn one(param: &str) -> Result<(String, Option<String>), FieldError> {
    let (name, value) = match param.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim())),
        None => (param.trim(), None),
    };
    if name.is_empty() || name.contains(['"', ' ', '\t', '<', '>', ',']) {
        return Err(FieldError::Parameter);
    }
    Ok((name.to_owned(), value.map(unquote)))
}

/// Where a byte first stands outside quotes.
pub(super) fn find_unquoted(text: &str, wanted: u8) -> Result<Option<usize>, FieldError> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, b) in text.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if b == wanted && !quoted => return Ok(Some(at)),
            _ => {}
        }
    }
    if quoted { Err(FieldError::Quotes) } else { Ok(None) }
}

/// A quoted string's content (RFC 3261 §25.1), or the text itself when it is not one.
pub(crate) fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) else {
        return text.to_owned();
    };
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let (mut out, mut escaped) = (String::with_capacity(inner.len()), false);
    for c in inner.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            escaped = false;
            out.push(c);
        }
    }
    out
}
