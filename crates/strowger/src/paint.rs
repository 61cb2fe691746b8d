//! Colours of log lines, and text that is safe to show in a terminal.

use std::borrow::Cow;
use std::io::IsTerminal;

use strowger_core::log::LogLevel;

/// Whether a terminal's lines shall be coloured: yes, unless NO_COLOR (<https://no-color.org>) is set.
pub fn wanted(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A log line in its level's colour, as FreeSWITCH's console has them.
pub fn log_line(level: LogLevel, text: &str, coloured: bool) -> String {
    let text = clean(text);
    let text = text.trim_end_matches('\n');
    match code(level).filter(|_| coloured) {
        Some(code) => format!("\x1b[{code}m{text}\x1b[0m\n"),
        None => format!("{text}\n"),
    }
}

/// `text` without control characters other than line ends and tabs: what a caller sent must not steer the terminal.
pub fn clean(text: &str) -> Cow<'_, str> {
    let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars().filter(|c| *c != '\r').map(|c| if steers(c) { char::REPLACEMENT_CHARACTER } else { c }).collect(),
    )
}

/// The colour's number (ECMA-48 SGR).
fn code(level: LogLevel) -> Option<u8> {
    match level {
        LogLevel::Console => None,
        LogLevel::Alert | LogLevel::Crit | LogLevel::Err => Some(31),
        LogLevel::Warning => Some(35),
        LogLevel::Notice => Some(36),
        LogLevel::Info => Some(32),
        LogLevel::Debug => Some(33),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_their_levels_colour() {
        assert_eq!(log_line(LogLevel::Err, "x\n", true), "\x1b[31mx\x1b[0m\n");
        assert_eq!(log_line(LogLevel::Console, "x\n", true), "x\n");
        assert_eq!(log_line(LogLevel::Err, "x", false), "x\n");
    }

    #[test]
    fn control_characters_are_not_passed_on() {
        assert_eq!(clean("a\tb\n"), "a\tb\n");
        assert_eq!(clean("a\x1b[2Jb\r\n\u{9b}"), "a\u{fffd}[2Jb\n\u{fffd}");
    }
}
