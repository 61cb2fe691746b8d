//! Listening in on a call, and speaking into it (`eavesdrop_callback` of switch_ivr_async.c).

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use strowger_media::source::AudioSource;

use super::leg::SAMPLES_PER_MS;
use super::tap::{Passing, Side, Tap};

/// Which ways of a call are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    /// What comes from its far end: whom it is joined with hears that.
    pub heard: bool,
    /// What is sent to its far end.
    pub said: bool,
}

impl Ways {
    /// Neither.
    pub const NONE: Ways = Ways { heard: false, said: false };
    /// Both.
    pub const BOTH: Ways = Ways { heard: true, said: true };
}

/// What a listener hears of a call, and what the call hears of the listener: four rings of 200 ms at the most, between
/// a tap on the call, a tap on the listener and what the listener is played. Nothing is allocated for a frame; what is
/// mixed is mixed saturating.
#[derive(Debug)]
pub struct Eavesdropping {
    hears: Ways,
    speaks: [AtomicBool; 2],
    /// What the call hears and says, for the listener.
    of_call: [Mutex<Ring>; 2],
    /// What the listener says, to be mixed into either.
    of_listener: [Mutex<Ring>; 2],
}

impl Eavesdropping {
    /// One that hears these ways of the call. Nobody hears the listener yet.
    pub fn new(hears: Ways) -> Arc<Eavesdropping> {
        let rings = || [(); 2].map(|()| Mutex::new(Ring::new()));
        Arc::new(Eavesdropping {
            hears,
            speaks: [false; 2].map(AtomicBool::new),
            of_call: rings(),
            of_listener: rings(),
        })
    }

    /// Has the listener be heard along with these ways of the call from now on, as far as it hears them itself.
    pub fn speak(&self, ways: Ways) {
        for ((flag, ring), on) in self.speaks.iter().zip(&self.of_listener).zip([ways.heard, ways.said]) {
            flag.store(on, Ordering::Relaxed);
            ring.lock().clear();
        }
    }

    /// What the call's sound has to pass by.
    pub fn on_call(self: &Arc<Self>) -> Arc<dyn Tap> {
        Arc::new(OnCall(Arc::clone(self)))
    }

    /// What the listener's sound has to pass by.
    pub fn on_listener(self: &Arc<Self>) -> Arc<dyn Tap> {
        Arc::new(OnListener(Arc::clone(self)))
    }

    /// What the listener is to be played; it never ends.
    pub fn sound(self: &Arc<Self>) -> Box<dyn AudioSource> {
        Box::new(Sound(Arc::clone(self)))
    }
}

/// The place of a way in the arrays.
const fn place(side: Side) -> usize {
    match side {
        Side::Heard => 0,
        Side::Said => 1,
    }
}

struct OnCall(Arc<Eavesdropping>);

impl Tap for OnCall {
    fn pass(&self, frame: &mut [i16], passing: Passing) -> bool {
        let (it, at) = (&self.0, place(passing.side));
        let hears = if at == 0 { it.hears.heard } else { it.hears.said };
        let (Some(of_call), Some(of_listener), Some(speaks), true) =
            (it.of_call.get(at), it.of_listener.get(at), it.speaks.get(at), hears)
        else {
            return false;
        };
        // The listener does not hear itself.
        of_call.lock().push(frame);
        speaks.load(Ordering::Relaxed) && of_listener.lock().mix_into(frame)
    }
}

struct OnListener(Arc<Eavesdropping>);

impl Tap for OnListener {
    fn pass(&self, frame: &mut [i16], passing: Passing) -> bool {
        if passing.side == Side::Heard {
            for (speaks, ring) in self.0.speaks.iter().zip(&self.0.of_listener) {
                if speaks.load(Ordering::Relaxed) {
                    ring.lock().push(frame);
                }
            }
        }
        false
    }
}

struct Sound(Arc<Eavesdropping>);

impl AudioSource for Sound {
    fn fill(&mut self, out: &mut [i16]) -> usize {
        out.fill(0);
        for ring in &self.0.of_call {
            ring.lock().mix_into(out);
        }
        out.len()
    }

    fn rate(&self) -> u32 {
        RATE
    }
}

/// Sound on its way from one thread's pace to another's: the oldest makes room.
#[derive(Debug)]
struct Ring {
    samples: VecDeque<i16>,
    /// It is taken from. It is not, from when it ran dry until some has gathered again.
    flows: bool,
}

impl Ring {
    fn new() -> Ring {
        Ring { samples: VecDeque::with_capacity(CAPACITY), flows: false }
    }

    fn push(&mut self, frame: &[i16]) {
        let kept = frame.get(frame.len().saturating_sub(CAPACITY)..).unwrap_or_default();
        let excess = (self.samples.len() + kept.len()).saturating_sub(CAPACITY);
        self.samples.drain(..excess.min(self.samples.len()));
        self.samples.extend(kept);
    }

