//! Playing something into a call in place of what is said there, or along with it (`switch_ivr_displace_session`).

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use strowger_media::resample::resampled;
use strowger_media::source::AudioSource;

use super::tap::{Passing, Side, Tap};

/// A tap that puts a source in the place of one way of a call.
///
/// It plays as frames pass: on a call on which nothing is said there is nothing to be displaced, as in FreeSWITCH.
pub struct Displacer {
    side: Side,
    mixes: bool,
    source: Mutex<Playing>,
    ended: AtomicBool,
    /// Told once, on a media thread, when the source has come to its end.
    on_end: Box<dyn Fn() + Send + Sync>,
}

struct Playing {
    source: Box<dyn AudioSource>,
    buffer: Vec<i16>,
}

impl Displacer {
    /// Displaces what goes that way by `source`; with `mixes` both are heard, without it the other way is silent. `on_end`
    /// is told on a media thread when the source ends; it must not block.
    pub fn new(
        source: Box<dyn AudioSource>,
        side: Side,
        mixes: bool,
        on_end: impl Fn() + Send + Sync + 'static,
    ) -> Displacer {
        let playing = Playing { source: resampled(source, RATE), buffer: Vec::with_capacity(USUAL) };
        Displacer { side, mixes, source: Mutex::new(playing), ended: AtomicBool::new(false), on_end: Box::new(on_end) }
    }

    fn end(&self) {
        if !self.ended.swap(true, Ordering::Relaxed) {
            (self.on_end)();
        }
    }
}

impl Tap for Displacer {
    fn pass(&self, frame: &mut [i16], passing: Passing) -> bool {
        if self.ended.load(Ordering::Relaxed) {
            return false;
        }
        if passing.side != self.side {
            if !self.mixes {
                frame.fill(0);
            }
            return !self.mixes;
        }
        let mut playing = self.source.lock();
        let Playing { source, buffer } = &mut *playing;
        buffer.resize(frame.len(), 0);
        let filled = source.fill(buffer);
        let sound = buffer.iter().take(filled).copied().chain(std::iter::repeat(0));
        for (sample, played) in frame.iter_mut().zip(sound) {
            *sample = if self.mixes { sample.saturating_add(played) } else { played };
        }
        drop(playing);
        if filled < frame.len() {
            self.end();
        }
        true
    }
}

impl std::fmt::Debug for Displacer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Displacer").field("side", &self.side).field("mixes", &self.mixes).finish_non_exhaustive()
    }
}

/// The rate of what passes on a stream.
const RATE: u32 = 8000;
/// Samples of a frame, but for the longest.
const USUAL: usize = 960;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::time::Instant;

    use super::*;

    /// So many samples of one value.
    struct Level(i16, usize);

    impl AudioSource for Level {
        fn fill(&mut self, out: &mut [i16]) -> usize {
            let count = self.1.min(out.len());
            out[..count].fill(self.0);
            self.1 -= count;
            count
        }

        fn rate(&self) -> u32 {
            RATE
        }
    }

    fn check(side: Side, mixes: bool, expected: [(i16, bool); 2]) {
        let told = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&told);
        let displacer = Displacer::new(Box::new(Level(30_000, 200)), side, mixes, move || {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let pass = |side| {
            let mut frame = [10_000; 160];
            let changed = displacer.pass(&mut frame, Passing { side, at: Instant::now(), timestamp: None });
            (frame, changed)
        };
        for (side, (value, changed)) in [Side::Heard, Side::Said].into_iter().zip(expected) {
            assert_eq!(pass(side), ([value; 160], changed));
        }
        assert_eq!(told.load(Ordering::Relaxed), 0);
        let (last, _) = pass(side);
        assert_eq!((last[39] > 10_000, last[40]), (true, if mixes { 10_000 } else { 0 }));
        assert_eq!(pass(side), ([10_000; 160], false), "it is over");
        assert_eq!(told.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn one_way_is_displaced() {
        check(Side::Said, false, [(0, true), (30_000, true)]);
        check(Side::Heard, false, [(30_000, true), (0, true)]);
        check(Side::Said, true, [(10_000, false), (i16::MAX, true)]);
    }
}
