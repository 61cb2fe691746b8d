//! One connection: its task reads commands, answers them in order, and hands on events as they come.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use strowger_core::Switch;
use strowger_core::bus::{Published, QueueLimits};
use strowger_core::log::LogRecord;
use strowger_esl::reply::LogLine;
use strowger_esl::{Control, Framer, Limits, Listener, reply};
use tokio::sync::watch;

use crate::clock::now;
use crate::controlled::{CallLife, Controlled};
use crate::deferred::{Outcome, Pending};
use crate::farewell::Reason;
use crate::listeners::Entry;
use crate::outbox::Outbox;
use crate::socket::Socket;
use crate::subscriptions::Subscriptions;

/// Bytes read at once.
const CHUNK_SIZE: usize = 64 * 1024;

/// No further command is read while so much of earlier answers waits to be taken.
const HIGH_WATER: usize = 1 << 20;

/// A connection that lingers without a limit; the client ends it.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// How long the program that `socket` connected to may take to say something.
const PATIENCE: Duration = Duration::from_secs(25);

/// A listener and its socket.
pub(crate) struct Connection {
    pub(crate) switch: Arc<Switch>,
    pub(crate) socket: Socket,
    pub(crate) peer: SocketAddr,
    pub(crate) framer: Framer,
    pub(crate) listener: Listener,
    pub(crate) outbox: Outbox,
    pub(crate) subscriptions: Subscriptions,
    /// The call that this connection is about.
    pub(crate) controlled: Option<Controlled>,
    /// The command that runs now; commands behind it wait, events do not.
    pub(crate) pending: Option<Pending>,
    pub(crate) closing: bool,
    /// Why it ends.
    pub(crate) reason: Option<Reason>,
    /// How long the peer may take no byte of what is sent to it.
    pub(crate) write_timeout: Option<Duration>,
    /// When a connection that lingers is closed.
    pub(crate) farewell: Option<Instant>,
    /// When a program that has said nothing yet is given up.
    pub(crate) silent_until: Option<Instant>,
    /// An event was published: its listeners go first.
    pub(crate) published: bool,
    /// Commands have arrived that are left until the peer has taken earlier answers.
    held_up: bool,
    /// The peer sends no more; it still gets the answers to what it sent.
    ended: bool,
    /// Its place in the list of all listeners, with its figures; the last to be dropped, so that nothing of a connection
    /// that has left the list is left.
    pub(crate) entry: Entry,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// The client left, or the call did.
    Gone,
    /// The client left, and wants the dialplan to go on.
    Resumed,
}

/// What a connection waited for.
enum Wake {
    Readable,
    Writable,
    Events,
    Logs,
    Answer(Outcome),
    Deadline,
    Call(CallLife),
    Overrun,
    Stop,
}

impl Connection {
    pub(crate) fn new(switch: Arc<Switch>, socket: Socket, entry: Entry) -> Self {
        let settings = &switch.config().event_socket;
        let limits =
            QueueLimits { bytes: settings.max_queue_bytes, losses: settings.bearable_losses, ..QueueLimits::default() };
        let write_timeout = settings.write_timeout;
        let subscriptions = Subscriptions::new(&switch, limits);
        Self {
            switch,
            socket,
            peer: entry.figures.peer,
            entry,
            write_timeout,
            framer: Framer::new(Limits::STRANGER),
            listener: Listener::inbound(now()),
            outbox: Outbox::default(),
            subscriptions,
            controlled: None,
            pending: None,
            reason: None,
            closing: false,
            farewell: None,
            silent_until: None,
            published: false,
            held_up: false,
            ended: false,
        }
    }

    /// A connection that `socket` made to an application for `controlled`.
    pub(crate) fn outbound(
        switch: Arc<Switch>,
        socket: Socket,
        entry: Entry,
        control: Control,
        controlled: Controlled,
    ) -> Self {
        let mut connection = Self::new(switch, socket, entry);
        connection.listener = Listener::outbound(control);
        connection.framer = Framer::new(Limits::SERVER);
        connection.silent_until = Some(now() + PATIENCE);
        connection.control(controlled);
        connection
    }

