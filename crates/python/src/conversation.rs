//! What goes to and fro while a function of a script runs.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use strowger_script::{Call, EventConsumer, Host, Input, React, ScriptSession};

use crate::arguments::Arguments;
use crate::engine::{Failure, Outcome};
use crate::event::Told;
use crate::worker::{Worker, WorkerError};
use crate::{session, switch};

/// A worker at work, with what it holds.
pub(crate) struct Conversation<'a> {
    worker: &'a mut Worker,
    pub(crate) host: &'a Host,
    pub(crate) uuid: &'a str,
    call: Option<Call>,
    sessions: HashMap<u64, Arc<ScriptSession>>,
    consumers: HashMap<u64, Arc<EventConsumer>>,
    watch: Watch,
}

/// For how long a worker is waited for.
struct Watch {
    linger: Duration,
    gone: Option<Instant>,
}

/// What a worker says: a request, what a callback returned, or that it is done.
#[derive(Debug, Deserialize)]
pub(crate) struct Said {
    pub(crate) op: Option<String>,
    /// What it is about.
    #[serde(default)]
    pub(crate) n: u64,
    #[serde(default)]
    pub(crate) a: Arguments,
    /// 1 when it waits for the answer.
    #[serde(default)]
    r: u8,
    /// Whether it has an input callback.
    #[serde(default)]
    hears: bool,
    /// Whether it has a hangup hook.
    #[serde(default)]
    hooks: bool,
    said: Option<String>,
    done: Option<String>,
    failed: Option<String>,
    traceback: Option<String>,
    #[serde(default)]
    missing: bool,
}

/// The most things that one function may hold at a time.
const MOST: usize = 10_000;

impl<'a> Conversation<'a> {
    pub(crate) fn new(worker: &'a mut Worker, host: &'a Host, uuid: &'a str, linger: Duration) -> Self {
        let watch = Watch { linger, gone: None };
        Self { worker, host, uuid, call: None, sessions: HashMap::new(), consumers: HashMap::new(), watch }
    }

    /// Gives the function the call that runs it.
    pub(crate) fn hold(&mut self, number: u64, call: Call) {
        self.call = Some(call.clone());
        self.sessions.insert(number, Arc::new(ScriptSession::of(call)));
    }

    /// Does what the worker asks for until it is done.
    ///
    /// # Errors
    /// [`WorkerError`].
    pub(crate) fn run(&mut self) -> Result<Outcome, WorkerError> {
        loop {
            let said = self.listen()?;
            if said.op.is_some() {
                self.answer(&said)?;
                continue;
            }
            let failure = said.failed.map(|short| Failure {
                short,
                traceback: said.traceback.unwrap_or_default(),
                is_missing: said.missing,
            });
            return Ok(Outcome { text: said.done, failure });
        }
    }

    fn listen(&mut self) -> Result<Said, WorkerError> {
        let (watch, call, host) = (&mut self.watch, self.call.as_ref(), self.host);
        self.worker.receive(|| watch.why_not(host, call))
    }

    fn answer(&mut self, said: &Said) -> Result<(), WorkerError> {
        let outcome = self.act(said)?;
        if said.r == 0 {
            return Ok(());
        }
        let mut answer = match outcome {
            Ok(value) => json!({ "is": value }),
            Err(error) => json!({ "error": error }),
        };
        let ended = said.hooks.then(|| self.sessions.get(&said.n).and_then(|session| session.ending())).flatten();
        if let (Some(ended), Some(answer)) = (ended, answer.as_object_mut()) {
            answer.insert("ended".to_owned(), ended.name().into());
        }
        self.worker.send(&answer)
    }

    fn act(&mut self, said: &Said) -> Result<Result<Value, String>, WorkerError> {
        let op = said.op.as_deref().unwrap_or_default();
        match op.strip_prefix("session.") {
            Some("new" | "empty") | None => Ok(switch::act(self, op, said)),
            Some(method) => self.on_call(method, said),
        }
    }

    fn on_call(&mut self, method: &str, said: &Said) -> Result<Result<Value, String>, WorkerError> {
        let Some(session) = self.sessions.get(&said.n).map(Arc::clone) else {
            return Ok(Err("the session belongs to a function that is over".to_owned()));
        };
        let other = said.a.number(0).unsigned_abs();
        let other = self.sessions.get(&other).map(Arc::clone);
        let mut failure = None;
        let mut show = |input| {
            self.show(input).unwrap_or_else(|error| {
                failure = Some(error);
                "break".to_owned()
            })
        };
        let react: Option<React<'_>> = if said.hears { Some(&mut show) } else { None };
        let outcome = session::act(&session, method, &said.a, other.as_deref(), react);
        match failure {
            Some(failure) => Err(failure),
            None => Ok(outcome.ok_or_else(|| format!("a session has no method {method}"))),
        }
    }

    /// Shows the input callback what came in; what it wants, after all that it does meanwhile.
    fn show(&mut self, input: Input) -> Result<String, WorkerError> {
        let (kind, what) = match input {
            Input::Digit { digit, duration } => ("dtmf", json!({ "digit": digit, "duration": duration })),
            Input::Event(event) => ("event", json!(Told::of(&event))),
        };
        self.worker.send(&json!({ "came": kind, "what": what }))?;
        loop {
            let said = self.listen()?;
            if said.op.is_some() {
                self.answer(&said)?;
            } else if let Some(said) = said.said {
                return Ok(said);
            } else {
                let what = "a function is done within a callback".to_owned();
                return Err(WorkerError::Garbled { pid: self.worker.pid(), what });
            }
        }
    }

    /// Keeps a session for the worker: its number.
    pub(crate) fn keep_session(&mut self, session: ScriptSession) -> Result<Value, String> {
        let number = self.room()?;
        self.sessions.insert(number, Arc::new(session));
        Ok(number.into())
    }

    /// Keeps an ear for the worker: its number.
    pub(crate) fn keep_consumer(&mut self, consumer: EventConsumer) -> Result<Value, String> {
        let number = self.room()?;
        self.consumers.insert(number, Arc::new(consumer));
        Ok(number.into())
    }

    fn room(&mut self) -> Result<u64, String> {
        if self.sessions.len() + self.consumers.len() >= MOST {
            return Err(format!("a script may have {MOST} sessions and consumers at a time"));
        }
        Ok(self.worker.number())
    }

    pub(crate) fn session(&self, number: u64) -> Option<Arc<ScriptSession>> {
        self.sessions.get(&number).map(Arc::clone)
    }

    pub(crate) fn consumer(&self, number: u64) -> Option<Arc<EventConsumer>> {
        self.consumers.get(&number).map(Arc::clone)
    }

    /// Forgets what the worker has no use for any more.
    pub(crate) fn free(&mut self, number: u64) {
        self.sessions.remove(&number);
        self.consumers.remove(&number);
    }
}

impl Watch {
    /// Why a worker is not waited for any more.
    fn why_not(&mut self, host: &Host, call: Option<&Call>) -> Option<&'static str> {
        if host.is_late() {
            return Some("its script has had the time that it may take (max-seconds)");
        }
        call.filter(|call| call.handle().hangup_cause().is_some())?;
        let gone = *self.gone.get_or_insert_with(Instant::now);
        (gone.elapsed() > self.linger).then_some("its script goes on though its call is gone (linger-seconds)")
    }
}
