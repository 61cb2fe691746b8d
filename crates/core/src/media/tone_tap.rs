//! Listening for tones on a call (`tone_detect_callback` of switch_ivr_async.c).

use parking_lot::Mutex;
use strowger_media::tone_detector::ToneDetector;

use super::tap::{Passing, Side, Tap};

/// Tones one tap listens for (FreeSWITCH's `MAX_TONES`).
pub const MAX_TONES: usize = 16;

/// A tap that hears tones.
pub struct ToneTap {
    /// Which way it listens; neither where it was asked for neither.
    side: Option<Side>,
    ears: Mutex<Vec<Ear>>,
    /// Told on a media thread of each hit: which tone, how often it was heard, and whether that was often enough.
    on_hit: Box<dyn Fn(usize, u32, bool) + Send + Sync>,
}

/// How one tone is listened for. Counts are of frames that pass.
#[derive(Clone, Debug)]
pub struct ToneRule {
    /// Its frequencies in Hz.
    pub frequencies: Vec<f32>,
    /// How often it has to be heard.
    pub hits: u32,
    /// For how long nothing is listened to after it was.
    pub sleep: u32,
    /// How long hits are remembered.
    pub expires: u32,
}

struct Ear {
    detector: ToneDetector,
    rule: ToneRule,
    /// It listens: what was heard often enough is not heard again.
    is_up: bool,
    hits: u32,
    sleep: u32,
    expires: u32,
}

impl ToneTap {
    /// Hears what goes that way; `on_hit` must not block.
    pub fn new(side: Option<Side>, on_hit: impl Fn(usize, u32, bool) + Send + Sync + 'static) -> ToneTap {
        ToneTap { side, ears: Mutex::new(Vec::with_capacity(MAX_TONES)), on_hit: Box::new(on_hit) }
    }

    /// Listens for one more tone; `false` when it has [`MAX_TONES`].
    pub fn add(&self, rule: ToneRule) -> bool {
        let ear = Ear {
            detector: ToneDetector::new(&rule.frequencies, RATE),
            rule,
            is_up: true,
            hits: 0,
            sleep: 0,
            expires: 0,
        };
        let mut ears = self.ears.lock();
        if ears.len() < MAX_TONES {
            ears.push(ear);
            return true;
        }
        false
    }

    /// Listens for a tone anew.
    pub fn renew(&self, place: usize) {
        if let Some(ear) = self.ears.lock().get_mut(place) {
            (ear.is_up, ear.hits, ear.sleep, ear.expires) = (true, 0, 0, 0);
        }
    }
}

impl Ear {
    /// Hears a frame; the hits there are by now, if it has one.
    fn hear(&mut self, frame: &[i16]) -> Option<u32> {
        self.sleep = self.sleep.saturating_sub(1);
        if self.expires > 0 {
            self.expires -= 1;
            if self.expires == 0 {
                (self.hits, self.sleep) = (0, 0);
            }
        }
        if self.sleep > 0 || !self.is_up || !self.detector.hear(frame) {
            return None;
        }
        self.hits += 1;
        (self.sleep, self.expires) = (self.rule.sleep, self.rule.expires);
        self.is_up = self.hits < self.rule.hits;
        Some(self.hits)
    }
}

impl Tap for ToneTap {
    fn pass(&self, frame: &mut [i16], passing: Passing) -> bool {
        if self.side == Some(passing.side) {
            for (place, ear) in self.ears.lock().iter_mut().enumerate() {
                if let Some(hits) = ear.hear(frame) {
                    (self.on_hit)(place, hits, !ear.is_up);
                }
            }
        }
        false
    }
}

/// The rate of what passes on a stream.
const RATE: u32 = 8000;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use strowger_media::source;

    use super::*;

    type Hits = Arc<Mutex<Vec<(usize, u32, bool)>>>;

    fn tap(side: Option<Side>, hits: u32) -> (ToneTap, Hits) {
        let told = Hits::default();
        let list = Arc::clone(&told);
        let tap = ToneTap::new(side, move |place, hits, is_all| list.lock().push((place, hits, is_all)));
        for frequency in [480.0, 700.0] {
            assert!(tap.add(ToneRule { frequencies: vec![frequency], hits, sleep: 25, expires: 250 }));
        }
        (tap, told)
    }

    fn pass(tap: &ToneTap, spec: &str, side: Side, frames: usize) {
        let mut source = source::open(spec, RATE).unwrap();
        for _ in 0..frames {
            let mut frame = [0; 160];
            source.fill(&mut frame);
            assert!(!tap.pass(&mut frame, Passing { side, at: Instant::now(), timestamp: None }));
        }
    }

    const TONE: &str = "tone_stream://%(60000,0,700)";

    #[test]
    fn a_tone_is_told_once_and_again_when_it_is_listened_for_anew() {
        let (tap, told) = tap(Some(Side::Heard), 1);
        pass(&tap, TONE, Side::Said, 50);
        assert!(told.lock().is_empty());
        pass(&tap, TONE, Side::Heard, 50);
        assert_eq!(*told.lock(), [(1, 1, true)]);
        tap.renew(1);
        pass(&tap, TONE, Side::Heard, 50);
        assert_eq!(*told.lock(), [(1, 1, true), (1, 1, true)]);
    }

    #[test]
    fn hits_are_apart_and_are_forgotten() {
        let (tap, told) = tap(Some(Side::Heard), 3);
        pass(&tap, TONE, Side::Heard, 40);
        assert_eq!(*told.lock(), [(1, 1, false), (1, 2, false)], "half a second lies between them");
        pass(&tap, "silence_stream://-1", Side::Heard, 260);
        pass(&tap, TONE, Side::Heard, 40);
        assert_eq!(told.lock().split_off(2), [(1, 1, false), (1, 2, false)]);
    }

    #[test]
    fn sixteen_tones_are_all_and_none_is_heard_where_nobody_listens() {
        let (tap, told) = tap(None, 1);
        let added = (0..20).filter(|_| tap.add(ToneRule { frequencies: vec![700.0], hits: 1, sleep: 1, expires: 1 }));
        assert_eq!(added.count(), MAX_TONES - 2);
        pass(&tap, TONE, Side::Heard, 50);
        assert!(told.lock().is_empty());
    }
}
