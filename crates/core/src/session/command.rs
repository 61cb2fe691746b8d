//! What others have a running call do, one after the other: the queue behind `sendmsg`.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use strowger_event::Headers;
use tokio::sync::oneshot;

use super::{Action, Session};
use crate::session::Interrupted;

/// Commands that may wait at a session; one more is refused to its sender.
const MAX_COMMANDS: usize = 1024;

/// Bytes that commands may take while they wait; a single one may take more.
const MAX_BYTES: usize = 16 << 20;

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
    /// The commands behind it wait until it is done (`event-lock`, `CF_EVENT_LOCK`); those with priority do not.
    pub lock: bool,
    /// It goes in front of all that have no priority, and none is held back from it by [`Execute::lock`]; until it is
    /// done no other command begins (`event-lock-pri`, `CF_EVENT_LOCK_PRI`).
    pub priority: bool,
    /// The other leg of a bridge hears its hold music meanwhile (`hold-bleg`).
    pub holds_partner: bool,
    /// The headers of the message that asked for it: PRIVATE_COMMAND tells them once it is done. `None`: no such event.
    pub message: Option<Headers>,
    /// Told (by being dropped) when it is done.
    pub done: Option<oneshot::Sender<()>>,
}

impl Execute {
    /// `action`, to be run once like any other.
    #[must_use]
    pub const fn once(action: Action) -> Self {
        Self {
            action,
            loops: 1,
            uuid: None,
            uuid_name: None,
            lock: false,
            priority: false,
            holds_partner: false,
            message: None,
            done: None,
        }
    }

    /// What another has a call run while it does something else (`switch_ivr_broadcast`). `loops` as
    /// [`Execute::loops`]; `None` once.
    #[must_use]
    pub fn broadcast(application: &str, data: &str, loops: Option<i64>) -> Self {
        // What FreeSWITCH puts into the message it queues, and tells in PRIVATE_COMMAND.
        let mut message = Headers::default();
        message.push("call-command", "execute");
        message.push("execute-app-name", application);
        message.push("execute-app-arg", data);
        if let Some(loops) = loops {
            message.push_display("loops", loops);
        }
        message.push("lead-frames", "5");
        let action = Action { application: application.to_owned(), data: data.to_owned() };
        Self { loops: loops.unwrap_or(1), message: Some(message), ..Self::once(action) }
    }

    /// What a path is for [`Execute::broadcast`]: a file to play, `application::argument`, or
    /// `application!cause::argument`, which hangs up after it.
    #[must_use]
    pub fn of_path(path: &str) -> Vec<Self> {
        let (application, argument) = path.split_once("::").unwrap_or(("playback", path));
        let (application, cause) =
            application.split_once('!').map_or((application, None), |(name, cause)| (name, Some(cause)));
        let hangup = cause
            .map(|cause| Self::broadcast("hangup", if cause.is_empty() { "NORMAL_CLEARING" } else { cause }, None));
        [Some(Self::broadcast(application, argument, None)), hangup].into_iter().flatten().collect()
    }

    /// Bytes it takes, about.
    fn size(&self) -> usize {
        let names = [&self.uuid, &self.uuid_name].into_iter().flatten().map(String::len).sum::<usize>();
        let message = self.message.as_ref().map_or(0, Headers::byte_len);
        self.action.application.len() + self.action.data.len() + names + message
    }
}

/// What the session's queue is full of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{MAX_COMMANDS} commands, or {MAX_BYTES} bytes of them, wait for the session already")]
pub struct QueueFull;

/// Which commands wait for the one that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    /// None: each runs within the waits of the other.
    None,
    /// Those without priority.
    Common,
    /// All.
    All,
}

