//! Digits a channel has received, and the writing of digits (`12#@150+w5`).

use std::collections::VecDeque;

/// How long a digit lasts that says nothing of it, in samples at 8 kHz (`SWITCH_DEFAULT_DTMF_DURATION`).
pub const DEFAULT_DURATION: u32 = 2000;
/// The shortest there is (`SWITCH_MIN_DTMF_DURATION`).
pub const MIN_DURATION: u32 = 400;
/// The longest there is (`SWITCH_MAX_DTMF_DURATION`).
pub const MAX_DURATION: u32 = 192_000;

/// Digits that may wait at a channel; the oldest go first when more come (`SWITCH_DTMF_LOG_LEN`).
const MAX_WAITING: usize = 1000;

/// Where a digit came from, by FreeSWITCH's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DtmfSource {
    /// A program: `uuid_recv_dtmf`, `queue_dtmf`.
    App,
    /// An RFC 4733 event.
    Rtp,
    /// A tone in the audio.
    InbandAudio,
    /// The signalling: a SIP INFO.
    Endpoint,
}

impl DtmfSource {
    /// The value of DTMF-Source.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::App => "APP",
            Self::Rtp => "RTP",
            Self::InbandAudio => "INBAND_AUDIO",
            Self::Endpoint => "ENDPOINT",
        }
    }
}

/// A key pressed; among those to be sent also `w` (500 ms of nothing), `W` (one second) and `F` (a hook flash).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dtmf {
    /// `0`-`9`, `*`, `#`, `A`-`D`, `a`-`d`.
    pub digit: char,
    /// How long it is held, in samples at 8 kHz.
    pub duration: u32,
    /// Where it came from.
    pub source: DtmfSource,
    /// What is bound to keys does not see it (`DTMF_FLAG_SKIP_PROCESS`).
    pub skips_bindings: bool,
}

impl Dtmf {
    /// A digit; its duration is brought within the limits, 0 stands for the usual one.
    #[must_use]
    pub fn new(digit: char, duration: u32, source: DtmfSource) -> Self {
        let duration = if duration == 0 { DEFAULT_DURATION } else { duration };
        Self { digit, duration: duration.clamp(MIN_DURATION, MAX_DURATION), source, skips_bindings: false }
    }
}

/// The digits received and not taken yet, and whether they may be told of.
#[derive(Debug, Default)]
pub struct DigitQueue(VecDeque<(Dtmf, Secrecy)>);

/// Whether a digit's event may be fired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Secrecy {
    Open,
    /// It came while the variable `sensitive_dtmf` was true.
    Sensitive,
}

impl DigitQueue {
    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn push(&mut self, dtmf: Dtmf, secrecy: Secrecy) {
        if self.0.len() >= MAX_WAITING {
            self.0.pop_front();
        }
        self.0.push_back((dtmf, secrecy));
    }

    pub(crate) fn pop(&mut self) -> Option<(Dtmf, Secrecy)> {
        self.0.pop_front()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The digits that `text` writes: groups joined by `+`, each with its `@duration` in milliseconds. With a `~` in front
/// what is bound to keys sees them. Everything that `is_digit` does not know is passed over. A duration of up to 50 ms is
/// as none: such a digit lasts `usual` samples.
pub(crate) fn parse(text: &str, is_digit: fn(char) -> bool, usual: u32) -> Vec<Dtmf> {
    let seen = text.strip_prefix('~');
    let skips_bindings = seen.is_none();
    let text = seen.unwrap_or(text);
    let digit = |digit, duration| Dtmf { skips_bindings, ..Dtmf::new(digit, duration, DtmfSource::App) };
    let mut digits = Vec::new();
    for group in text.split('+') {
        let (keys, milliseconds) = group.split_once('@').unwrap_or((group, ""));
        let duration = leading_number(milliseconds).saturating_mul(8);
        let duration = if duration > MIN_DURATION { duration } else { usual };
        digits.extend(keys.chars().filter(|c| is_digit(*c)).map(|key| digit(key, duration)));
    }
    digits
}

/// A key of a telephone.
pub(crate) fn is_key(character: char) -> bool {
    matches!(character, '0'..='9' | '*' | '#' | 'A'..='D' | 'a'..='d')
}

/// What can be sent: a key, a pause, or a hook flash.
pub(crate) fn is_sendable(character: char) -> bool {
    is_key(character) || matches!(character, 'w' | 'W' | 'F' | 'f')
}

/// The number that a text begins with, 0 without (`atoi`); one too large is the largest.
pub(crate) fn leading_number(text: &str) -> u32 {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let digits = text.get(..end).unwrap_or_default();
    // More digits than a number has are a very long time.
    if digits.is_empty() { 0 } else { digits.parse().unwrap_or(u32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(char, u32)]) {
        let digits: Vec<_> =
            parse(text, is_key, DEFAULT_DURATION).into_iter().map(|dtmf| (dtmf.digit, dtmf.duration)).collect();
        assert_eq!(digits, expected, "{text}");
    }

    #[test]
    fn digits_and_durations() {
        check("12#@150", &[('1', 1200), ('2', 1200), ('#', 1200)]);
        check("7", &[('7', 2000)]);
        check("~aD*", &[('a', 2000), ('D', 2000), ('*', 2000)]);
        check("1@100+2@999999999999+3", &[('1', 800), ('2', 192_000), ('3', 2000)]);
        check("1@50+2@51", &[('1', 2000), ('2', 408)]);
        check("1 w-x\u{e9}2@", &[('1', 2000), ('2', 2000)]);
        check("", &[]);
    }

    #[test]
    fn a_tilde_has_bindings_see_them() {
        let skips = |text: &str| parse(text, is_key, DEFAULT_DURATION)[0].skips_bindings;
        assert!(skips("1") && !skips("~1"));
    }

    #[test]
    fn what_is_sent_has_pauses() {
        let keys: String = parse("1wW2F", is_sendable, DEFAULT_DURATION).iter().map(|dtmf| dtmf.digit).collect();
        assert_eq!(keys, "1wW2F");
    }

    #[test]
    fn durations_are_brought_within_limits() {
        let duration = |samples| Dtmf::new('1', samples, DtmfSource::Rtp).duration;
        assert_eq!([0, 1, 400, 1280, 192_001].map(duration), [2000, 400, 400, 1280, 192_000]);
    }

    #[test]
    fn the_oldest_go_first() {
        let mut queue = DigitQueue::default();
        for number in 0..=MAX_WAITING as u32 {
            queue.push(Dtmf::new('1', 400 + number, DtmfSource::App), Secrecy::Open);
        }
        assert_eq!((queue.len(), queue.pop().unwrap().0.duration), (MAX_WAITING, 401));
    }
}
