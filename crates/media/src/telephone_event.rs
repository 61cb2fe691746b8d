//! Digits that travel as RTP events (RFC 4733), and those that are sound.

pub(crate) mod inband;
mod sender;

use std::time::Duration;

pub use inband::InbandReceiver;
pub use sender::{DtmfSender, MAX_HELD, MAX_QUEUED, Press, STEP_SAMPLES, Step};

use crate::rtp::Packet;

/// One event payload (RFC 4733 §2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// 0 to 15 are digits.
    pub event: u8,
    /// The event is over.
    pub end: bool,
    /// The level in -dBm0, 0 to 63.
    pub volume: u8,
    /// How long it has lasted so far, in timestamp units.
    pub duration: u16,
}

impl TelephoneEvent {
    /// Reads a payload; `None` when it is shorter than the four bytes of an event.
    pub fn parse(payload: &[u8]) -> Option<TelephoneEvent> {
        let &[event, flags, high, low] = payload.first_chunk()?;
        let duration = u16::from_be_bytes([high, low]);
        Some(TelephoneEvent { event, end: flags & 0x80 != 0, volume: flags & 0x3F, duration })
    }

    /// The payload on the wire.
    pub fn to_bytes(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event, (u8::from(self.end) << 7) | (self.volume & 0x3F), high, low]
    }

    /// The key pressed, when the event is one.
    pub fn digit(self) -> Option<char> {
        DIGITS.get(usize::from(self.event)).map(|&digit| char::from(digit))
    }
}

/// A key that was pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digit {
    /// `0`-`9`, `*`, `#`, `A`-`D`.
    pub digit: char,
    /// How long it was held.
    pub duration: Duration,
}

/// Makes digits of event packets.
///
/// An event is sent many times, its end thrice, all under one timestamp: it is reported once, at its first end packet,
/// or, where every end packet was lost, when the next event begins.
#[derive(Debug, Clone)]
pub struct DtmfReceiver {
    clock_rate: u32,
    current: Option<Current>,
}

#[derive(Debug, Clone, Copy)]
struct Current {
    ssrc: u32,
    timestamp: u32,
    event: TelephoneEvent,
    reported: bool,
}

impl DtmfReceiver {
    /// A receiver of events whose durations count at `clock_rate` Hz.
    pub fn new(clock_rate: u32) -> DtmfReceiver {
        DtmfReceiver { clock_rate: clock_rate.max(1), current: None }
    }

    /// Takes a packet of the telephone-event payload type; gives the digit it completes.
    pub fn receive(&mut self, packet: &Packet<'_>) -> Option<Digit> {
        let event = TelephoneEvent::parse(packet.payload)?;
        let (ssrc, timestamp) = (packet.header.ssrc, packet.header.timestamp);
        // Another sender counts from elsewhere.
        self.current = self.current.filter(|current| current.ssrc == ssrc);
        match self.current.as_mut().filter(|current| current.timestamp == timestamp) {
            Some(current) if current.reported => None,
            Some(current) => {
                current.event.duration = current.event.duration.max(event.duration);
                current.reported = event.end;
                let digit = current.event;
                if event.end { self.digit(digit) } else { None }
            }
            None => {
                let unfinished = self.current.filter(|current| !current.reported);
                // A late packet of an older event must not begin it again.
                if self.current.is_some_and(|current| is_before(timestamp, current.timestamp)) {
                    return None;
                }
                // With an older digit to report first, this one waits for its next end packet.
                self.current = Some(Current { ssrc, timestamp, event, reported: event.end && unfinished.is_none() });
                match unfinished {
                    Some(current) => self.digit(current.event),
                    None if event.end => self.digit(event),
                    None => None,
                }
            }
        }
    }

    fn digit(&self, event: TelephoneEvent) -> Option<Digit> {
        let micros = u64::from(event.duration) * 1_000_000 / u64::from(self.clock_rate);
        Some(Digit { digit: event.digit()?, duration: Duration::from_micros(micros) })
    }
}

/// Whether `a` lies within the ten seconds (at 8 kHz) before `b`; farther back is a sender that started over.
fn is_before(a: u32, b: u32) -> bool {
    (1..80_000).contains(&b.wrapping_sub(a))
}

const DIGITS: &[u8; 16] = b"0123456789*#ABCD";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtp::Header;

    fn feed(receiver: &mut DtmfReceiver, timestamp: u32, event: u8, end: bool, duration: u16) -> Option<(char, u64)> {
        let payload = TelephoneEvent { event, end, volume: 10, duration }.to_bytes();
        let header = Header { marker: false, payload_type: 101, sequence: 0, timestamp, ssrc: 1 };
        let packet = Packet { header, contributors: &[], extension: None, payload: &payload };
        receiver.receive(&packet).map(|digit| (digit.digit, digit.duration.as_millis() as u64))
    }

    #[test]
    fn a_digit_is_reported_once() {
        let mut receiver = DtmfReceiver::new(8000);
        assert_eq!(feed(&mut receiver, 1000, 5, false, 160), None);
        assert_eq!(feed(&mut receiver, 1000, 5, false, 320), None);
        assert_eq!(feed(&mut receiver, 1000, 5, true, 800), Some(('5', 100)));
        assert_eq!(feed(&mut receiver, 1000, 5, true, 800), None);
        assert_eq!(feed(&mut receiver, 3000, 5, true, 800), Some(('5', 100)), "the same key again");
        assert_eq!(feed(&mut receiver, 1000, 5, true, 800), None, "a straggler");
    }

    #[test]
    fn a_lost_end_is_made_good_by_the_next_digit() {
        let mut receiver = DtmfReceiver::new(8000);
        assert_eq!(feed(&mut receiver, 1000, 10, false, 480), None);
        assert_eq!(feed(&mut receiver, 4000, 11, false, 160), Some(('*', 60)));
        assert_eq!(feed(&mut receiver, 4000, 11, true, 480), Some(('#', 60)));
    }

    #[test]
    fn other_events_and_stumps_are_no_digits() {
        let mut receiver = DtmfReceiver::new(8000);
        assert_eq!(feed(&mut receiver, 1000, 16, true, 800), None, "a hook flash");
        assert_eq!(TelephoneEvent::parse(&[1, 2, 3]), None);
        assert_eq!(TelephoneEvent::parse(&[15, 0x8A, 1, 0]).and_then(TelephoneEvent::digit), Some('D'));
    }
}