impl Session {
    /// Queues an application; it runs as soon as the session waits for something, in front of everything queued later.
    ///
    /// # Errors
    /// [`QueueFull`] when too many wait already.
    pub fn queue(&mut self, execute: Execute) -> Result<(), QueueFull> {
        let waiting = self.commands.len() + self.urgent.len();
        let bytes: usize = self.commands.iter().chain(&self.urgent).map(Execute::size).sum();
        if waiting >= MAX_COMMANDS || waiting > 0 && bytes.saturating_add(execute.size()) > MAX_BYTES {
            return Err(QueueFull);
        }
        let queue = if execute.priority { &mut self.urgent } else { &mut self.commands };
        queue.push_back(execute);
        Ok(())
    }

    /// Queues applications, one behind the other (`switch_ivr_broadcast`); with `holds_partner` the leg that the call is
    /// joined with hears its hold music meanwhile. `false` when too many wait already.
    pub fn broadcast(&mut self, executes: Vec<Execute>, holds_partner: bool) -> bool {
        let is_queued = executes.into_iter().all(|execute| self.queue(Execute { holds_partner, ..execute }).is_ok());
        if !is_queued {
            tracing::warn!(uuid = %self.channel.uuid, "not run: too many commands wait for the session");
        }
        is_queued
    }

    /// The command to run now, if one may.
    pub(super) fn next_command(&mut self) -> Option<Execute> {
        if self.depth >= DEPTH {
            return None;
        }
        match self.lock {
            Lock::None => self.urgent.pop_front().or_else(|| self.commands.pop_front()),
            Lock::Common => self.urgent.pop_front(),
            Lock::All => None,
        }
    }

    /// Runs a queued application within the wait of another.
    pub(super) fn run_command(&mut self, mut execute: Execute) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            self.depth += 1;
            let before = self.lock;
            self.lock = match (execute.priority, execute.lock) {
                (true, _) => Lock::All,
                (false, true) => Lock::Common,
                (false, false) => before,
            };
            let broken = std::mem::take(&mut self.broken);
            let held = self.partner().filter(|_| execute.holds_partner).cloned();
            if let Some(partner) = &held {
                // One that is over hears nothing.
                let _ = partner.tell(Session::hear_own_hold_music);
            }
            // An interruption is seen by whoever waits around this.
            let _ = self.run_rounds(&execute).await;
            if let Some(partner) = &held {
                let _ = partner.tell(Session::end_hold_music);
            }
            self.holding.has_ended(execute.uuid.as_deref());
            if let Some(message) = execute.message.take() {
                self.fire_private_command(message);
            }
            self.lock = before;
            self.broken |= broken;
            self.depth -= 1;
        })
    }

    async fn run_rounds(&mut self, execute: &Execute) -> Result<(), Interrupted> {
        self.loops_stopped = false;
        let outcome = self.repeat(execute).await;
        self.channel.variables.remove("current_loop");
        self.channel.variables.remove("total_loops");
        outcome
    }

    async fn repeat(&mut self, execute: &Execute) -> Result<(), Interrupted> {
        let mut round = 0;
        while execute.loops < 0 || round < execute.loops {
            round += 1;
            self.channel.variables.set("current_loop", &round.to_string());
            self.channel.variables.set("total_loops", &execute.loops.to_string());
            let begun = Instant::now();
            let names = (execute.uuid.clone(), execute.uuid_name.as_deref());
            self.execute_as(&execute.action, names).await?;
            self.check()?;
            if self.loops_stopped || begun.elapsed() < SHORTEST_ROUND {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: &[(&str, &str)]) {
        let executes = Execute::of_path(path);
        let told: Vec<_> =
            executes.iter().map(|one| (one.action.application.as_str(), one.action.data.as_str())).collect();
        assert_eq!(told, expected, "{path}");
    }

    #[test]
    fn paths_and_applications() {
        check("x.wav", &[("playback", "x.wav")]);
        check("tone_stream://%(1,0,2)", &[("playback", "tone_stream://%(1,0,2)")]);
        check("set::a=b", &[("set", "a=b")]);
        check("playback!user_busy::x.wav", &[("playback", "x.wav"), ("hangup", "user_busy")]);
        check("playback!::x.wav", &[("playback", "x.wav"), ("hangup", "NORMAL_CLEARING")]);
    }
}
