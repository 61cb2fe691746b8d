//! The regular expressions of the dialplan.

use std::sync::Arc;

use pcre2::bytes::{Regex, RegexBuilder};

use crate::template::unescape;

/// The longest subject an expression is matched against, in bytes.
pub const MAX_SUBJECT: usize = 4096;

/// An expression of the dialplan (`switch_regex_perform`): PCRE2, not anchored, matched against bytes.
///
/// `/EXPRESSION/i` takes options (`i` any case, `s` `.` matches a newline); `_EXTENSION` is an Asterisk-like pattern
/// (`X` 0-9, `Z` 1-9, `N` 2-9, `.` anything or nothing), anchored at both ends.
///
/// It is compiled once, when the configuration is read; one with `${references}` is compiled at match time, after it was
/// expanded.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// The expression as written.
    pub source: String,
    form: Form,
}

#[derive(Debug, Clone)]
enum Form {
    /// Ready to match.
    Compiled(Arc<Regex>),
    /// To be expanded first.
    Template,
    /// It does not compile.
    Broken(PatternError),
}

/// Why an expression cannot be compiled or matched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It is not a regular expression.
    #[error("{message}")]
    Compile {
        /// What PCRE2 says, with the offset in bytes.
        message: String,
    },
    /// It is a template: expand [`Pattern::source`] and [`Pattern::compile`] that.
    #[error("the expression has variables that must be expanded first")]
    NotExpanded,
    /// The subject is longer than [`MAX_SUBJECT`].
    #[error("the text to match has {have} bytes, at most {MAX_SUBJECT} are looked at")]
    SubjectTooLong {
        /// Its length.
        have: usize,
    },
    /// Matching was given up: the expression tries too many ways.
    #[error("matching was given up: {message}")]
    GivenUp {
        /// What PCRE2 says.
        message: String,
    },
}

impl Pattern {
    /// Compiles an expression, whatever is in it.
    ///
    /// # Errors
    /// [`PatternError::Compile`].
    pub fn compile(source: &str) -> Result<Pattern, PatternError> {
        Ok(Pattern { source: source.to_owned(), form: Form::Compiled(Arc::new(build(source)?)) })
    }

    /// Compiles an expression that was expanded. One that does not compile says so at each match.
    pub fn compiled(source: &str) -> Pattern {
        let form = build(source).map_or_else(Form::Broken, |regex| Form::Compiled(Arc::new(regex)));
        Pattern { source: source.to_owned(), form }
    }

    /// Compiles an expression of a file, unless it has references. One that does not compile says so at each match.
    pub fn parse(source: &str) -> Pattern {
        match unescape(source) {
            None => Pattern { source: source.to_owned(), form: Form::Template },
            Some(text) => Pattern { source: source.to_owned(), ..Pattern::compiled(&text) },
        }
    }

    /// Whether it has groups to capture, as FreeSWITCH sees it: there is a parenthesis.
    pub fn has_groups(&self) -> bool {
        self.source.contains('(')
    }

    /// Whether it must be expanded, and then [compiled](Pattern::compile).
    pub fn is_template(&self) -> bool {
        matches!(self.form, Form::Template)
    }

    /// Why it never matches, if it does not compile.
    pub fn problem(&self) -> Option<&PatternError> {
        match &self.form {
            Form::Broken(problem) => Some(problem),
            Form::Compiled(_) | Form::Template => None,
        }
    }

    /// What matched: the whole at 0, then each group, empty where a group took no part. None when nothing matched.
    ///
    /// # Errors
    /// [`PatternError`], whatever keeps it from being matched.
    pub fn captures(&self, subject: &str) -> Result<Option<Vec<String>>, PatternError> {
        let groups = self.groups(subject)?;
        Ok(groups.map(|groups| groups.into_iter().map(Option::unwrap_or_default).collect()))
    }

    /// As [`Pattern::captures`], but none where a group took no part. Nothing is allocated unless it matches.
    ///
    /// # Errors
    /// [`PatternError`], whatever keeps it from being matched.
    pub fn groups(&self, subject: &str) -> Result<Option<Vec<Option<String>>>, PatternError> {
        let regex = match &self.form {
            Form::Compiled(regex) => regex,
            Form::Template => return Err(PatternError::NotExpanded),
            Form::Broken(problem) => return Err(problem.clone()),
        };
        if subject.len() > MAX_SUBJECT {
            return Err(PatternError::SubjectTooLong { have: subject.len() });
        }
        let given_up = |error: pcre2::Error| PatternError::GivenUp { message: error.to_string() };
        // Room for groups is allocated for each match that asks for them; most expressions of a dialplan do not match.
        if !regex.is_match(subject.as_bytes()).map_err(given_up)? {
            return Ok(None);
        }
        let Some(found) = regex.captures(subject.as_bytes()).map_err(given_up)? else { return Ok(None) };
        let group = |at| found.get(at).map(|group| String::from_utf8_lossy(group.as_bytes()).into_owned());
        Ok(Some((0..found.len()).map(group).collect()))
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.source == other.source && self.is_template() == other.is_template()
    }
}

