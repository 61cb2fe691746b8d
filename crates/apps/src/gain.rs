//! `start read mute 1`, `stop`: how loud a call is to be, both ways (`switch_ivr_session_audio`).

use strowger_core::media::{Gain, Way};
use strowger_core::session::Session;

/// What is to be done to which sound; `None` when it cannot be read.
pub(crate) fn changes(words: &[String]) -> Option<Vec<(Way, Gain)>> {
    let words: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (way, how, level) = match words.as_slice() {
        ["stop", ..] => return Some(vec![(Way::Read, Gain::Same), (Way::Write, Gain::Same)]),
        ["start", "read", how, level, ..] => (Way::Read, *how, level),
        ["start", "write", how, level, ..] => (Way::Write, *how, level),
        _ => return None,
    };
    let level = level.parse::<i32>().unwrap_or(0);
    let gain = match how {
        "mute" if level == 0 => Gain::Same,
        "mute" => Gain::Mute,
        "level" => Gain::Level(level.clamp(-4, 4) as i8),
        _ => return None,
    };
    Some(vec![(way, gain)])
}

/// Makes a call as loud as that; one without media stays as it is.
pub(crate) fn change(session: &mut Session, changes: &[(Way, Gain)]) {
    if let Some(stream) = session.stream() {
        changes.iter().for_each(|(way, gain)| stream.set_gain(*way, *gain));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::words;

    #[test]
    fn changes_are_read() {
        let check = |text: &str, expected: Option<(Way, Gain)>| {
            assert_eq!(changes(&words(text)).and_then(|changes| changes.first().copied()), expected, "{text}");
        };
        check("start read mute -1", Some((Way::Read, Gain::Mute)));
        check("start WRITE level 9", Some((Way::Write, Gain::Level(4))));
        check("start read mute 0", Some((Way::Read, Gain::Same)));
        check("stop", Some((Way::Read, Gain::Same)));
        check("start read level", None);
        check("start up level 1", None);
        check("", None);
    }
}
