//! How commands come to the user agent's task: one bounded queue a call, and the list of calls that have some.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
};

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::{
    call::{CallEvent, CallNo, CallSink, Failure, Hangup, Invite, OutgoingRequest, RequestToken, Response},
    counters::Tally,
};

/// Commands a call's queue takes.
const MAX_COMMANDS: usize = 64;

/// What a handle asks for.
pub(crate) enum Command {
    Start(Box<Invite>),
    Respond(Response),
    RespondTo(RequestToken, Response),
    Request(OutgoingRequest),
}

/// Shared by every handle of a user agent and its task.
#[derive(Default)]
pub(crate) struct Door {
    /// Calls with something in their inbox, each once: bounded by the number of calls.
    ready: Mutex<Vec<Arc<CallShared>>>,
    pub(crate) wake: Notify,
    pub(crate) tally: Tally,
    pub(crate) stopping: AtomicBool,
    numbers: AtomicU64,
    calls: AtomicUsize,
}

impl Door {
    /// A new call's shared part; `None` when there are `limit` already.
    pub(crate) fn open(self: &Arc<Self>, limit: usize, call_id: String, local_tag: String) -> Option<Arc<CallShared>> {
        if self.calls.fetch_add(1, Ordering::Relaxed) >= limit {
            self.calls.fetch_sub(1, Ordering::Relaxed);
            return None;
        }
        Some(self.shared(call_id, local_tag, true))
    }

    /// The shared part of a call that never comes to be: its sink hears of `failure`.
    pub(crate) fn stillborn(self: &Arc<Self>, call_id: String, local_tag: String, failure: Failure) -> Arc<CallShared> {
        let shared = self.shared(call_id, local_tag, false);
        {
            let mut inbox = shared.inbox.lock();
            inbox.closed = true;
            inbox.kept.push_back(CallEvent::Failed(failure));
        }
        shared
    }

    /// Takes the calls that have commands.
    pub(crate) fn take(&self) -> Vec<Arc<CallShared>> {
        std::mem::take(&mut *self.ready.lock())
    }

    fn shared(self: &Arc<Self>, call_id: String, local_tag: String, counted: bool) -> Arc<CallShared> {
        let no = CallNo(self.numbers.fetch_add(1, Ordering::Relaxed));
        Arc::new(CallShared { no, local_tag, call_id, counted, inbox: Mutex::default(), door: Arc::clone(self) })
    }
}

/// What a call's handles and the task share.
pub(crate) struct CallShared {
    pub(crate) no: CallNo,
    pub(crate) local_tag: String,
    pub(crate) call_id: String,
    counted: bool,
    inbox: Mutex<Inbox>,
    door: Arc<Door>,
}

/// What handles left since the task last looked.
#[derive(Default)]
pub(crate) struct Inbox {
    pub(crate) sink: Option<Arc<dyn CallSink>>,
    pub(crate) commands: VecDeque<Command>,
    pub(crate) hangup: Option<Hangup>,
    /// In the ready list.
    listed: bool,
    /// The call is over: take nothing more.
    closed: bool,
    /// Events nobody took before the call ended; the sink that is attached next gets them.
    kept: VecDeque<CallEvent>,
    /// A hangup was left once: later ones (of the handle that is dropped at the end) say nothing new.
    hung_up: bool,
}

impl CallShared {
    pub(crate) fn command(self: &Arc<Self>, command: Command) {
        self.leave(|inbox| {
            let room = inbox.commands.len() < MAX_COMMANDS;
            if room {
                inbox.commands.push_back(command);
            }
            room
        });
    }

    /// After the end of the call the kept events are given at once, on the caller's thread.
    pub(crate) fn attach(self: &Arc<Self>, sink: Arc<dyn CallSink>) {
        let kept = {
            let mut inbox = self.inbox.lock();
            if inbox.closed { Some(std::mem::take(&mut inbox.kept)) } else { None }
        };
        if let Some(kept) = kept {
            kept.into_iter().for_each(|event| sink.event(event));
            return;
        }
        self.leave(|inbox| {
            inbox.sink = Some(sink);
            true
        });
    }

    pub(crate) fn hangup(self: &Arc<Self>, hangup: Hangup) {
        self.leave(|inbox| {
            if !inbox.hung_up {
                inbox.hung_up = true;
                inbox.hangup = Some(hangup);
            }
            true
        });
    }

    /// The task takes what is there. The sink comes first, the hangup last.
    pub(crate) fn collect(&self) -> Inbox {
        let mut inbox = self.inbox.lock();
        inbox.listed = false;
        Inbox {
            sink: inbox.sink.take(),
            commands: std::mem::take(&mut inbox.commands),
            hangup: inbox.hangup.take(),
            ..Inbox::default()
        }
    }

    /// The call is over: commands still there are dropped, `kept` goes to a sink just attached or to the next one.
    pub(crate) fn close(&self, kept: VecDeque<CallEvent>) {
        let sink = {
            let mut inbox = self.inbox.lock();
            inbox.closed = true;
            inbox.commands.clear();
            inbox.hangup = None;
            inbox.sink.take()
        };
        match sink {
            Some(sink) => kept.into_iter().for_each(|event| sink.event(event)),
            None => self.inbox.lock().kept = kept,
        }
    }

    fn leave(self: &Arc<Self>, put: impl FnOnce(&mut Inbox) -> bool) {
        let mut inbox = self.inbox.lock();
        let was_listed = inbox.listed;
        if inbox.closed {
            return;
        }
        if !put(&mut inbox) {
            self.door.tally.overflowed.add();
            return;
        }
        inbox.listed = true;
        drop(inbox);
        if !was_listed {
            self.door.ready.lock().push(Arc::clone(self));
            self.door.wake.notify_one();
        }
    }
}

impl Drop for CallShared {
    fn drop(&mut self) {
        if self.counted {
            self.door.calls.fetch_sub(1, Ordering::Relaxed);
        }
    }
}
