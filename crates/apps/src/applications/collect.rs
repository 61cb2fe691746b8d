//! Asking for digits: play a prompt, take what is typed (`switch_ivr_read`, `switch_ivr_collect_digits_count`).

use std::time::Duration;

use strowger_core::session::{Interrupted, Session};
use tokio::time::Instant;

use super::playback::{Ended, play};

/// What is asked for.
pub(super) struct Question<'a> {
    /// The fewest digits that are an answer.
    pub(super) min: usize,
    /// With so many the answer is complete.
    pub(super) max: usize,
    /// What is played; a digit ends it. None when empty or `silence`.
    pub(super) prompt: &'a str,
    /// The variable of the answer; none when empty.
    pub(super) variable: &'a str,
    /// How long the first digit may take, after the prompt.
    pub(super) timeout: Duration,
    /// How long each further one may take.
    pub(super) digit_timeout: Duration,
    /// Digits that end the answer. One behind a `+` belongs to it as well, one behind an `x` too, and ends the whole
    /// asking; a `=` in front demands that there is one.
    pub(super) terminators: &'a str,
}

/// How asking went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Enough, or a terminator.
    Success,
    /// No further digit came in time.
    Timeout,
    /// Fewer than there must be.
    TooShort,
    /// A terminator behind an `x`: the asking is over, whatever it brought.
    Restart,
    /// The prompt cannot be played.
    NoPrompt,
}

/// The most digits that are collected.
pub(super) const MAX_DIGITS: usize = 127;

impl Question<'_> {
    /// Asks once: the outcome and the digits. Sets `read_result`, `read_terminator_used` and the variable.
    pub(super) async fn ask(&self, session: &mut Session) -> Result<(Outcome, String), Interrupted> {
        let variables = &mut session.channel.variables;
        variables.remove("read_result");
        if !self.variable.is_empty() {
            variables.remove(self.variable);
        }
        session.pre_answer()?;
        let mut digits = String::new();
        if !self.prompt(session, &mut digits).await? {
            return Ok((Outcome::NoPrompt, digits));
        }
        let (outcome, mut digits) = self.answer(session, digits).await?;
        // Asked for one digit and given a terminator: that is an empty answer.
        if outcome != Outcome::Restart && self.max == 1 && digits.len() == 1 && self.is_terminator(&digits) {
            digits.clear();
        }
        if !self.variable.is_empty() && !digits.is_empty() {
            session.channel.variables.set(self.variable, &digits);
        }
        Ok((outcome, digits))
    }

    fn is_terminator(&self, digits: &str) -> bool {
        digits.chars().all(|digit| self.terminators.contains(digit))
    }

    /// Plays the prompt to its end or the first digit; whether it could be played.
    async fn prompt(&self, session: &mut Session, digits: &mut String) -> Result<bool, Interrupted> {
        if self.prompt.is_empty() || self.prompt.eq_ignore_ascii_case("silence") {
            return Ok(true);
        }
        let ended = play(session, self.prompt, |_, dtmf| {
            digits.push(dtmf.digit);
            true
        });
        Ok(matches!(ended.await?, Ended::Done | Ended::Broken))
    }

    async fn answer(&self, session: &mut Session, mut digits: String) -> Result<(Outcome, String), Interrupted> {
        let (mut outcome, mut terminator) = (Outcome::Success, None);
        if digits.len() < self.max.max(self.min) {
            (outcome, terminator) = self.collect(session, &mut digits).await?;
        }
        if let Some(digit) = terminator {
            session.channel.variables.set("read_terminator_used", digit.encode_utf8(&mut [0; 4]));
            let before = self.terminators.split(digit).next().and_then(|before| before.chars().last());
            if let Some('+' | 'x') = before {
                digits.push(digit);
            }
            if before == Some('x') {
                outcome = Outcome::Restart;
            }
        } else if self.terminators.starts_with('=') {
            outcome = Outcome::TooShort;
        }
        if digits.len() < self.min {
            outcome = Outcome::TooShort;
        }
        let result = match outcome {
            Outcome::Success => "success",
            Outcome::Timeout => "timeout",
            _ => "failure",
        };
        session.channel.variables.set("read_result", result);
        Ok((outcome, digits))
    }

    /// Takes digits until there are enough, a terminator comes, or none in time.
    async fn collect(
        &self,
        session: &mut Session,
        digits: &mut String,
    ) -> Result<(Outcome, Option<char>), Interrupted> {
        // The digit that ended the prompt.
        if let Some(first) = digits.chars().next().filter(|first| self.terminators.contains(*first)) {
            digits.clear();
            return Ok((Outcome::Success, Some(first)));
        }
        let first = if digits.is_empty() { self.timeout } else { self.digit_timeout };
        let wanted =
            Wanted { most: self.max, terminators: self.terminators, first, each: self.digit_timeout, all: None };
        wanted.collect(session, digits).await
    }
}

/// What digits are waited for (`switch_ivr_collect_digits_count`).
pub(super) struct Wanted<'a> {
    /// With so many they are complete.
    pub(super) most: usize,
    /// Digits that end the waiting, and are not among them.
    pub(super) terminators: &'a str,
    /// How long the first may take.
    pub(super) first: Duration,
    /// How long each further one may take.
    pub(super) each: Duration,
    /// How long all of them may take together.
    pub(super) all: Option<Duration>,
}

impl Wanted<'_> {
    /// Takes digits until there are enough, a terminator comes, or none in time: how that ended, and the terminator.
    pub(super) async fn collect(
        &self,
        session: &mut Session,
        digits: &mut String,
    ) -> Result<(Outcome, Option<char>), Interrupted> {
        let begun = Instant::now();
        let end = self.all.map(|all| begun + all);
        let mut deadline = begun + self.first;
        loop {
            while let Some(dtmf) = session.take_digit() {
                if self.terminators.contains(dtmf.digit) {
                    return Ok((Outcome::Success, Some(dtmf.digit)));
                }
                digits.push(dtmf.digit);
                if digits.len() >= self.most {
                    return Ok((Outcome::Success, None));
                }
                deadline = Instant::now() + self.each;
            }
            let late = tokio::time::sleep_until(end.map_or(deadline, |end| end.min(deadline)));
            if session.attend_until(late, |session| !session.channel.digits.is_empty()).await?.is_some() {
                return Ok((Outcome::Timeout, None));
            }
        }
    }
}
