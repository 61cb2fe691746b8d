//! `regex` and `replace`: `<data>|<pattern>[|<subst string>[|n|b]]` (mod_commands).

use strowger_config::Pattern;
use strowger_core::dialplan::substitute;

use crate::words::fields;

/// What `regex` answers: `true` or `false`, or with a substitution that with its `%1` … (or `$1` …) put in. Where
/// nothing matches, the substitution answers with the data, or nothing (flag `n`), or `false` (flag `b`). `None` when
/// something is missing. `m:~` in front makes `~` the separator, `m:/` the slash.
#[must_use]
pub fn answer(text: &str) -> Option<String> {
    let (separator, text) = separated(text);
    let parts = fields(text, separator, 4);
    let [data, pattern, rest @ ..] = parts.as_slice() else { return None };
    // An expression that cannot be compiled matches nothing.
    let captures = Pattern::compile(pattern).ok().and_then(|pattern| pattern.groups(data).ok().flatten());
    Some(match (rest, captures) {
        ([], captures) => captures.is_some().to_string(),
        ([substitution, ..], Some(captures)) => bounded(&substitute(&substitution.replace('%', "$"), &captures)),
        ([_, flags], None) if flags.contains('n') => String::new(),
        ([_, flags], None) if flags.contains('b') => "false".to_owned(),
        (_, None) => data.clone(),
    })
}

/// What `replace` answers: the first of three texts, with the third for each of the second. `None` when one is missing.
#[must_use]
pub fn replace(text: &str) -> Option<String> {
    let (separator, text) = separated(text);
    match fields(text, separator, 3).as_slice() {
        [data, from, to] if !from.is_empty() => Some(bounded(&data.replace(from.as_str(), to))),
        [data, _, _] => Some(data.clone()),
        _ => None,
    }
}

/// The separator: `|`, or the one of `|~/` behind `m:`.
fn separated(text: &str) -> (char, &str) {
    let named = text.strip_prefix("m:").and_then(|rest| {
        let mut characters = rest.chars();
        let separator = characters.next().filter(|c| "|~/".contains(*c))?;
        Some((separator, characters.as_str()))
    });
    named.unwrap_or(('|', text))
}

/// An answer longer than this is cut off: a short text names a long capture as often as it likes.
const MAX_ANSWER: usize = 1 << 20;

fn bounded(answer: &str) -> String {
    // A character has at most four bytes, so one of these is a boundary.
    let end = MAX_ANSWER.min(answer.len());
    (end.saturating_sub(3)..=end).rev().find_map(|end| answer.get(..end)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(answer(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn data_is_matched() {
        check(r"1001|^10(\d\d)$|%1", Some("01"));
        check(r"2001|^10(\d\d)$", Some("false"));
        check(r"1001|^10(\d\d)$", Some("true"));
        check(r"918123|^918(\d+)$|%1", Some("123"));
        check(r"918123|^918(\d)(\d+)$|%2-$1-%0", Some("23-1-918123"));
        check(r"2001|^10|%1", Some("2001"));
        check(r"2001|^10|%1|n", Some(""));
        check(r"2001|^10|%1|b", Some("false"));
        check(r"1001|^10|x|b", Some("x"));
        check(r"m:~a|b~^a\|b$", Some("true"));
        check(r"m:/a|b/(.)\|/%1", Some("a"));
        check("a|(", Some("false"));
        check("a", None);
        check("", None);
    }

    #[test]
    fn texts_are_replaced() {
        assert_eq!(replace("a-b-c|-|+").as_deref(), Some("a+b+c"));
        assert_eq!(replace("m:~a|b~|~-").as_deref(), Some("a-b"));
        assert_eq!(replace("a||b").as_deref(), Some("a"));
        assert_eq!(replace("a|b"), None);
        let longest = replace(&format!("{}|a|{}", "a".repeat(2000), "b".repeat(2000))).unwrap();
        assert_eq!(longest.len(), MAX_ANSWER);
    }

    proptest! {
        #[test]
        fn nothing_is_too_strange(text in "(m:[|~/])?[a-c()|~/%$0-9.*+?\\\\ '\u{e9}]{0,40}") {
            let _ = answer(&text);
            let _ = replace(&text);
        }
    }
}
