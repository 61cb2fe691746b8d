//! What was heard and said on a stream, side by side in time, for somebody who takes it off in pieces.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::leg::SAMPLES_PER_MS;
use super::output::samples_in;
use super::tap::{Passing, Side, Tap};

/// A tap that keeps what passes until it is taken: two tracks of mono PCM at 8 kHz, silence where nothing passed.
///
/// Packets that come a little early or late lie next to one another; a packet that was lost, a pause and a jump leave
/// silence as long as they were. It holds 5 s of each track: whoever takes later than that loses what is newest, and
/// [`Timeline::lost`] tells how much.
#[derive(Debug)]
pub struct Timeline {
    begun: Instant,
    tracks: Mutex<Tracks>,
    lost: AtomicU64,
}

#[derive(Debug)]
struct Tracks {
    /// Where both begin, in samples since the beginning.
    base: u64,
    heard: Track,
    said: Track,
}

#[derive(Debug)]
struct Track {
    samples: VecDeque<i16>,
    /// The RTP timestamp that is next, if what comes has any.
    expected: Option<u32>,
}

impl Timeline {
    /// One that begins at `now`.
    pub fn new(now: Instant) -> Timeline {
        let track = || Track { samples: VecDeque::with_capacity(USUAL), expected: None };
        let tracks = Mutex::new(Tracks { base: 0, heard: track(), said: track() });
        Timeline { begun: now, tracks, lost: AtomicU64::new(0) }
    }

    /// Appends what was heard and what was said until `until` and not taken yet to the two buffers, as many samples to
    /// each, 5 s at the most; whether there is more. What comes later for a time that was taken is put behind it, or left
    /// out: take no nearer to the present than [`HOLD`].
    pub fn take(&self, until: Instant, heard: &mut Vec<i16>, said: &mut Vec<i16>) -> bool {
        let until = u64::from(samples_in(until.saturating_duration_since(self.begun)));
        let mut tracks = self.tracks.lock();
        let left = usize::try_from(until.saturating_sub(tracks.base)).unwrap_or(usize::MAX);
        let count = left.min(CAPACITY);
        tracks.heard.take(count, heard);
        tracks.said.take(count, said);
        tracks.base += count as u64;
        left > count
    }

    /// Samples that were lost because nobody took them in time.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Tap for Timeline {
    fn pass(&self, frame: &mut [i16], passing: Passing) -> bool {
        let at = u64::from(samples_in(passing.at.saturating_duration_since(self.begun)));
        let mut tracks = self.tracks.lock();
        let base = tracks.base;
        let track = match passing.side {
            Side::Heard => &mut tracks.heard,
            Side::Said => &mut tracks.said,
        };
        if !track.put(at.saturating_sub(base), frame, passing.timestamp) {
            self.lost.fetch_add(frame.len() as u64, Ordering::Relaxed);
        }
        false
    }
}

impl Track {
    /// Puts a frame that came at this place; `false` when there is no room for it.
    fn put(&mut self, at: u64, frame: &[i16], timestamp: Option<u32>) -> bool {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        let Some(missing) = self.missing(timestamp) else { return true };
        self.expected = timestamp.map(|timestamp| timestamp.wrapping_add(frame.len() as u32));
        let next = self.samples.len() + missing;
        if next > at.saturating_add(TOLERANCE) {
            // Their clock is faster than ours: one frame less brings it back.
            return true;
        }
        let silence = if at > next + TOLERANCE { at - next } else { 0 } + missing;
        if self.samples.len().saturating_add(silence).saturating_add(frame.len()) > CAPACITY {
            return false;
        }
        self.samples.extend(std::iter::repeat_n(0, silence));
        self.samples.extend(frame);
        true
    }

    /// Samples that never came in front of a packet with this timestamp; `None` when it comes too late.
    fn missing(&self, timestamp: Option<u32>) -> Option<usize> {
        let step = match (timestamp, self.expected) {
            (Some(timestamp), Some(expected)) => timestamp.wrapping_sub(expected).cast_signed(),
            _ => 0,
        };
        match step {
            step if (-LATE..0).contains(&step) => None,
            step => Some(usize::try_from(step).ok().filter(|step| *step <= TOLERANCE).unwrap_or(0)),
        }
    }

    fn take(&mut self, count: usize, out: &mut Vec<i16>) {
        let there = count.min(self.samples.len());
        out.extend(self.samples.drain(..there));
        out.extend(std::iter::repeat_n(0, count - there));
    }
}

