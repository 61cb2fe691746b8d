//! One stream on its thread: what it receives, echoes and plays.

use std::mem;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use mio::net::UdpSocket;
use strowger_media::rtp::{HEADER_LENGTH, Packet, PacketError, Receiver, Sender};
use strowger_media::source::AudioSource;
use tokio::sync::oneshot;

use super::digits::Digits;
use super::kind::{Kind, kind};
use super::mailbox::{Action, Mail, Mailbox, Mode, Request};
use super::remote::Remote;
use super::stream::{Outcome, Played, RtpParameters};
use super::unicast::Unicast;
use super::wheel::TICK;

/// A stream as its thread sees it.
pub(super) struct Leg {
    socket: Option<UdpSocket>,
    mailbox: Arc<Mailbox>,
    pub(super) parameters: Option<RtpParameters>,
    remote: Remote,
    mode: Mode,
    pub(super) playing: Option<Playing>,
    sender: Sender,
    receiver: Receiver,
    /// When the last packet went out, and how many samples it had.
    pub(super) sent: Option<(Instant, u32)>,
    /// The last packet belongs to what is being sent now.
    pub(super) continues: bool,
    /// Whom we echo, and how far our timestamps are ahead of theirs.
    echoing: Option<(u32, u32)>,
    digits: Digits,
    pub(super) unicast: Option<Unicast>,
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
}

impl Scratch {
    pub(super) fn new() -> Scratch {
        let packet = Vec::with_capacity(HEADER_LENGTH + MAX_DATAGRAM);
        let pcm = vec![0; usize::from(MAX_PTIME_MS) * SAMPLES_PER_MS];
        Scratch { datagram: vec![0; MAX_DATAGRAM], packet, pcm, samples: Vec::new() }
    }
}

impl Leg {
    pub(super) fn new(socket: Option<UdpSocket>, mailbox: Arc<Mailbox>) -> Leg {
        // Random, so that nobody can guess where a stream stands (RFC 3550 §5.1).
        let &[s0, s1, s2, s3, q0, q1, _, _, _, _, _, _, t0, t1, t2, t3] = uuid::Uuid::new_v4().as_bytes();
        let (ssrc, sequence) = (u32::from_be_bytes([s0, s1, s2, s3]), u16::from_be_bytes([q0, q1]));
        Leg {
            socket,
            mailbox,
            parameters: None,
            remote: Remote::default(),
            mode: Mode::Idle,
            playing: None,
            sender: Sender::new(ssrc, sequence, u32::from_be_bytes([t0, t1, t2, t3])),
            receiver: Receiver::new(CLOCK_RATE),
            sent: None,
            continues: false,
            echoing: None,
            digits: Digits::new(CLOCK_RATE),
            unicast: None,
        }
    }

    pub(super) fn ssrc(&self) -> u32 {
        self.sender.ssrc()
    }

    pub(super) fn socket(&mut self) -> Option<&mut UdpSocket> {
        self.socket.as_mut()
    }

    pub(super) fn mailbox(&self) -> &Mailbox {
        &self.mailbox
    }

