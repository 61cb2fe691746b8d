//! From, To, Contact, Route: an address with an optional name and parameters.

use super::{FieldError, Params, Uri, params::find_unquoted, params::unquote};

/// `"name" <uri>;params`, or a bare URI with parameters (RFC 3261 §20.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAddr {
    /// The display name, unquoted; empty when there is none.
    pub display: String,
    /// The address.
    pub uri: Uri,
    /// The parameters of the header (not of the URI).
    pub params: Params,
}

impl NameAddr {
    /// Reads one address; bytes that are not UTF-8 become U+FFFD.
    ///
    /// # Errors
    /// [`FieldError`] when quotes or brackets are not closed, a bare name holds a comma, or the URI cannot be read.
    pub fn parse(value: &[u8]) -> Result<NameAddr, FieldError> {
        let text = String::from_utf8_lossy(value);
        let text = text.trim();
        match find_unquoted(text, b'<')? {
            Some(open) => bracketed(text, open),
            None => bare(text),
        }
    }

    /// The `tag` parameter.
    pub fn tag(&self) -> Option<&str> {
        self.params.get("tag")
    }
}

fn bracketed(text: &str, open: usize) -> Result<NameAddr, FieldError> {
    let (name, rest) = text.split_at(open);
    let (uri, params) = rest.get(1..).and_then(|r| r.split_once('>')).ok_or(FieldError::Brackets)?;
    let name = name.trim();
    if !name.starts_with('"') && name.contains([',', ';', '"']) {
        return Err(FieldError::DisplayName);
    }
    Ok(NameAddr { display: unquote(name), uri: Uri::parse(uri.trim())?, params: Params::parse(params)? })
}

/// Without brackets, parameters belong to the header (RFC 3261 §20).
fn bare(text: &str) -> Result<NameAddr, FieldError> {
    let (uri, params) = text.split_at(text.find(';').unwrap_or(text.len()));
    Ok(NameAddr { display: String::new(), uri: Uri::parse(uri.trim_end())?, params: Params::parse(params)? })
}
