//! The digits that end playing: the variable `playback_terminators`.

use strowger_core::channel::Dtmf;
use strowger_core::session::Session;

use super::playback::taking;

const USED: &str = "playback_terminator_used";

/// Forgets the digit that ended what was played last.
pub(super) fn forget(session: &mut Session) {
    session.channel.variables.remove(USED);
}

/// Whether this digit ends what plays; it is remembered then.
pub(super) fn ends(session: &mut Session, dtmf: Dtmf) -> bool {
    let ends = is_among(session.channel.variable("playback_terminators"), dtmf.digit);
    if ends {
        session.channel.variables.set(USED, dtmf.digit.encode_utf8(&mut [0; 4]));
    }
    ends
}

/// As [`ends`], for a wait: whether it is over, by a break or by one of the digits that came.
pub(super) fn taken(session: &mut Session) -> bool {
    taking(ends)(session)
}

fn is_among(terminators: Option<&str>, digit: char) -> bool {
    match terminators.unwrap_or("*") {
        any if any.eq_ignore_ascii_case("any") => "1234567890*#".contains(digit),
        none if none.eq_ignore_ascii_case("none") => false,
        some => some.contains(digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminators() {
        let among = |terminators| -> String { "19*#A".chars().filter(|c| is_among(terminators, *c)).collect() };
        assert_eq!(among(None), "*");
        assert_eq!(among(Some("any")), "19*#");
        assert_eq!(among(Some("NONE")), "");
        assert_eq!(among(Some("#9")), "9#");
    }
}
