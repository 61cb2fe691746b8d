//! The sending half of a stream, which everyone shares who sends on it: the stream's own thread, and those of the
//! streams that are bridged to it.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use strowger_media::rtp::{HEADER_LENGTH, Sender};

use super::counters::Counters;
use super::digits::EventPacket;
use super::gain::Gain;
use super::kind::Kind;
use super::leg::{SAMPLES_PER_MS, Scratch};
use super::packet_log::PacketLog;
use super::pipe::Pipe;
use super::relay::Following;
use super::stream::RtpParameters;
use super::tap::{Passing, Side, Taps};

/// Locked for one packet at a time, and nothing else is locked under it but a [`Pipe`] and what a tap locks.
pub(super) type SharedOutput = Arc<Mutex<Output>>;

/// What a stream knows about sending.
#[derive(Debug)]
pub(super) struct Output {
    way: Way,
    /// The `out_…` ones: whoever has the lock is their one writer.
    counters: Arc<Counters>,
    pub(super) parameters: Option<RtpParameters>,
    /// Comfort noise was agreed on.
    pub(super) comfort_noise: bool,
    /// How loud what is sent is to be.
    pub(super) gain: Gain,
    /// Where the other side really is.
    target: Option<SocketAddr>,
    /// Something plays: what is relayed has to wait.
    pub(super) playing: bool,
    /// A key is held: all audio pauses.
    pub(super) held: bool,
    pub(super) sender: Sender,
    /// When the last packet went out, and how many samples it had.
    pub(super) sent: Option<(Instant, u32)>,
    /// The last packet belongs to what is being sent now.
    pub(super) continues: bool,
    /// Whose clock the timestamps follow.
    pub(super) following: Option<Following>,
    /// What is sent passes by these.
    pub(super) taps: Taps,
    /// Tells of each packet.
    pub(super) log: Option<PacketLog>,
}

/// Where packets go.
#[derive(Debug)]
pub(super) enum Way {
    /// Nowhere, as on the null endpoint.
    Nowhere,
    Socket(Arc<UdpSocket>),
    /// To another stream of ours.
    Pipe(Arc<Pipe>),
    /// The stream is gone.
    Closed,
}

impl Output {
    pub(super) fn new(way: Way, counters: Arc<Counters>) -> Output {
        // Random, so that nobody can guess where a stream stands (RFC 3550 §5.1).
        let &[s0, s1, s2, s3, q0, q1, _, _, _, _, _, _, t0, t1, t2, t3] = uuid::Uuid::new_v4().as_bytes();
        let (ssrc, sequence) = (u32::from_be_bytes([s0, s1, s2, s3]), u16::from_be_bytes([q0, q1]));
        Output {
            way,
            counters,
            parameters: None,
            comfort_noise: false,
            gain: Gain::Same,
            target: None,
            playing: false,
            held: false,
            sender: Sender::new(ssrc, sequence, u32::from_be_bytes([t0, t1, t2, t3])),
            sent: None,
            continues: false,
            following: None,
            taps: Taps::default(),
            log: None,
        }
    }

    /// Takes what was agreed on, and where to send.
    pub(super) fn connect(&mut self, parameters: RtpParameters, target: Option<SocketAddr>) {
        self.target = target;
        if !parameters.send {
            self.interrupt();
        }
        self.parameters = Some(parameters);
    }

    /// Sends there from now on.
    pub(super) fn aim(&mut self, target: Option<SocketAddr>) {
        self.target = target;
    }

    /// What is sent next has nothing to do with what was sent last.
    pub(super) fn interrupt(&mut self) {
        self.continues = false;
        self.following = None;
    }

    /// Something begins to play, or has ended.
    pub(super) fn set_playing(&mut self, playing: bool) {
        self.playing = playing;
        self.interrupt();
    }

