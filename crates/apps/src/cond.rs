//! `cond`: `<expr> ? <true val> : <false val>` (mod_commands).

use crate::words::fields;

/// Which value the condition chooses; `None` when it is none.
///
/// Blanks have to stand around the operator (`== != > >= < <=`) and in front of the `?`. Two texts are the same or not;
/// as soon as one side is a number, numbers are compared, a text counting as its length. What is quoted is a text.
#[must_use]
pub fn choose(text: &str) -> Option<String> {
    let (left, rest) = Side::take(text)?;
    let (operator, rest) = Operator::take(rest.trim_start())?;
    // One character is passed over unseen (sic): the blank.
    let mut behind = rest.chars();
    behind.next();
    let (right, rest) = Side::take(behind.as_str().trim_start())?;
    let choices = rest.trim_start().strip_prefix('?')?;
    let choices = fields(&format!(":{choices}"), ':', 3);
    let (yes, no) = match choices.as_slice() {
        [_, yes] => (yes.as_str(), ""),
        [_, yes, no] => (yes.as_str(), no.as_str()),
        _ => return None,
    };
    Some(if operator.holds(&left, &right) { yes } else { no }.to_owned())
}

/// One side of the comparison.
struct Side<'a> {
    text: &'a str,
    quoted: bool,
}

impl<'a> Side<'a> {
    /// The word in front, and what is behind it.
    fn take(text: &'a str) -> Option<(Self, &'a str)> {
        let Some(inner) = text.strip_prefix('\'') else {
            let (text, rest) = text.split_once(' ')?;
            return Some((Self { text, quoted: false }, rest));
        };
        let mut characters = inner.char_indices();
        while let Some((at, character)) = characters.next() {
            let rest = characters.as_str();
            if character == '\\' && rest.starts_with(['\\', '\'']) {
                characters.next();
            } else if character == '\'' {
                let side = Self { text: inner.get(..at)?, quoted: true };
                return rest.starts_with(|c: char| c.is_ascii_whitespace()).then_some((side, rest));
            }
        }
        None
    }

    /// Digits and points, perhaps signed (`switch_is_number`).
    fn is_number(&self) -> bool {
        let digits = self.text.strip_prefix(['-', '+']).unwrap_or(self.text);
        !self.quoted && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
    }

    fn value(&self) -> f64 {
        if !self.is_number() {
            return self.text.len() as f64;
        }
        // `1.2.3` is 1.2, as for atof.
        let second = self.text.match_indices('.').nth(1).map(|(at, _)| at);
        self.text.get(..second.unwrap_or(self.text.len())).and_then(|text| text.parse().ok()).unwrap_or(0.0)
    }
}

#[derive(Clone, Copy)]
enum Operator {
    Equal,
    Unequal,
    Above,
    AtLeast,
    Below,
    AtMost,
}

impl Operator {
    fn take(text: &str) -> Option<(Self, &str)> {
        const SIGNS: [(&str, Operator); 6] = [
            ("==", Operator::Equal),
            ("!=", Operator::Unequal),
            (">=", Operator::AtLeast),
            ("<=", Operator::AtMost),
            (">", Operator::Above),
            ("<", Operator::Below),
        ];
        SIGNS.iter().find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)))
    }

    fn holds(self, left: &Side<'_>, right: &Side<'_>) -> bool {
        let texts = !left.is_number() && !right.is_number();
        let (a, b) = (left.value(), right.value());
        match self {
            Self::Equal if texts => left.text == right.text,
            Self::Unequal if texts => left.text != right.text,
            Self::Equal => a == b,
            Self::Unequal => a != b,
            Self::Above => a > b,
            Self::AtLeast => a >= b,
            Self::Below => a < b,
            Self::AtMost => a <= b,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(choose(text).as_deref(), expected, "{text}");
    }

    #[test]
    fn values_are_chosen() {
        check("5 > 3 ? yes : no", Some("yes"));
        check("5 <= 3 ? yes : no", Some("no"));
        check("10 == 10.0 ? yes : no", Some("yes"));
        check("-1.5 < +1 ? yes : no", Some("yes"));
        check("abc == abc ? yes : no", Some("yes"));
        check("'a b' != 'a c' ? 'it is' : no", Some("it is"));
        check("'10' == '10.0' ? yes : no", Some("no"));
        check("abc == 3 ? yes : no", Some("yes"));
        check("a == b ? yes", Some(""));
        check("a == a ? yes", Some("yes"));
        check("a == a ? sip:x : no", Some("sip"));
        check("a == b ? x : sip:y:z", Some("sip:y:z"));
        check("'' == '' ? 'a:b' : no", Some("a:b"));
        check("1.2.3 == 1.2 ? yes : no", Some("yes"));
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for text in
            ["", "5", "5 > 3", "5>3 ? a : b", "5 = 5 ? a : b", "5 ! 5 ? a : b", "'a == b ? c : d", "a == 'b ? c : d"]
        {
            check(text, None);
        }
        check("'a'b == c ? d : e", None);
        check("a == b ?", None);
    }

    proptest! {
        #[test]
        fn numbers_compare_as_numbers(a in -500_i32..500, b in -500_i32..500) {
            let answer = |operator: &str| choose(&format!("{a} {operator} {b} ? yes : no")).unwrap() == "yes";
            prop_assert_eq!((answer(">"), answer("<"), answer("==")), (a > b, a < b, a == b));
            prop_assert_eq!((answer("<="), answer(">="), answer("!=")), (a <= b, a >= b, a != b));
        }

        #[test]
        fn nothing_is_too_strange(text in "[ a1'\\\\=!<>?:.é]{0,40}") {
            let _ = choose(&text);
        }
    }
}
