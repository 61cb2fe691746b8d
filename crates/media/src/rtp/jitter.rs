//! Packets held back for a while, so that those that were delayed on the way are still in time.

use std::time::{Duration, Instant};

use super::{Header, Packet};

/// How long packets are held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JitterOptions {
    /// At the least, and to begin with.
    pub least: Duration,
    /// At the most, where packets come late.
    pub most: Duration,
}

/// A jitter buffer of one stream, of 64 packets (FreeSWITCH's `switch_jitterbuffer.c` by its purpose).
///
/// A packet is heard so long after the one that was fastest would have been. One that comes later than that is heard
/// not at all, or at once, and has the others held back 20 ms longer; after 5 s without such a one, 20 ms less. A jump of
/// the sender's clock, another sender, and lateness beyond all bounds begin anew. In steady state nothing is allocated.
#[derive(Debug)]
pub struct JitterBuffer {
    options: JitterOptions,
    clock_rate: u32,
    delay: Duration,
    slots: Vec<Slot>,
    stored: usize,
    line: Option<Line>,
    late: u64,
    /// Packets since the last late one.
    in_time: u32,
}

#[derive(Clone, Debug, Default)]
struct Slot {
    header: Option<Header>,
    payload: Vec<u8>,
}

/// The sender's clock against ours.
#[derive(Clone, Copy, Debug)]
struct Line {
    ssrc: u32,
    timestamp: u32,
    /// When a packet of that timestamp comes that is as fast as any was.
    at: Instant,
    /// The sequence number to be heard next.
    next: u16,
}

impl JitterBuffer {
    /// An empty one for timestamps of `clock_rate` Hz.
    pub fn new(options: JitterOptions, clock_rate: u32) -> JitterBuffer {
        let most = options.most.min(MAX).max(TICK);
        let options = JitterOptions { least: options.least.clamp(TICK, most), most };
        let slot = || Slot { header: None, payload: Vec::with_capacity(USUAL) };
        let slots = (0..SLOTS).map(|_| slot()).collect();
        let clock_rate = clock_rate.max(1);
        JitterBuffer { options, clock_rate, delay: options.least, slots, stored: 0, line: None, late: 0, in_time: 0 }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.stored == 0
    }

    /// For how long packets are held back now.
    pub fn delay(&self) -> Duration {
        self.delay
    }

    /// Packets that came too late so far.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// Takes a packet that comes at `now`.
    pub fn push(&mut self, packet: &Packet<'_>, now: Instant) {
        let header = packet.header;
        if !self.line.is_some_and(|line| line.ssrc == header.ssrc && self.is_near(&line, &header)) {
            self.begin(&header, now);
        }
        let Some(mut line) = self.line else { return };
        let step = self.span(header.timestamp.wrapping_sub(line.timestamp).cast_signed());
        let usual = step.after(line.at);
        if now < usual {
            // Faster than any before.
            line.at = step.before(now);
        }
        self.line = Some(line);
        if header.sequence.wrapping_sub(line.next).cast_signed() < 0 {
            return self.note_late(&header, now);
        }
        if now > usual + self.delay {
            self.note_late(&header, now);
        } else {
            self.note_in_time();
        }
        self.store(packet);
    }

