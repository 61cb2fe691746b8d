//! One stream on its thread: what it is told, what it plays and what digits it sends. What it hears is in
//! [`super::input`], how it sends in [`super::output`].

use std::net::UdpSocket;
use std::sync::Arc;

use parking_lot::Mutex;
use strowger_media::rtp::{HEADER_LENGTH, Receiver};
use strowger_media::source::AudioSource;
use tokio::sync::oneshot;

use super::digits::Digits;
use super::gain::Gain;
use super::late::Late;
use super::mailbox::{Action, Mail, Mailbox, Mode, Request};
use super::output::{Output, SharedOutput, Way};
use super::packet_log::PacketLog;
use super::pipe::{self, Hearing, Pipe};
use super::remote::Remote;
use super::stream::{Outcome, Played, RtpParameters};
use super::tap::Taps;
use super::unicast::Unicast;
use super::wheel::TICK;

/// A stream as its thread sees it.
pub(super) struct Leg {
    pub(super) socket: Option<Arc<UdpSocket>>,
    pub(super) mailbox: Arc<Mailbox>,
    pub(super) output: SharedOutput,
    pub(super) ssrc: u32,
    pub(super) parameters: Option<RtpParameters>,
    /// Comfort noise was agreed on.
    pub(super) comfort_noise: bool,
    pub(super) remote: Remote,
    /// How loud what is heard is to be.
    pub(super) gain: Gain,
    pub(super) mode: Mode,
    pub(super) playing: Option<Playing>,
    pub(super) receiver: Receiver,
    pub(super) digits: Digits,
    pub(super) unicast: Option<Unicast>,
    /// What is heard passes by these; what is sent does so in [`Output`].
    pub(super) taps: Taps,
    /// Tells of each packet that comes.
    pub(super) log: Option<PacketLog>,
    /// What was received and is heard later.
    pub(super) late: Option<Box<Late>>,
    /// Where a stream of a pair hears the other.
    pub(super) hearing: Option<Hearing>,
}

pub(super) struct Playing {
    source: Box<dyn AudioSource>,
    done: oneshot::Sender<Played>,
    samples: u64,
    /// The source has ended; what it gave last is still being heard.
    ended: bool,
    /// The tick of the next frame.
    due: u64,
}

/// Buffers that all streams of a thread share.
pub(super) struct Scratch {
    pub(super) datagram: Vec<u8>,
    pub(super) packet: Vec<u8>,
    /// A frame to be sent.
    pub(super) pcm: Vec<i16>,
    /// What a datagram has of sound.
    pub(super) samples: Vec<i16>,
    /// The same, as it passes by taps.
    pub(super) heard: Vec<i16>,
}

impl Scratch {
    pub(super) fn new() -> Scratch {
        let packet = Vec::with_capacity(HEADER_LENGTH + 2 * MAX_DATAGRAM);
        let pcm = vec![0; usize::from(MAX_PTIME_MS) * SAMPLES_PER_MS];
        let [samples, heard] = [(); 2].map(|()| Vec::with_capacity(MAX_DATAGRAM));
        Scratch { datagram: vec![0; MAX_DATAGRAM], packet, pcm, samples, heard }
    }
}

impl Leg {
    /// A stream over a socket, or over none.
    pub(super) fn new(socket: Option<UdpSocket>, mailbox: Arc<Mailbox>) -> Leg {
        let socket = socket.map(Arc::new);
        let way = socket.clone().map_or(Way::Nowhere, Way::Socket);
        let mut leg = Leg::over(way, mailbox);
        leg.socket = socket;
        leg
    }

    /// One end of a pair: what it sends goes to `to`, what it hears comes from `from`.
    pub(super) fn of_pair(to: Arc<Pipe>, from: Arc<Pipe>, mailbox: Arc<Mailbox>) -> Leg {
        let mut leg = Leg::over(Way::Pipe(to), mailbox);
        leg.hearing = Some(Hearing::new(from, leg.ssrc));
        leg.connect(pipe::agreed(true, true));
        leg
    }