/// How long packets may be on their way: what is nearer to the present may still be filled.
pub const HOLD: Duration = Duration::from_millis(200);
/// How far a packet may lie from where the clock says: 80 ms.
const TOLERANCE: usize = 80 * SAMPLES_PER_MS;
/// How much older than the packet before a packet may be and still be one that was overtaken: 200 ms.
const LATE: i32 = 1600;
/// What a track holds while it is taken in time: 500 ms.
const USUAL: usize = 500 * SAMPLES_PER_MS;
/// What a track holds at the most: 5 s.
const CAPACITY: usize = 5000 * SAMPLES_PER_MS;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Line {
        line: Timeline,
        begun: Instant,
    }

    impl Line {
        fn new() -> Line {
            let begun = Instant::now();
            Line { line: Timeline::new(begun), begun }
        }

        fn at(&self, ms: u64) -> Instant {
            self.begun + Duration::from_millis(ms)
        }

        fn pass(&self, side: Side, ms: u64, timestamp: Option<u32>, value: i16) {
            assert!(!self.line.pass(&mut [value; 160], Passing { side, at: self.at(ms), timestamp }));
        }

        /// Takes until then, as runs of one value in ms, and says whether there is more.
        fn take(&self, ms: u64) -> ([Vec<(i16, usize)>; 2], bool) {
            let (mut heard, mut said) = (Vec::new(), Vec::new());
            let more = self.line.take(self.at(ms), &mut heard, &mut said);
            let runs = |track: Vec<i16>| {
                let chunks = track.chunk_by(|a, b| a == b);
                chunks.map(|run| (run[0], run.len() / SAMPLES_PER_MS)).collect::<Vec<_>>()
            };
            ([runs(heard), runs(said)], more)
        }
    }

    #[test]
    fn both_ways_lie_side_by_side() {
        let line = Line::new();
        for i in 0..5 {
            line.pass(Side::Heard, 100 + i * 20, None, 1);
        }
        line.pass(Side::Said, 140, None, 2);
        let (tracks, more) = line.take(250);
        assert_eq!(tracks, [vec![(0, 100), (1, 100), (0, 50)], vec![(0, 140), (2, 20), (0, 90)]]);
        assert!(!more);
        assert_eq!(line.take(300).0, [vec![(0, 50)], vec![(0, 50)]]);
        assert_eq!(line.take(200).0, [vec![], vec![]]);
    }

    #[test]
    fn jitter_leaves_no_gap_and_loss_does() {
        let line = Line::new();
        for (i, late) in [0, 60, 10, 0, 70].into_iter().enumerate() {
            line.pass(Side::Heard, 500 + i as u64 * 20 + late, Some(i as u32 * 160), 1);
        }
        // Two packets are lost, one comes late, one twice.
        line.pass(Side::Heard, 640, Some(7 * 160), 2);
        line.pass(Side::Heard, 645, Some(6 * 160), 3);
        line.pass(Side::Heard, 650, Some(7 * 160), 3);
        assert_eq!(line.take(800).0[0], [(0, 500), (1, 100), (0, 40), (2, 20), (0, 140)]);
    }

    #[test]
    fn a_jump_of_their_clock_is_none_of_ours() {
        let line = Line::new();
        line.pass(Side::Heard, 0, Some(5), 1);
        line.pass(Side::Heard, 20, Some(4_000_000_000), 2);
        line.pass(Side::Heard, 2020, Some(4_000_000_160), 3);
        assert_eq!(line.take(2040).0[0], [(1, 20), (2, 20), (0, 1980), (3, 20)]);
    }

    #[test]
    fn a_clock_that_is_too_fast_stays_near() {
        let line = Line::new();
        for i in 0..1000 {
            line.pass(Side::Heard, i * 19, None, 1);
        }
        let (tracks, _) = line.take(4000);
        assert_eq!(tracks[0], [(1, 4000)]);
        assert!(line.line.tracks.lock().heard.samples.len() <= CAPACITY);
    }

    #[test]
    fn what_nobody_takes_is_lost_and_counted() {
        let line = Line::new();
        for i in 0..500 {
            line.pass(Side::Said, i * 20, None, 1);
        }
        assert_eq!(line.line.lost(), 250 * 160);
        assert_eq!(line.take(10_000), ([vec![(0, 5000)], vec![(1, 5000)]], true));
        assert_eq!(line.take(10_000), ([vec![(0, 5000)], vec![(0, 5000)]], false));
    }

    proptest! {
        #[test]
        fn whatever_passes_time_is_kept(
            frames in prop::collection::vec((any::<bool>(), 0_u64..500, prop::option::of(any::<u32>()), 0_u64..300), 0..200),
        ) {
            let line = Line::new();
            let (mut now, mut taken) = (0, 0);
            for (is_heard, passed, timestamp, back) in frames {
                now += passed;
                line.pass(if is_heard { Side::Heard } else { Side::Said }, now, timestamp, 1);
                let (mut heard, mut said) = (Vec::new(), Vec::new());
                while line.line.take(line.at(now.saturating_sub(back)), &mut heard, &mut said) {}
                prop_assert_eq!(heard.len(), said.len());
                taken = taken.max(now.saturating_sub(back) as usize * SAMPLES_PER_MS);
                let tracks = line.line.tracks.lock();
                prop_assert_eq!(tracks.base as usize, taken);
                prop_assert!(tracks.heard.samples.len() <= CAPACITY && tracks.said.samples.len() <= CAPACITY);
            }
        }
    }
}
