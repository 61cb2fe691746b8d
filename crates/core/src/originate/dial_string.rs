//! `<every call>{every leg}[one leg]endpoint/address,[other]endpoint/address|endpoint/address:_:…`.
//!
//! `,` stands between legs that are dialled at once, `|` between those that are dialled one after the other, `:_:`
//! between whole calls that are placed side by side, each with its own `{…}` (enterprise originate). Quotes (`'…'`) and a
//! backslash take the meaning off a separator. A list of variables that begins with `^^` and a character is separated by
//! that character instead of the comma; so is a value, whose separators become commas.

#[cfg(test)]
mod tests;

use crate::channel::Variables;

/// A dial string, taken apart.
#[derive(Clone, Debug)]
pub struct DialString {
    /// Placed side by side (`:_:`).
    pub calls: Vec<Call>,
}

/// What is tried to reach somebody.
#[derive(Clone, Debug)]
pub struct Call {
    /// The variables of `<>` and `{}`.
    pub variables: Variables,
    /// Tried one after the other (`|`); the destinations of a group are dialled at once (`,`).
    pub groups: Vec<Vec<Destination>>,
}

/// One leg to dial.
#[derive(Clone, Debug)]
pub struct Destination {
    /// What is in front of the first `/`; all there is without one.
    pub endpoint: String,
    /// What is behind it; may be empty.
    pub address: String,
    /// Its variables: those of `<>` and `{}` and then its own `[]`; with `local_var_clobber=false` its own are first.
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
    /// There is no destination in it, or in one of its calls.
    #[error("no destination")]
    Empty,
}

/// Legs of one request at the most: each has a copy of the variables that all have.
pub(super) const MAX_LEGS: usize = 128;

/// Variables of one leg at the most: setting one looks at all that are there.
const MAX_VARIABLES: usize = 1024;

/// What stands between whole calls.
const ENTERPRISE: &str = ":_:";

impl DialString {
    /// Takes a dial string apart.
    ///
    /// # Errors
    /// [`DialStringError`] names the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, DialStringError> {
        Self::parse_with(text, &Variables::default())
    }

    /// As [`DialString::parse`], with variables that every leg has before the string's own.
    pub(crate) fn parse_with(text: &str, given: &Variables) -> Result<Self, DialStringError> {
        let mut common = given.clone();
        let rest = leading_variables(text.trim(), '<', '>', &mut common)?;
        let mut legs_left = MAX_LEGS;
        let calls = split(rest, ENTERPRISE)?.into_iter().map(|text| call(text, &common, &mut legs_left));
        Ok(Self { calls: calls.collect::<Result<_, _>>()? })
    }
}

fn call(text: &str, common: &Variables, legs_left: &mut usize) -> Result<Call, DialStringError> {
    let mut variables = common.clone();
    let rest = leading_variables(text.trim(), '{', '}', &mut variables)?;
    let mut groups = Vec::new();
    for group in split(rest, "|")? {
        let legs = split(group, ",")?;
        *legs_left = legs_left.checked_sub(legs.len()).ok_or(DialStringError::TooMany)?;
        let legs: Vec<_> =
            legs.into_iter().filter_map(|leg| destination(leg, &variables).transpose()).collect::<Result<_, _>>()?;
        if !legs.is_empty() {
            groups.push(legs);
        }
    }
    if groups.is_empty() { Err(DialStringError::Empty) } else { Ok(Call { variables, groups }) }
}

/// One leg; `None` for nothing at all, which stands where a variable of a dialplan was empty.
fn destination(leg: &str, common: &Variables) -> Result<Option<Destination>, DialStringError> {
    let mut own = Variables::default();
    let rest = leading_variables(leg.trim(), '[', ']', &mut own)?.trim();
    if rest.is_empty() {
        return Ok(None);
    }
    let (endpoint, address) = rest.split_once('/').unwrap_or((rest, ""));
    let gives_way = common.get("local_var_clobber").is_some_and(|value| !strowger_config::is_true(value));
    let (mut variables, over) = if gives_way { (own, common) } else { (common.clone(), &own) };
    merge(&mut variables, over)?;
    Ok(Some(Destination { endpoint: endpoint.to_owned(), address: plain(address), variables }))
}

fn merge(variables: &mut Variables, over: &Variables) -> Result<(), DialStringError> {
    over.iter().try_for_each(|(name, value)| put(variables, name, value))
}

