//! URIs: `sip:`, `sips:`, and others as opaque text.

use std::{fmt, net::IpAddr, ops::Range};

use super::{FieldError, Params};

/// The scheme of a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `sip:` (RFC 3261 §19.1).
    Sip,
    /// `sips:` (RFC 3261 §19.1).
    Sips,
    /// `tel:` (RFC 3966): its number is the user, it has no host.
    Tel,
    /// Any other scheme; only its text is known.
    Other,
}

/// A parsed URI. Its text is kept; bytes that were not UTF-8 are U+FFFD in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uri {
    text: String,
    scheme: Scheme,
    user: Option<Range<usize>>,
    password: Option<Range<usize>>,
    host: Range<usize>,
    port: Option<u16>,
    params: Range<usize>,
    headers: Option<Range<usize>>,
}

impl Uri {
    /// Reads a URI without angle brackets.
    ///
    /// # Errors
    /// [`FieldError::Uri`] when there is no scheme, no host, a bad port, or white space or brackets within.
    pub fn parse(text: &str) -> Result<Uri, FieldError> {
        let colon = text.find(':').ok_or(FieldError::Uri)?;
        let name = text.get(..colon).unwrap_or_default();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) {
            return Err(FieldError::Uri);
        }
        if text.bytes().any(|b| b <= b' ' || b"<>\"".contains(&b)) {
            return Err(FieldError::Uri);
        }
        let start = colon + 1;
        let uri = Uri::opaque(text, start);
        match name {
            _ if name.eq_ignore_ascii_case("sip") => uri.authority(Scheme::Sip, start),
            _ if name.eq_ignore_ascii_case("sips") => uri.authority(Scheme::Sips, start),
            _ if name.eq_ignore_ascii_case("tel") => Ok(uri.number(start)),
            _ => Ok(uri),
        }
    }

    /// The scheme.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The whole URI.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The user part as written (escapes kept), without the password.
    pub fn user(&self) -> Option<&str> {
        self.user.as_ref().map(|r| self.part(r))
    }

    /// The password after the user part.
    pub fn password(&self) -> Option<&str> {
        self.password.as_ref().map(|r| self.part(r))
    }

    /// The host; IPv6 with its brackets; empty for schemes without one.
    pub fn host(&self) -> &str {
        self.part(&self.host)
    }

    /// The host as an address, when it is numeric.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host().trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    /// The port, when one is written.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The parameters as written, without the first `;`.
    pub fn params_text(&self) -> &str {
        self.part(&self.params).trim_start_matches(';')
    }

    /// The parameters; those that cannot be read are left out.
    pub fn params(&self) -> Params {
        Params::parse(self.part(&self.params)).unwrap_or_default()
    }

    /// One parameter's value; `""` when it has none, `None` when it is not there.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params_text().split(';').find_map(|p| {
            let (n, v) = p.split_once('=').unwrap_or((p, ""));
            n.trim().eq_ignore_ascii_case(name).then_some(v.trim())
        })
    }

    /// The headers after `?`, as written.
    pub fn headers(&self) -> Option<&str> {
        self.headers.as_ref().map(|r| self.part(r))
    }

    fn part(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or("")
    }

    fn opaque(text: &str, start: usize) -> Uri {
        Uri {
            text: text.to_owned(),
            scheme: Scheme::Other,
            user: None,
            password: None,
            host: start..start,
            port: None,
            params: start..start,
            headers: None,
        }
    }

    fn number(mut self, start: usize) -> Uri {
        let end = self.text.find(';').unwrap_or(self.text.len());
        self.scheme = Scheme::Tel;
        self.user = Some(start..end);
        self.params = end..self.text.len();
        self
    }

    fn authority(mut self, scheme: Scheme, start: usize) -> Result<Uri, FieldError> {
        self.scheme = scheme;
        let mut at = start;
        // A user may hold `;`, `?` and `/` (RFC 4475 "intmeth"), but no bare `@`.
        if let Some(len) = self.part(&(start..self.text.len())).find('@') {
            let user = start..start + len;
            match self.part(&user).find(':') {
                Some(colon) => {
                    self.user = Some(start..start + colon);
                    self.password = Some(start + colon + 1..user.end);
                }
                None => self.user = Some(user.clone()),
            }
            at = user.end + 1;
        }
        self.host_and_rest(at)
    }

    fn host_and_rest(mut self, start: usize) -> Result<Uri, FieldError> {
        let rest = self.part(&(start..self.text.len()));
        let host_len = host_length(rest)?;
        let after = rest.get(host_len..).unwrap_or("");
        let (mut at, mut port) = (start + host_len, None);
        if let Some(digits) = after.strip_prefix(':') {
            let len = digits.bytes().take_while(u8::is_ascii_digit).count();
            let number = digits.get(..len).and_then(|d| d.parse::<u16>().ok()).ok_or(FieldError::Uri)?;
            port = Some(number);
            at += 1 + len;
        }
        let end = self.text.len();
        let tail = self.part(&(at..end));
        if !tail.is_empty() && !tail.starts_with([';', '?']) {
            return Err(FieldError::Uri);
        }
        let question = tail.find('?').map_or(end, |q| at + q);
        self.host = start..start + host_len;
        self.port = port;
        self.params = at..question;
        self.headers = (question < end).then(|| question + 1..end);
        Ok(self)
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The length of the host `text` begins with.
///
/// # Errors
/// [`FieldError::Uri`] when there is none.
pub(crate) fn host_length(text: &str) -> Result<usize, FieldError> {
    let len = if text.starts_with('[') {
        text.find(']').map(|e| e + 1).ok_or(FieldError::Uri)?
    } else {
        text.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"-._".contains(b)).count()
    };
    if len == 0 { Err(FieldError::Uri) } else { Ok(len) }
}
