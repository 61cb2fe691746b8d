//! The CSeq header.

use super::{FieldError, Method};

/// A sequence number and the method it counts (RFC 3261 §20.16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// The number; RFC 3261 §8.1.1.5 keeps it below 2^31, this stack below 2^32.
    pub seq: u32,
    /// The method.
    pub method: Method,
}

impl CSeq {
    /// Reads `number method`.
    ///
    /// # Errors
    /// [`FieldError::CSeq`] when either part is missing or wrong.
    pub fn parse(value: &[u8]) -> Result<CSeq, FieldError> {
        let value = value.trim_ascii();
        let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
        let (number, rest) = value.split_at(digits);
        let method = rest.trim_ascii_start();
        if method.len() == rest.len() {
            return Err(FieldError::CSeq);
        }
        let seq = std::str::from_utf8(number).ok().and_then(|n| n.parse().ok()).ok_or(FieldError::CSeq)?;
        Ok(CSeq { seq, method: Method::parse(method).ok_or(FieldError::CSeq)? })
    }
}
