//! One connection: its task reads commands, answers them in order, and hands on events as they come.

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use strowger_core::Switch;
use strowger_core::bus::Published;
use strowger_core::log::LogRecord;
use strowger_esl::reply::LogLine;
use strowger_esl::{Framer, Limits, Listener, reply};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::outbox::Outbox;
use crate::subscriptions::Subscriptions;

/// Bytes read at once.
const CHUNK_SIZE: usize = 64 * 1024;

/// No further command is read while so much of earlier answers waits to be taken.
const HIGH_WATER: usize = 1 << 20;

/// How long a closing connection may take its last bytes.
const LINGER: Duration = Duration::from_secs(2);

/// Bytes of a closing connection's input that are read and thrown away at the most.
const MAX_DISCARDED: usize = 16 * CHUNK_SIZE;

/// What the commands behind it wait for: an API command that is still running, with its answer, or room for one more job.
pub(crate) type Pending = Pin<Box<dyn Future<Output = Option<String>> + Send>>;

/// A listener and its socket.
pub(crate) struct Connection {
    pub(crate) switch: Arc<Switch>,
    stream: TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) framer: Framer,
    pub(crate) listener: Listener,
    pub(crate) outbox: Outbox,
    pub(crate) subscriptions: Subscriptions,
    /// Commands behind it wait, events do not.
    pub(crate) pending: Option<Pending>,
    pub(crate) closing: bool,
    /// An event was published: its listeners go first.
    pub(crate) published: bool,
    /// Commands have arrived that are left until the peer has taken earlier answers.
    held_up: bool,
    /// The peer sends no more; it still gets the answers to what it sent.
    ended: bool,
}

/// What a connection waited for.
enum Wake {
    Readable,
    Writable,
    Events,
    Logs,
    Done(Option<String>),
    Deadline,
    Stop,
}

impl Connection {
    pub(crate) fn new(switch: Arc<Switch>, stream: TcpStream, peer: SocketAddr) -> Self {
        let subscriptions = Subscriptions::new(&switch);
        Self {
            switch,
            stream,
            peer,
            framer: Framer::new(Limits::STRANGER),
            listener: Listener::inbound(Instant::now()),
            outbox: Outbox::default(),
            subscriptions,
            pending: None,
            closing: false,
            published: false,
            held_up: false,
            ended: false,
        }
    }

    /// Tells a peer that may not connect so, and closes.
    pub(crate) async fn reject(mut self) {
        self.outbox.reply().extend_from_slice(reply::RUDE_REJECTION);
        self.finish().await;
    }

    /// Serves the connection to its end.
    pub(crate) async fn serve(mut self, mut stopped: watch::Receiver<bool>) {
        self.outbox.reply().extend_from_slice(reply::AUTH_REQUEST);
        let mut events = Vec::new();
        let mut logs = Vec::new();
        while !self.closing {
            if let Err(error) = self.outbox.flush(&self.stream) {
                tracing::debug!("event socket: {}: {error}", self.peer);
                return;
            }
            if self.held_up && self.outbox.len() < HIGH_WATER {
                self.run_commands();
                // A client that takes its answers as fast as it asks shall not keep the thread to itself.
                tokio::task::yield_now().await;
                continue;
            }
            let wake = self.wait(&mut stopped, &mut events, &mut logs).await;
            if let Err(error) = self.act(wake, &mut events, &mut logs) {
                tracing::debug!("event socket: {}: {error}", self.peer);
                return;
            }
            if std::mem::take(&mut self.published) {
                // Without it a client that floods the bus keeps the thread to itself while its listeners' queues run full.
                tokio::task::yield_now().await;
            }
        }
        self.finish().await;
    }

    async fn wait(
        &mut self,
        stopped: &mut watch::Receiver<bool>,
        events: &mut Vec<Arc<Published>>,
        logs: &mut Vec<Arc<LogRecord>>,
    ) -> Wake {
        let drained = self.outbox.is_empty();
        let reading = !self.ended && self.pending.is_none() && self.outbox.len() < HIGH_WATER;
        let deadline = self.listener.deadline().map(tokio::time::Instant::from_std);
        let pending = &mut self.pending;
        tokio::select! {
            ready = self.stream.readable(), if reading => { drop(ready); Wake::Readable }
            ready = self.stream.writable(), if !drained => { drop(ready); Wake::Writable }
            () = self.subscriptions.next_events(events), if drained => Wake::Events,
            () = self.subscriptions.next_logs(logs), if drained => Wake::Logs,
            answer = async { match pending { Some(pending) => pending.await, None => std::future::pending().await } } => Wake::Done(answer),
            () = async { match deadline { Some(at) => tokio::time::sleep_until(at).await, None => std::future::pending().await } } => Wake::Deadline,
            _ = stopped.wait_for(|stop| *stop) => Wake::Stop,
        }
    }

    fn act(&mut self, wake: Wake, events: &mut Vec<Arc<Published>>, logs: &mut Vec<Arc<LogRecord>>) -> io::Result<()> {
        match wake {
            Wake::Writable => {}
            Wake::Readable => {
                self.ended = !self.read()?;
                self.run_commands();
            }
            Wake::Events => self.push_events(events),
            Wake::Logs => logs.drain(..).for_each(|record| reply::log(&log_line(&record), self.outbox.reply())),
            Wake::Done(answer) => {
                self.pending = None;
                answer.iter().for_each(|body| reply::api(body, self.outbox.reply()));
                self.run_commands();
            }
            Wake::Deadline => {
                tracing::info!("event socket: {} said nothing useful in time and is dropped", self.peer);
                self.say_goodbye();
            }
            Wake::Stop => {
                self.subscriptions.take_now(events);
                self.push_events(events);
                self.say_goodbye();
            }
        }
        Ok(())
    }

    fn push_events(&mut self, events: &mut Vec<Arc<Published>>) {
        let format = self.listener.format();
        events.drain(..).for_each(|event| self.outbox.push(event.packet(format)));
    }

    /// Reads what is there; false when the peer has closed.
    fn read(&mut self) -> io::Result<bool> {
        // One buffer a thread, not one a connection: reading takes it for a moment only.
        thread_local!(static CHUNK: RefCell<Vec<u8>> = RefCell::new(vec![0; CHUNK_SIZE]));
        CHUNK.with_borrow_mut(|chunk| match self.stream.try_read(chunk) {
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

    /// The disconnect notice; the connection closes behind it.
    pub(crate) fn say_goodbye(&mut self) {
        reply::disconnect_notice(None, self.outbox.reply());
        self.closing = true;
    }

    /// Writes what is left, for a bounded time, and closes.
    async fn finish(mut self) {
        let rest = async {
            loop {
                if self.outbox.flush(&self.stream).is_err() || self.outbox.is_empty() {
                    return;
                }
                if self.stream.writable().await.is_err() {
                    return;
                }
            }
        };
        // A peer that does not take its last bytes in time does not get them.
        let _ = tokio::time::timeout(LINGER, rest).await;
        self.discard_input();
    }

    /// Input that is not read when the socket closes makes the system reset the connection, and the peer may lose the
    /// last bytes it has not read yet.
    fn discard_input(&mut self) {
        let mut discarded = 0;
        let mut chunk = [0; 4096];
        while discarded < MAX_DISCARDED {
            match self.stream.try_read(&mut chunk) {
                Ok(count) if count > 0 => discarded += count,
                _ => return,
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
