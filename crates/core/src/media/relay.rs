//! Sending on what another stream, or the same one, has heard.

use std::time::Instant;

use strowger_media::codec::Codec;
use strowger_media::rtp::{Header, Packet};

use super::gain::Gain;
use super::kind::{COMFORT_NOISE_TYPE, Kind};
use super::leg::Scratch;
use super::output::{Output, samples_in};

/// Whose clock the timestamps of relayed packets follow, and how far they are ahead of theirs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Following {
    source: Source,
    ahead: u32,
}

/// A sender: the stream it was heard on, and its SSRC there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Source {
    via: u32,
    ssrc: u32,
}

/// Audio that was heard.
pub(super) struct Heard<'a> {
    pub(super) packet: &'a Packet<'a>,
    pub(super) kind: Kind,
    pub(super) codec: Codec,
    /// What taps have made of it, if it is not what the packet has.
    pub(super) pcm: Option<&'a [i16]>,
    /// How loud it is to be.
    pub(super) gain: Gain,
    /// The SSRC of our own stream that it came to: phones may well have the same.
    pub(super) via: u32,
    pub(super) at: Instant,
}

impl Output {
    /// Sends a packet on, unless something more important is being sent: its payload byte for byte where the codec is
    /// the same, under our own sequence and SSRC, and with a timestamp that moves as theirs does. `false` when the
    /// stream is gone for good.
    pub(super) fn relay(&mut self, heard: &Heard<'_>, scratch: &mut Scratch) -> bool {
        if self.held && !self.playing {
            // What comes after the digit is a new talk spurt.
            self.sender.skip(0);
        }
        if self.playing || self.held {
            return !self.is_closed();
        }
        let changed = heard.kind == Kind::Audio && self.tap_relayed(heard, &mut scratch.samples);
        let Some(parameters) = self.ready() else { return !self.is_closed() };
        let (theirs, payload) = (heard.packet.header, heard.packet.payload);
        scratch.packet.clear();
        if heard.kind == Kind::ComfortNoise {
            if self.comfort_noise {
                self.date_noise(heard).write(&mut scratch.packet);
                scratch.packet.extend_from_slice(payload);
                self.transmit(&scratch.packet, Kind::ComfortNoise);
            }
            return true;
        }
        let samples = (payload.len() / heard.codec.bytes_per_sample()) as u32;
        let timestamp = self.date(heard, samples);
        let header = if self.is_past(timestamp) {
            // Overtaken on the way: our clock is past it already.
            self.sender.event(parameters.payload_type, timestamp, theirs.marker)
        } else {
            self.sender.follow(timestamp);
            let header = self.sender.next(parameters.payload_type, samples);
            Header { marker: header.marker | theirs.marker, ..header }
        };
        header.write(&mut scratch.packet);
        let is_plain = !changed && heard.gain == Gain::Same && self.gain == Gain::Same;
        if is_plain && heard.codec == parameters.codec {
            scratch.packet.extend_from_slice(payload);
        } else {
            if !changed {
                scratch.samples.clear();
                heard.codec.decode(payload, &mut scratch.samples);
            }
            heard.gain.apply(&mut scratch.samples);
            self.gain.apply(&mut scratch.samples);
            parameters.codec.encode(&scratch.samples, &mut scratch.packet);
        }
        self.transmit(&scratch.packet, Kind::Audio);
        true
    }

    /// Has a packet on its way out pass by our taps; whether it is to be sent as `samples`, and not as it came.
    fn tap_relayed(&self, heard: &Heard<'_>, samples: &mut Vec<i16>) -> bool {
        if self.taps.is_empty() && heard.pcm.is_none() {
            return false;
        }
        samples.clear();
        match heard.pcm {
            Some(pcm) => samples.extend_from_slice(pcm),
            None => heard.codec.decode(heard.packet.payload, samples),
        }
        self.tap_said(samples, heard.at, Some(heard.packet.header.timestamp)) | heard.pcm.is_some()
    }

    /// The header of a comfort noise packet: it describes a moment and lasts until the next audio (RFC 3389 §4).
    fn date_noise(&mut self, heard: &Heard<'_>) -> Header {
        let timestamp = self.date(heard, 0);
        if !self.is_past(timestamp) {
            self.sender.follow(timestamp);
        }
        self.sender.event(COMFORT_NOISE_TYPE, timestamp, false)
    }

    /// Our timestamp for a packet of theirs: as far from the last as theirs are apart, as long as that is about the time
    /// that has passed. Another sender, or one whose clock has jumped, is taken up at this moment of our own clock.
    fn date(&mut self, heard: &Heard<'_>, samples: u32) -> u32 {
        let theirs = heard.packet.header;
        let source = Source { via: heard.via, ssrc: theirs.ssrc };
        let known = self.following.filter(|following| following.source == source);
        let followed = known.map(|following| theirs.timestamp.wrapping_add(following.ahead));
        if let Some(timestamp) = followed.filter(|timestamp| self.is_plausible(*timestamp, heard.at)) {
            self.continues = true;
            self.sent = Some((heard.at, samples));
            return timestamp;
        }
        self.continues = false;
        self.resume(samples, heard.at);
        let timestamp = self.sender.timestamp();
        self.following = Some(Following { source, ahead: timestamp.wrapping_sub(theirs.timestamp) });
        timestamp
    }

    fn is_plausible(&self, timestamp: u32, now: Instant) -> bool {
        let step = i64::from(self.step_to(timestamp));
        let passed = self.sent.map_or(0, |(then, _)| samples_in(now.saturating_duration_since(then)));
        (-TOLERANCE..=i64::from(passed) + TOLERANCE).contains(&step)
    }

    fn is_past(&self, timestamp: u32) -> bool {
        self.step_to(timestamp) < 0
    }

    /// How far a timestamp is from the one that is next.
    fn step_to(&self, timestamp: u32) -> i32 {
        timestamp.wrapping_sub(self.sender.timestamp()).cast_signed()
    }
}

/// How many samples a timestamp may be off and still be put down to the network: 250 ms, two of the longest packets.
const TOLERANCE: i64 = 2000;
