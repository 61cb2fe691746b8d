//! The media engine: threads of their own that receive, send, play and echo RTP, so that signalling never waits for
//! audio nor audio for signalling.
//!
//! Each thread owns its share of the streams: their sockets (epoll, by way of `mio`) and the wheel that paces what they
//! play. Nothing is shared with signalling but one [`Stream`]'s mailbox and its counters.
//!
//! No queue runs full: a mailbox has one slot for each kind of command, the latest wins, and a stream with mail stands
//! at most once in its thread's inbox. What is bounded is so by the number of streams. Only digits to be sent queue up,
//! a hundred at the most.

mod counters;
mod digits;
mod kind;
mod leg;
mod mailbox;
mod ports;
mod remote;
mod stream;
#[cfg(test)]
mod tests;
mod unicast;
mod wheel;
mod worker;

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

pub use counters::RtpStatistics;
pub use digits::DigitSink;
use leg::Leg;
use mailbox::{Inbox, Mailbox};
use mio::net::UdpSocket;
pub use stream::{Outcome, Played, RtpParameters, Stream};
pub use unicast::Unicast;
use worker::Worker;

/// The media threads and the streams they serve. Dropping it ends the threads; what still plays is [`Outcome::Lost`].
#[derive(Debug)]
pub struct MediaEngine {
    options: MediaOptions,
    threads: Vec<Thread>,
    next_id: AtomicUsize,
}

/// How the media engine is set up.
#[derive(Debug, Clone)]
pub struct MediaOptions {
    /// How many threads; zero is one a core.
    pub threads: usize,
    /// Where RTP ports are taken from, the even ones (RFC 3550 §11); `0..=0` leaves the choice to the system.
    pub rtp_ports: RangeInclusive<u16>,
}

/// Why media cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// Every even port of the range is taken.
    #[error("no free RTP port on {ip} in {} to {}", .range.start(), .range.end())]
    NoPort {
        /// The address asked for.
        ip: IpAddr,
        /// The range asked for.
        range: RangeInclusive<u16>,
    },
    /// The system refuses the address.
    #[error("cannot open an RTP port at {address}: {source}")]
    Bind {
        /// The address tried.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// A media thread cannot be started.
    #[error("cannot start a media thread: {0}")]
    Thread(std::io::Error),
    /// The media threads are gone.
    #[error("the media engine has no threads")]
    Stopped,
}

#[derive(Debug)]
struct Thread {
    inbox: Arc<Inbox>,
    handle: Option<JoinHandle<()>>,
}

impl Default for MediaOptions {
    /// One thread a core and FreeSWITCH's port range.
    fn default() -> MediaOptions {
        MediaOptions { threads: 0, rtp_ports: 16_384..=32_768 }
    }
}

impl MediaEngine {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`MediaError::Thread`] when the system has no thread or no epoll for us.
    pub fn start(options: MediaOptions) -> Result<MediaEngine, MediaError> {
        let count = match options.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            count => count,
        };
        // Made first, so that a failure half-way ends the threads already started.
        let mut engine = MediaEngine { options, threads: Vec::new(), next_id: AtomicUsize::new(0) };
        for number in 0..count {
            let (worker, inbox) = Worker::new().map_err(MediaError::Thread)?;
            let builder = std::thread::Builder::new().name(format!("media-{number}"));
            let handle = builder.spawn(move || worker.run()).map_err(MediaError::Thread)?;
            engine.threads.push(Thread { inbox, handle: Some(handle) });
        }
        Ok(engine)
    }

    /// Opens an RTP port on `ip` and a stream over it, which reads and counts until told more.
    ///
    /// # Errors
    /// [`MediaError::NoPort`] or [`MediaError::Bind`] when no port can be had.
    pub fn open_rtp(&self, ip: IpAddr) -> Result<Stream, MediaError> {
        let socket = ports::bind(ip, &self.options.rtp_ports)?;
        let address = socket.local_addr().ok();
        self.open(Some(UdpSocket::from_std(socket)), address)
    }

    /// A stream without a socket, as the null endpoint has: it plays at real pace into nowhere, and echoes nothing.
    ///
    /// # Errors
    /// [`MediaError::Stopped`] when the threads are gone.
    pub fn open_null(&self) -> Result<Stream, MediaError> {
        self.open(None, None)
    }

    fn open(&self, socket: Option<UdpSocket>, address: Option<SocketAddr>) -> Result<Stream, MediaError> {
        let thread = self.thread().ok_or(MediaError::Stopped)?;
        // Never used again: a token of the past cannot be taken for another stream's.
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mailbox = Arc::new(Mailbox::default());
        let leg = Leg::new(socket, Arc::clone(&mailbox));
        let ssrc = leg.ssrc();
        if !thread.inbox.add(id, leg) {
            return Err(MediaError::Stopped);
        }
        Ok(Stream::new(id, address, ssrc, mailbox, Arc::clone(&thread.inbox)))
    }

    /// The first thread with little to do, else the one with the least: a thread that wakes for many streams at once
    /// costs less than two that wake for half of them.
    fn thread(&self) -> Option<&Thread> {
        let idle = self.threads.iter().find(|thread| thread.inbox.load() < PACKED);
        idle.or_else(|| self.threads.iter().min_by_key(|thread| thread.inbox.load()))
    }
}

impl Drop for MediaEngine {
    fn drop(&mut self) {
        self.threads.iter().for_each(|thread| thread.inbox.shut_down());
        for thread in &mut self.threads {
            if thread.handle.take().is_some_and(|handle| handle.join().is_err()) {
                tracing::error!("a media thread panicked");
            }
        }
    }
}

/// Streams that leave most of a core idle, whatever they do.
const PACKED: usize = 500;
