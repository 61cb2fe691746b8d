//! Changing what plays while it plays: pause, volume, another place (`process_callback_result` of switch_cpp.cpp).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI8, AtomicU64, Ordering};

use crate::source::AudioSource;

/// The wheel of something that plays: turned by one thread, followed by the one that plays.
#[derive(Debug)]
pub struct Steering {
    paused: AtomicBool,
    volume: AtomicI8,
    position: AtomicU64,
    /// [`NOWHERE`] without one.
    target: AtomicU64,
}

/// It stays where it is.
const NOWHERE: u64 = u64::MAX;

impl Default for Steering {
    fn default() -> Self {
        Self::from(0)
    }
}

/// The loudest and the softest step.
const MOST: i8 = 4;

/// What samples are multiplied with at the steps -4 to 4 (`switch_change_sln_volume`).
const FACTORS: [f32; 9] = [0.2, 0.4, 0.6, 0.8, 1.0, 1.3, 2.3, 3.3, 4.3];

impl Steering {
    /// One that begins `samples` into what plays.
    #[must_use]
    pub fn from(samples: u64) -> Self {
        Self {
            paused: AtomicBool::new(false),
            volume: AtomicI8::new(0),
            position: AtomicU64::new(0),
            target: AtomicU64::new(if samples == 0 { NOWHERE } else { samples }),
        }
    }

    /// Pauses, or goes on when it is paused: silence is heard meanwhile.
    pub fn toggle_pause(&self) {
        self.paused.fetch_xor(true, Ordering::Relaxed);
    }

    /// The step of volume, from -4 to 4.
    pub fn volume(&self) -> i8 {
        self.volume.load(Ordering::Relaxed)
    }

    /// Sets the step of volume; one beyond -4 or 4 is that.
    pub fn set_volume(&self, step: i64) {
        let step = i8::try_from(step.clamp(-i64::from(MOST), i64::from(MOST))).unwrap_or(0);
        self.volume.store(step, Ordering::Relaxed);
    }

    /// How many samples of it were played, counted from its beginning.
    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    /// Has it go on from another place, counted in samples from its beginning.
    pub fn seek(&self, samples: u64) {
        self.target.store(samples.min(NOWHERE - 1), Ordering::Relaxed);
    }

    /// Whether it is to go on from another place.
    pub fn is_seeking(&self) -> bool {
        self.target.load(Ordering::Relaxed) != NOWHERE
    }

    /// The place to go on from, once.
    pub fn take_target(&self) -> Option<u64> {
        Some(self.target.swap(NOWHERE, Ordering::Relaxed)).filter(|target| *target != NOWHERE)
    }
}

/// A source that follows a [`Steering`], but for its seeking, which is for whoever opened the source.
pub struct Steered {
    source: Box<dyn AudioSource>,
    steering: Arc<Steering>,
}

impl Steered {
    /// `source`, of which so many samples are passed over; it may read for as long as that takes.
    #[must_use]
    pub fn new(mut source: Box<dyn AudioSource>, steering: Arc<Steering>, samples: u64) -> Self {
        let (mut passed, mut block) = (0, [0; 1024]);
        while passed < samples {
            let most = usize::try_from(samples - passed).unwrap_or(block.len()).min(block.len());
            let read = block.get_mut(..most).map_or(0, |block| source.fill(block));
            passed += read as u64;
            if read < most {
                break;
            }
        }
        steering.position.store(passed, Ordering::Relaxed);
        Self { source, steering }
    }
}

impl AudioSource for Steered {
    fn fill(&mut self, out: &mut [i16]) -> usize {
        if self.steering.paused.load(Ordering::Relaxed) {
            out.fill(0);
            return out.len();
        }
        let filled = self.source.fill(out);
        self.steering.position.fetch_add(filled as u64, Ordering::Relaxed);
        let step = usize::try_from(self.steering.volume() + MOST).unwrap_or_default();
        if let Some(factor) = FACTORS.get(step).filter(|factor| **factor != 1.0) {
            // A float is cut to what fits when it is made a sample.
            out.iter_mut().take(filled).for_each(|sample| *sample = (f32::from(*sample) * factor) as i16);
        }
        filled
    }

    fn rate(&self) -> u32 {
        self.source.rate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0, 1, 2, … 9999.
    struct Ramp(i16);

    impl AudioSource for Ramp {
        fn fill(&mut self, out: &mut [i16]) -> usize {
            let count = out.len().min(usize::try_from(10_000 - self.0).unwrap());
            for slot in &mut out[..count] {
                *slot = self.0;
                self.0 += 1;
            }
            count
        }

        fn rate(&self) -> u32 {
            8000
        }
    }

    #[test]
    fn it_begins_elsewhere_and_pauses() {
        let steering = Arc::new(Steering::default());
        let mut source = Steered::new(Box::new(Ramp(0)), Arc::clone(&steering), 2500);
        let mut out = [0; 3];
        assert_eq!((source.fill(&mut out), out, steering.position()), (3, [2500, 2501, 2502], 2503));
        steering.toggle_pause();
        assert_eq!((source.fill(&mut out), out, steering.position()), (3, [0; 3], 2503));
        steering.toggle_pause();
        assert_eq!((source.fill(&mut out), out), (3, [2503, 2504, 2505]));
        let mut end = Steered::new(Box::new(Ramp(0)), steering, 99_999);
        assert_eq!(end.fill(&mut out), 0);
    }

    #[test]
    fn it_is_louder_and_softer() {
        let steering = Arc::new(Steering::default());
        let mut source = Steered::new(Box::new(Ramp(1000)), Arc::clone(&steering), 0);
        let mut out = [0; 1];
        for (step, expected) in [(-9, 200), (4, 4304), (0, 1002)] {
            steering.set_volume(step);
            source.fill(&mut out);
            assert!((out[0] - expected).abs() <= 1, "{step}: {out:?}");
        }
    }

    #[test]
    fn a_place_is_gone_to_once() {
        let steering = Steering::from(7);
        assert!(steering.is_seeking());
        assert_eq!((steering.take_target(), steering.take_target()), (Some(7), None));
        assert!(!Steering::from(0).is_seeking());
    }
}
