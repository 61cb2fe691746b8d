//! The filters of a listener: which events pass, by the values of their headers.

use std::ops::Range;

use pcre2::bytes::{Regex, RegexBuilder};

use crate::Headers;

/// A listener's filters, in the order they were added (mod_event_socket's `filter`).
///
/// With none every event passes. Otherwise one passes if a positive filter matches and no negative one does; an event
/// that has none of the filtered headers does not. A header may have several filters.
#[derive(Clone, Default, Debug)]
pub struct FilterSet {
    filters: Vec<Filter>,
}

/// Why a filter was not added.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The listener has as many filters as one may have.
    #[error("more than {MAX_FILTERS} filters")]
    TooMany,
    /// The listener has as many regular expressions as one may have.
    #[error("more than {MAX_REGEXES} regular expressions")]
    TooManyRegexes,
    /// Header and value together are too long.
    #[error("filter longer than {MAX_LENGTH} bytes")]
    TooLong,
}

#[derive(Clone, Debug)]
struct Filter {
    header: String,
    /// The value as it was given: what `filter delete` names it by.
    value: String,
    positive: bool,
    pattern: Pattern,
}

#[derive(Clone, Debug)]
enum Pattern {
    /// The whole value, in any case: this part of [`Filter::value`].
    Whole(Range<usize>),
    Regex(Box<Regex>),
    /// A regular expression that does not compile: FreeSWITCH takes it and it matches nothing.
    Nothing,
}

impl FilterSet {
    /// No filters.
    #[must_use]
    pub const fn new() -> Self {
        Self { filters: Vec::new() }
    }

    /// Adds a filter. `value` may start with a sign (`-` shuts out, `+` is the default; spaces and further signs behind it
    /// are skipped); `/re/` is a regular expression, unanchored, with `i`, `m`, `s` or `x` behind it if wanted; anything
    /// else is compared as a whole and in any case. A regular expression that does not compile matches nothing.
    ///
    /// # Errors
    /// [`FilterError`] when there are too many filters or this one is too long.
    pub fn add(&mut self, header: &str, value: &str) -> Result<(), FilterError> {
        if self.filters.len() >= MAX_FILTERS {
            return Err(FilterError::TooMany);
        }
        if header.len() + value.len() > MAX_LENGTH {
            return Err(FilterError::TooLong);
        }
        let filter = Filter::new(header, value);
        let regexes = || self.filters.iter().filter(|filter| filter.is_regex()).count();
        if filter.is_regex() && regexes() >= MAX_REGEXES {
            return Err(FilterError::TooManyRegexes);
        }
        self.filters.push(filter);
        Ok(())
    }

    /// Removes the filters of `header`, or of those only the ones that were added with `value` (both in any case); says
    /// whether there was one.
    pub fn delete(&mut self, header: &str, value: Option<&str>) -> bool {
        let before = self.filters.len();
        self.filters.retain(|filter| {
            !filter.header.eq_ignore_ascii_case(header) || value.is_some_and(|v| !filter.value.eq_ignore_ascii_case(v))
        });
        self.filters.len() < before
    }

    /// Removes every filter.
    pub fn clear(&mut self) {
        self.filters = Vec::new();
    }

    /// Whether there is no filter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.filters.is_empty()
    }

    /// How many filters there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.filters.len()
    }

    /// Whether a regular expression among the filters does not compile, which matches nothing then.
    #[must_use]
    pub fn has_broken(&self) -> bool {
        self.filters.iter().any(|filter| matches!(filter.pattern, Pattern::Nothing))
    }

    /// Whether an event with these headers passes. Of a header that repeats the first value counts; of a value that a
    /// regular expression is to match, the first 4 KiB.
    #[must_use]
    pub fn matches(&self, headers: &Headers) -> bool {
        let mut pass = self.filters.is_empty();
        for filter in &self.filters {
            if pass && filter.positive {
                continue;
            }
            if headers.get(&filter.header).is_some_and(|value| filter.matches(value)) {
                if !filter.positive {
                    return false;
                }
                pass = true;
            }
        }
        pass
    }
}

impl Filter {
    fn new(header: &str, value: &str) -> Self {
        let wanted = value.trim_start_matches(['+', '-', ' ']);
        let signs = value.len() - wanted.len();
        let last_sign = value.bytes().take(signs).rfind(|byte| *byte != b' ');
        let pattern = match wanted.strip_prefix('/') {
            Some(regex) => Pattern::regex(regex),
            None => Pattern::Whole(signs..value.len()),
        };
        Self { header: header.to_string(), value: value.to_string(), positive: last_sign != Some(b'-'), pattern }
    }

    fn is_regex(&self) -> bool {
        matches!(self.pattern, Pattern::Regex(_))
    }

    fn matches(&self, value: &str) -> bool {
        match &self.pattern {
            Pattern::Whole(part) => self.value.get(part.clone()).is_some_and(|part| part.eq_ignore_ascii_case(value)),
            // A match that hits its limit is no match.
            Pattern::Regex(regex) => regex.is_match(subject(value).as_bytes()).unwrap_or(false),
            Pattern::Nothing => false,
        }
    }
}

