//! What a receiver learns from the packets of one source (RFC 3550 §6.4.1, appendix A).

use std::time::{Duration, Instant};

use super::Header;

/// Statistics of one incoming stream.
///
/// A change of SSRC starts the sequence afresh but keeps the totals. Sequence numbers that jump by more than
/// 3000, or back by more than 100, are taken for a restart (RFC 3550 A.1).
#[derive(Debug, Clone)]
pub struct Receiver {
    clock_rate: u32,
    source: Option<Source>,
    packets: u64,
    bytes: u64,
    lost: u64,
    gaps: u64,
    intervals: Intervals,
}

/// How a packet fits after those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// The first of its source, or the source started over.
    First,
    /// The one expected.
    InOrder,
    /// This many before it are missing.
    Gap(u16),
    /// Older than one already received, or a duplicate.
    Late,
}

/// A jump forward by more is a restart.
const MAX_DROPOUT: u16 = 3000;
/// A jump back by more is a restart.
const MAX_MISORDER: u16 = 100;

impl Receiver {
    /// Statistics of a stream whose timestamps run at `clock_rate` Hz.
    pub fn new(clock_rate: u32) -> Receiver {
        let intervals = Intervals::default();
        Receiver { clock_rate, source: None, packets: 0, bytes: 0, lost: 0, gaps: 0, intervals }
    }

    /// Counts a packet of `bytes` bytes (its whole datagram) that arrived at `now`.
    pub fn receive(&mut self, header: &Header, bytes: usize, now: Instant) -> Arrival {
        self.packets += 1;
        self.bytes += bytes as u64;
        let clock_rate = self.clock_rate;
        let Some(source) = self.source.as_mut().filter(|source| source.ssrc == header.ssrc) else {
            return self.restart(header, now);
        };
        let step = header.sequence.wrapping_sub(source.sequence);
        let back = source.sequence.wrapping_sub(header.sequence);
        if step != 0 && step < MAX_DROPOUT {
            source.sequence = header.sequence;
            self.intervals.add(source.advance(header.timestamp, now, clock_rate));
            let missing = step - 1;
            if missing == 0 {
                return Arrival::InOrder;
            }
            self.lost += u64::from(missing);
            self.gaps += 1;
            Arrival::Gap(missing)
        } else if back <= MAX_MISORDER {
            // It was counted as lost when the one after it came; a duplicate of the last one was not.
            self.lost = if step == 0 { self.lost } else { self.lost.saturating_sub(1) };
            Arrival::Late
        } else {
            self.restart(header, now)
        }
    }

    /// Packets received.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Bytes received, headers included.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Packets missing; one that comes late is taken off again.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Times that packets were missing (skips): bursts of loss.
    pub fn gaps(&self) -> u64 {
        self.gaps
    }

    /// The interarrival jitter (RFC 3550 A.8).
    pub fn jitter(&self) -> Duration {
        let units = self.source.as_ref().map_or(0, |source| source.jitter >> 4);
        Duration::from_micros(u64::from(units) * 1_000_000 / u64::from(self.clock_rate.max(1)))
    }

    /// The mean time between packets, in milliseconds.
    pub fn mean_interval_ms(&self) -> f64 {
        self.intervals.mean
    }

    /// The least and the greatest that the variance of the time between packets has been, in ms².
    pub fn variance_range_ms(&self) -> (f64, f64) {
        (self.intervals.least, self.intervals.greatest)
    }

    fn restart(&mut self, header: &Header, now: Instant) -> Arrival {
        self.source = Some(Source {
            ssrc: header.ssrc,
            sequence: header.sequence,
            timestamp: header.timestamp,
            arrival: now,
            jitter: 0,
        });
        Arrival::First
    }
}

#[derive(Debug, Clone)]
struct Source {
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    arrival: Instant,
    /// Sixteen times the jitter in clock units, as RFC 3550 A.8 keeps it to round well.
    jitter: u32,
}

