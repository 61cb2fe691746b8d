//! Scripts on threads of their own, and calls that serve them.

use std::sync::Arc;

use strowger_core::session::{Interrupted, Session};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::call::Call;
use crate::host::Host;

/// As many scripts run as may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooManyScripts {
    /// The limit of our own.
    #[error("too many scripts run already")]
    Limit,
    /// The system has no thread left.
    #[error("the system has no thread for a script")]
    System,
}

/// The threads that scripts run on. Policy when there is no place: the script is refused, at once.
#[derive(Clone, Debug)]
pub struct Threads {
    name: &'static str,
    places: Arc<Semaphore>,
}

/// What a script's thread has for its stack: libraries of scripts recurse.
const STACK: usize = 4 << 20;

impl Threads {
    /// As many threads at a time, of that name.
    #[must_use]
    pub fn new(name: &'static str, most: usize) -> Self {
        Self { name, places: Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))) }
    }

    /// Runs `script` on a thread of its own; the receiver fails when the script panics.
    ///
    /// # Errors
    /// [`TooManyScripts`].
    pub fn run<R: Send + 'static>(
        &self,
        script: impl FnOnce() -> R + Send + 'static,
    ) -> Result<oneshot::Receiver<R>, TooManyScripts> {
        let place: OwnedSemaphorePermit =
            Arc::clone(&self.places).try_acquire_owned().map_err(|_| TooManyScripts::Limit)?;
        let (done, outcome) = oneshot::channel();
        let run = move || {
            let outcome = script();
            drop(place);
            // Nobody may want to know.
            let _ = done.send(outcome);
        };
        let thread = std::thread::Builder::new().name(self.name.to_owned()).stack_size(STACK);
        thread.spawn(run).map_err(|_| TooManyScripts::System)?;
        Ok(outcome)
    }
}

/// Runs a script on a thread of its own, with a hold on the call, and serves it until it ends: also when the call is over
/// or was sent elsewhere meanwhile, as in FreeSWITCH. `Ok(None)`: there was no place for it, or it failed; the log says so.
///
/// # Errors
/// [`Interrupted`] when the call was over, or sent elsewhere, in the end.
pub async fn serve<R: Send + 'static>(
    session: &mut Session,
    threads: &Threads,
    host: Host,
    script: impl FnOnce(Call) -> R + Send + 'static,
) -> Result<Option<R>, Interrupted> {
    let call = Call::new(host, session.handle().clone());
    let running = match threads.run(move || script(call)) {
        Ok(running) => running,
        Err(error) => {
            tracing::error!(uuid = %session.channel.uuid, "{error}");
            return Ok(None);
        }
    };
    let outcome = session.attend_to_the_end(running).await;
    session.tell_visitor(None);
    if outcome.is_err() {
        tracing::error!(uuid = %session.channel.uuid, "the script has failed");
    }
    session.check().map(|()| outcome.ok())
}