impl Pattern {
    fn regex(text: &str) -> Self {
        let (expression, options) = text.rsplit_once('/').unwrap_or((text, ""));
        let limited = format!("{LIMITS}{expression}");
        let built = RegexBuilder::new()
            .utf(true)
            .caseless(options.contains('i'))
            .multi_line(options.contains('m'))
            .dotall(options.contains('s'))
            .extended(options.contains('x'))
            .jit_if_available(true)
            .build(&limited);
        built.map_or(Self::Nothing, |regex| Self::Regex(Box::new(regex)))
    }
}

fn subject(value: &str) -> &str {
    if value.len() <= MAX_SUBJECT {
        return value;
    }
    // A character has at most four bytes, so one of these is a boundary.
    (MAX_SUBJECT - 3..=MAX_SUBJECT).rev().find_map(|end| value.get(..end)).unwrap_or_default()
}

const MAX_FILTERS: usize = 1024;
/// All of them together may take 5 ms an event, which every publisher waits for.
const MAX_REGEXES: usize = 64;
const MAX_LENGTH: usize = 4096;
const MAX_SUBJECT: usize = 4096;
/// Keeps an expression that backtracks without end from holding up the listener.
const LIMITS: &str = "(*LIMIT_MATCH=20000)";

#[cfg(test)]
mod tests {
    use super::*;

    fn set(filters: &[(&str, &str)]) -> FilterSet {
        let mut set = FilterSet::new();
        filters.iter().for_each(|(header, value)| set.add(header, value).unwrap());
        set
    }

    fn check(filters: &[(&str, &str)], headers: &[(&str, &str)], pass: bool) {
        let headers: Headers = headers.iter().copied().collect();
        assert_eq!(set(filters).matches(&headers), pass, "{filters:?} {headers:?}");
    }

    #[test]
    fn without_filters_everything_passes() {
        check(&[], &[], true);
        check(&[], &[("colour", "red")], true);
    }

    #[test]
    fn positive_filters_widen_one_another() {
        let filters = [("colour", "red"), ("Colour", "+ blue")];
        check(&filters, &[("COLOUR", "Blue")], true);
        check(&filters, &[("colour", "red")], true);
        check(&filters, &[("colour", "green")], false);
        check(&filters, &[("colour", "dark red")], false);
        check(&filters, &[("shape", "round")], false);
    }

    #[test]
    fn a_negative_filter_wins_wherever_it_stands() {
        for filters in [[("who", r"/^10\d\d$/"), ("who", "- 1002")], [("who", "-1002"), ("who", r"/^10\d\d$/")]] {
            check(&filters, &[("who", "1001")], true);
            check(&filters, &[("who", "1002")], false);
            check(&filters, &[("who", "2001")], false);
        }
        check(&[("who", "-1002")], &[("who", "1003")], false);
        check(&[("who", "-/^1/"), ("a", "b")], &[("who", "1003"), ("a", "b")], false);
    }

    #[test]
    fn a_regular_expression_is_unanchored_and_has_options() {
        check(&[("a", "/ell/")], &[("a", "Hello")], true);
        check(&[("a", "/ELL/")], &[("a", "Hello")], false);
        check(&[("a", "/ELL/i")], &[("a", "Hello")], true);
        check(&[("a", "/^.$/")], &[("a", "é")], true);
        check(&[("a", "/(/")], &[("a", "(")], false);
        check(&[("a", "/(/"), ("a", "(")], &[("a", "(")], true);
    }

    #[test]
    fn a_regular_expression_sees_4_kib_and_never_runs_on() {
        let long = "é".repeat(4096);
        check(&[("a", "/x$/")], &[("a", &format!("{long}x"))], false);
        check(&[("a", "/(a+)+$/")], &[("a", &format!("{}b", "a".repeat(4000)))], false);
    }

    #[test]
    fn filters_are_deleted_by_header_and_value() {
        let mut filters = set(&[("a", "1"), ("A", "2"), ("a", "-3"), ("b", "1")]);
        assert!(filters.delete("a", Some("2")));
        assert!(!filters.delete("a", Some("3")));
        assert_eq!(filters.len(), 3);
        assert!(filters.delete("a", None));
        assert_eq!(filters.len(), 1);
        filters.clear();
        assert!(filters.is_empty());
    }

    #[test]
    fn a_broken_expression_is_noticed() {
        assert!(set(&[("a", "b"), ("a", "-/(/")]).has_broken());
        assert!(!set(&[("a", "b"), ("a", "/(b)/")]).has_broken());
    }

    #[test]
    fn filters_are_bounded() {
        let mut filters = FilterSet::new();
        assert_eq!(filters.add("a", &"x".repeat(MAX_LENGTH)), Err(FilterError::TooLong));
        (0..MAX_FILTERS).for_each(|_| filters.add("a", "b").unwrap());
        assert_eq!(filters.add("a", "b"), Err(FilterError::TooMany));
        filters.clear();
        (0..MAX_REGEXES).for_each(|_| filters.add("a", "/b/").unwrap());
        assert_eq!(filters.add("a", "-/b/"), Err(FilterError::TooManyRegexes));
        assert_eq!(filters.add("a", "b"), Ok(()));
    }
}
