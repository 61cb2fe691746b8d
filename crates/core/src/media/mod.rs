//! The media engine: threads of their own that receive, send, play, echo and bridge RTP, so that signalling never waits
//! for audio nor audio for signalling.
//!
//! Each thread owns its share of the streams: their sockets (epoll, by way of `mio`) and the wheel that paces what they
//! play. Signalling shares nothing with it but one [`Stream`]'s mailbox and its counters.
//!
//! A stream has two halves. What it receives belongs to its thread alone. What it takes to send (the socket, sequence and
//! timestamp, what was agreed on, where the far end is) is one small structure behind a lock. The thread that hears a
//! packet on a bridged stream takes the lock of the other one's sending half and sends it at once, whichever thread that
//! stream is on: no queue, no wakeup, no copy but that into the packet. The lock is held for one packet, nothing else is
//! locked under it but the buffer between the streams of a pair and those of taps, and in a call of two legs nobody else wants it unless
//! something plays as well.
//!
//! No queue runs full: a mailbox has one slot for each kind of command, the latest wins, and a stream with mail stands
//! at most once in its thread's inbox. What is bounded is so by the number of streams. Only digits to be sent queue up,
//! a hundred at the most, between the streams of a pair ([`MediaEngine::open_pair`]) eight frames, and at a tap
//! ([`Stream::tap`]) that keeps sound ([`Timeline`]) 5 s of it. What is done with that sound is done elsewhere: no file is
//! written on a media thread.

mod counters;
mod delay;
mod digits;
mod displace;
mod eavesdrop;
mod file_control;
mod gain;
mod input;
mod keys;
mod kind;
mod late;
mod leg;
mod mailbox;
mod output;
mod packet_log;
mod pipe;
mod ports;
mod recorder;
mod relay;
mod remote;
mod stream;
mod tap;
#[cfg(test)]
mod tests;
mod timeline;
mod tone_tap;
mod unicast;
mod wheel;
mod worker;

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

pub use counters::RtpStatistics;
pub use delay::DelayLine;
pub use digits::DigitSink;
pub use displace::Displacer;
pub use eavesdrop::{Eavesdropping, Ways};
pub(crate) use file_control::Controlled;
pub use file_control::{FileChange, FileControl, Seek, Step};
pub use gain::{Gain, Way};
pub use keys::{KeyEar, KeyVoice};
use leg::Leg;
use mailbox::Inbox;
pub use packet_log::PacketLog;
use pipe::Pipe;
pub use recorder::{Ending, Hush, Recorded, Recorder, RecorderControl, RecorderError, RecorderOptions, Tracks};
pub use stream::{Outcome, Outlet, Played, RtpParameters, Stream};
pub use tap::{Passing, Side, Tap};
pub use timeline::{HOLD, Timeline};
pub use tone_tap::{MAX_TONES, ToneRule, ToneTap};
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
        let thread = self.thread()?;
        self.add(thread, self.next_id(), address, Leg::new(Some(socket), Arc::default()))
    }

    /// A stream without a socket, as the null endpoint has: it plays at real pace into nowhere, and echoes nothing.
    ///
    /// # Errors
    /// [`MediaError::Stopped`] when the threads are gone.
    pub fn open_null(&self) -> Result<Stream, MediaError> {
        let thread = self.thread()?;
        self.add(thread, self.next_id(), None, Leg::new(None, Arc::default()))
    }

    /// Two streams without sockets, on one thread, that are each other's far end: what one plays, relays or is spoken on
    /// it by a program, the other receives, as L16 in packets of 20 ms.
    ///
    /// They are connected from the start; [`Stream::connect`] changes their direction only. Digits are not sent between
    /// them.
    ///
    /// # Errors
    /// [`MediaError::Stopped`] when the threads are gone.
    pub fn open_pair(&self) -> Result<(Stream, Stream), MediaError> {
        let thread = self.thread()?;
        let ids = (self.next_id(), self.next_id());
        let to_first = Arc::new(Pipe::new(ids.0, Arc::clone(&thread.inbox)));
        let to_second = Arc::new(Pipe::new(ids.1, Arc::clone(&thread.inbox)));
        let first = Leg::of_pair(Arc::clone(&to_second), Arc::clone(&to_first), Arc::default());
        let second = Leg::of_pair(to_first, to_second, Arc::default());
        Ok((self.add(thread, ids.0, None, first)?, self.add(thread, ids.1, None, second)?))
    }

    fn add(&self, thread: &Thread, id: usize, address: Option<SocketAddr>, leg: Leg) -> Result<Stream, MediaError> {
        let stream = Stream::new(id, address, &leg, Arc::clone(&thread.inbox));
        if thread.inbox.add(id, leg) { Ok(stream) } else { Err(MediaError::Stopped) }
    }

    /// Never used again: a token of the past cannot be taken for another stream's.
    fn next_id(&self) -> usize {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// The first thread with little to do, else the one with the least: a thread that wakes for many streams at once
    /// costs less than two that wake for half of them.
    ///
    /// # Errors
    /// [`MediaError::Stopped`] when there is none.
    fn thread(&self) -> Result<&Thread, MediaError> {
        let idle = self.threads.iter().find(|thread| thread.inbox.load() < PACKED);
        let thread = idle.or_else(|| self.threads.iter().min_by_key(|thread| thread.inbox.load()));
        thread.ok_or(MediaError::Stopped)
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
