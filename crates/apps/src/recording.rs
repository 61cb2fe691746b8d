//! How a recording, and what is played into a call, is asked for: by the dialplan, and by commands.

use std::time::Duration;

use strowger_core::session::{DisplaceRequest, RecordRequest};

use crate::words::{split_quoted, words};

/// A request for `path`, for so many seconds (none: for ever).
pub(crate) fn request(path: &str, seconds: &str, variables: Vec<(String, String)>) -> RecordRequest {
    RecordRequest { path: path.to_owned(), limit: limit(seconds), variables }
}

/// So many seconds; nothing, zero and what is no number are no limit.
pub(crate) fn limit(seconds: &str) -> Option<Duration> {
    let seconds: u64 = seconds.trim().trim_start_matches('+').parse().ok()?;
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

/// A request to play `path` into a call, with the flags `m`, `l` and `r`.
pub(crate) fn displacement(path: &str, seconds: &str, flags: &str) -> DisplaceRequest {
    let [mixes, loops, heard] = ['m', 'l', 'r'].map(|flag| flags.contains(flag));
    DisplaceRequest { path: path.to_owned(), limit: limit(seconds), mixes, loops, heard }
}

/// Cuts `{name=value,…}` off the end of `text`.
pub(crate) fn variables(text: &str) -> (&str, Vec<(String, String)>) {
    let text = text.trim();
    let braced = text.strip_suffix('}').and_then(|text| text.rsplit_once('{'));
    let Some((before, inside)) = braced.filter(|(before, _)| before.ends_with(char::is_whitespace)) else {
        return (text, Vec::new());
    };
    let pairs = split_quoted(inside, ',').into_iter().take(MAX_VARIABLES);
    let pairs = pairs
        .filter_map(|pair| pair.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())));
    (before.trim_end(), pairs.collect())
}

/// `record_session`'s argument: a path with or without blanks in it, ` +seconds`, ` {variables}`.
pub(crate) fn parse(data: &str) -> RecordRequest {
    let (text, variables) = variables(data);
    let timed = text.rsplit_once('+').filter(|(path, seconds)| {
        path.ends_with(' ') && !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit())
    });
    let (path, seconds) = timed.unwrap_or((text, ""));
    request(path.trim_end(), seconds, variables)
}

/// `uuid_record`'s: the words, and the variables behind them.
pub(crate) fn parse_command(arguments: &str) -> (Vec<String>, Vec<(String, String)>) {
    let (text, variables) = variables(arguments);
    (words(text), variables)
}

/// Variables that one recording may bring along.
const MAX_VARIABLES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(data: &str, path: &str, seconds: Option<u64>, variables: &[(&str, &str)]) {
        let request = parse(data);
        assert_eq!((request.path.as_str(), request.limit), (path, seconds.map(Duration::from_secs)), "{data}");
        let found: Vec<_> = request.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, variables, "{data}");
    }

    #[test]
    fn paths_limits_and_variables() {
        check("/x/a.wav", "/x/a.wav", None, &[]);
        check("/x/a b.wav +20", "/x/a b.wav", Some(20), &[]);
        check("/x/+4930.wav", "/x/+4930.wav", None, &[]);
        check("/x/a.wav +", "/x/a.wav +", None, &[]);
        check("/x/a.wav +0", "/x/a.wav", None, &[]);
        check(
            "/x/a.wav +5 {RECORD_STEREO=true, a='b,c',bad}",
            "/x/a.wav",
            Some(5),
            &[("RECORD_STEREO", "true"), ("a", "b,c")],
        );
        check("/x/{a}", "/x/{a}", None, &[]);
    }
}
