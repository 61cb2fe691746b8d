//! Digits on a stream: those heard, and those sent.

use std::collections::VecDeque;

use strowger_media::telephone_event::{Digit, DtmfReceiver, DtmfSender, Press, Step};

use super::wheel::TICK;

/// Told of each digit heard, on the media thread: it must not block.
pub type DigitSink = Box<dyn Fn(Digit) + Send>;

/// The digits of one stream as its thread sees them.
pub(super) struct Digits {
    receiver: DtmfReceiver,
    sink: Option<DigitSink>,
    sender: DtmfSender,
    /// The timestamp of the digit being sent.
    timestamp: u32,
    /// The tick of the next packet, while there is something to send.
    due: Option<u64>,
}

/// A packet to send.
pub(super) struct EventPacket {
    pub(super) payload: [u8; 4],
    pub(super) timestamp: u32,
    pub(super) marker: bool,
}

impl Digits {
    pub(super) fn new(clock_rate: u32) -> Digits {
        let (receiver, sender) = (DtmfReceiver::new(clock_rate), DtmfSender::default());
        Digits { receiver, sink: None, sender, timestamp: 0, due: None }
    }

    /// Says who is told of the digits heard.
    pub(super) fn listen(&mut self, sink: DigitSink) {
        self.sink = Some(sink);
    }

    /// Takes an event packet that came.
    pub(super) fn heard(&mut self, packet: &strowger_media::rtp::Packet<'_>) {
        if let (Some(digit), Some(sink)) = (self.receiver.receive(packet), &self.sink) {
            sink(digit);
        }
    }

    /// Takes what is to be sent; what finds no room is lost.
    pub(super) fn push(&mut self, presses: VecDeque<Press>) {
        for press in presses {
            self.sender.push(press);
        }
    }

    /// Whether something is to be sent and no tick is known for it yet.
    pub(super) fn wants_to_begin(&self) -> bool {
        self.due.is_none() && !self.sender.is_idle()
    }

    /// The first packet goes out at this tick.
    pub(super) fn begin(&mut self, due: u64) {
        self.due = Some(due);
    }

    /// A key is held: audio pauses.
    pub(super) fn is_held(&self) -> bool {
        self.sender.is_held()
    }

    pub(super) fn is_due(&self, due: u64) -> bool {
        self.due == Some(due)
    }

    /// What goes out now; `clock` gives the timestamp of a digit that begins. The tick of the next follows from `due` and
    /// `now`: one that is late is not made up for, a digit that lasts a little longer is still that digit.
    pub(super) fn step(&mut self, due: u64, now: u64, clock: impl FnOnce() -> u32) -> Option<EventPacket> {
        let step = self.sender.step();
        let next = due + TICKS_PER_STEP;
        self.due = (step != Step::Done).then_some(if next > now { next } else { now + TICKS_PER_STEP });
        let Step::Packet { payload, first } = step else { return None };
        if first {
            self.timestamp = clock();
        }
        Some(EventPacket { payload, timestamp: self.timestamp, marker: first })
    }

    /// The tick of the next packet.
    pub(super) fn next(&self) -> Option<u64> {
        self.due
    }

    /// Forgets what was to be sent: there is no way to send it.
    pub(super) fn clear(&mut self) {
        self.sender.clear();
        self.due = None;
    }
}

/// 20 ms.
const TICKS_PER_STEP: u64 = 20 / TICK.as_millis() as u64;
