//! A worker process: Python with our module `freeswitch`, at the other end of a socket.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::watch;

/// Why a worker is of no use, or not any more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WorkerError {
    /// There is no Python.
    #[error(
        "cannot run {interpreter}: {error}: Python scripts need Python 3 (python.conf names it: interpreter, virtualenv)"
    )]
    Interpreter { interpreter: String, error: io::Error },
    /// It died.
    #[error("Python worker {pid} died ({how})")]
    Died { pid: u32, how: String },
    /// It was killed.
    #[error("Python worker {pid} was killed: {why}")]
    Killed { pid: u32, why: &'static str },
    /// What it says is no frame of ours.
    #[error("Python worker {pid} says what cannot be understood: {what}")]
    Garbled { pid: u32, what: String },
}

/// What a worker is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setup {
    pub(crate) interpreter: PathBuf,
    pub(crate) folder: PathBuf,
    /// Bytes of addresses; any when 0.
    pub(crate) memory: u64,
    /// Processor time between two requests; any when zero.
    pub(crate) cpu: Duration,
}

/// A running worker. Dropped, it is killed.
pub(crate) struct Worker {
    child: Child,
    socket: UnixStream,
    frames: Receiver<Vec<u8>>,
    gone: watch::Receiver<bool>,
    watched: Instant,
    setup: Setup,
    /// The call that it runs a script for, for what it prints past us.
    uuid: Arc<Mutex<String>>,
    numbers: u64,
}

/// What is run by `-c`; it reads the other two from its socket.
const BEGIN: &str = include_str!("../python/begin.py");
const FREESWITCH: &str = include_str!("../python/freeswitch.py");
const WORKER: &str = include_str!("../python/worker.py");

/// The most that a frame may have, in bytes; the worker's bound is the same.
const LARGEST: usize = 32 << 20;
/// How many frames wait, at the most, for a thread that does something else; then the worker waits.
const WAITING: usize = 16;
/// How often it is looked whether a silent worker may go on.
const GLANCE: Duration = Duration::from_millis(250);
/// How long it may leave what it is told unread.
const DEAF: Duration = Duration::from_secs(30);
/// The most of a line that it prints.
const LINE: u64 = 8192;

