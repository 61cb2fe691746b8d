//! How listening for a tone is asked for: by the dialplan, and by the command.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use strowger_core::session::{Action, ToneRequest};

use crate::words::leading_integer;

/// How long a call is listened to: `+SECONDS`, or until so many seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// For ever.
    None,
    /// For so long.
    For(Duration),
    /// The time has passed, or is none.
    Invalid,
}

impl Limit {
    /// Reads it; nothing, and 0 or less, are `zero`.
    pub(crate) fn parse(word: Option<&str>, zero: Limit) -> Limit {
        let Some(word) = word else { return Limit::None };
        let (seconds, is_later) = match word.strip_prefix('+') {
            Some(seconds) => (leading_integer(seconds), true),
            None => (leading_integer(word), false),
        };
        let left = if is_later { seconds } else { seconds.saturating_sub(now()) };
        match u64::try_from(left) {
            Ok(left) if left > 0 || !is_later => Limit::For(Duration::from_secs(left.min(MAX_SECONDS))),
            _ if !is_later && seconds < 1 => zero,
            _ => Limit::Invalid,
        }
    }

    /// For how long, if there is an end.
    pub(crate) fn duration(self) -> Option<Duration> {
        match self {
            Limit::For(duration) => Some(duration),
            Limit::None | Limit::Invalid => None,
        }
    }
}

/// Seconds since 1970.
fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}

/// A request to listen for a tone: `<key> <tone> [<flags> [<timeout> [<app> [<args>]]]]`, and how often.
pub(crate) fn request(words: &[String], limit: Limit, hits: i64) -> ToneRequest {
    let word = |place: usize| words.get(place).map(String::as_str).unwrap_or_default();
    let then = (!word(4).is_empty()).then(|| Action { application: word(4).to_owned(), data: word(5).to_owned() });
    ToneRequest {
        key: word(0).chars().take(MAX_KEY).collect(),
        tone: word(1).to_owned(),
        flags: (!word(2).is_empty()).then(|| word(2).to_owned()),
        hits: u32::try_from(hits).unwrap_or(if hits < 0 { 0 } else { u32::MAX }),
        limit: limit.duration(),
        then,
    }
}

/// A year.
const MAX_SECONDS: u64 = 365 * 86_400;
/// Characters of a tone's name: it becomes one of a variable.
const MAX_KEY: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read() {
        let check = |word: &str, expected| assert_eq!(Limit::parse(Some(word), Limit::None), expected, "{word}");
        check("+10", Limit::For(Duration::from_secs(10)));
        check("+99999999999999999999", Limit::For(Duration::from_secs(MAX_SECONDS)));
        check("99999999999", Limit::For(Duration::from_secs(MAX_SECONDS)));
        check("+0", Limit::Invalid);
        check("+-5", Limit::Invalid);
        check("1000", Limit::Invalid);
        check("0", Limit::None);
        check("x", Limit::None);
        assert_eq!(Limit::parse(Some("0"), Limit::Invalid), Limit::Invalid);
        assert_eq!(Limit::parse(None, Limit::Invalid), Limit::None);
    }
}
