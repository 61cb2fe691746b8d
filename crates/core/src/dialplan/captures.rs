//! What an expression captured, and where it goes: `$1` in an action's data, and channel variables.

use crate::channel::{Variables, disarmed};

/// The whole of a match, then its groups; none where a group took no part.
pub type Captures = [Option<String>];

/// The highest number of a capture.
const HIGHEST: usize = 256;

/// Replaces `$0`, `$1`, `${2}` … by the captures (`switch_perform_substitution`): a number without one becomes empty.
///
/// A `${` in what was captured loses its dollar sign: a caller's own words must not run commands when the data is
/// expanded.
#[must_use]
pub fn substitute(data: &str, captures: &Captures) -> String {
    let mut out = String::with_capacity(data.len());
    let mut rest = data;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let Some((number, behind)) = number(after) else {
            out.push('$');
            rest = after;
            continue;
        };
        let captured = captures.get(number).filter(|_| number <= HIGHEST).and_then(Option::as_deref);
        out.push_str(&disarmed(captured.unwrap_or_default()));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The number behind a dollar sign, with or without braces, and what follows it.
fn number(text: &str) -> Option<(usize, &str)> {
    let braced = text.strip_prefix('{');
    let text = braced.unwrap_or(text);
    let digits = text.bytes().take(9).take_while(u8::is_ascii_digit).count();
    let number = text.get(..digits)?.parse().ok()?;
    let behind = text.get(digits..)?;
    Some((number, if braced.is_some() { behind.strip_prefix('}')? } else { behind }))
}

/// Leaves the captures in a variable, an array when there are several (`switch_capture_regex`). An empty capture
/// removes what is there, as setting a variable to nothing does.
pub(super) fn remember(variables: &mut Variables, name: &str, captures: &Captures) {
    variables.remove(name);
    for capture in captures.iter().flatten() {
        if capture.is_empty() {
            variables.remove(name);
        } else {
            variables.push(name, capture);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn captures(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| Some((*text).to_owned())).collect()
    }

    #[test]
    fn captures_are_put_in() {
        let check = |data: &str, expected: &str| {
            let mut found = captures(&["7712", "12"]);
            found.extend([None, Some("${system(x)}".to_owned())]);
            assert_eq!(substitute(data, &found), expected, "{data}");
        };
        check("nested_digits=$1", "nested_digits=12");
        check("$0 in ${context} for $5", "7712 in ${context} for ");
        check("${1}${0}[$2]", "127712[]");
        check("cost 5$ ${1x} ${} $", "cost 5$ ${1x} ${} $");
        check("$12", "");
        check("$9999999999", "9");
        check("\\$1", "\\12");
        check("$3", "%{system(x)}");
    }

    #[test]
    fn several_captures_are_an_array() {
        let mut variables = Variables::default();
        let mut found = captures(&["ab", "b"]);
        found.insert(1, None);
        remember(&mut variables, "DP_MATCH", &found);
        assert_eq!(variables.get("DP_MATCH"), Some("ARRAY::ab|:b"));
        remember(&mut variables, "DP_MATCH", &captures(&["a", ""]));
        assert_eq!(variables.get("DP_MATCH"), None);
    }

    proptest! {
        #[test]
        fn nothing_but_numbers_is_replaced(data in "([${}x]|[0-9]){0,30}", found in "[$\\{}a-c]{0,8}") {
            let out = substitute(&data, &[Some(found)]);
            if !data.contains('$') {
                prop_assert_eq!(&out, &data);
            }
            prop_assert_eq!(substitute(&data.replace('$', ""), &[]), data.replace('$', ""));
        }
    }
}
