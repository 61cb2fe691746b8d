//! Holding received audio back, as a call is told to: `uuid_jitterbuffer`, `jitterbuffer`, `jitterbuffer_msec`.

use std::time::Duration;

use strowger_media::rtp::JitterOptions;

use super::Session;
use crate::channel::leading_number;

impl Session {
    /// Does as `MIN[:MAX[:DRIFT]]` says, in milliseconds, or packets with a `p` behind them; `0` holds nothing back any more, `pause` and
    /// `resume` for a while, `debug:…` changes nothing. `false` when it cannot be done (`switch_core_media_receive_message`).
    pub fn set_jitter_buffer(&mut self, text: &str) -> bool {
        let Some(stream) = self.leg.stream().filter(|stream| stream.local_addr().is_some()) else { return false };
        let options = match text {
            "pause" => None,
            "resume" => self.jitter,
            _ if text.starts_with("debug:") => return true,
            _ if leading_number(text) == 0 => {
                self.jitter = None;
                None
            }
            _ => {
                let Some(options) = parse(text) else {
                    let least = leading_number(text);
                    tracing::warn!("Invalid Jitterbuffer spec [{least}] must be between {LEAST} and {MOST}");
                    return false;
                };
                self.jitter = Some(options);
                self.jitter
            }
        };
        stream.jitter_buffer(options);
        if let Some(JitterOptions { least, .. }) = options {
            let least = least.as_millis();
            tracing::debug!(uuid = %self.channel.uuid, "Setting Jitterbuffer to {least}ms ({} frames)", least / 20);
        }
        true
    }

    /// Media begins: `jitterbuffer_msec` counts from now on.
    pub(super) fn begin_jitter_buffer(&mut self) {
        if let Some(wanted) = self.channel.variable("jitterbuffer_msec").map(str::to_owned) {
            self.set_jitter_buffer(&wanted);
        }
    }
}

fn parse(text: &str) -> Option<JitterOptions> {
    let mut words = text.split(':');
    let least = milliseconds(words.next()?);
    let most = words.next().map(milliseconds).filter(|most| *most > 0).unwrap_or(least.saturating_mul(USUAL));
    let time = |milliseconds: u32| Duration::from_millis(u64::from(milliseconds));
    (LEAST..=MOST).contains(&least).then(|| JitterOptions { least: time(least), most: time(most.max(least)) })
}

fn milliseconds(word: &str) -> u32 {
    let number = leading_number(word);
    if word.trim_end().ends_with('p') { number.saturating_mul(20) } else { number }
}

/// Milliseconds that may be asked for; the buffer holds a second.
const LEAST: u32 = 20;
const MOST: u32 = 10_000;
/// How many times longer packets are held back at the most, when nothing is said of it.
const USUAL: u32 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let check = |text: &str, expected: Option<(u64, u64)>| {
            let time = Duration::from_millis;
            let expected = expected.map(|(least, most)| JitterOptions { least: time(least), most: time(most) });
            assert_eq!(parse(text), expected, "{text}");
        };
        check("60", Some((60, 300)));
        check("60:200:20", Some((60, 200)));
        check("5p:10p", Some((100, 200)));
        check("100:20", Some((100, 100)));
        check("19", None);
        check("99999999999999999999", None);
        check("x", None);
    }
}
