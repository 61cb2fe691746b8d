use async_trait::async_trait;
use strowger_config::Pattern;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use super::collect::{MAX_DIGITS, Outcome, Question};
use super::playback::play_deaf;
use super::read::{digit_timeout, milliseconds, number, terminators, word};
use crate::words::words;

/// `play_and_get_digits`.
pub(super) struct PlayAndGetDigits;

/// Nobody is asked more often, whatever the argument says.
pub(super) const MAX_TRIES: usize = 1000;

#[async_trait]
impl Application for PlayAndGetDigits {
    fn about(&self) -> About {
        about(
            "play_and_get_digits",
            "<min> <max> <tries> <timeout> <terminators> <file> <invalid_file> <var_name> <regexp> [<digit_timeout>] ['<failure_ext> [failure_dp [failure_context]]']",
            "Plays a prompt, takes digits and checks them, again while they do not match; an answer that does not is left in `<var_name>_invalid`. After the last try the call may be transferred.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = words(data);
        if words.is_empty() {
            tracing::error!(uuid = %session.channel.uuid, "No arguments specified.");
            return Ok(());
        }
        let min = number(&words, 0).min(MAX_DIGITS);
        let timeout = milliseconds(&words, 3);
        let question = Question {
            min,
            max: number(&words, 1).clamp(min, MAX_DIGITS),
            prompt: word(&words, 5),
            variable: word(&words, 7),
            timeout,
            digit_timeout: digit_timeout(&words, 9).unwrap_or(timeout),
            terminators: terminators(&words, 4),
        };
        let check = Check { pattern: word(&words, 8), invalid_file: word(&words, 6) };
        let answered = check.ask(session, &question, number(&words, 2).min(MAX_TRIES)).await?;
        let elsewhere = words.get(10..).unwrap_or_default().join(" ");
        if !answered {
            transfer(session, &elsewhere);
        }
        session.check()
    }
}

/// What an answer is held against.
pub(super) struct Check<'a> {
    /// A regular expression; every answer is good when empty.
    pub(super) pattern: &'a str,
    /// Played after a bad one.
    pub(super) invalid_file: &'a str,
}

impl Check<'_> {
    /// Asks up to so many times; whether that brought an answer.
    pub(super) async fn ask(
        &self,
        session: &mut Session,
        question: &Question<'_>,
        tries: usize,
    ) -> Result<bool, Interrupted> {
        self.ask_for(session, question, tries).await.map(|answer| answer.is_some())
    }

    /// As [`Check::ask`], with the answer.
    pub(super) async fn ask_for(
        &self,
        session: &mut Session,
        question: &Question<'_>,
        tries: usize,
    ) -> Result<Option<String>, Interrupted> {
        let invalid = [question.variable, "_invalid"].concat();
        if !self.pattern.is_empty() && !question.variable.is_empty() {
            session.channel.variables.remove(&invalid);
        }
        for _ in 0..tries {
            let (outcome, digits) = question.ask(session).await?;
            let nothing_wanted = question.min == 0 && digits.is_empty();
            if outcome == Outcome::Restart
                || nothing_wanted && session.channel.variables.get("read_terminator_used").is_some()
            {
                return Ok(Some(digits));
            }
            // Enough came before the time was up.
            let complete = matches!(outcome, Outcome::Success | Outcome::Timeout) && !digits.is_empty();
            if complete && self.matches(session, &digits) {
                return Ok(Some(digits));
            }
            if complete && !question.variable.is_empty() {
                session.channel.variables.remove(question.variable);
                session.channel.variables.set(&invalid, &digits);
            }
            if !self.invalid_file.is_empty() {
                play_deaf(session, self.invalid_file).await?;
            }
        }
        Ok(None)
    }

    fn matches(&self, session: &Session, digits: &str) -> bool {
        if self.pattern.is_empty() {
            return true;
        }
        match Pattern::compile(self.pattern).and_then(|pattern| pattern.captures(digits)) {
            Ok(captures) => captures.is_some(),
            Err(error) => {
                tracing::error!(uuid = %session.channel.uuid, "play_and_get_digits: {}: {error}", self.pattern);
                false
            }
        }
    }
}

/// `extension [dialplan [context]]`; what is not said stays as it is.
pub(super) fn transfer(session: &mut Session, target: &str) {
    let mut words = target.split_whitespace();
    let (Some(extension), Some(profile)) = (words.next(), &session.channel.profile) else { return };
    let dialplan =
        words.next().unwrap_or(if profile.dialplan.is_empty() { "XML" } else { &profile.dialplan }).to_owned();
    let context = words.next().unwrap_or(&profile.context).to_owned();
    let uuid = &session.channel.uuid;
    tracing::warn!(%uuid, "play_and_get_digits failed: transfer to {extension} / {dialplan} / {context}");
    session.transfer(extension, &dialplan, &context);
}