    /// Does as the mail says. Gives what is to be played from now on, for the caller to schedule; `closed` is the
    /// caller's to see to.
    pub(super) fn obey(&mut self, mail: Mail) -> Option<Request> {
        if let Some(parameters) = mail.connect {
            self.remote.signal(parameters.remote);
            self.continues &= parameters.send;
            self.parameters = Some(parameters);
        }
        if let Some(mode) = mail.mode {
            self.mode = mode;
            self.echoing = None;
        }
        if let Some(unicast) = mail.unicast {
            self.unicast = unicast;
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

    /// Begins to play; the first frame is due at this tick.
    pub(super) fn play(&mut self, request: Request, due: u64) {
        let Request { source, done } = request;
        self.playing = Some(Playing { source, done, samples: 0, ended: false, due });
        self.echoing = None;
        self.continues = false;
    }

    /// Ends what plays, if anything does.
    pub(super) fn end(&mut self, outcome: Outcome) {
        if let Some(playing) = self.playing.take() {
            self.continues = false;
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
            self.mailbox.counters.out_skipped_packets.add(skipped);
            self.sender.skip((skipped.wrapping_mul(self.samples_per_frame() as u64)) as u32);
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
        self.send_frame(wanted, scratch);
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
        let agreed =
            self.parameters.filter(|parameters| parameters.send).and_then(|parameters| parameters.dtmf_payload_type);
        let (Some(payload_type), Some(target)) = (agreed, self.remote.target()) else {
            self.digits.clear();
            return None;
        };
        // A digit begins where audio is now; without any, where it would be.
        let ready = self.clock();
        if let Some(packet) = self.digits.step(due, now, || ready) {
            let header = self.sender.event(payload_type, packet.timestamp, packet.marker);
            scratch.packet.clear();
            header.write(&mut scratch.packet);
            scratch.packet.extend_from_slice(&packet.payload);
            self.transmit(&scratch.packet, target, Kind::Event);
        }
        self.digits.next()
    }

    /// The timestamp of this moment. While nothing is played the clock is moved on to it.
    fn clock(&mut self) -> u32 {
        if self.playing.is_none() {
            self.continues = false;
            self.resume(0);
            // The next audio is dated by itself.
            self.continues = false;
        }
        self.sender.timestamp()
    }

    pub(super) fn send_frame(&mut self, samples: usize, scratch: &mut Scratch) {
        let Some(parameters) = self.parameters.filter(|parameters| parameters.send) else {
            self.continues = false;
            return;
        };
        let Some(target) = self.remote.target().filter(|_| self.socket.is_some()) else { return };
        self.resume(samples as u32);
        if self.digits.is_held() {
            // The digit is in its place.
            return self.sender.skip(samples as u32);
        }
        let header = self.sender.next(parameters.payload_type, samples as u32);
        scratch.packet.clear();
        header.write(&mut scratch.packet);
        parameters.codec.encode(scratch.pcm.get(..samples).unwrap_or_default(), &mut scratch.packet);
        self.transmit(&scratch.packet, target, Kind::Audio);
    }

    /// At the start of a talk spurt, moves the clock on by the time that has passed since the last (RFC 3550 §5.1).
    fn resume(&mut self, samples: u32) {
        let now = Instant::now();
        if !self.continues
            && let Some((then, counted)) = self.sent
        {
            let passed = now.saturating_duration_since(then).as_millis() * SAMPLES_PER_MS as u128;
            // Modulo 2^32, as timestamps are.
            self.sender.skip((passed as u32).saturating_sub(counted));
        }
        self.continues = true;
        self.sent = Some((now, samples));
    }

    fn transmit(&self, packet: &[u8], target: SocketAddr, kind: Kind) {
        let Some(socket) = &self.socket else { return };
        // Late audio is worthless: what the system does not take at once is left out.
        match socket.send_to(packet, target) {
            Ok(_) if kind == Kind::Event => self.mailbox.counters.sent_event(packet.len()),
            Ok(_) => self.mailbox.counters.sent(packet.len()),
            Err(_) => self.mailbox.counters.out_skipped_packets.add(1),
        }
    }

    /// Reads what has come; `true` when there may be more.
    pub(super) fn readable(&mut self, scratch: &mut Scratch) -> bool {
        let now = Instant::now();
        let mut datagram = mem::take(&mut scratch.datagram);
        let mut more = true;
        for _ in 0..MAX_READS {
            let Some(socket) = &self.socket else { break };
            // Nothing left, or an error: either way the next packet to come wakes the thread again.
            let Ok((length, from)) = socket.recv_from(&mut datagram) else {
                more = false;
                break;
            };
            self.receive(datagram.get(..length).unwrap_or_default(), from, now, scratch);
        }
        scratch.datagram = datagram;
        more
    }

    fn receive(&mut self, datagram: &[u8], from: SocketAddr, now: Instant, scratch: &mut Scratch) {
        let mailbox = Arc::clone(&self.mailbox);
        let counters = &mailbox.counters;
        let packet = match Packet::parse(datagram) {
            Ok(packet) => packet,
            Err(PacketError::Rtcp(_)) => {
                counters.rtcp_packets.add(1);
                return counters.rtcp_bytes.add(datagram.len() as u64);
            }
            Err(_) => return counters.in_skipped_packets.add(1),
        };
        let kind = self.parameters.and_then(|parameters| kind(&parameters, packet.header.payload_type));
        let Some(kind) = kind.filter(|_| self.remote.heard(from, packet.header.ssrc)) else {
            return counters.in_skipped_packets.add(1);
        };
        counters.in_packets.add(1);
        counters.in_raw_bytes.add(datagram.len() as u64);
        self.receiver.receive(&packet.header, datagram.len(), now);
        counters.learned(&self.receiver);
        match kind {
            Kind::Event => {
                counters.in_dtmf_packets.add(1);
                if self.parameters.is_some_and(|parameters| parameters.receive) {
                    self.digits.heard(&packet);
                }
            }
            Kind::ComfortNoise => counters.in_cng_packets.add(1),
            Kind::Audio => {
                counters.in_media_packets.add(1);
                counters.in_media_bytes.add(datagram.len() as u64);
                self.pass_on(&packet, scratch);
                if self.mode == Mode::Echo && self.playing.is_none() && !self.digits.is_held() {
                    self.send_back(&packet, scratch);
                }
            }
        }
    }

    /// Echoes a packet: its payload as it is, our own sequence, a timestamp that moves as theirs does.
    fn send_back(&mut self, packet: &Packet<'_>, scratch: &mut Scratch) {
        let Some(parameters) = self.parameters.filter(|parameters| parameters.send && parameters.receive) else {
            return;
        };
        let Some(target) = self.remote.target() else { return };
        let samples = (packet.payload.len() / parameters.codec.bytes_per_sample()) as u32;
        let theirs = packet.header;
        let ahead = match self.echoing {
            Some((ssrc, ahead)) if ssrc == theirs.ssrc => {
                self.sent = Some((Instant::now(), samples));
                ahead
            }
            _ => {
                self.resume(samples);
                self.sender.timestamp().wrapping_sub(theirs.timestamp)
            }
        };
        self.echoing = Some((theirs.ssrc, ahead));
        self.sender.follow(theirs.timestamp.wrapping_add(ahead));
        let mut header = self.sender.next(parameters.payload_type, samples);
        header.marker |= theirs.marker;
        scratch.packet.clear();
        header.write(&mut scratch.packet);
        scratch.packet.extend_from_slice(packet.payload);
        self.transmit(&scratch.packet, target, Kind::Audio);
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
    }
}

impl std::fmt::Debug for Leg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Leg").field("socket", &self.socket).finish_non_exhaustive()
    }
}

const CLOCK_RATE: u32 = 8000;
const SAMPLES_PER_MS: usize = 8;
const MIN_PTIME_MS: u16 = 10;
const MAX_PTIME_MS: u16 = 120;
const DEFAULT_PTIME_MS: u16 = 20;
/// Datagrams read of one stream before the others have their turn.
pub(super) const MAX_READS: usize = 32;
/// More than any RTP packet that came unfragmented.
const MAX_DATAGRAM: usize = 2048;
/// Frames a thread that woke late sends at once; older ones are left out.
const MAX_CATCH_UP: u64 = 3;
