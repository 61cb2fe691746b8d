//! A leg's handle on its media.

use std::net::SocketAddr;
use std::sync::Arc;

use strowger_media::codec::Codec;
use strowger_media::resample::resampled;
use strowger_media::source::AudioSource;
use strowger_media::telephone_event::Press;
use tokio::sync::oneshot;

use super::counters::RtpStatistics;
use super::digits::DigitSink;
use super::gain::{Gain, Way};
use super::leg::Leg;
use super::mailbox::{Action, Inbox, Mail, Mailbox, Mode, Request};
use super::output::SharedOutput;
use super::packet_log::PacketLog;
use super::unicast::Unicast;

/// A leg's media. Every call leaves a command for the owning thread and returns at once; dropping it closes the socket
/// and ends what plays as [`Outcome::Lost`].
#[derive(Debug)]
pub struct Stream {
    id: usize,
    address: Option<SocketAddr>,
    ssrc: u32,
    mailbox: Arc<Mailbox>,
    inbox: Arc<Inbox>,
    output: SharedOutput,
}

/// Where a stream sends, as another one uses it ([`Stream::bridge`]).
#[derive(Debug, Clone)]
pub struct Outlet(SharedOutput);

/// What offer and answer agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RtpParameters {
    /// Where the other side says it listens; where its packets really come from is learned from them.
    pub remote: SocketAddr,
    /// How audio is encoded.
    pub codec: Codec,
    /// The payload type of audio, both ways.
    pub payload_type: u8,
    /// The payload type of RFC 4733 events, both ways: heard as digits, neither audio nor echoed.
    pub dtmf_payload_type: Option<u8>,
    /// Milliseconds of audio a packet: 10 to 120, else 20.
    pub ptime_ms: u16,
    /// Whether we may send.
    pub send: bool,
    /// Whether what comes is listened to.
    pub receive: bool,
}

/// How playing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Played {
    /// Samples played, at 8 kHz.
    pub samples: u64,
    /// The same in milliseconds.
    pub milliseconds: u64,
    /// Why it ended.
    pub outcome: Outcome,
}

/// Why playing ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The source came to its end.
    Done,
    /// It was stopped, or something else was played.
    Stopped,
    /// The stream was closed.
    Lost,
}

impl Stream {
    /// The handle of a leg that `inbox` is about to get.
    pub(super) fn new(id: usize, address: Option<SocketAddr>, leg: &Leg, inbox: Arc<Inbox>) -> Stream {
        let (mailbox, output) = (Arc::clone(&leg.mailbox), Arc::clone(&leg.output));
        Stream { id, address, ssrc: leg.ssrc, mailbox, inbox, output }
    }

    /// The address of the RTP port; `None` without one.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Who we are in RTP.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// Sets where and how audio flows, at the start and at each re-negotiation.
    pub fn connect(&self, parameters: RtpParameters) {
        self.mailbox.update(|mail| mail.connect = Some(parameters));
        self.notify();
    }

    /// Sends every received audio packet back at once, its payload byte for byte, under our own sequence, timestamp and
    /// SSRC. While something plays that is heard instead.
    pub fn echo(&self) {
        self.mailbox.update(|mail| mail.mode = Some(Mode::Echo));
        self.notify();
    }

    /// Sends every received audio packet on as `other`'s, until told else ([`Stream::unbridge`], [`Stream::echo`],
    /// [`Stream::idle`]) or either stream is dropped. One direction only: the other one is the other stream's to bridge.
    ///
    /// The payload is `other`'s byte for byte where both have one codec, and encoded anew where they have not; a packet is
    /// as long as it came. While `other` plays something or sends a digit, or may not send, packets are dropped. RFC
    /// 4733 events are not sent on; comfort noise is where both sides agreed on it ([`Stream::comfort_noise`]).
    pub fn bridge(&self, other: &Outlet) {
        let mode = Mode::Bridge(Arc::clone(&other.0));
        self.mailbox.update(|mail| mail.mode = Some(mode));
        self.notify();
    }