    /// The packet to be heard next, if its time has come by `now`.
    pub fn pop(&mut self, now: Instant) -> Option<Packet<'_>> {
        let line = self.line?;
        // Those before it are lost.
        let wanted = (0..SLOTS as u16).map(|ahead| line.next.wrapping_add(ahead));
        let header = wanted.filter_map(|sequence| self.header(sequence)).next()?;
        let due = self.span(header.timestamp.wrapping_sub(line.timestamp).cast_signed()).after(line.at) + self.delay;
        if due > now {
            return None;
        }
        let next = header.sequence.wrapping_add(1);
        // The timestamps compared are never far apart.
        let at = due - self.delay;
        self.line = Some(Line { next, timestamp: header.timestamp, at, ..line });
        self.stored = self.stored.saturating_sub(1);
        let slot = self.slots.get_mut(place(header.sequence))?;
        slot.header = None;
        Some(Packet { header, contributors: &[], extension: None, payload: &slot.payload })
    }

    fn begin(&mut self, header: &Header, now: Instant) {
        self.slots.iter_mut().for_each(|slot| slot.header = None);
        (self.stored, self.in_time) = (0, 0);
        self.line = Some(Line { ssrc: header.ssrc, timestamp: header.timestamp, at: now, next: header.sequence });
    }

    /// Whether a packet continues what was there: not a second and a half away, nor more packets than there is room for.
    fn is_near(&self, line: &Line, header: &Header) -> bool {
        let step = header.timestamp.wrapping_sub(line.timestamp).cast_signed();
        let packets = header.sequence.wrapping_sub(line.next).cast_signed();
        step.unsigned_abs() < self.clock_rate * 3 / 2 && packets.unsigned_abs() < SLOTS as u16
    }

    fn note_late(&mut self, header: &Header, now: Instant) {
        self.late += 1;
        self.in_time = 0;
        if self.delay >= self.options.most {
            // The sender's clock is slower than ours, or the way has become longer for good.
            return self.begin(header, now);
        }
        self.delay = (self.delay + TICK).min(self.options.most);
    }

    fn note_in_time(&mut self) {
        self.in_time += 1;
        if self.in_time >= CALM {
            self.in_time = 0;
            self.delay = self.delay.saturating_sub(TICK).max(self.options.least);
        }
    }

    fn store(&mut self, packet: &Packet<'_>) {
        let Some(slot) = self.slots.get_mut(place(packet.header.sequence)) else { return };
        if slot.header.replace(packet.header).is_none() {
            self.stored += 1;
        }
        slot.payload.clear();
        slot.payload.extend_from_slice(packet.payload.get(..MAX_PAYLOAD).unwrap_or(packet.payload));
    }

    fn header(&self, sequence: u16) -> Option<Header> {
        self.slots.get(place(sequence))?.header.filter(|header| header.sequence == sequence)
    }

    /// So many ticks of the sender's clock.
    fn span(&self, ticks: i32) -> Span {
        let length = Duration::from_micros(u64::from(ticks.unsigned_abs()) * 1_000_000 / u64::from(self.clock_rate));
        Span { length, is_back: ticks < 0 }
    }
}

/// A time forward, or back.
#[derive(Clone, Copy)]
struct Span {
    length: Duration,
    is_back: bool,
}

impl Span {
    fn after(self, at: Instant) -> Instant {
        if self.is_back { at.checked_sub(self.length).unwrap_or(at) } else { at + self.length }
    }

    fn before(self, at: Instant) -> Instant {
        Span { is_back: !self.is_back, ..self }.after(at)
    }
}

fn place(sequence: u16) -> usize {
    usize::from(sequence) % SLOTS
}