    fn over(way: Way, mailbox: Arc<Mailbox>) -> Leg {
        let output = Output::new(way, Arc::clone(&mailbox.counters));
        Leg {
            socket: None,
            ssrc: output.sender.ssrc(),
            output: Arc::new(Mutex::new(output)),
            mailbox,
            parameters: None,
            comfort_noise: false,
            remote: Remote::default(),
            gain: Gain::Same,
            mode: Mode::Idle,
            playing: None,
            receiver: Receiver::new(CLOCK_RATE),
            digits: Digits::new(CLOCK_RATE),
            unicast: None,
            taps: Taps::default(),
            log: None,
            late: None,
            hearing: None,
        }
    }

    pub(super) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Does as the mail says. Gives what is to be played from now on, for the caller to schedule; `closed` is the
    /// caller's to see to.
    pub(super) fn obey(&mut self, mail: Mail) -> Option<Request> {
        if let Some(parameters) = mail.connect {
            self.connect(parameters);
        }
        if let Some(agreed) = mail.comfort_noise {
            self.comfort_noise = agreed;
            self.output.lock().comfort_noise = agreed;
        }
        if mail.unbridge && matches!(self.mode, Mode::Bridge(_)) {
            self.mode = Mode::Idle;
        }
        if let Some(mode) = mail.mode {
            self.enter(mode);
        }
        if let Some(gain) = mail.read_gain {
            self.gain = gain;
        }
        if let Some(gain) = mail.write_gain {
            self.output.lock().gain = gain;
        }
        if let Some(log) = mail.read_log {
            self.log = log;
        }
        if let Some(log) = mail.write_log {
            self.output.lock().log = log;
        }
        if let Some(options) = mail.jitter {
            self.hold_back(options);
        }
        if let Some(unicast) = mail.unicast {
            self.unicast = unicast;
        }
        if let Some(taps) = mail.taps {
            self.output.lock().taps = taps.clone();
            self.taps = taps;
        }
        if let Some(sink) = mail.listen {
            self.digits.listen(sink);
        }
        self.digits.push(mail.presses);
        match mail.action? {
            Action::Stop => {
                self.end(Outcome::Stopped);
                None
            }
            Action::Play(request) => {
                self.end(Outcome::Stopped);
                Some(request)
            }
        }
    }

    fn connect(&mut self, parameters: RtpParameters) {
        let parameters = match self.hearing {
            // Nothing but the direction can be agreed on between the ends of a pair.
            Some(_) => pipe::agreed(parameters.send, parameters.receive),
            None => parameters,
        };
        self.remote.signal(parameters.remote);
        self.parameters = Some(parameters);
        self.output.lock().connect(parameters, self.remote.target());
    }

    fn enter(&mut self, mode: Mode) {
        match &mode {
            Mode::Idle => {}
            Mode::Echo => self.output.lock().interrupt(),
            Mode::Bridge(output) => output.lock().interrupt(),
        }
        self.mode = mode;
    }

    /// Begins to play; the first frame is due at this tick.
    pub(super) fn play(&mut self, request: Request, due: u64) {
        let Request { source, done } = request;
        self.playing = Some(Playing { source, done, samples: 0, ended: false, due });
        self.output.lock().set_playing(true);
    }

    /// Ends what plays, if anything does.
    pub(super) fn end(&mut self, outcome: Outcome) {
        if let Some(playing) = self.playing.take() {
            self.output.lock().set_playing(false);
            // Nobody may be waiting any more.
            let _ = playing.done.send(Played::new(playing.samples, outcome));
        }
    }

