//! The Via header.

use std::net::IpAddr;

use super::{FieldError, Params, uri::host_length};

/// One Via value (RFC 3261 §20.42).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Via {
    /// The transport as written: `UDP`, `TCP`, …
    pub transport: String,
    /// The host it was sent by.
    pub host: String,
    /// The port it was sent by, when written.
    pub port: Option<u16>,
    /// `branch`, `rport`, `received`, …
    pub params: Params,
}

impl Via {
    /// Reads one value: `SIP/2.0/UDP host:port;params`, with white space where RFC 3261 allows it.
    ///
    /// # Errors
    /// [`FieldError`] when a part is missing or a parameter is broken.
    pub fn parse(value: &[u8]) -> Result<Via, FieldError> {
        let text = String::from_utf8_lossy(value);
        let (name, rest) = text.trim().split_once('/').ok_or(FieldError::Via)?;
        let (version, rest) = rest.split_once('/').ok_or(FieldError::Via)?;
        if !name.trim().eq_ignore_ascii_case("SIP") || version.trim().is_empty() {
            return Err(FieldError::Via);
        }
        let (transport, rest) = rest.trim_start().split_once([' ', '\t']).ok_or(FieldError::Via)?;
        let rest = rest.trim_start();
        let (host, after) = rest.split_at(host_length(rest).map_err(|_| FieldError::Via)?);
        let (port, params) = port_of(after)?;
        Ok(Via { transport: transport.to_owned(), host: host.to_owned(), port, params: Params::parse(params)? })
    }

    /// The branch; `None` when there is none.
    pub fn branch(&self) -> Option<&str> {
        self.params.get("branch")
    }

    /// Whether the branch names a transaction by itself (RFC 3261 §8.1.1.7: it starts with `z9hG4bK` and goes on).
    pub fn is_rfc3261(&self) -> bool {
        self.branch().is_some_and(|b| {
            b.len() > COOKIE.len() && b.get(..COOKIE.len()).is_some_and(|c| c.eq_ignore_ascii_case(COOKIE))
        })
    }

    /// The sending host as an address, when numeric.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }
}

/// What RFC 3261 branches begin with.
pub(crate) const COOKIE: &str = "z9hG4bK";

fn port_of(text: &str) -> Result<(Option<u16>, &str), FieldError> {
    let Some(rest) = text.trim_start().strip_prefix(':') else {
        return Ok((None, text));
    };
    let rest = rest.trim_start();
    let (digits, params) = rest.split_at(rest.bytes().take_while(u8::is_ascii_digit).count());
    Ok((Some(digits.parse().map_err(|_| FieldError::Via)?), params))
}