    /// Tells a peer that may not connect so, and closes.
    pub(crate) async fn reject(mut self) {
        self.outbox.reply().extend_from_slice(reply::RUDE_REJECTION);
        self.finish().await;
    }

    /// Serves the connection to its end.
    pub(crate) async fn serve(mut self, stopped: watch::Receiver<bool>) -> Left {
        if let Err(error) = self.converse(stopped).await {
            tracing::debug!("event socket: {}: {error}", self.peer);
            self.leave(Reason::Lost);
        }
        self.tell_end();
        if let Some(pending) = self.pending.take().filter(|_| self.reason != Some(Reason::Shutdown)) {
            // What was begun is done, as ever; only its answer goes nowhere.
            tokio::spawn(pending);
        }
        let resumed = self.controlled.as_ref().is_some_and(|controlled| controlled.resume);
        self.finish().await;
        if resumed { Left::Resumed } else { Left::Gone }
    }

    async fn converse(&mut self, mut stopped: watch::Receiver<bool>) -> io::Result<()> {
        if !self.listener.is_authenticated() {
            self.write(reply::AUTH_REQUEST);
        }
        let mut events = Vec::new();
        let mut logs = Vec::new();
        while !self.closing {
            self.outbox.flush(&mut self.socket)?;
            self.socket.flush()?;
            self.entry.figures.bytes.store(self.outbox.taken(), Ordering::Relaxed);
            if self.held_up && self.outbox.len() < HIGH_WATER {
                self.run_commands();
                // A client that takes its answers as fast as it asks shall not keep the thread to itself.
                tokio::task::yield_now().await;
                continue;
            }
            let wake = self.wait(&mut stopped, &mut events, &mut logs).await;
            self.act(wake, &mut events, &mut logs)?;
            if std::mem::take(&mut self.published) {
                // Without it a client that floods the bus keeps the thread to itself while its listeners' queues run full.
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    async fn wait(
        &mut self,
        stopped: &mut watch::Receiver<bool>,
        events: &mut Vec<Arc<Published>>,
        logs: &mut Vec<Arc<LogRecord>>,
    ) -> Wake {
        let drained = self.outbox.is_empty();
        let idle = self.pending.is_none();
        let reading = !self.ended && idle && self.outbox.len() < HIGH_WATER;
        let deadline = self.deadline().map(tokio::time::Instant::from_std);
        let pending = &mut self.pending;
        let controlled = &self.controlled;
        tokio::select! {
            ready = self.socket.readable(), if reading => { drop(ready); Wake::Readable }
            ready = self.socket.writable(), if !drained || self.socket.wants_write() => { drop(ready); Wake::Writable }
            () = self.subscriptions.next_events(events), if drained => Wake::Events,
            () = self.subscriptions.next_logs(logs), if drained => Wake::Logs,
            answer = async { match pending { Some(answer) => answer.await, None => std::future::pending().await } } => Wake::Answer(answer),
            () = async { match deadline { Some(at) => tokio::time::sleep_until(at).await, None => std::future::pending().await } } => Wake::Deadline,
            life = async { match controlled { Some(controlled) => controlled.turn().await, None => std::future::pending().await } }, if idle => Wake::Call(life),
            () = self.subscriptions.overrun() => Wake::Overrun,
            _ = stopped.wait_for(|stop| *stop) => Wake::Stop,
        }
    }

    fn act(&mut self, wake: Wake, events: &mut Vec<Arc<Published>>, logs: &mut Vec<Arc<LogRecord>>) -> io::Result<()> {
        if !matches!(wake, Wake::Answer(_)) {
            self.settle_first();
        }
        match wake {
            Wake::Writable => {}
            Wake::Readable => {
                self.ended = !self.read()?;
                self.run_commands();
            }
            Wake::Events => {
                self.push_events(events);
                self.tell_losses();
            }
            Wake::Logs => logs.drain(..).for_each(|record| reply::log(&log_line(&record), self.outbox.reply())),
            Wake::Answer(outcome) => {
                self.go_on(outcome);
                if !self.closing {
                    self.run_commands();
                }
            }
            Wake::Call(CallLife::Gone) => self.call_gone(events),
            Wake::Call(_) => self.call_down(events),
            Wake::Deadline => self.deadline_passed(),
            Wake::Overrun => self.overrun(events),
            Wake::Stop => {
                self.leave(Reason::Shutdown);
                self.subscriptions.take_now(events);
                self.push_events(events);
                self.say_goodbye();
            }
        }
        Ok(())
    }

    /// An answer that came before what is to be told now is written before it.
    fn settle_first(&mut self) {
        let was_due = self.pending.is_some();
        self.settle();
        self.held_up |= was_due && self.pending.is_none();
    }

    /// Makes `controlled` the call that the connection is about.
    pub(crate) fn control(&mut self, controlled: Controlled) {
        controlled.call.uuid().clone_into(&mut self.entry.figures.words.lock().call);
        self.controlled = Some(controlled);
    }

    /// The call is over: a connection that lingers is told so.
    fn call_down(&mut self, events: &mut Vec<Arc<Published>>) {
        // CHANNEL_HANGUP, which says why, comes before the notice.
        self.subscriptions.take_now(events);
        self.push_events(events);
        let Some(controlled) = &mut self.controlled else { return };
        controlled.life = CallLife::Down;
        if let Some(seconds) = controlled.linger {
            let (call, name) = (controlled.call.uuid(), &controlled.channel_name);
            reply::linger_notice(call, name, seconds, self.outbox.reply());
        }
    }

    /// Its last event was published: the connection closes, or lingers on.
    fn call_gone(&mut self, events: &mut Vec<Arc<Published>>) {
        self.subscriptions.take_now(events);
        let Some(controlled) = &mut self.controlled else { return };
        controlled.life = CallLife::Gone;
        let Some(seconds) = controlled.linger else {
            self.push_events(events);
            self.leave(Reason::CallEnded);
            return self.say_goodbye();
        };
        self.push_events(events);
        let limit = seconds.map_or(FOREVER, |seconds| Duration::from_secs(seconds.into()));
        self.farewell = Some(now() + limit);
    }

    fn tell_losses(&mut self) {
        let lost = self.subscriptions.newly_lost();
        if lost > 0 {
            tracing::warn!("event socket: {} does not take its events: its queue is full, {lost} were lost", self.peer);
        }
    }

    pub(crate) fn push_events(&mut self, events: &mut Vec<Arc<Published>>) {
        let format = self.listener.format();
        if let Some(controlled) = self.controlled.as_ref().filter(|controlled| controlled.linger.is_some()) {
            events.retain(|event| !controlled.is_destroyed_by(event.event()));
        }
        self.entry.figures.events.fetch_add(events.len() as u64, Ordering::Relaxed);
        events.drain(..).for_each(|event| self.outbox.push(event.packet(format)));
    }

    /// Reads what is there; false when the peer has closed.
    fn read(&mut self) -> io::Result<bool> {
        // One buffer a thread, not one a connection: reading takes it for a moment only.
        thread_local!(static CHUNK: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK_SIZE]));
        CHUNK.with_borrow_mut(|chunk| match self.socket.try_read(chunk) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.framer.feed(chunk.get(..count).unwrap_or_default());
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(true),
            Err(error) => Err(error),
        })
    }

    /// Runs the commands that have arrived whole, up to one that takes its time, or until enough answers wait to be taken.
    fn run_commands(&mut self) {
        self.held_up = false;
        while self.pending.is_none() {
            if self.outbox.len() >= HIGH_WATER {
                self.held_up = true;
                return;
            }
            match self.framer.next() {
                Ok(Some(packet)) => self.perform(packet),
                Ok(None) => {
                    self.closing |= self.ended;
                    return;
                }
                Err(error) => {
                    tracing::warn!("event socket: {}: {error}", self.peer);
                    self.leave(Reason::BadInput);
                    reply::command(&format!("-ERR {error}"), &[], self.outbox.reply());
                    self.closing = true;
                    return;
                }
            }
            if self.closing {
                return;
            }
        }
    }
}

fn log_line(record: &LogRecord) -> LogLine<'_> {
    LogLine {
        level: record.level as u8,
        // A line that tells its file and function.
        text_channel: 3,
        file: &record.file,
        function: &record.function,
        line: record.line,
        user_data: &record.user_data,
        text: &record.text,
    }
}
