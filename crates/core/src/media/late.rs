//! Received audio that is held back for a while ([`JitterBuffer`]).

use std::time::Instant;

use strowger_media::rtp::{JitterBuffer, JitterOptions, Packet};

use super::leg::{CLOCK_RATE, Leg, Scratch};
use super::stream::Stream;
use super::wheel::TICK;

/// A stream's jitter buffer, and the tick to look at.
pub(super) struct Late {
    buffer: JitterBuffer,
    due: Option<u64>,
}

impl Stream {
    /// Holds received audio back from now on, or hands it on as it comes: only where it comes by RTP.
    pub fn jitter_buffer(&self, options: Option<JitterOptions>) {
        self.tell(|mail| mail.jitter = Some(options));
    }
}

impl Leg {
    pub(super) fn hold_back(&mut self, options: Option<JitterOptions>) {
        let options = options.filter(|_| self.socket.is_some());
        self.late = options.map(|options| Box::new(Late { buffer: JitterBuffer::new(options, CLOCK_RATE), due: None }));
    }

    /// Takes a packet that is to be heard later; `false` when it is to be heard now.
    pub(super) fn put_by(&mut self, packet: &Packet<'_>, now: Instant) -> bool {
        let Some(late) = &mut self.late else { return false };
        late.buffer.push(packet, now);
        true
    }

    /// Whether packets wait that no tick is known for ([`Leg::begin_late`]).
    pub(super) fn has_late(&self) -> bool {
        self.late.as_ref().is_some_and(|late| late.due.is_none() && !late.buffer.is_empty())
    }

    /// They are looked at first at this tick.
    pub(super) fn begin_late(&mut self, due: u64) {
        if let Some(late) = &mut self.late {
            late.due = Some(due);
        }
    }

    /// Hears what was held back long enough, at tick `due`; gives the tick of the next look. `None` when nothing waits, or
    /// the tick is not one of those.
    pub(super) fn hear_late(&mut self, due: u64, now: u64, scratch: &mut Scratch) -> Option<u64> {
        let mut late = self.late.take_if(|late| late.due == Some(due))?;
        let at = Instant::now();
        while let Some(packet) = late.buffer.pop(at) {
            self.sound(&packet, at, scratch);
        }
        let next = due.max(now) + TICKS_PER_LOOK;
        late.due = (!late.buffer.is_empty()).then_some(next);
        let next = late.due;
        self.late = Some(late);
        next
    }
}

/// 10 ms.
const TICKS_PER_LOOK: u64 = 10 / TICK.as_millis() as u64;
