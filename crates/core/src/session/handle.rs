use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};

use super::{Request, Session};
use crate::channel::{HangupCause, Variables};

/// The session is gone, or did not take a request in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session is gone or does not answer")]
pub struct Unreachable;

/// How many requests may wait for a session. A request that finds the mailbox full is refused to its sender
/// ([`Unreachable`]); only a hangup waits for room.
pub(crate) const MAILBOX: usize = 64;

/// How long a request may wait for its answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The one door to a session's task.
#[derive(Clone)]
pub struct SessionHandle(Arc<Door>);

struct Door {
    uuid: String,
    number: u64,
    mailbox: mpsc::Sender<Request>,
    /// Set once, when the call is over.
    cause: OnceLock<HangupCause>,
    down: Notify,
    /// Somebody wants its variables when it is gone.
    is_remembered: AtomicBool,
    /// Its variables as they were in the end, where they are wanted.
    remembered: OnceLock<Variables>,
}

impl SessionHandle {
    pub(crate) fn new(uuid: String, number: u64, mailbox: mpsc::Sender<Request>) -> Self {
        Self(Arc::new(Door {
            uuid,
            number,
            mailbox,
            cause: OnceLock::new(),
            down: Notify::new(),
            is_remembered: AtomicBool::new(false),
            remembered: OnceLock::new(),
        }))
    }

    /// Unique-ID.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.0.uuid
    }

    /// The session's number since the start of the switch.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// Has the session do something, without waiting.
    ///
    /// # Errors
    /// [`Unreachable`] when it is gone or its mailbox is full.
    pub fn tell(&self, request: impl FnOnce(&mut Session) + Send + 'static) -> Result<(), Unreachable> {
        self.0.mailbox.try_send(Box::new(request)).map_err(|_| Unreachable)
    }

    /// Has the session do something; waits for room in its mailbox, for 5 s at the most, and not for its being done.
    ///
    /// # Errors
    /// [`Unreachable`] when it is gone or its mailbox stays full.
    pub async fn post(&self, request: impl FnOnce(&mut Session) + Send + 'static) -> Result<(), Unreachable> {
        let sent = tokio::time::timeout(PATIENCE, self.0.mailbox.send(Box::new(request))).await;
        if sent.is_ok_and(|sent| sent.is_ok()) { Ok(()) } else { Err(Unreachable) }
    }

    /// Has the session do something and waits for what comes of it, for 5 s at the most.
    ///
    /// # Errors
    /// [`Unreachable`] when it is gone or does not answer in time.
    pub async fn ask<R: Send + 'static>(
        &self,
        request: impl FnOnce(&mut Session) -> R + Send + 'static,
    ) -> Result<R, Unreachable> {
        let (sender, answer) = oneshot::channel();
        let request: Request = Box::new(move |session| {
            // The asker may have given up meanwhile.
            let _ = sender.send(request(session));
        });
        let asked = async {
            self.0.mailbox.send(request).await.map_err(|_| Unreachable)?;
            answer.await.map_err(|_| Unreachable)
        };
        tokio::time::timeout(PATIENCE, asked).await.unwrap_or(Err(Unreachable))
    }

    /// Ends the call. Waits, apart, for room in a full mailbox: a hangup is not lost.
    pub fn hangup(&self, cause: HangupCause) {
        if self.tell(move |session| session.hangup(cause)).is_ok() || self.0.mailbox.is_closed() {
            return;
        }
        let mailbox = self.0.mailbox.clone();
        tokio::spawn(async move {
            let request: Request = Box::new(move |session: &mut Session| session.hangup(cause));
            let _ = tokio::time::timeout(PATIENCE, mailbox.send(request)).await;
        });
    }

    /// The call is over; its session still has to report.
    pub(super) fn set_down(&self, cause: HangupCause) {
        // The first cause stands.
        let _ = self.0.cause.set(cause);
        self.0.down.notify_waiters();
    }

    /// Why the call is over; `None` while it is not.
    #[must_use]
    pub fn hangup_cause(&self) -> Option<HangupCause> {
        self.0.cause.get().copied()
    }

    /// Keeps the call's variables beyond its end, for as long as this handle is there ([`SessionHandle::remembered`]).
    pub fn remember(&self) {
        self.0.is_remembered.store(true, Ordering::Relaxed);
    }

    /// The variables the call had in the end, when it is gone and [`SessionHandle::remember`] was asked for before.
    #[must_use]
    pub fn remembered(&self) -> Option<&Variables> {
        self.0.remembered.get()
    }

    /// The call is about to be gone.
    pub(super) fn part(&self, variables: &Variables) {
        if self.0.is_remembered.load(Ordering::Relaxed) {
            // There is one end only.
            let _ = self.0.remembered.set(variables.clone());
        }
    }

    /// Waits until the call is over: hung up, its session perhaps still there.
    pub async fn down(&self) {
        let mut waiting = std::pin::pin!(self.0.down.notified());
        // Registered before the flag is read: a hangup in between is not missed.
        waiting.as_mut().enable();
        if self.0.cause.get().is_none() {
            tokio::select! {
                () = waiting => {}
                () = self.gone() => {}
            }
        }
    }

    /// Waits until the session's task has ended.
    pub async fn gone(&self) {
        self.0.mailbox.closed().await;
    }
}

impl std::fmt::Debug for SessionHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SessionHandle").field(&self.0.uuid).finish()
    }
}