impl Source {
    /// Takes the newest packet's times; returns the time since the one before.
    fn advance(&mut self, timestamp: u32, now: Instant, clock_rate: u32) -> Duration {
        let interval = now.saturating_duration_since(self.arrival);
        let elapsed = i64::try_from(interval.as_micros() * u128::from(clock_rate) / 1_000_000).unwrap_or(i64::MAX);
        let sent = i64::from(timestamp.wrapping_sub(self.timestamp).cast_signed());
        let difference = u32::try_from(elapsed.saturating_sub(sent).unsigned_abs()).unwrap_or(u32::MAX >> 8);
        // Bounded, or one absurd timestamp would overflow the sum.
        let difference = difference.min(u32::MAX >> 8);
        self.jitter = self.jitter.saturating_add(difference).saturating_sub((self.jitter.saturating_add(8)) >> 4);
        self.timestamp = timestamp;
        self.arrival = now;
        interval
    }
}

/// Mean and variance of the time between packets, by Welford's method.
#[derive(Debug, Clone, Default)]
struct Intervals {
    count: f64,
    mean: f64,
    squares: f64,
    least: f64,
    greatest: f64,
}

impl Intervals {
    fn add(&mut self, interval: Duration) {
        let milliseconds = interval.as_secs_f64() * 1000.0;
        self.count += 1.0;
        let difference = milliseconds - self.mean;
        self.mean += difference / self.count;
        self.squares += difference * (milliseconds - self.mean);
        if self.count < 2.0 {
            return;
        }
        let variance = self.squares / self.count;
        self.least = if self.count == 2.0 { variance } else { self.least.min(variance) };
        self.greatest = self.greatest.max(variance);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Feed {
        receiver: Receiver,
        start: Instant,
    }

    impl Feed {
        fn new() -> Feed {
            Feed { receiver: Receiver::new(8000), start: Instant::now() }
        }

        fn packet(&mut self, ssrc: u32, sequence: u16, timestamp: u32, at_ms: u64) -> Arrival {
            let header = Header { marker: false, payload_type: 0, sequence, timestamp, ssrc };
            self.receiver.receive(&header, 172, self.start + Duration::from_millis(at_ms))
        }
    }

    #[test]
    fn a_perfect_stream_has_no_jitter() {
        let mut feed = Feed::new();
        assert_eq!(feed.packet(1, 0xFFFF, 0, 0), Arrival::First);
        for i in 1..50_u16 {
            assert_eq!(
                feed.packet(1, 0xFFFF_u16.wrapping_add(i), u32::from(i) * 160, u64::from(i) * 20),
                Arrival::InOrder
            );
        }
        let receiver = feed.receiver;
        assert_eq!((receiver.packets(), receiver.bytes(), receiver.lost()), (50, 50 * 172, 0));
        assert_eq!(receiver.jitter(), Duration::ZERO);
        assert!((receiver.mean_interval_ms() - 20.0).abs() < 1e-9);
    }

    #[test]
    fn loss_reordering_and_restart() {
        let mut feed = Feed::new();
        feed.packet(1, 10, 0, 0);
        assert_eq!(feed.packet(1, 13, 480, 60), Arrival::Gap(2));
        assert_eq!((feed.receiver.lost(), feed.receiver.gaps()), (2, 1));
        assert_eq!(feed.packet(1, 12, 320, 61), Arrival::Late);
        assert_eq!(feed.receiver.lost(), 1);
        assert_eq!(feed.packet(1, 13, 480, 62), Arrival::Late, "a duplicate");
        assert_eq!(feed.receiver.lost(), 1);
        assert_eq!(feed.packet(2, 30_000, 0, 80), Arrival::First, "another source");
        assert_eq!(feed.packet(2, 100, 0, 100), Arrival::First, "a jump");
    }

    #[test]
    fn jitter_follows_the_rfc() {
        let mut feed = Feed::new();
        feed.packet(1, 0, 0, 0);
        feed.packet(1, 1, 160, 36);
        // 16 ms late is 128 units; J += (128 - 0) / 16 = 8 units = 1 ms.
        assert_eq!(feed.receiver.jitter(), Duration::from_millis(1));
    }

    proptest! {
        #[test]
        fn any_stream_is_counted(packets in proptest::collection::vec((0..3u32, any::<u16>(), any::<u32>(), 0..100_000u64), 0..200)) {
            let mut feed = Feed::new();
            for (ssrc, sequence, timestamp, at) in &packets {
                feed.packet(*ssrc, *sequence, *timestamp, *at);
            }
            prop_assert_eq!(feed.receiver.packets(), packets.len() as u64);
            let _ = feed.receiver.jitter();
        }
    }
}
