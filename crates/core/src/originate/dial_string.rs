//! `{all}[one]endpoint/address,[other]endpoint/address|endpoint/address`.

use crate::channel::Variables;

/// A dial string, taken apart.
#[derive(Clone, Debug)]
pub struct DialString {
    /// Tried one after the other (`|`); the destinations of a group are dialled at once (`,`).
    pub groups: Vec<Vec<Destination>>,
}

/// One leg to dial.
#[derive(Clone, Debug)]
pub struct Destination {
    /// The word in front of the first `/`.
    pub endpoint: String,
    /// What is behind it.
    pub address: String,
    /// Its variables: those of `{}` and then its own `[]`.
    pub variables: Variables,
}

/// What is wrong with a dial string.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DialStringError {
    /// A bracket was opened and not closed.
    #[error("`{0}` is not closed")]
    Unclosed(char),
    /// More legs than one request may try.
    #[error("more than {MAX_LEGS} destinations")]
    TooMany,
    /// More variables than one leg may be given.
    #[error("more than {MAX_VARIABLES} variables")]
    TooManyVariables,
    /// A leg without `endpoint/address`.
    #[error("`{0}` is not of the form endpoint/address")]
    NoEndpoint(String),
}

/// Legs of one dial string at the most: each has a copy of the variables that all have.
const MAX_LEGS: usize = 128;

/// Variables of one leg at the most: setting one looks at all that are there.
const MAX_VARIABLES: usize = 1024;

impl DialString {
    /// Takes a dial string apart.
    ///
    /// # Errors
    /// [`DialStringError`] names the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, DialStringError> {
        let mut common = Variables::default();
        let rest = leading_variables(text.trim(), '{', '}', &mut common)?;
        let parts = split_outside(rest, '|');
        if parts.iter().map(|group| split_outside(group, ',').len()).sum::<usize>() > MAX_LEGS {
            return Err(DialStringError::TooMany);
        }
        let mut groups = Vec::new();
        for group in parts {
            let legs = split_outside(group, ',').into_iter().map(|leg| destination(leg, &common));
            groups.push(legs.collect::<Result<Vec<_>, _>>()?);
        }
        Ok(Self { groups })
    }
}

fn destination(leg: &str, common: &Variables) -> Result<Destination, DialStringError> {
    let mut variables = common.clone();
    let rest = leading_variables(leg.trim(), '[', ']', &mut variables)?;
    let (endpoint, address) = rest.split_once('/').ok_or_else(|| DialStringError::NoEndpoint(rest.to_owned()))?;
    if endpoint.is_empty() || address.is_empty() {
        return Err(DialStringError::NoEndpoint(rest.to_owned()));
    }
    Ok(Destination { endpoint: endpoint.to_owned(), address: address.to_owned(), variables })
}

/// Reads every `{…}` (or `[…]`) block in front of `text`; what is behind them.
fn leading_variables<'a>(
    text: &'a str,
    open: char,
    close: char,
    into: &mut Variables,
) -> Result<&'a str, DialStringError> {
    let mut rest = text;
    while let Some(inner) = rest.strip_prefix(open) {
        let end = matching(inner, open, close).ok_or(DialStringError::Unclosed(open))?;
        let (block, after) = (inner.get(..end).unwrap_or_default(), inner.get(end + 1..).unwrap_or_default());
        for (name, value) in assignments(block) {
            if into.len() >= MAX_VARIABLES {
                return Err(DialStringError::TooManyVariables);
            }
            into.set(&name, &value);
        }
        rest = after.trim_start();
    }
    Ok(rest)
}

fn matching(inner: &str, open: char, close: char) -> Option<usize> {
    let (mut depth, mut escaped) = (0_usize, false);
    for (at, character) in inner.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == open => depth += 1,
            c if c == close && depth == 0 => return Some(at),
            c if c == close => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `a=1,b='2,3',c=4\,5`; `^^:a=1:b=2` names another separator.
pub(crate) fn assignments(block: &str) -> Vec<(String, String)> {
    let (separator, block) = match block.strip_prefix("^^") {
        Some(other) => match other.chars().next() {
            Some(separator) => (separator, other.get(separator.len_utf8()..).unwrap_or_default()),
            None => return Vec::new(),
        },
        None => (',', block),
    };
    split_quoted(block, separator)
        .into_iter()
        .filter_map(|one| {
            let (name, value) = one.split_once('=')?;
            let name = name.trim();
            (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// Splits at `separator` outside of single quotes; quotes go, `\` takes the next character as it is.
fn split_quoted(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for character in text.chars() {
        if let Some(part) = parts.last_mut() {
            match character {
                _ if escaped => {
                    if character != separator && character != '\'' && character != '\\' {
                        part.push('\\');
                    }
                    part.push(character);
                    escaped = false;
                }
                '\\' => escaped = true,
                '\'' => quoted = !quoted,
                c if c == separator && !quoted => parts.push(String::new()),
                c => part.push(c),
            }
        }
    }
    parts
}

/// Splits at `separator` outside of brackets.
fn split_outside(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0_usize, 0);
    for (at, character) in text.char_indices() {
        match character {
            '[' | '{' | '(' => depth += 1,
            ']' | '}' | ')' => depth = depth.saturating_sub(1),
            c if c == separator && depth == 0 => {
                parts.push(text.get(from..at).unwrap_or_default());
                from = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(from..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected`: each leg with its variables behind it, legs apart by a blank, groups by `|`.
    fn check(text: &str, expected: &str) {
        let leg = |leg: &Destination| {
            let variables: Vec<String> = leg.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{}/{}[{}]", leg.endpoint, leg.address, variables.join(";"))
        };
        let group = |group: &Vec<Destination>| group.iter().map(leg).collect::<Vec<_>>().join(" ");
        let parsed = DialString::parse(text).unwrap();
        assert_eq!(parsed.groups.iter().map(group).collect::<Vec<_>>().join("|"), expected, "{text}");
    }

    #[test]
    fn dial_strings_come_apart() {
        check("null/probe", "null/probe[]");
        check("{a=1,b='x, y'}sofia/gateway/peer/4000", "sofia/gateway/peer/4000[a=1;b=x, y]");
        check("{a=1}{b=2}null/x", "null/x[a=1;b=2]");
        check("{^^:a=1,2:b=3}null/x", "null/x[a=1,2;b=3]");
        check("{a=1}[b=2]null/x,[a=3]null/y|null/z", "null/x[a=1;b=2] null/y[a=3]|null/z[a=1]");
        check("{a=1\\,2}null/x", "null/x[a=1,2]");
    }

    #[test]
    fn wrong_ones_say_what_is_wrong() {
        assert_eq!(DialString::parse("{a=1").unwrap_err(), DialStringError::Unclosed('{'));
        let many: Vec<String> = (0..=MAX_VARIABLES).map(|number| format!("v{number}=1")).collect();
        let error = DialString::parse(&format!("{{{}}}null/x", many.join(","))).unwrap_err();
        assert_eq!(error, DialStringError::TooManyVariables);
        assert!(DialString::parse(&["null/x"; MAX_LEGS].join(",")).is_ok());
        assert_eq!(DialString::parse(&["a/b"; MAX_LEGS + 1].join("|")).unwrap_err(), DialStringError::TooMany);
        assert_eq!(DialString::parse("probe").unwrap_err(), DialStringError::NoEndpoint("probe".into()));
    }
}
