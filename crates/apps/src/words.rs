//! Arguments, taken apart as FreeSWITCH takes them apart (`switch_separate_string`).

/// The words of `text`: blanks separate, `'single quotes'` hold a word together and go, `\'` is a quote.
///
/// Brackets hold a word together as well: `{…}` and `[…]` in the first word, which may be a dial string (there quotes
/// stay, it has a use for them itself), and `(…)` in a word that begins with `&`, an application, whose argument keeps
/// its quotes too.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (word, after) = next_word(rest, words.is_empty());
        words.push(word);
        rest = after.trim_start();
    }
    words
}

/// Splits at `separator` outside of single quotes; the quotes go. No empty parts.
pub(crate) fn split_quoted(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for character in text.chars() {
        match character {
            '\'' => quoted = !quoted,
            c if c == separator && !quoted => parts.push(String::new()),
            c => {
                if let Some(part) = parts.last_mut() {
                    part.push(c);
                }
            }
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// At most `most` parts between `separator`s, the last one with all that is left; quotes and blanks around them go, and
/// `\n`, `\t`, `\r`, `\s`, `\'`, `\\` stand for what they do in FreeSWITCH (`separate_string_char_delim`).
pub(crate) fn fields(text: &str, separator: char, most: usize) -> Vec<String> {
    let mut fields = Vec::new();
    let (mut from, mut quoted) = (0, false);
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next()
        && fields.len() + 1 < most
    {
        match character {
            '\\' => drop(characters.next()),
            '\'' => quoted = !quoted && text.get(at + 1..).is_some_and(|rest| rest.contains('\'')),
            c if c == separator && !quoted => {
                fields.push(cleaned(text.get(from..at).unwrap_or_default(), separator));
                from = at + c.len_utf8();
            }
            _ => {}
        }
    }
    // Nothing behind the last separator is no field.
    if let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
        fields.push(cleaned(rest, separator));
    }
    fields
}

/// A field without its quotes, blanks and escapes (`cleanup_separated_string`).
fn cleaned(field: &str, separator: char) -> String {
    let field = field.trim_start_matches(' ');
    let (mut out, mut end, mut quoted) = (String::with_capacity(field.len()), 0, false);
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        let rest = characters.as_str();
        if character == '\'' && (quoted || rest.contains('\'')) {
            quoted = !quoted;
            end = if quoted { out.len() } else { end };
            continue;
        }
        let escaped = rest.chars().next().filter(|_| character == '\\').and_then(|next| unescaped(next, separator));
        match escaped {
            Some(escaped) => {
                characters.next();
                out.push(escaped);
                end = out.len();
            }
            None => {
                out.push(character);
                end = if character != ' ' || quoted { out.len() } else { end };
            }
        }
    }
    out.truncate(end);
    out
}

fn unescaped(character: char, separator: char) -> Option<char> {
    match character {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        's' => Some(' '),
        '\'' | '"' | '\\' => Some(character),
        other => (other == separator).then_some(other),
    }
}

/// `^^|a|b` names its separator, anything else is separated by `default`: the separator and the rest.
pub(crate) fn separator(text: &str, default: char) -> (char, &str) {
    if let Some(named) = text.strip_prefix("^^") {
        let mut characters = named.chars();
        if let Some(separator) = characters.next() {
            return (separator, characters.as_str());
        }
    }
    (default, text)
}

/// The whole number that a text begins with, 0 without one (`atoi`); one too large is the largest.
pub(crate) fn leading_integer(text: &str) -> i64 {
    let text = text.trim_start();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.bytes().take_while(u8::is_ascii_digit);
    let number = digits.fold(0_i64, |number, digit| number.saturating_mul(10).saturating_add(i64::from(digit - b'0')));
    if negative { -number } else { number }
}

/// The first word and the rest behind it, both trimmed.
pub(crate) fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(char::is_whitespace).map_or((text, ""), |(first, rest)| (first, rest.trim_start()))
}