    /// The stream closes: its port is free again, whoever still holds this.
    pub(super) fn close(&mut self) {
        self.way = Way::Closed;
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.way, Way::Closed)
    }

    /// What was agreed on, if we may send and can.
    pub(super) fn ready(&self) -> Option<RtpParameters> {
        let reachable = match self.way {
            Way::Socket(_) => self.target.is_some(),
            Way::Pipe(_) => true,
            Way::Nowhere | Way::Closed => false,
        };
        self.parameters.filter(|parameters| parameters.send && reachable)
    }

    /// Leaves out frames whose time has passed.
    pub(super) fn leave_out(&mut self, frames: u64, samples_per_frame: usize) {
        self.counters.out_skipped_packets.add(frames);
        // Modulo 2^32, as timestamps are.
        self.sender.skip(frames.wrapping_mul(samples_per_frame as u64) as u32);
    }

    /// Sends so many samples of `scratch.pcm` as one packet.
    pub(super) fn send_frame(&mut self, samples: usize, scratch: &mut Scratch) {
        if self.parameters.is_some_and(|parameters| !parameters.send) {
            self.interrupt();
        }
        if let Some(frame) = scratch.pcm.get_mut(..samples).filter(|_| !self.held) {
            self.tap_said(frame, Instant::now(), None);
        }
        let Some(parameters) = self.ready() else { return };
        self.following = None;
        self.resume(samples as u32, Instant::now());
        if self.held {
            // The digit is in its place.
            return self.sender.skip(samples as u32);
        }
        let header = self.sender.next(parameters.payload_type, samples as u32);
        scratch.packet.clear();
        header.write(&mut scratch.packet);
        let sound = scratch.pcm.get_mut(..samples).unwrap_or_default();
        self.gain.apply(sound);
        parameters.codec.encode(sound, &mut scratch.packet);
        self.transmit(&scratch.packet, Kind::Audio);
    }

    /// Has a frame that is about to be sent pass by the taps; whether one of them changed it. On a stream that leads
    /// nowhere frames pass too; while the far end wants to hear nothing they do not.
    pub(super) fn tap_said(&self, frame: &mut [i16], at: Instant, timestamp: Option<u32>) -> bool {
        let muted = self.parameters.is_some_and(|parameters| !parameters.send);
        !muted && self.taps.pass(frame, Passing { side: Side::Said, at, timestamp })
    }

    /// Audio comes that is not paced by us: after such a pause it is a new talk spurt.
    pub(super) fn end_spurt_after(&mut self, pause: Duration) {
        self.continues &= self.sent.is_some_and(|(at, _)| at.elapsed() < pause);
    }

    /// The payload type of digits, if they can be sent.
    pub(super) fn event_payload_type(&self) -> Option<u8> {
        self.ready()?.dtmf_payload_type
    }

    pub(super) fn send_event(&mut self, payload_type: u8, event: &EventPacket, packet: &mut Vec<u8>) {
        let header = self.sender.event(payload_type, event.timestamp, event.marker);
        packet.clear();
        header.write(packet);
        packet.extend_from_slice(&event.payload);
        self.transmit(packet, Kind::Event);
    }

    /// The timestamp of this moment. While nothing is played the clock is moved on to it.
    pub(super) fn clock(&mut self) -> u32 {
        if !self.playing {
            self.continues = false;
            self.resume(0, Instant::now());
            // The next audio is dated by itself.
            self.continues = false;
        }
        self.sender.timestamp()
    }

    /// At the start of a talk spurt, moves the clock on by the time that has passed since the last (RFC 3550 §5.1).
    pub(super) fn resume(&mut self, samples: u32, now: Instant) {
        if !self.continues
            && let Some((then, counted)) = self.sent
        {
            self.sender.skip(samples_in(now.saturating_duration_since(then)).saturating_sub(counted));
        }
        self.continues = true;
        self.sent = Some((now, samples));
    }

    pub(super) fn transmit(&self, packet: &[u8], kind: Kind) {
        // Late audio is worthless: what the system does not take at once is left out.
        let taken = match (&self.way, self.target) {
            (Way::Socket(socket), Some(target)) => socket.send_to(packet, target).is_ok(),
            (Way::Pipe(pipe), _) => pipe.push(packet.get(HEADER_LENGTH..).unwrap_or_default()),
            _ => return,
        };
        if taken {
            if let Some(log) = &self.log {
                log.tell(super::gain::Way::Write, packet, self.target);
            }
            self.counters.sent(kind, packet.len());
        } else {
            self.counters.out_skipped_packets.add(1);
        }
    }
}

/// How many samples last as long, modulo 2^32, as timestamps are.
pub(super) fn samples_in(time: Duration) -> u32 {
    (time.as_millis() * SAMPLES_PER_MS as u128) as u32
}