impl Worker {
    /// Starts one.
    ///
    /// # Errors
    /// [`WorkerError::Interpreter`]; another when it dies at once.
    pub(crate) fn start(setup: &Setup) -> Result<Self, WorkerError> {
        let interpreter =
            |error| WorkerError::Interpreter { interpreter: setup.interpreter.display().to_string(), error };
        let (socket, far) = UnixStream::pair().map_err(interpreter)?;
        let (printed, out) = io::pipe().map_err(interpreter)?;
        let child = Command::new(&setup.interpreter)
            .args(["-u", "-c", BEGIN])
            .stdin(Stdio::from(OwnedFd::from(far)))
            .stdout(Stdio::from(out.try_clone().map_err(interpreter)?))
            .stderr(Stdio::from(out))
            .spawn()
            .map_err(interpreter)?;
        let uuid: Arc<Mutex<String>> = Arc::default();
        follow(printed, Arc::clone(&uuid)).map_err(interpreter)?;
        let (frames, gone) = listen(socket.try_clone().map_err(interpreter)?).map_err(interpreter)?;
        let setup_of_it = setup.clone();
        let mut worker =
            Self { child, socket, frames, gone, watched: Instant::now(), setup: setup_of_it, uuid, numbers: 0 };
        worker.socket.set_write_timeout(Some(DEAF)).map_err(interpreter)?;
        worker.write(FREESWITCH.as_bytes())?;
        worker.write(WORKER.as_bytes())?;
        worker.send(&json!({
            "folder": setup.folder.display().to_string(),
            "memory": setup.memory,
            "seconds": setup.cpu.as_secs_f64(),
        }))?;
        tracing::debug!("Python worker {} started", worker.pid());
        Ok(worker)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it lives, and was started as one would be now.
    pub(crate) fn is_fit(&mut self, setup: &Setup) -> bool {
        self.setup == *setup && matches!(self.child.try_wait(), Ok(None))
    }

    /// What it prints from now on is about that call; none when empty.
    pub(crate) fn works_for(&self, uuid: &str) {
        uuid.clone_into(&mut self.uuid.lock());
    }

    /// A number that nothing of this worker has had.
    pub(crate) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// Tells it something.
    pub(crate) fn send(&mut self, message: &Value) -> Result<(), WorkerError> {
        self.write(message.to_string().as_bytes())
    }

    fn write(&mut self, body: &[u8]) -> Result<(), WorkerError> {
        let length = u32::try_from(body.len()).ok().filter(|_| body.len() <= LARGEST);
        let Some(length) = length else {
            return Err(WorkerError::Garbled { pid: self.pid(), what: format!("an answer of {} bytes", body.len()) });
        };
        let frame = [&length.to_be_bytes(), body].concat();
        match self.socket.write_all(&frame) {
            Ok(()) => Ok(()),
            Err(error) if is_late(&error) => Err(self.kill("it does not read what it is told")),
            Err(_) => Err(self.died()),
        }
    }

    /// What it says next; `watch` is asked now and then whether it is still waited for, or why not.
    pub(crate) fn receive<T: DeserializeOwned>(
        &mut self,
        mut watch: impl FnMut() -> Option<&'static str>,
    ) -> Result<T, WorkerError> {
        loop {
            let frame = self.frames.recv_timeout(GLANCE);
            // One that talks all the time is watched as well.
            if self.watched.elapsed() >= GLANCE {
                self.watched = Instant::now();
                if let Some(why) = watch() {
                    return Err(self.kill(why));
                }
            }
            match frame {
                Ok(frame) => {
                    let told = serde_json::from_slice(&frame);
                    return told.map_err(|error| WorkerError::Garbled { pid: self.pid(), what: error.to_string() });
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(self.died()),
            }
        }
    }

    /// Says when it is dead.
    pub(crate) fn gone(&self) -> watch::Receiver<bool> {
        self.gone.clone()
    }

    /// Kills it.
    pub(crate) fn kill(&mut self, why: &'static str) -> WorkerError {
        let pid = self.pid();
        self.end();
        WorkerError::Killed { pid, why }
    }

    fn died(&mut self) -> WorkerError {
        let pid = self.pid();
        // Its socket closes a moment before it is dead.
        let how = self.exit_status().unwrap_or_else(|| "its socket is closed".to_owned());
        WorkerError::Died { pid, how }
    }

    fn exit_status(&mut self) -> Option<String> {
        for _ in 0..20 {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status.to_string());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }

    fn end(&mut self) {
        // One that is dead already cannot be killed, and has been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.end();
    }
}

/// Has a thread take the frames from a worker's socket, and say when it is closed: whatever the script has the switch do
/// meanwhile ends with its worker.
fn listen(mut socket: UnixStream) -> io::Result<(Receiver<Vec<u8>>, watch::Receiver<bool>)> {
    let (frames, taken) = mpsc::sync_channel(WAITING);
    let (closed, gone) = watch::channel(false);
    let take = move || {
        // The end of the socket is the end of the worker, whatever it was.
        let _ = take_frames(&mut socket, &frames);
        closed.send_replace(true);
    };
    std::thread::Builder::new().name("python-in".to_owned()).spawn(take)?;
    Ok((taken, gone))
}

fn take_frames(socket: &mut UnixStream, frames: &SyncSender<Vec<u8>>) -> io::Result<()> {
    let mut socket = BufReader::with_capacity(65_536, socket);
    loop {
        let mut head = [0; 4];
        socket.read_exact(&mut head)?;
        let length = u32::from_be_bytes(head) as usize;
        if length > LARGEST {
            return Err(io::Error::from(ErrorKind::InvalidData));
        }
        let mut frame = vec![0; length];
        socket.read_exact(&mut frame)?;
        if frames.send(frame).is_err() {
            return Ok(());
        }
    }
}

fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Has the log tell what a worker prints past Python's own files (an extension in C, a program that it starts).
fn follow(printed: io::PipeReader, uuid: Arc<Mutex<String>>) -> io::Result<()> {
    let tell = move || {
        let mut printed = BufReader::new(printed);
        let mut line = Vec::new();
        while printed.by_ref().take(LINE).read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            let text = String::from_utf8_lossy(&line);
            let uuid = uuid.lock().clone();
            tracing::warn!(uuid = %uuid, "python: {}", text.trim_end());
            line.clear();
        }
    };
    std::thread::Builder::new().name("python-out".to_owned()).spawn(tell).map(drop)
}
