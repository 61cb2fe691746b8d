//! Where an utterance begins and ends, by how loud it is.

use std::collections::VecDeque;
use std::time::Duration;

/// What counts as an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UtteranceSettings {
    /// The mean of the samples' absolute values, over 10 ms, from which on it is loud.
    pub threshold: u16,
    /// How long it must be loud for an utterance to have begun.
    pub onset: Duration,
    /// How long it must be quiet for an utterance to have ended.
    pub silence: Duration,
    /// The longest one; it ends there.
    pub longest: Duration,
}

impl Default for UtteranceSettings {
    fn default() -> Self {
        UtteranceSettings {
            threshold: 300,
            onset: Duration::from_millis(60),
            silence: Duration::from_millis(800),
            longest: Duration::from_secs(20),
        }
    }
}

/// What a frame made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// Somebody has begun to speak.
    Began,
    /// What was said, from a little before its beginning: mono PCM.
    Ended(Vec<i16>),
}

/// Hears sound frame by frame. Keeps no more than the longest utterance.
#[derive(Debug)]
pub struct UtteranceDetector {
    settings: UtteranceSettings,
    /// Samples of 10 ms.
    window: usize,
    /// What does not fill a window yet.
    partial: Vec<i16>,
    /// The utterance, or what came just before one.
    kept: VecDeque<i16>,
    speaking: bool,
    /// Windows that were loud one after the other, or while somebody speaks quiet.
    run: u32,
}

impl UtteranceDetector {
    /// One for sound at `rate` Hz.
    pub fn new(settings: UtteranceSettings, rate: u32) -> UtteranceDetector {
        UtteranceDetector::of(settings, (rate as usize / 100).max(1))
    }

    /// Hears a frame, of any length; the turns it takes, in order.
    pub fn hear(&mut self, frame: &[i16]) -> Vec<Turn> {
        self.partial.extend(frame);
        let partial = std::mem::take(&mut self.partial);
        let windows = partial.chunks_exact(self.window);
        self.partial = windows.remainder().to_vec();
        windows.filter_map(|window| self.window(window)).collect()
    }

    /// Whether somebody speaks.
    pub fn is_speaking(&self) -> bool {
        self.speaking
    }

    /// Forgets what was heard; nobody speaks.
    pub fn reset(&mut self) {
        *self = UtteranceDetector::of(self.settings, self.window);
    }

    /// Takes other settings, from here on.
    pub fn set(&mut self, settings: UtteranceSettings) {
        self.settings = settings;
    }

    fn of(settings: UtteranceSettings, window: usize) -> UtteranceDetector {
        UtteranceDetector { settings, window, partial: Vec::new(), kept: VecDeque::new(), speaking: false, run: 0 }
    }

    fn window(&mut self, window: &[i16]) -> Option<Turn> {
        let sum: u64 = window.iter().map(|sample| u64::from(sample.unsigned_abs())).sum();
        let loud = sum >= u64::from(self.settings.threshold) * window.len() as u64;
        self.kept.extend(window);
        self.run = if loud == self.speaking { 0 } else { self.run + 1 };
        if self.speaking {
            let longest = windows(self.settings.longest) * self.window;
            let is_over = self.run as usize >= windows(self.settings.silence) || self.kept.len() >= longest;
            return is_over.then(|| {
                (self.speaking, self.run) = (false, 0);
                Turn::Ended(std::mem::take(&mut self.kept).into())
            });
        }
        if self.run as usize >= windows(self.settings.onset) {
            (self.speaking, self.run) = (true, 0);
            return Some(Turn::Began);
        }
        let room = windows(LEAD + self.settings.onset) * self.window;
        self.kept.drain(..self.kept.len().saturating_sub(room));
        None
    }
}

/// So many windows, one at the least.
fn windows(time: Duration) -> usize {
    usize::try_from(time.as_millis() / 10).unwrap_or(usize::MAX / MAX_WINDOW).clamp(1, usize::MAX / MAX_WINDOW)
}

/// What is kept of the time before an utterance: soft consonants.
const LEAD: Duration = Duration::from_millis(250);
/// More samples than any window has.
const MAX_WINDOW: usize = 1 << 16;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sound(value: i16, ms: usize) -> Vec<i16> {
        (0..ms * 8).map(|n| if n % 2 == 0 { value } else { -value }).collect()
    }

    #[test]
    fn speech_between_silence_is_an_utterance() {
        let mut detector = UtteranceDetector::new(UtteranceSettings::default(), 8000);
        assert_eq!(detector.hear(&sound(20, 1000)), []);
        // A click is none.
        assert_eq!(detector.hear(&sound(9000, 30)), []);
        assert_eq!(detector.hear(&sound(20, 500)), []);
        assert_eq!(detector.hear(&sound(2000, 500)), [Turn::Began]);
        assert_eq!(detector.hear(&sound(0, 500)), []);
        assert_eq!(detector.hear(&sound(2000, 100)), []);
        assert!(detector.is_speaking());
        let turns = detector.hear(&sound(0, 1000));
        let [Turn::Ended(samples)] = turns.as_slice() else { panic!("{turns:?}") };
        assert_eq!(samples.len() / 8, 320 + 440 + 500 + 100 + 800);
    }

    #[test]
    fn nobody_speaks_for_ever() {
        let settings = UtteranceSettings { longest: Duration::from_secs(2), ..UtteranceSettings::default() };
        let mut detector = UtteranceDetector::new(settings, 8000);
        let turns = detector.hear(&sound(2000, 3000));
        assert!(
            matches!(turns.as_slice(), [Turn::Began, Turn::Ended(samples), Turn::Began] if samples.len() == 16_000)
        );
        detector.reset();
        assert!(!detector.is_speaking());
    }

    proptest! {
        #[test]
        fn turns_alternate_however_sound_is_cut(
            frames in prop::collection::vec((any::<i16>(), 0_usize..700), 0..60),
        ) {
            let settings = UtteranceSettings { longest: Duration::from_secs(1), ..UtteranceSettings::default() };
            let (mut whole, mut cut) = (UtteranceDetector::new(settings, 8000), UtteranceDetector::new(settings, 8000));
            let all: Vec<i16> = frames.iter().flat_map(|(value, count)| vec![*value; *count]).collect();
            let turns = whole.hear(&all);
            let pieces: Vec<Turn> = frames.iter().flat_map(|(value, count)| cut.hear(&vec![*value; *count])).collect();
            prop_assert_eq!(&turns, &pieces);
            for pair in turns.chunks(2) {
                prop_assert!(matches!(pair, [Turn::Began] | [Turn::Began, Turn::Ended(_)]));
            }
            prop_assert!(whole.kept.len() <= 8000 + 80);
        }
    }
}