    /// The way out of this stream, for another one to be bridged to.
    pub fn outlet(&self) -> Outlet {
        Outlet(Arc::clone(&self.output))
    }

    /// Ends [`Stream::bridge`]: what is received is counted only. What plays goes on, and so does an echo.
    pub fn unbridge(&self) {
        self.mailbox.update(|mail| {
            mail.unbridge = true;
            if matches!(mail.mode, Some(Mode::Bridge(_))) {
                mail.mode = Some(Mode::Idle);
            }
        });
        self.notify();
    }

    /// Says whether comfort noise (RFC 3389, payload type 13) was agreed on; until then it was not.
    pub fn comfort_noise(&self, agreed: bool) {
        self.mailbox.update(|mail| mail.comfort_noise = Some(agreed));
        self.notify();
    }

    /// Reads and counts only; what plays is stopped.
    pub fn idle(&self) {
        self.mailbox.update(|mail| mail.mode = Some(Mode::Idle));
        self.act(Action::Stop);
    }

    /// Plays a source at real pace instead of what plays now; the receiver learns when it has ended.
    ///
    /// The receiver fails only where the thread itself has gone without a word; take it for [`Outcome::Lost`].
    pub fn play(&self, source: Box<dyn AudioSource>) -> oneshot::Receiver<Played> {
        let (done, played) = oneshot::channel();
        self.act(Action::Play(Request { source: resampled(source, PLAY_RATE), done }));
        played
    }

    /// Stops what plays.
    pub fn stop(&self) {
        self.act(Action::Stop);
    }

    /// Sends received sound to a program too, and what it says to the far end; `None` ends that.
    pub fn unicast(&self, unicast: Option<Unicast>) {
        self.mailbox.update(|mail| mail.unicast = Some(unicast));
        self.notify();
    }

    /// Makes what is heard, or what is sent, louder, softer or silent; digits stay as they are.
    pub fn set_gain(&self, way: Way, gain: Gain) {
        self.mailbox.update(|mail| match way {
            Way::Read => mail.read_gain = Some(gain),
            Way::Write => mail.write_gain = Some(gain),
        });
        self.notify();
    }

    /// Has each packet that goes one way told in the log, or no longer.
    pub fn log_packets(&self, way: Way, log: Option<PacketLog>) {
        self.mailbox.update(|mail| match way {
            Way::Read => mail.read_log = Some(log),
            Way::Write => mail.write_log = Some(log),
        });
        self.notify();
    }

    /// Has `sink` told of each digit that comes as RFC 4733 events, on the media thread.
    pub fn listen(&self, sink: DigitSink) {
        self.mailbox.update(|mail| mail.listen = Some(sink));
        self.notify();
    }

    /// Sends digits and pauses as RFC 4733 events, behind those that are being sent; audio is silent while a key is
    /// held. How many there was room for: a hundred wait at the most. Where events were not agreed on nothing is sent.
    pub fn press(&self, presses: impl IntoIterator<Item = Press>) -> usize {
        let taken = self.mailbox.press(presses);
        self.notify();
        taken
    }

    /// How the stream has gone so far.
    pub fn statistics(&self) -> RtpStatistics {
        self.mailbox.counters.snapshot()
    }

    fn act(&self, action: Action) {
        self.mailbox.act(action);
        self.notify();
    }

    /// Leaves a command.
    pub(super) fn tell(&self, change: impl FnOnce(&mut Mail)) {
        self.mailbox.update(change);
        self.notify();
    }

    fn notify(&self) {
        self.mailbox.notify(self.id, &self.inbox);
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.mailbox.update(|mail| mail.closed = true);
        self.notify();
    }
}

impl Played {
    pub(super) fn new(samples: u64, outcome: Outcome) -> Played {
        Played { samples, milliseconds: samples * 1000 / u64::from(PLAY_RATE), outcome }
    }
}

/// The rate of every codec we have.
const PLAY_RATE: u32 = 8000;