fn next_word(text: &str, first: bool) -> (String, &str) {
    // A word that is quoted as a whole loses its quotes, whatever it is.
    if let Some((inner, after)) = text.strip_prefix('\'').and_then(quoted_whole) {
        return (inner, after);
    }
    let (open, close): (&[char], &[char]) = match (first, text.starts_with('&')) {
        (_, true) => (&['('], &[')']),
        (true, _) => (&['{', '['], &['}', ']']),
        _ => (&[], &[]),
    };
    let mut word = String::new();
    let (mut depth, mut quoted) = (0_usize, false);
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                word.extend(first.then_some('\\'));
                word.extend(characters.next().map(|(_, quote)| quote));
                continue;
            }
            '\'' => {
                quoted = !quoted;
                if !first && depth == 0 {
                    continue;
                }
            }
            c if c.is_whitespace() && depth == 0 && !quoted => return (word, text.get(at..).unwrap_or_default()),
            c if open.contains(&c) => depth += 1,
            c if close.contains(&c) => depth = depth.saturating_sub(1),
            _ => {}
        }
        word.push(character);
    }
    (word, "")
}

/// Text up to the closing quote, if the word ends there.
fn quoted_whole(text: &str) -> Option<(String, &str)> {
    let mut word = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '\'' => break,
            '\\' if characters.as_str().starts_with('\'') => word.extend(characters.next()),
            c => word.push(c),
        }
    }
    let after = characters.as_str();
    (after.is_empty() || after.starts_with(char::is_whitespace)).then_some((word, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(words(text), expected, "{text}");
    }

    #[test]
    fn words_come_apart() {
        check("", &[]);
        check("  a  b ", &["a", "b"]);
        check("null/x &park()", &["null/x", "&park()"]);
        check("{a=b c,d='e f'}null/x 9196", &["{a=b c,d='e f'}null/x", "9196"]);
        check("null/x 'a b' 'it\\'s' ''", &["null/x", "a b", "it's", ""]);
        check("null/x &log(INFO a (b) c) XML", &["null/x", "&log(INFO a (b) c)", "XML"]);
        check("null/x &event(a='b c',d='e f') XML", &["null/x", "&event(a='b c',d='e f')", "XML"]);
        check("'null/x' '&playback(a b)'", &["null/x", "&playback(a b)"]);
        check("a b'c d'e", &["a", "bc de"]);
        check("a 'open b", &["a", "open b"]);
        check("{open a b", &["{open a b"]);
    }

    #[test]
    fn fields_come_apart() {
        let check =
            |text: &str, most: usize, expected: &[&str]| assert_eq!(fields(text, '|', most), expected, "{text}");
        check("", 3, &[]);
        check("a", 3, &["a"]);
        check(" a | b c |", 3, &["a", "b c"]);
        check("|a||b", 9, &["", "a", "", "b"]);
        check("a|b|c|d", 3, &["a", "b", "c|d"]);
        check(r"'a|b'|c\|d|e\sf\d", 9, &["a|b", "c|d", r"e f\d"]);
        check("it's|b", 9, &["it's", "b"]);
        check("' x '|y", 9, &[" x ", "y"]);
    }

    #[test]
    fn numbers() {
        assert_eq!(["12x", " -7", "+3", "x", ""].map(leading_integer), [12, -7, 3, 0, 0]);
        assert_eq!(leading_integer(&"9".repeat(10_000)), i64::MAX);
    }

    #[test]
    fn separators() {
        assert_eq!(separator("^^|a=1|b=2", ' '), ('|', "a=1|b=2"));
        assert_eq!(separator("a=1", ' '), (' ', "a=1"));
        assert_eq!(separator("^^", ' '), (' ', "^^"));
        assert_eq!(split_quoted("a=1,b='2,3',,c", ','), ["a=1", "b=2,3", "c"]);
        assert_eq!(first_word(" a  b c "), ("a", "b c"));
    }
}
