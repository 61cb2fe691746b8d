use std::time::Duration;

use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use super::collect::{MAX_DIGITS, Question};
use crate::words::words;

/// `read`.
pub(super) struct Read;

#[async_trait]
impl Application for Read {
    fn about(&self) -> About {
        about(
            "read",
            "<min> <max> <sound file> <variable name> <timeout> <terminators> [<digit_timeout>]",
            "Plays a prompt and takes digits into a variable. `read_result` is success, timeout or failure, `read_terminator_used` the terminator that was typed.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = words(data);
        if words.is_empty() {
            tracing::error!(uuid = %session.channel.uuid, "No arguments specified.");
            return Ok(());
        }
        let min = number(&words, 0).clamp(1, MAX_DIGITS);
        let timeout = milliseconds(&words, 4);
        let question = Question {
            min,
            max: number(&words, 1).clamp(min, MAX_DIGITS),
            prompt: word(&words, 2),
            variable: word(&words, 3),
            timeout,
            digit_timeout: digit_timeout(&words, 6).unwrap_or(timeout),
            terminators: terminators(&words, 5),
        };
        question.ask(session).await.map(|_| ())
    }
}

pub(super) fn word(words: &[String], at: usize) -> &str {
    words.get(at).map_or("", String::as_str)
}

pub(super) fn number(words: &[String], at: usize) -> usize {
    word(words, at).parse().unwrap_or(0)
}

/// A second at the least.
pub(super) fn milliseconds(words: &[String], at: usize) -> Duration {
    Duration::from_millis(bounded(words, at).max(1000))
}

/// As long as it says; none when it says nothing.
pub(super) fn digit_timeout(words: &[String], at: usize) -> Option<Duration> {
    Some(bounded(words, at)).filter(|milliseconds| *milliseconds > 0).map(Duration::from_millis)
}

pub(super) fn terminators(words: &[String], at: usize) -> &str {
    if word(words, at).is_empty() { "#" } else { word(words, at) }
}

/// A day at the most.
fn bounded(words: &[String], at: usize) -> u64 {
    word(words, at).parse().unwrap_or(0_u64).min(86_400_000)
}
