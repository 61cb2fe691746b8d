//! How commands reach a media thread.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mio::Waker;
use parking_lot::Mutex;
use strowger_media::rtp::JitterOptions;
use strowger_media::source::AudioSource;
use strowger_media::telephone_event::{MAX_QUEUED, Press};
use tokio::sync::oneshot;

use super::counters::Counters;
use super::digits::DigitSink;
use super::gain::Gain;
use super::leg::Leg;
use super::output::SharedOutput;
use super::packet_log::PacketLog;
use super::stream::{Outcome, Played, RtpParameters};
use super::tap::Taps;
use super::unicast::Unicast;

/// What one stream and its thread share.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    mail: Mutex<Mail>,
    pub(super) counters: Arc<Counters>,
}

/// Commands not yet taken: one of each kind, the latest.
#[derive(Default)]
pub(super) struct Mail {
    /// The stream stands in its thread's inbox.
    queued: bool,
    pub(super) connect: Option<RtpParameters>,
    /// What is received goes nowhere, if it was bridged; before `mode`.
    pub(super) unbridge: bool,
    pub(super) mode: Option<Mode>,
    /// Whether comfort noise was agreed on.
    pub(super) comfort_noise: Option<bool>,
    pub(super) action: Option<Action>,
    pub(super) listen: Option<DigitSink>,
    /// Where sound goes besides RTP from now on.
    pub(super) unicast: Option<Option<Unicast>>,
    /// What sound passes by from now on.
    pub(super) taps: Option<Taps>,
    /// How long received audio is held back from now on.
    pub(super) jitter: Option<Option<JitterOptions>>,
    /// How loud what is heard is to be, and what is sent.
    pub(super) read_gain: Option<Gain>,
    pub(super) write_gain: Option<Gain>,
    /// Whether packets that come are told of, and those that go.
    pub(super) read_log: Option<Option<PacketLog>>,
    pub(super) write_log: Option<Option<PacketLog>>,
    /// Digits to be sent.
    pub(super) presses: VecDeque<Press>,
    pub(super) closed: bool,
}

/// What is done with received audio.
pub(super) enum Mode {
    Idle,
    Echo,
    /// It is sent on there.
    Bridge(SharedOutput),
}

/// What is done about playing.
pub(super) enum Action {
    Play(Request),
    Stop,
}

/// Something to play.
pub(super) struct Request {
    pub(super) source: Box<dyn AudioSource>,
    pub(super) done: oneshot::Sender<Played>,
}

impl Request {
    /// Ends it before it began.
    pub(super) fn refuse(self, outcome: Outcome) {
        // Nobody may be waiting any more.
        let _ = self.done.send(Played::new(0, outcome));
    }
}

impl Mailbox {
    pub(super) fn update(&self, change: impl FnOnce(&mut Mail)) {
        change(&mut self.mail.lock());
    }

    /// Leaves an action; one that was not taken yet has been overtaken, so a source in it is stopped.
    pub(super) fn act(&self, action: Action) {
        let before = self.mail.lock().action.replace(action);
        if let Some(Action::Play(request)) = before {
            request.refuse(Outcome::Stopped);
        }
    }

    /// Leaves digits to be sent; how many there was room for.
    pub(super) fn press(&self, presses: impl IntoIterator<Item = Press>) -> usize {
        let mut mail = self.mail.lock();
        let room = MAX_QUEUED - mail.presses.len();
        let before = mail.presses.len();
        mail.presses.extend(presses.into_iter().take(room));
        mail.presses.len() - before
    }

    /// Sees to it that the thread looks here; without a thread what was to be played is lost.
    pub(super) fn notify(&self, id: usize, inbox: &Inbox) {
        if mem::replace(&mut self.mail.lock().queued, true) {
            // The thread clears it before it takes the mail.
            return self.lose_if(inbox.is_stopped());
        }
        let stopped = !inbox.mention(id);
        self.lose_if(stopped);
    }

    /// Takes what there is.
    pub(super) fn take(&self) -> Mail {
        mem::take(&mut self.mail.lock())
    }

    pub(super) fn lose_if(&self, stopped: bool) {
        if stopped && let Some(Action::Play(request)) = self.take().action {
            request.refuse(Outcome::Lost);
        }
    }
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("queued", &self.queued).field("closed", &self.closed).finish_non_exhaustive()
    }
}

/// What one thread is told: new streams, and those with mail.
#[derive(Debug)]
pub(super) struct Inbox {
    queue: Mutex<Queue>,
    waker: Waker,
    streams: AtomicUsize,
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    /// New streams.
    pub(super) legs: Vec<(usize, Leg)>,
    /// Streams with mail, each at most once.
    pub(super) mentioned: Vec<usize>,
    /// The thread is to end.
    pub(super) shut_down: bool,
    /// It has ended.
    stopped: bool,
}

impl Inbox {
    pub(super) fn new(waker: Waker) -> Inbox {
        Inbox { queue: Mutex::default(), waker, streams: AtomicUsize::new(0) }
    }

    /// How many streams the thread has.
    pub(super) fn load(&self) -> usize {
        self.streams.load(Ordering::Relaxed)
    }

    /// Hands a stream over; `false` when the thread has ended.
    pub(super) fn add(&self, id: usize, leg: Leg) -> bool {
        let added = self.push(|queue| queue.legs.push((id, leg)));
        if added {
            self.streams.fetch_add(1, Ordering::Relaxed);
        }
        added
    }

    /// Tells of mail; `false` when the thread has ended.
    pub(super) fn mention(&self, id: usize) -> bool {
        self.push(|queue| queue.mentioned.push(id))
    }

    pub(super) fn shut_down(&self) {
        self.push(|queue| queue.shut_down = true);
    }

    fn is_stopped(&self) -> bool {
        self.queue.lock().stopped
    }

    /// Takes what there is into `empty`.
    pub(super) fn take(&self, empty: &mut Queue) {
        mem::swap(&mut *self.queue.lock(), empty);
    }

    /// The thread ends: what comes from now on is refused. Returns what came last.
    pub(super) fn stop(&self) -> Queue {
        mem::replace(&mut *self.queue.lock(), Queue { stopped: true, ..Queue::default() })
    }

    pub(super) fn removed(&self) {
        self.streams.fetch_sub(1, Ordering::Relaxed);
    }

    fn push(&self, change: impl FnOnce(&mut Queue)) -> bool {
        let mut queue = self.queue.lock();
        if queue.stopped {
            return false;
        }
        // A thread that was woken and has not looked yet need not be woken again.
        let wake = queue.legs.is_empty() && queue.mentioned.is_empty();
        change(&mut queue);
        drop(queue);
        if wake && let Err(error) = self.waker.wake() {
            tracing::error!("cannot wake a media thread: {error}");
        }
        true
    }
}
