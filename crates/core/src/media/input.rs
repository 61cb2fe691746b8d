//! The receiving half of a stream: reads, counts, and hands on what it hears.

use std::mem;
use std::net::SocketAddr;
use std::time::Instant;

use strowger_media::rtp::{Packet, PacketError};

use super::kind::{Kind, kind};
use super::leg::{Leg, Scratch};
use super::mailbox::Mode;
use super::relay::Heard;

impl Leg {
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
        let counters = &self.mailbox.counters;
        let packet = match Packet::parse(datagram) {
            Ok(packet) => packet,
            Err(PacketError::Rtcp(_)) => {
                counters.rtcp_packets.add(1);
                return counters.rtcp_bytes.add(datagram.len() as u64);
            }
            Err(_) => return counters.in_skipped_packets.add(1),
        };
        if let Some(log) = &self.log {
            log.tell(super::gain::Way::Read, datagram, Some(from));
        }
        let kind = self.parameters.and_then(|parameters| kind(&parameters, packet.header.payload_type));
        match kind.filter(|_| self.is_ours(from, packet.header.ssrc)) {
            Some(kind) => self.hear(&packet, kind, datagram.len(), now, scratch),
            None => self.mailbox.counters.in_skipped_packets.add(1),
        }
    }

    /// Whether a packet is from whom we talk to; where that is changes, we send there.
    fn is_ours(&mut self, from: SocketAddr, ssrc: u32) -> bool {
        let before = self.remote.target();
        let ours = self.remote.heard(from, ssrc);
        let target = self.remote.target();
        if target != before {
            self.output.lock().aim(target);
        }
        ours
    }

    /// Takes a packet of `bytes` bytes, headers included.
    pub(super) fn hear(&mut self, packet: &Packet<'_>, kind: Kind, bytes: usize, now: Instant, scratch: &mut Scratch) {
        self.receiver.receive(&packet.header, bytes, now);
        let counters = &self.mailbox.counters;
        counters.received(kind, bytes);
        counters.learned(&self.receiver);
        match kind {
            Kind::Event => {
                if self.parameters.is_some_and(|parameters| parameters.receive) {
                    self.digits.heard(packet);
                }
            }
            Kind::ComfortNoise => {
                if self.comfort_noise {
                    self.hand_on(packet, kind, None, now, scratch);
                }
            }
            Kind::Audio => {
                if !self.put_by(packet, now) {
                    self.sound(packet, now, scratch);
                }
            }
        }
    }

    /// Hears audio, now that its time has come.
    pub(super) fn sound(&mut self, packet: &Packet<'_>, now: Instant, scratch: &mut Scratch) {
        let mut pcm = mem::take(&mut scratch.heard);
        let changed = self.tap_heard(packet, now, &mut pcm);
        self.pass_on(packet, scratch);
        self.hand_on(packet, Kind::Audio, changed.then_some(&pcm), now, scratch);
        scratch.heard = pcm;
    }

    /// Echoes a packet, or sends it on where we are bridged to: as `pcm`, if taps have changed it.
    fn hand_on(&mut self, packet: &Packet<'_>, kind: Kind, pcm: Option<&Vec<i16>>, at: Instant, scratch: &mut Scratch) {
        let output = match &self.mode {
            Mode::Echo if kind == Kind::Audio => &self.output,
            Mode::Bridge(output) => output,
            Mode::Idle | Mode::Echo => return,
        };
        let Some(parameters) = self.parameters.filter(|parameters| parameters.receive) else { return };
        let (codec, gain, pcm) = (parameters.codec, self.gain, pcm.map(Vec::as_slice));
        let heard = Heard { packet, kind, codec, pcm, gain, via: self.ssrc, at };
        if !output.lock().relay(&heard, scratch) {
            self.mode = Mode::Idle;
        }
    }
}

/// Datagrams read of one stream before the others have their turn.
pub(super) const MAX_READS: usize = 32;
