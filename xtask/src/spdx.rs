//! SPDX licence expressions (SPDX 2.3, annex D), as far as `Cargo.toml` uses them.

use std::iter::Peekable;

/// Why an expression is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpdxError {
    /// It stops where a licence should stand.
    #[error("it ends where a licence is expected")]
    Ends,
    /// Something stands where it makes no sense.
    #[error("`{0}` is not expected here")]
    Unexpected(String),
}

/// Whether an expression can be satisfied with allowed licences alone: one side of an OR, both of an AND.
///
/// `allowed` is asked for `ID` and, with an exception, `ID WITH EXCEPTION`. The old `A/B` means `A OR B`.
///
/// # Errors
/// [`SpdxError`] when the text is no expression.
pub fn satisfied(expression: &str, allowed: &dyn Fn(&str) -> bool) -> Result<bool, SpdxError> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let result = any(&mut words, allowed)?;
    match words.next() {
        None => Ok(result),
        Some(word) => Err(SpdxError::Unexpected(word.to_owned())),
    }
}

fn any<'a>(
    words: &mut Peekable<impl Iterator<Item = &'a str>>,
    allowed: &dyn Fn(&str) -> bool,
) -> Result<bool, SpdxError> {
    let mut result = all(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        result |= all(words, allowed)?;
    }
    Ok(result)
}

fn all<'a>(
    words: &mut Peekable<impl Iterator<Item = &'a str>>,
    allowed: &dyn Fn(&str) -> bool,
) -> Result<bool, SpdxError> {
    let mut result = one(words, allowed)?;
    while words.next_if_eq(&"AND").is_some() {
        result &= one(words, allowed)?;
    }
    Ok(result)
}

fn one<'a>(
    words: &mut Peekable<impl Iterator<Item = &'a str>>,
    allowed: &dyn Fn(&str) -> bool,
) -> Result<bool, SpdxError> {
    match words.next().ok_or(SpdxError::Ends)? {
        "(" => {
            let inside = any(words, allowed)?;
            match words.next() {
                Some(")") => Ok(inside),
                Some(word) => Err(SpdxError::Unexpected(word.to_owned())),
                None => Err(SpdxError::Ends),
            }
        }
        word @ (")" | "OR" | "AND" | "WITH") => Err(SpdxError::Unexpected(word.to_owned())),
        id if words.next_if_eq(&"WITH").is_some() => {
            let exception = words.next().ok_or(SpdxError::Ends)?;
            Ok(allowed(&format!("{id} WITH {exception}")))
        }
        id => Ok(allowed(id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        let check = |expression: &str, expected: Result<bool, SpdxError>| {
            let allowed = |id: &str| matches!(id, "MIT" | "Zlib" | "Apache-2.0 WITH LLVM-exception");
            assert_eq!(satisfied(expression, &allowed), expected, "{expression}");
        };
        check("MIT", Ok(true));
        check("GPL-3.0-only", Ok(false));
        check("GPL-3.0-only OR MIT", Ok(true));
        check("GPL-3.0-only/MIT", Ok(true));
        check("GPL-3.0-only AND MIT", Ok(false));
        check("(MIT OR Apache-2.0) AND Zlib", Ok(true));
        check("(GPL-2.0-only OR (MIT AND LGPL-3.0-only)) AND Zlib", Ok(false));
        check("MIT OR GPL-2.0-only AND LGPL-3.0-only", Ok(true));
        check("Apache-2.0 WITH LLVM-exception", Ok(true));
        check("Apache-2.0", Ok(false));
        check("", Err(SpdxError::Ends));
        check("MIT OR", Err(SpdxError::Ends));
        check("(MIT", Err(SpdxError::Ends));
        check("MIT MIT", Err(SpdxError::Unexpected("MIT".to_owned())));
        check("MIT)", Err(SpdxError::Unexpected(")".to_owned())));
    }
}
