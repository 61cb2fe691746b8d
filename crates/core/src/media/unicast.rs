//! A call's sound on a UDP port of a program's own (`sendmsg` with `call-command: unicast`).

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::UdpSocket;
use strowger_media::rtp::Packet;

use super::gain::Gain;
use super::input::MAX_READS;
use super::leg::{Leg, Scratch};

/// Where a stream's sound goes to and comes from besides RTP. Each received audio packet is sent on as one datagram; what
/// comes back is sent to the far end at once, in packets of the stream's own length, unless something plays.
#[derive(Debug)]
pub struct Unicast {
    pub(super) socket: UdpSocket,
    remote: SocketAddr,
    native: bool,
}

impl Unicast {
    /// Sends sound from `local` to `remote` and takes what comes from there: as the codec has it when `native`, else as
    /// 16-bit linear PCM at 8 kHz, mono, in the byte order of the machine.
    ///
    /// # Errors
    /// The system's, when the local address cannot be had.
    pub fn bind(local: SocketAddr, remote: SocketAddr, native: bool) -> io::Result<Unicast> {
        Ok(Unicast { socket: UdpSocket::bind(local)?, remote, native })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// The system's.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

impl Leg {
    /// Sends a received audio packet on.
    pub(super) fn pass_on(&mut self, packet: &Packet<'_>, scratch: &mut Scratch) {
        let (Some(unicast), Some(parameters)) = (&self.unicast, self.parameters) else { return };
        if !parameters.receive {
            return;
        }
        scratch.packet.clear();
        if unicast.native && self.gain == Gain::Same {
            scratch.packet.extend_from_slice(packet.payload);
        } else {
            scratch.samples.clear();
            parameters.codec.decode(packet.payload, &mut scratch.samples);
            self.gain.apply(&mut scratch.samples);
            if unicast.native {
                parameters.codec.encode(&scratch.samples, &mut scratch.packet);
            } else {
                scratch.packet.extend(scratch.samples.iter().flat_map(|sample| sample.to_ne_bytes()));
            }
        }
        // Late audio is worthless: what the system does not take at once, or nobody waits for, is left out.
        let _ = unicast.socket.send_to(&scratch.packet, unicast.remote);
    }

    /// Reads what the program has sent; `true` when there may be more.
    pub(super) fn hear_program(&mut self, scratch: &mut Scratch) -> bool {
        let mut datagram = std::mem::take(&mut scratch.datagram);
        let mut more = true;
        for _ in 0..MAX_READS {
            let Some(unicast) = &self.unicast else { break };
            let Ok((length, from)) = unicast.socket.recv_from(&mut datagram) else {
                more = false;
                break;
            };
            // Anybody on the machine may send to the port.
            if from.ip() == unicast.remote.ip() {
                let native = unicast.native;
                self.speak(datagram.get(..length).unwrap_or_default(), native, scratch);
            }
        }
        scratch.datagram = datagram;
        more && self.unicast.is_some()
    }

    fn speak(&mut self, sound: &[u8], native: bool, scratch: &mut Scratch) {
        let Some(parameters) = self.parameters.filter(|_| self.playing.is_none()) else { return };
        let mut samples = std::mem::take(&mut scratch.samples);
        samples.clear();
        if native {
            parameters.codec.decode(sound, &mut samples);
        } else {
            samples.extend(sound.as_chunks().0.iter().map(|pair: &[u8; 2]| i16::from_ne_bytes(*pair)));
        }
        // A program that was silent for a while begins a new talk spurt.
        let mut output = self.output.lock();
        output.end_spurt_after(PAUSE);
        for frame in samples.chunks(self.samples_per_frame().max(1)) {
            if let Some(pcm) = scratch.pcm.get_mut(..frame.len()) {
                pcm.copy_from_slice(frame);
                output.send_frame(frame.len(), scratch);
            }
        }
        drop(output);
        scratch.samples = samples;
    }
}

/// Sound that is farther apart does not belong together.
const PAUSE: Duration = Duration::from_millis(100);