    /// Plays the frame that was due at tick `due`, and those after it up to `now`; gives the tick of the next. `None`
    /// when there is none, or the tick is that of something stopped since.
    pub(super) fn tick(&mut self, due: u64, now: u64, scratch: &mut Scratch) -> Option<u64> {
        self.playing.as_ref().filter(|playing| playing.due == due)?;
        let step = self.ticks_per_frame();
        let late = now.saturating_sub(due) / step;
        let skipped = late.saturating_sub(MAX_CATCH_UP);
        if skipped > 0 {
            self.output.lock().leave_out(skipped, self.samples_per_frame());
        }
        let mut next = due + skipped * step;
        while next <= now {
            if !self.frame(scratch) {
                return None;
            }
            next += step;
        }
        if let Some(playing) = self.playing.as_mut() {
            playing.due = next;
        }
        Some(next)
    }

    /// Plays one frame; `false` when that was all.
    fn frame(&mut self, scratch: &mut Scratch) -> bool {
        let wanted = self.samples_per_frame();
        let Some(playing) = self.playing.as_mut() else { return false };
        let filled = match scratch.pcm.get_mut(..wanted) {
            Some(frame) if !playing.ended => playing.source.fill(frame),
            _ => 0,
        };
        if filled == 0 {
            self.end(Outcome::Done);
            return false;
        }
        playing.samples += filled as u64;
        playing.ended = filled < wanted;
        // A frame that ends early is filled up with silence.
        scratch.pcm.iter_mut().take(wanted).skip(filled).for_each(|sample| *sample = 0);
        self.output.lock().send_frame(wanted, scratch);
        true
    }

    /// Whether digits are to be sent that wait for a tick ([`Leg::begin_digits`]).
    pub(super) fn has_digits(&self) -> bool {
        self.digits.wants_to_begin()
    }

    /// The first packet of the digits goes out at this tick.
    pub(super) fn begin_digits(&mut self, due: u64) {
        self.digits.begin(due);
    }

    /// Sends the event packet that was due at tick `due`; gives the tick of the next. `None` when there is none, or the
    /// tick is not one of them.
    pub(super) fn press(&mut self, due: u64, now: u64, scratch: &mut Scratch) -> Option<u64> {
        if !self.digits.is_due(due) {
            return None;
        }
        let mut output = self.output.lock();
        let Some(payload_type) = output.event_payload_type() else {
            self.digits.clear();
            output.held = false;
            return None;
        };
        // A digit begins where audio is now; without any, where it would be.
        if let Some(event) = self.digits.step(due, now, || output.clock()) {
            output.send_event(payload_type, &event, &mut scratch.packet);
        }
        output.held = self.digits.is_held();
        self.digits.next()
    }

    fn ptime_ms(&self) -> u16 {
        let agreed = self.parameters.map(|parameters| parameters.ptime_ms);
        agreed.filter(|ptime| (MIN_PTIME_MS..=MAX_PTIME_MS).contains(ptime)).unwrap_or(DEFAULT_PTIME_MS)
    }

    pub(super) fn samples_per_frame(&self) -> usize {
        usize::from(self.ptime_ms()) * SAMPLES_PER_MS
    }

    fn ticks_per_frame(&self) -> u64 {
        (u64::from(self.ptime_ms()) / TICK.as_millis() as u64).max(1)
    }
}

impl Drop for Leg {
    fn drop(&mut self) {
        self.end(Outcome::Lost);
        // Streams that are bridged to this one may still hold it: the port is to be free.
        self.output.lock().close();
    }
}

impl std::fmt::Debug for Leg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leg").field("socket", &self.socket).finish_non_exhaustive()
    }
}

pub(super) const CLOCK_RATE: u32 = 8000;
pub(super) const SAMPLES_PER_MS: usize = 8;
const MIN_PTIME_MS: u16 = 10;
const MAX_PTIME_MS: u16 = 120;
const DEFAULT_PTIME_MS: u16 = 20;
/// More than any RTP packet that came unfragmented.
const MAX_DATAGRAM: usize = 2048;
/// Frames a thread that woke late sends at once; older ones are left out.
pub(super) const MAX_CATCH_UP: u64 = 3;
