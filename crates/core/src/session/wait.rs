use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use strowger_event::EventKind;
use tokio::time::Instant;

use super::Session;
use crate::channel::HangupCause;

/// Why an application has to stop before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Interrupted {
    /// The call is over.
    #[error("the call is over")]
    Hangup,
    /// The call was sent elsewhere (transfer).
    #[error("the call was sent elsewhere")]
    Elsewhere,
}

impl Session {
    /// Whether what runs now may go on.
    ///
    /// # Errors
    /// [`Interrupted`] when the call is over or was sent elsewhere.
    pub fn check(&self) -> Result<(), Interrupted> {
        if self.channel.is_down() {
            return Err(Interrupted::Hangup);
        }
        if self.next.is_some() { Err(Interrupted::Elsewhere) } else { Ok(()) }
    }

    /// Waits for `future` while the session goes on doing what others ask of it. Every wait of an application goes
    /// through here.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ends or is sent elsewhere first.
    pub async fn attend<F: Future>(&mut self, future: F) -> Result<F::Output, Interrupted> {
        let mut future = pin!(future);
        loop {
            if let Some(output) = self.attend_until(&mut future, |_| false).await? {
                return Ok(output);
            }
        }
    }

    /// As [`Session::attend`], and ends as well, with `None`, as soon as `ends` says so. It is asked whenever something
    /// may have happened: what takes digits ([`Session::take_digit`]) or can be stopped ([`Session::take_break`]) looks
    /// for that here.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ends or is sent elsewhere first.
    pub async fn attend_until<F: Future>(
        &mut self,
        future: F,
        mut ends: impl FnMut(&mut Session) -> bool,
    ) -> Result<Option<F::Output>, Interrupted> {
        let mut future = pin!(future);
        loop {
            self.run_hooks().await;
            self.check()?;
            // What is to stop stops before anything else is begun within it.
            if self.broken && ends(self) {
                return Ok(None);
            }
            if let Some(command) = self.next_command() {
                self.run_command(command).await;
                continue;
            }
            if let Some(piece) = self.pieces.next() {
                self.do_piece(piece).await;
                continue;
            }
            if ends(self) {
                return Ok(None);
            }
            let due = self.digit_actions.due();
            let request = tokio::select! {
                biased;
                request = self.mailbox.recv() => request,
                output = &mut future => return Ok(Some(output)),
                () = at(due) => {
                    self.expire_digits();
                    continue;
                }
            };
            // The session holds a sender itself, so the mailbox is never closed here.
            if let Some(request) = request {
                request(self);
            }
        }
    }

    /// As [`Session::attend`], before any application may run: those that others queue wait on.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ends or is sent elsewhere first.
    pub(crate) async fn attend_unmoved<F: Future>(&mut self, future: F) -> Result<F::Output, Interrupted> {
        let mut future = pin!(future);
        loop {
            self.check()?;
            let request = tokio::select! {
                biased;
                request = self.mailbox.recv() => request,
                output = &mut future => return Ok(output),
            };
            // The session holds a sender itself, so the mailbox is never closed here.
            if let Some(request) = request {
                request(self);
            }
        }
    }

    /// Waits for `duration`.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ends or is sent elsewhere first.
    pub async fn sleep(&mut self, duration: Duration) -> Result<(), Interrupted> {
        self.attend(tokio::time::sleep(duration)).await
    }

    /// Has what runs stop, if it can be stopped: playing, sleeping (`uuid_break`). What is repeated is not begun again;
    /// with `all` what is queued is forgotten.
    pub fn interrupt(&mut self, all: bool) {
        if all {
            self.commands.clear();
            self.urgent.clear();
        }
        self.broken = true;
        self.loops_stopped = true;
    }

    /// Whether what runs was told to stop since it was asked last ([`Session::interrupt`]).
    pub fn take_break(&mut self) -> bool {
        std::mem::take(&mut self.broken)
    }

    /// Parks the call until `until` (CHANNEL_PARK, CHANNEL_UNPARK): it does what others ask of it, and takes the digits
    /// that come.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ends or is sent elsewhere first.
    pub async fn park<F: Future>(&mut self, until: F) -> Result<F::Output, Interrupted> {
        self.fire_channel(EventKind::ChannelPark);
        let mut until = pin!(until);
        let outcome = loop {
            let parked = self.attend_until(&mut until, |session| {
                session.discard_digits();
                false
            });
            match parked.await {
                Ok(Some(output)) => break Ok(output),
                Ok(None) => {}
                Err(interrupted) => break Err(interrupted),
            }
        };
        self.fire_channel(EventKind::ChannelUnpark);
        outcome
    }

    /// Parks the call until the variable `park_timeout` (`seconds[:cause]`) says that it is to end; with which cause.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ends or is sent elsewhere first.
    pub async fn park_until_timeout(&mut self) -> Result<HangupCause, Interrupted> {
        let limit = self.channel.variable("park_timeout").and_then(park_timeout);
        let over = async move {
            match limit {
                Some((limit, cause)) => {
                    tokio::time::sleep(limit).await;
                    cause
                }
                None => std::future::pending().await,
            }
        };
        self.park(over).await
    }

    /// Does what others ask until the call ends or is sent elsewhere.
    pub async fn idle(&mut self) -> Interrupted {
        match self.attend(std::future::pending::<()>()).await {
            Err(interrupted) => interrupted,
            Ok(()) => Interrupted::Elsewhere,
        }
    }
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

fn park_timeout(value: &str) -> Option<(Duration, HangupCause)> {
    let (seconds, cause) = value.split_once(':').unwrap_or((value, ""));
    let seconds = seconds.trim().parse().ok().filter(|seconds| *seconds > 0)?;
    Some((Duration::from_secs(seconds), HangupCause::parse(cause.trim()).unwrap_or(HangupCause::NormalClearing)))
}
