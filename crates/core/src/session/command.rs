//! What others have a running call do, one after the other: the queue behind `sendmsg`.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{Action, Session};
use crate::session::Interrupted;

/// Commands that may wait at a session; one more is refused to its sender.
const MAX_COMMANDS: usize = 1024;

/// How deep applications may run within the waits of others.
const DEPTH: u8 = 16;

/// A looped application whose round took less than this is not repeated: it would only burn time.
const SHORTEST_ROUND: Duration = Duration::from_millis(500);

/// An application to be run by a running call, within what it does now.
#[derive(Debug)]
pub struct Execute {
    /// What to run.
    pub action: Action,
    /// How often; negative repeats it to the end of the call.
    pub loops: i64,
    /// Application-UUID of its events; a new one when `None`.
    pub uuid: Option<String>,
    /// Application-UUID-Name of its events.
    pub uuid_name: Option<String>,
    /// The commands behind it wait until it is done.
    pub lock: bool,
    /// Told (by being dropped) when it is done.
    pub done: Option<oneshot::Sender<()>>,
}

/// What the session's queue is full of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{MAX_COMMANDS} commands wait for the session already")]
pub struct QueueFull;

impl Session {
    /// Queues an application; it runs as soon as the session waits for something, in front of everything queued later.
    ///
    /// # Errors
    /// [`QueueFull`] when too many wait already.
    pub fn queue(&mut self, execute: Execute) -> Result<(), QueueFull> {
        if self.commands.len() >= MAX_COMMANDS {
            return Err(QueueFull);
        }
        self.commands.push_back(execute);
        Ok(())
    }

    /// The command to run now, if one may.
    pub(super) fn next_command(&mut self) -> Option<Execute> {
        if self.locked || self.depth >= DEPTH { None } else { self.commands.pop_front() }
    }

    /// Runs a queued application within the wait of another.
    pub(super) fn run_command(&mut self, execute: Execute) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            self.depth += 1;
            self.locked = execute.lock;
            // An interruption is seen by whoever waits around this.
            let _ = self.run_rounds(&execute).await;
            self.locked = false;
            self.depth -= 1;
        })
    }

    async fn run_rounds(&mut self, execute: &Execute) -> Result<(), Interrupted> {
        let mut round = 0;
        while execute.loops < 0 || round < execute.loops {
            round += 1;
            self.channel.variables.set("current_loop", &round.to_string());
            self.channel.variables.set("total_loops", &execute.loops.to_string());
            let begun = Instant::now();
            let names = (execute.uuid.clone(), execute.uuid_name.as_deref());
            self.execute_as(&execute.action, names).await?;
            self.check()?;
            if begun.elapsed() < SHORTEST_ROUND {
                break;
            }
        }
        Ok(())
    }
}