/// Packets it holds.
const SLOTS: usize = 64;
/// Bytes of a payload, but for the longest.
const USUAL: usize = 320;
/// Bytes of the longest.
const MAX_PAYLOAD: usize = 2048;
/// By how much the delay changes, and the shortest.
const TICK: Duration = Duration::from_millis(20);
/// The longest delay: that of as many packets of 20 ms as there is room for, and some to spare.
const MAX: Duration = Duration::from_millis(1000);
/// Packets in time after which the delay is shortened: 5 s of them.
const CALM: u32 = 250;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Line {
        buffer: JitterBuffer,
        begun: Instant,
    }

    impl Line {
        fn new(least: u64, most: u64) -> Line {
            let options = JitterOptions { least: Duration::from_millis(least), most: Duration::from_millis(most) };
            Line { buffer: JitterBuffer::new(options, 8000), begun: Instant::now() }
        }

        fn push(&mut self, number: u16, at_ms: u64) {
            let timestamp = u32::from(number).wrapping_mul(160);
            let header = Header { marker: false, payload_type: 0, sequence: number, timestamp, ssrc: 7 };
            let payload = [number as u8; 160];
            let packet = Packet { header, contributors: &[], extension: None, payload: &payload };
            self.buffer.push(&packet, self.begun + Duration::from_millis(at_ms));
        }

        fn pop(&mut self, at_ms: u64) -> Vec<u16> {
            let at = self.begun + Duration::from_millis(at_ms);
            std::iter::from_fn(|| {
                let packet = self.buffer.pop(at)?;
                assert_eq!(packet.payload, [packet.header.sequence as u8; 160]);
                Some(packet.header.sequence)
            })
            .collect()
        }
    }

    #[test]
    fn packets_are_held_back_and_put_in_order() {
        let mut line = Line::new(60, 200);
        line.push(10, 0);
        line.push(12, 40);
        assert_eq!(line.pop(59), []);
        line.push(11, 55);
        assert_eq!(line.pop(60), [10]);
        assert_eq!(line.pop(100), [11, 12]);
        assert!(line.buffer.is_empty());
        assert_eq!(line.buffer.late(), 0);
    }

    #[test]
    fn a_lost_packet_is_passed_and_a_late_one_has_the_others_wait() {
        let mut line = Line::new(40, 200);
        line.push(1, 0);
        line.push(3, 40);
        assert_eq!(line.pop(40), [1]);
        assert_eq!(line.pop(80), [3], "2 is lost");
        line.push(2, 90);
        assert_eq!((line.buffer.late(), line.buffer.delay()), (1, Duration::from_millis(60)));
        line.push(4, 90);
        assert_eq!(line.pop(119), []);
        assert_eq!(line.pop(120), [4]);
        for number in 5..300 {
            line.push(number, u64::from(number - 1) * 20);
            line.pop(u64::from(number - 1) * 20);
        }
        assert_eq!(line.buffer.delay(), Duration::from_millis(40), "it is calm again");
    }

    #[test]
    fn a_clock_that_jumps_begins_anew() {
        let mut line = Line::new(40, 200);
        line.push(1, 0);
        line.push(20_000, 20);
        assert_eq!(line.pop(20), []);
        assert_eq!(line.pop(60), [20_000]);
    }

    proptest! {
        #[test]
        fn what_comes_in_time_is_heard_in_order(
            start: u16,
            jitter in prop::collection::vec(0_u64..60, 1..200),
        ) {
            let mut line = Line::new(80, 200);
            let mut arrivals: Vec<(u64, u16)> = jitter
                .iter()
                .enumerate()
                .map(|(place, late)| (place as u64 * 20 + if place == 0 { 0 } else { *late }, start.wrapping_add(place as u16)))
                .collect();
            arrivals.sort_by_key(|(at, _)| *at);
            let mut heard = Vec::new();
            let mut arrivals = arrivals.into_iter().peekable();
            for at in (0..jitter.len() as u64 * 20 + 400).step_by(5) {
                while let Some((_, number)) = arrivals.next_if(|(arrival, _)| *arrival <= at) {
                    line.push(number, at);
                }
                heard.extend(line.pop(at));
            }
            let expected: Vec<u16> = (0..jitter.len() as u16).map(|place| start.wrapping_add(place)).collect();
            prop_assert_eq!(heard, expected);
        }

        #[test]
        fn whatever_comes_it_holds_little(packets in prop::collection::vec((any::<u16>(), any::<u32>(), 0_u64..300), 0..300)) {
            let mut line = Line::new(20, 100_000);
            let mut now = 0;
            for (sequence, timestamp, passed) in packets {
                now += passed;
                let header = Header { marker: false, payload_type: 0, sequence, timestamp, ssrc: u32::from(sequence % 2) };
                let packet = Packet { header, contributors: &[], extension: None, payload: &[0; 4000] };
                let at = line.begun + Duration::from_millis(now);
                line.buffer.push(&packet, at);
                while line.buffer.pop(at).is_some() {}
                prop_assert!(line.buffer.stored <= SLOTS && line.buffer.delay() <= MAX);
                let held = line.buffer.slots.iter().filter(|slot| slot.header.is_some()).count();
                prop_assert_eq!(held, line.buffer.stored);
            }
        }
    }
}