fn build(source: &str) -> Result<Regex, PatternError> {
    let (expression, options) = dissect(source)?;
    let mut builder = RegexBuilder::new();
    builder.jit_if_available(true);
    for option in options.chars() {
        match option {
            'i' => builder.caseless(true),
            's' => builder.dotall(true),
            _ => &mut builder,
        };
    }
    // A limit inside the expression can only lower these; tried without them for the offset in a message to be right.
    builder.build(&format!("{LIMITS}{expression}")).map_err(|limited| {
        let error = builder.build(&expression).err().unwrap_or(limited);
        PatternError::Compile { message: error.to_string() }
    })
}

/// The PCRE2 expression and its options.
fn dissect(source: &str) -> Result<(String, &str), PatternError> {
    if let Some(extension) = source.strip_prefix('_') {
        return Ok((from_extension(extension), ""));
    }
    match source.strip_prefix('/') {
        None => Ok((source.to_owned(), "")),
        Some(rest) => rest
            .rsplit_once('/')
            .map(|(expression, options)| (expression.to_owned(), options))
            .ok_or_else(|| PatternError::Compile { message: "it starts with / and has no second one".to_owned() }),
    }
}

/// The regular expression of an Asterisk-like pattern, as `switch_ast2regex` makes it: what is none of its letters is
/// taken as it is, so sets, `+` and groups mean what they mean in an expression.
fn from_extension(pattern: &str) -> String {
    let mut out = String::from("^");
    for c in pattern.chars() {
        match c {
            'X' => out.push_str("[0-9]"),
            'Z' => out.push_str("[1-9]"),
            'N' => out.push_str("[2-9]"),
            '.' => out.push_str(".*"),
            c => out.push(c),
        }
    }
    out.push('$');
    out
}

/// Far more than a dialplan needs, far less than a second.
const LIMITS: &str = "(*LIMIT_MATCH=1000000)(*LIMIT_DEPTH=10000)(*LIMIT_HEAP=20000)";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, subject: &str, want: Option<&[&str]>) {
        let found = Pattern::compile(source).unwrap().captures(subject).unwrap();
        let found: Option<Vec<&str>> = found.as_ref().map(|groups| groups.iter().map(String::as_str).collect());
        assert_eq!(found.as_deref(), want, "{source} {subject}");
    }

    #[test]
    fn groups_are_captured() {
        check("^(10[01]\\d)$", "1001", Some(&["1001", "1001"]));
        check("^(10[01]\\d)$", "1021", None);
        check("^(a)?(b)$", "b", Some(&["b", "", "b"]));
        check("", "anything", Some(&[""]));
        check("(?<=4)04", "404", Some(&["04"]));
        check("^.(.*)$", "é", Some(&["é", "\u{fffd}"]));
    }

    #[test]
    fn the_slash_form_takes_options() {
        check("/^ABC$/i", "abc", Some(&["abc"]));
        check("/^ABC$/", "abc", None);
        check("/a.b/s", "a\nb", Some(&["a\nb"]));
        check("/a/b/", "a/b", Some(&["a/b"]));
        assert!(Pattern::compile("/abc").is_err());
    }

    #[test]
    fn the_asterisk_form_is_anchored() {
        check("_9NXXXXXX", "9234567", None);
        check("_9NXXXXXX", "92345678", Some(&["92345678"]));
        check("_9NXXXXXX", "91345678", None);
        check("_0Z.", "01x", Some(&["01x"]));
        check("_0Z.", "01", Some(&["01"]));
        check("_([13])X+", "123", Some(&["123", "1"]));
    }

    #[test]
    fn a_template_waits() {
        let pattern = Pattern::parse("^${digits}$");
        assert!(pattern.is_template() && pattern.problem().is_none());
        assert_eq!(pattern.captures("x"), Err(PatternError::NotExpanded));
        assert!(Pattern::parse("^a\\\\+$").captures("a+").unwrap().is_some(), "escapes are undone");
    }

    #[test]
    fn what_does_not_compile_never_matches() {
        let pattern = Pattern::parse("^(a");
        assert_eq!(pattern.captures("a").as_ref().unwrap_err(), pattern.problem().unwrap());
        assert!(Pattern::parse("^a").problem().is_none());
    }

    #[test]
    fn nothing_runs_away() {
        let bomb = Pattern::compile("^(a|aa|a?)+$").unwrap();
        assert!(matches!(
            bomb.captures(&format!("{}b", "a".repeat(4000))),
            Ok(None) | Err(PatternError::GivenUp { .. })
        ));
        let have = MAX_SUBJECT + 1;
        assert_eq!(bomb.captures(&"a".repeat(have)), Err(PatternError::SubjectTooLong { have }));
        let message = Pattern::compile("^(a").unwrap_err().to_string();
        assert!(message.contains("offset 3"), "{message}");
    }
}
