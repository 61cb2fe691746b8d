//! The wheel that says which streams are to play a frame now.

use std::time::{Duration, Instant};

/// Streams by the tick their next frame is due at.
///
/// Ticks are counted from the wheel's start, so pacing does not drift. New streams are put where fewest are due, which
/// spreads the work over the ticks of a frame; streams due at one tick share one wakeup.
#[derive(Debug)]
pub(super) struct Wheel {
    start: Instant,
    /// The last tick that was looked at.
    cursor: u64,
    slots: Vec<Vec<Entry>>,
    entries: usize,
}

/// A stream and its tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: usize,
    pub(super) due: u64,
}

/// The grain of pacing; packet times are multiples of ten milliseconds. Coarse on purpose: streams due together share one
/// wakeup, and each still has its own exact interval.
pub(super) const TICK: Duration = Duration::from_millis(5);

impl Wheel {
    pub(super) fn new(start: Instant) -> Wheel {
        Wheel { start, cursor: 0, slots: vec![Vec::new(); SLOTS], entries: 0 }
    }

    /// The tick that `now` lies in.
    pub(super) fn tick(&self, now: Instant) -> u64 {
        let ticks = now.saturating_duration_since(self.start).as_millis() / TICK.as_millis();
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }

    /// Of the next ticks, the one with the fewest streams.
    pub(super) fn quietest(&self, now: u64) -> u64 {
        let first = now.max(self.cursor) + 1;
        (first..first + SPREAD).min_by_key(|tick| self.slots.get(slot(*tick)).map_or(0, Vec::len)).unwrap_or(first)
    }

    /// Notes that a stream is due at a tick, which must lie ahead.
    pub(super) fn schedule(&mut self, id: usize, due: u64) {
        // One that does not would wait for the wheel to come round.
        let due = due.max(self.cursor + 1);
        if let Some(entries) = self.slots.get_mut(slot(due)) {
            entries.push(Entry { id, due });
            self.entries += 1;
        }
    }

    /// Moves on to `now` and takes out what is due, earliest first.
    pub(super) fn take_due(&mut self, now: u64, due: &mut Vec<Entry>) {
        if self.entries > 0 {
            // However late it is, once round is enough.
            let behind = now.saturating_sub(self.cursor).min(SLOTS as u64);
            for tick in now + 1 - behind..=now {
                let Some(entries) = self.slots.get_mut(slot(tick)) else { continue };
                due.extend(entries.extract_if(.., |entry| entry.due <= now));
            }
            self.entries -= due.len();
        }
        self.cursor = self.cursor.max(now);
    }

    /// How long until something may be due; `None` while there is nothing.
    pub(super) fn wait(&self, now: Instant) -> Option<Duration> {
        if self.entries == 0 {
            return None;
        }
        let ahead = (self.cursor + 1..=self.cursor + SLOTS as u64)
            .find(|tick| self.slots.get(slot(*tick)).is_some_and(|entries| !entries.is_empty()))?;
        let ticks = u32::try_from(ahead - self.cursor).unwrap_or(1);
        let base = self.start + Duration::from_millis(self.cursor.saturating_mul(TICK.as_millis() as u64));
        Some((base + TICK * ticks).saturating_duration_since(now))
    }
}

fn slot(tick: u64) -> usize {
    (tick % SLOTS as u64) as usize
}

/// 160 ms of ticks: more than the longest packet.
const SLOTS: usize = 32;
/// Ticks among which a new stream is placed: it starts within 20 ms.
const SPREAD: u64 = 4;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn due(wheel: &mut Wheel, now: u64) -> Vec<usize> {
        let mut due = Vec::new();
        wheel.take_due(now, &mut due);
        due.iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn an_empty_wheel_never_wakes() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        assert_eq!(wheel.wait(start), None);
        assert!(due(&mut wheel, 1_000_000).is_empty());
        let tick = wheel.quietest(1_000_000);
        wheel.schedule(1, tick);
        assert_eq!(wheel.wait(start + TICK * 1_000_000), Some(TICK * (tick - 1_000_000) as u32));
    }

    #[test]
    fn streams_come_when_due_and_once() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        wheel.schedule(1, 10);
        wheel.schedule(2, 12);
        assert_eq!(wheel.wait(start + TICK), Some(TICK * 9));
        assert!(due(&mut wheel, 9).is_empty());
        assert_eq!(due(&mut wheel, 10), [1]);
        assert_eq!(due(&mut wheel, 500), [2], "however late");
        assert_eq!(wheel.wait(start), None);
    }

    #[test]
    fn new_streams_are_spread() {
        let mut wheel = Wheel::new(Instant::now());
        for id in 0..60 {
            let tick = wheel.quietest(100);
            wheel.schedule(id, tick);
        }
        for tick in 101..=104 {
            assert_eq!(due(&mut wheel, tick).len(), 15);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_forgotten_nor_early(steps in proptest::collection::vec((1..30_u64, 0..100_u64), 1..100)) {
            let mut wheel = Wheel::new(Instant::now());
            let (mut now, mut pending) = (0, Vec::new());
            for (id, (ahead, pass)) in steps.into_iter().enumerate() {
                wheel.schedule(id, now + ahead);
                pending.push((id, now + ahead));
                now += pass;
                let mut got = due(&mut wheel, now);
                let mut expected: Vec<usize> = pending.iter().filter(|(_, due)| *due <= now).map(|(id, _)| *id).collect();
                pending.retain(|(_, due)| *due > now);
                got.sort_unstable();
                expected.sort_unstable();
                prop_assert_eq!(got, expected);
            }
        }
    }
}