    /// Adds as much to a frame as there is; whether that was any.
    fn mix_into(&mut self, frame: &mut [i16]) -> bool {
        if !self.flows && self.samples.len() < CUSHION.max(frame.len()) {
            return false;
        }
        let count = frame.len().min(self.samples.len());
        self.flows = count == frame.len();
        for (sample, added) in frame.iter_mut().zip(self.samples.drain(..count)) {
            *sample = sample.saturating_add(added);
        }
        count > 0
    }

    fn clear(&mut self) {
        self.samples.clear();
        self.flows = false;
    }
}

/// 200 ms.
const CAPACITY: usize = 200 * SAMPLES_PER_MS;
/// What gathers before it is heard: 40 ms, for packets do not come as evenly as they are played.
const CUSHION: usize = 40 * SAMPLES_PER_MS;
/// The rate of what passes on a stream.
const RATE: u32 = 8000;

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;

    const FRAME: usize = 160;

    fn pass(tap: &Arc<dyn Tap>, side: Side, value: i16) -> (i16, bool) {
        let mut frame = [value; FRAME];
        let changed = tap.pass(&mut frame, Passing { side, at: Instant::now(), timestamp: None });
        assert!(frame.iter().all(|sample| *sample == frame[0]));
        (frame[0], changed)
    }

    fn hear(sound: &mut Box<dyn AudioSource>) -> i16 {
        let mut frame = [7; FRAME];
        assert_eq!(sound.fill(&mut frame), FRAME);
        frame[0]
    }

    fn check(hears: Ways, speaks: Ways, heard: i16, mixed: [i16; 2]) {
        let it = Eavesdropping::new(hears);
        let (call, listener, mut sound) = (it.on_call(), it.on_listener(), it.sound());
        it.speak(speaks);
        for _ in 0..3 {
            assert_eq!(pass(&listener, Side::Heard, 10_000), (10_000, false));
            assert_eq!(pass(&listener, Side::Said, 99), (99, false));
        }
        for (side, value, mixed) in [(Side::Heard, 1000, mixed[0]), (Side::Said, 30_000, mixed[1])] {
            for _ in 0..3 {
                assert_eq!(pass(&call, side, value), (mixed, mixed != value), "{side:?}");
            }
        }
        assert_eq!(hear(&mut sound), heard);
    }

    #[test]
    fn both_ways_are_heard_and_none_is_changed() {
        check(Ways::BOTH, Ways::NONE, 31_000, [1000, 30_000]);
        check(Ways { heard: true, said: false }, Ways::NONE, 1000, [1000, 30_000]);
        check(Ways { heard: false, said: true }, Ways::NONE, 30_000, [1000, 30_000]);
    }

    #[test]
    fn whispers_go_to_whom_they_are_meant_for() {
        check(Ways::BOTH, Ways { heard: true, said: false }, 31_000, [11_000, 30_000]);
        check(Ways::BOTH, Ways { heard: false, said: true }, 31_000, [1000, i16::MAX]);
        check(Ways::BOTH, Ways::BOTH, 31_000, [11_000, i16::MAX]);
        // What is not listened to is not spoken into either.
        check(Ways { heard: true, said: false }, Ways::BOTH, 1000, [11_000, 30_000]);
    }

    #[test]
    fn a_gap_is_silent_and_some_gathers_behind_it() {
        let it = Eavesdropping::new(Ways::BOTH);
        let (call, mut sound) = (it.on_call(), it.sound());
        let mut heard = Vec::new();
        for i in 1..=7 {
            if i != 4 && i != 5 {
                pass(&call, Side::Heard, i);
            }
            heard.push(hear(&mut sound));
        }
        assert_eq!(heard, [0, 1, 2, 3, 0, 0, 6]);
    }

    #[test]
    fn what_nobody_takes_makes_room() {
        let it = Eavesdropping::new(Ways::BOTH);
        let (call, mut sound) = (it.on_call(), it.sound());
        for i in 0..100 {
            pass(&call, Side::Said, i);
        }
        assert_eq!(hear(&mut sound), 90);
        let ring = it.of_call[1].lock();
        assert!(ring.samples.capacity() < 2 * CAPACITY, "it does not grow");
    }

    proptest! {
        #[test]
        fn a_ring_keeps_its_bounds(steps in prop::collection::vec((any::<bool>(), 0_usize..4000), 0..100)) {
            let mut ring = Ring::new();
            for (is_push, length) in steps {
                let mut frame = vec![1; length];
                if is_push { ring.push(&frame) } else { ring.mix_into(&mut frame); }
                prop_assert!(ring.samples.len() <= CAPACITY);
                prop_assert!(frame.iter().all(|sample| (1..=2).contains(sample)));
            }
        }
    }
}
