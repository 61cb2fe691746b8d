//! Asking whoever answers to accept the call: `group_confirm_key` and its like.

use std::time::Duration;

use strowger_config::is_true;

use super::{Action, Interrupted, Session};
use crate::channel::{Answer, Variables};

/// How whoever answers accepts the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Confirm {
    /// `group_confirm_key`: the digits that accept it; `exec` runs an application instead.
    key: String,
    /// `group_confirm_file`: what is played, again and again; with `exec` the application and its argument.
    file: Option<String>,
    /// `group_confirm_error_file`: what is played after other digits.
    error_file: Option<String>,
    /// `group_confirm_read_timeout`, milliseconds: how long each further digit may take.
    digit_timeout: Duration,
    /// `group_confirm_cancel_timeout`: `leg_timeout` ends with the answer.
    pub(crate) cancels_timeout: bool,
    /// Early media is enough to ask.
    asks_early: bool,
}

/// The key that stands for an application.
const EXECUTE: &str = "exec";

impl Confirm {
    /// What the variables ask for; `None` when whoever answers is not asked.
    pub(crate) fn of(variables: &Variables) -> Option<Self> {
        let file = |name| variables.get(name).filter(|file| *file != "undef").map(str::to_owned);
        let is_set = |name| variables.get(name).is_some_and(is_true);
        let milliseconds = variables.get("group_confirm_read_timeout").and_then(|value| value.trim().parse().ok());
        Some(Self {
            key: variables.get("group_confirm_key")?.to_owned(),
            file: file("group_confirm_file"),
            error_file: file("group_confirm_error_file"),
            digit_timeout: Duration::from_millis(milliseconds.filter(|value| *value > 0).unwrap_or(5000)),
            cancels_timeout: is_set("group_confirm_cancel_timeout"),
            asks_early: variables.get("ignore_early_media").is_none(),
        })
    }
}

impl Session {
    /// Waits for the answer, and asks until the call is accepted.
    pub(super) async fn ask_confirmation(&mut self, confirm: &Confirm) -> Result<(), Interrupted> {
        let can_ask = |session: &mut Session| match session.channel.answer {
            Answer::Answered => true,
            Answer::Early => confirm.asks_early,
            Answer::Ringing => false,
        };
        self.attend_until(std::future::pending::<()>(), can_ask).await?;
        if confirm.key.eq_ignore_ascii_case(EXECUTE) {
            let asks = confirm.file.as_deref().unwrap_or_default();
            let (application, data) = asks.split_once(' ').unwrap_or((asks, ""));
            self.execute(&Action { application: application.to_owned(), data: data.to_owned() }).await?;
        } else {
            while !self.is_accepted(confirm).await? {}
        }
        self.tell_originator(|placing| placing.confirmed = true);
        Ok(())
    }

    /// Asks once.
    async fn is_accepted(&mut self, confirm: &Confirm) -> Result<bool, Interrupted> {
        let mut typed = String::new();
        if let Some(file) = &confirm.file
            && let Some(playing) = self.play(file).await?
        {
            self.attend_until(playing, |session| session.next_key(&mut typed)).await?;
        }
        if let Some(stream) = self.stream() {
            stream.stop();
        }
        while typed.len() < confirm.key.len() {
            let pause = tokio::time::sleep(confirm.digit_timeout);
            if self.attend_until(pause, |session| session.next_key(&mut typed)).await?.is_some() {
                break;
            }
        }
        if typed == confirm.key {
            return Ok(true);
        }
        if let Some(file) = confirm.error_file.as_ref().filter(|_| !typed.is_empty())
            && let Some(playing) = self.play(file).await?
        {
            self.attend(playing).await?.ok();
        }
        Ok(false)
    }

    fn next_key(&mut self, typed: &mut String) -> bool {
        let digit = self.take_digit();
        typed.extend(digit.iter().map(|dtmf| dtmf.digit));
        digit.is_some()
    }
}