fn put(variables: &mut Variables, name: &str, value: &str) -> Result<(), DialStringError> {
    if variables.len() >= MAX_VARIABLES {
        return Err(DialStringError::TooManyVariables);
    }
    variables.set(name, value);
    Ok(())
}

/// Reads every `{…}` (or `[…]`, `<…>`) block in front of `text`; what is behind them.
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
        assignments(block).into_iter().try_for_each(|(name, value)| put(into, &name, &value))?;
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

/// The variables that an application's argument begins with, which hold while it runs, and the argument itself:
/// `%[a=1,b=2]argument`, `%;[a=1;b=2]argument` (`switch_core_session_exec`). `None` where it begins otherwise.
pub(crate) fn scoped_variables(data: &str) -> Option<(Vec<(String, String)>, &str)> {
    let rest = data.strip_prefix('%')?;
    let (separator, inner) = match rest.strip_prefix('[') {
        Some(inner) => (',', inner),
        None => {
            let mut characters = rest.chars();
            (characters.next()?, characters.as_str().strip_prefix('[')?)
        }
    };
    let end = matching(inner, '[', ']')?;
    let mut variables = assignments_by(inner.get(..end)?, separator);
    variables.truncate(MAX_VARIABLES);
    Some((variables, inner.get(end + 1..)?))
}

/// `a=1,b='2,3',c=4\,5`; `^^:a=1:b=2` names another separator, `a=^^:1:2` is `a=1,2`.
fn assignments(block: &str) -> Vec<(String, String)> {
    assignments_by(block, ',')
}

fn assignments_by(block: &str, separator: char) -> Vec<(String, String)> {
    let (separator, block) = other_separator(block).unwrap_or((separator, block));
    let assigned = |one: String| {
        let (name, value) = one.split_once('=')?;
        let name = name.trim();
        let value = match other_separator(value) {
            Some((separator, list)) => list.replace(separator, ","),
            None => value.to_owned(),
        };
        (!name.is_empty()).then(|| (name.to_owned(), value))
    };
    split_quoted(block, separator).into_iter().filter_map(assigned).collect()
}

/// `^^` and a character in front: the character and the rest.
fn other_separator(text: &str) -> Option<(char, &str)> {
    let mut characters = text.strip_prefix("^^")?.chars();
    Some((characters.next()?, characters.as_str()))
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

/// Splits at `separator`, outside of quotes and of the brackets that a part begins with.
fn split<'a>(text: &'a str, separator: &str) -> Result<Vec<&'a str>, DialStringError> {
    let (mut parts, mut from, mut at) = (Vec::new(), 0, 0);
    let mut at_start = true;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(separator) {
            parts.push(text.get(from..at).unwrap_or_default());
            at += separator.len();
            (from, at_start) = (at, true);
            continue;
        }
        let step = if at_start { block(rest)? } else { None };
        at += step.unwrap_or_else(|| atom(rest));
        at_start &= step.is_some() || rest.starts_with(char::is_whitespace);
    }
    parts.push(text.get(from..).unwrap_or_default());
    Ok(parts)
}

/// The length of the bracketed block that `text` begins with.
fn block(text: &str) -> Result<Option<usize>, DialStringError> {
    for (open, close) in [('[', ']'), ('{', '}'), ('<', '>')] {
        if let Some(inner) = text.strip_prefix(open) {
            let end = matching(inner, open, close).ok_or(DialStringError::Unclosed(open))?;
            return Ok(Some(open.len_utf8() + end + close.len_utf8()));
        }
    }
    Ok(None)
}

/// The length of what `text` begins with: a character, an escaped one, or a text in quotes.
fn atom(text: &str) -> usize {
    let mut characters = text.chars();
    let first = characters.next().map_or(0, char::len_utf8);
    let rest = characters.as_str();
    match text.as_bytes().first() {
        Some(b'\\') => first + rest.chars().next().map_or(0, char::len_utf8),
        Some(b'\'') => first + rest.find('\'').map_or(0, |end| end + 1),
        _ => first,
    }
}

/// An address without its quotes and the backslashes in front of separators.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at_checked(atom(rest)).unwrap_or((rest, ""));
        let quoted = piece.strip_prefix('\'').and_then(|inner| inner.strip_suffix('\''));
        let escaped = piece.strip_prefix('\\').filter(|escaped| [",", "|", "'", "\\"].contains(escaped));
        out.push_str(quoted.or(escaped).unwrap_or(piece));
        rest = after;
    }
    out
}
