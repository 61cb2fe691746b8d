//! The user agent: one task that owns the sockets, transactions and calls of one profile.
//!
//! Everything from outside is bounded: transactions, calls and connections by [`Limits`], a call's commands and kept
//! events by number, TCP reads and writes by their queues. What is dropped is counted in [`Counters`].

mod build;
mod call;
mod config;
mod core;
mod counters;
mod door;
mod end;
mod handler;
mod ids;
mod incoming;
mod methods;
mod outgoing;
mod responses;
mod session;
mod task;
mod timers;
mod within;

#[cfg(test)]
mod tests;

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use tokio::task::JoinHandle;

pub use call::{Call, CallEvent, CallNo, CallSink, Failure, Invite, OutgoingRequest, RequestToken, Response};
pub use config::{Limits, UaConfig, UaError};
pub use counters::Counters;
pub use handler::{IncomingCall, Reply, UaHandler};

use door::{Command, Door};

/// A running user agent. Dropping it stops the task at once; [`UserAgent::shutdown`] ends the calls first.
pub struct UserAgent {
    config: Arc<UaConfig>,
    local: SocketAddr,
    door: Arc<Door>,
    task: parking_lot::Mutex<Option<JoinHandle<()>>>,
}

impl UserAgent {
    /// Listens on the configured address and starts the task. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`UaError::Bind`] names the address and why it cannot be had.
    pub async fn bind(config: UaConfig, handler: Arc<dyn UaHandler>) -> Result<UserAgent, UaError> {
        let config = Arc::new(config);
        let sockets = task::Sockets::bind(&config).await?;
        let local = sockets.local;
        let door = Arc::new(Door::default());
        let task = task::spawn(sockets, Arc::clone(&config), handler, Arc::clone(&door));
        Ok(UserAgent { config, local, door, task: parking_lot::Mutex::new(Some(task)) })
    }

    /// The address it listens on, with the port the system chose when it was 0.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// What it was told at its start.
    pub fn config(&self) -> &UaConfig {
        &self.config
    }

    /// Starts an outgoing call. Its events go to `sink`: [`CallEvent::Progress`], then [`CallEvent::Answered`],
    /// [`CallEvent::Refused`] or [`CallEvent::Failed`].
    pub fn call(&self, invite: Invite, sink: Arc<dyn CallSink>) -> Call {
        let call_id = invite.call_id.clone().unwrap_or_else(ids::call_id);
        let tag = ids::tag();
        let stopping = self.door.stopping.load(Ordering::Relaxed);
        let opened =
            if stopping { None } else { self.door.open(self.config.limits.calls, call_id.clone(), tag.clone()) };
        let shared = opened.unwrap_or_else(|| {
            let failure = if stopping { Failure::Shutdown } else { Failure::Limit };
            self.door.stillborn(call_id, tag, failure)
        });
        let call = Call::new(Arc::clone(&shared));
        call.attach(sink);
        shared.command(Command::Start(Box::new(invite)));
        call
    }

    /// What it has counted so far.
    pub fn counters(&self) -> Counters {
        self.door.tally.snapshot()
    }

    /// Refuses new calls with 503, hangs up those there are (their sinks get [`Failure::Shutdown`]), waits up to
    /// `grace` for the BYEs to be answered, and closes the sockets.
    pub async fn shutdown(&self, grace: Duration) {
        self.door.stopping.store(true, Ordering::Release);
        self.door.wake.notify_one();
        let task = self.task.lock().take();
        if let Some(mut task) = task
            && tokio::time::timeout(grace, &mut task).await.is_err()
        {
            task.abort();
        }
    }
}

impl Drop for UserAgent {
    fn drop(&mut self) {
        if let Some(task) = self.task.lock().take() {
            task.abort();
        }
    }
}
