//! What a sender counts from packet to packet.

use super::Header;

/// Sequence numbers, timestamps and marks of one outgoing stream (RFC 3550 §5.1).
#[derive(Debug, Clone)]
pub struct Sender {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    spurt: bool,
}

impl Sender {
    /// A stream that begins at these numbers; RFC 3550 wants all three random.
    pub fn new(ssrc: u32, sequence: u16, timestamp: u32) -> Sender {
        Sender { ssrc, sequence, timestamp, spurt: true }
    }

    /// Who we are.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The timestamp the next packet will carry.
    pub fn timestamp(&self) -> u32 {
        self.timestamp
    }

    /// The header of the next packet, which carries `samples` samples. The first of a talk spurt is marked.
    pub fn next(&mut self, payload_type: u8, samples: u32) -> Header {
        let (ssrc, sequence, timestamp) = (self.ssrc, self.sequence, self.timestamp);
        let header = Header { marker: self.spurt, payload_type, sequence, timestamp, ssrc };
        self.sequence = sequence.wrapping_add(1);
        self.timestamp = timestamp.wrapping_add(samples);
        self.spurt = false;
        header
    }

    /// The header of a packet that carries no audio but an event (RFC 4733 §2.2): it has a sequence number of its own, and
    /// the timestamp of the event's beginning. The clock stays.
    pub fn event(&mut self, payload_type: u8, timestamp: u32, marker: bool) -> Header {
        let header = Header { marker, payload_type, sequence: self.sequence, timestamp, ssrc: self.ssrc };
        self.sequence = self.sequence.wrapping_add(1);
        header
    }

    /// Lets `samples` samples pass in silence: the next packet begins a talk spurt (RFC 3551 §4.1).
    pub fn skip(&mut self, samples: u32) {
        self.timestamp = self.timestamp.wrapping_add(samples);
        self.spurt = true;
    }

    /// Sets the timestamp of the next packet, as an echo does that follows the clock of what it hears.
    pub fn follow(&mut self, timestamp: u32) {
        self.timestamp = timestamp;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_wraps() {
        let mut sender = Sender::new(7, 0xFFFF, 0xFFFF_FFFF);
        let first = sender.next(0, 160);
        assert_eq!((first.sequence, first.timestamp, first.marker, first.ssrc), (0xFFFF, 0xFFFF_FFFF, true, 7));
        let second = sender.next(0, 160);
        assert_eq!((second.sequence, second.timestamp, second.marker), (0, 159, false));
    }

    #[test]
    fn an_event_takes_a_sequence_number_and_no_time() {
        let mut sender = Sender::new(7, 9, 100);
        let event = sender.event(101, 100, true);
        assert_eq!((event.sequence, event.timestamp, event.marker, event.payload_type), (9, 100, true, 101));
        let audio = sender.next(0, 160);
        assert_eq!((audio.sequence, audio.timestamp, audio.marker), (10, 100, true));
    }

    #[test]
    fn silence_moves_the_clock_and_marks_the_next_packet() {
        let mut sender = Sender::new(7, 1, 0);
        sender.next(0, 160);
        sender.skip(8000);
        let after = sender.next(0, 160);
        assert_eq!((after.sequence, after.timestamp, after.marker), (2, 8160, true));
    }
}
