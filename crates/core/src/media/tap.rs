//! Taps: what hears, and may change, the sound that passes on a stream.

use std::sync::Arc;
use std::time::Instant;

use strowger_media::rtp::Packet;

use super::leg::Leg;
use super::stream::Stream;

/// Something on a stream that every frame passes by, both ways (FreeSWITCH's media bug, `switch_core_media_bug.c`).
///
/// It is called on a media thread, with the stream's sending half locked when the frame is on its way out: it must not
/// block, nor wait for anything but a lock that is held for moments.
pub trait Tap: Send + Sync {
    /// A frame of mono PCM at 8 kHz passes; whether it was changed. A frame that nothing changed goes on as it came, byte
    /// for byte where it is relayed.
    fn pass(&self, frame: &mut [i16], passing: Passing) -> bool;
}

/// A frame's passing.
#[derive(Debug, Clone, Copy)]
pub struct Passing {
    /// Which way it goes.
    pub side: Side,
    /// When.
    pub at: Instant,
    /// The RTP timestamp it came with, if it came so.
    pub timestamp: Option<u32>,
}

/// Which way a frame goes, as the call sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It came from the far end (FreeSWITCH's read).
    Heard,
    /// It is sent to the far end (FreeSWITCH's write).
    Said,
}

/// The taps of a stream; cloning is cheap, and none costs nothing.
#[derive(Clone, Default)]
pub(super) struct Taps(Option<Arc<[Arc<dyn Tap>]>>);

impl Taps {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Has a frame pass by all of them, one after the other; whether one of them changed it.
    pub(super) fn pass(&self, frame: &mut [i16], passing: Passing) -> bool {
        let taps = self.0.as_deref().unwrap_or_default();
        taps.iter().fold(false, |changed, tap| tap.pass(frame, passing) | changed)
    }
}

impl std::fmt::Debug for Taps {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Taps({})", self.0.as_ref().map_or(0, |taps| taps.len()))
    }
}

impl Stream {
    /// Has every frame pass by these from now on, in this order, and by no others.
    pub fn tap(&self, taps: Vec<Arc<dyn Tap>>) {
        let taps = Taps((!taps.is_empty()).then(|| taps.into()));
        self.tell(|mail| mail.taps = Some(taps));
    }
}

impl Leg {
    /// Has a received packet pass by the taps, as `pcm`; whether that is now something else than the packet.
    pub(super) fn tap_heard(&self, packet: &Packet<'_>, at: Instant, pcm: &mut Vec<i16>) -> bool {
        let Some(parameters) = self.parameters.filter(|parameters| parameters.receive && !self.taps.is_empty()) else {
            return false;
        };
        pcm.clear();
        parameters.codec.decode(packet.payload, pcm);
        self.taps.pass(pcm, Passing { side: Side::Heard, at, timestamp: Some(packet.header.timestamp) })
    }
}
