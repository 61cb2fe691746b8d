//! Hearing tones that are one sine or several at once: a ringback, a busy tone, a fax machine.

use crate::goertzel::Bank;

/// Frequencies a tone may have (teletone's `TELETONE_MAX_TONES`).
pub const MAX_FREQUENCIES: usize = 18;

/// Listens for one tone (FreeSWITCH's `teletone_multi_tone_detect`, libteletone_detect.c).
///
/// Sound is looked at in blocks of 102 samples at 8 kHz. A block has the tone when at least 82 % of its energy lies at the
/// tone's frequencies, and two of them at least are there if it has several. Three such blocks running, 38 ms, are the
/// tone; a block without it takes one back, and ten of them begin anew.
#[derive(Clone, Debug)]
pub struct ToneDetector {
    bank: Bank<MAX_FREQUENCIES>,
    block: u32,
    samples: u32,
    energy: f32,
    positives: u32,
    negatives: u32,
    hits: u32,
}

impl ToneDetector {
    /// Listens, in sound of `rate` Hz, for these frequencies in Hz at once, the first [`MAX_FREQUENCIES`] of them.
    pub fn new(frequencies: &[f32], rate: u32) -> ToneDetector {
        let bank = Bank::new(frequencies, rate);
        let block = BLOCK * (rate / 8000).max(1);
        ToneDetector { bank, block, samples: 0, energy: 0.0, positives: 0, negatives: 0, hits: 0 }
    }

    /// Hears mono PCM; whether the tone was there in it.
    pub fn hear(&mut self, frame: &[i16]) -> bool {
        let mut found = false;
        for sample in frame {
            let sample = f32::from(*sample);
            self.bank.push(sample);
            self.energy += sample * sample;
            self.samples += 1;
            if self.samples == self.block {
                found |= self.end_block();
            }
        }
        found
    }

    fn end_block(&mut self) -> bool {
        let energies = self.bank.take();
        let sum: f32 = energies.iter().sum();
        let there = energies.iter().filter(|energy| **energy > sum * PRESENT).count();
        // A tone of one frequency would give half a block's length.
        let share = SHARE * self.block as f32 / 2.0;
        let is_tone = there >= self.bank.len().min(2) && sum > share * self.energy;
        (self.samples, self.energy) = (0, 0.0);
        if is_tone { self.count() } else { self.miss() }
    }

    fn count(&mut self) -> bool {
        self.negatives = self.negatives.saturating_sub(1);
        self.positives += 1;
        if self.positives >= 2 {
            self.hits += 1;
        }
        let found = self.hits >= 2;
        if found {
            (self.positives, self.negatives, self.hits) = (0, 0, 0);
        }
        found
    }

    fn miss(&mut self) -> bool {
        self.negatives += 1;
        self.positives = self.positives.saturating_sub(1);
        if self.negatives > 10 {
            (self.positives, self.hits) = (0, 0);
        }
        false
    }
}

/// Samples of a block at 8 kHz.
const BLOCK: u32 = 102;
/// What the tone must have of a block's energy.
const SHARE: f32 = 42.0 / 51.0;
/// What a frequency must have of the tone's energy to be there: more than what leaks from its neighbours.
const PRESENT: f32 = 0.05;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::telephone_event::inband::tests::{noise, sines};

    fn heard(frequencies: &[f32], sound: &[i16]) -> bool {
        let mut detector = ToneDetector::new(frequencies, 8000);
        // One after the other: a tone that is found is still heard to its end.
        sound.chunks(160).filter(|frame| detector.hear(frame)).count() > 0
    }

    #[test]
    fn a_tone_is_found_in_time() {
        let mut detector = ToneDetector::new(&[700.0], 8000);
        let sound = sines(&[(700.0, 3000.0)], 480);
        let found: Vec<bool> = sound.chunks(160).map(|frame| detector.hear(frame)).collect();
        assert_eq!(found, [false, true, false]);
        assert!(!heard(&[700.0], &sines(&[(700.0, 3000.0)], 200)), "25 ms are too short");
    }

    #[test]
    fn a_tone_of_two_needs_both() {
        let both = [350.0, 440.0];
        assert!(heard(&both, &sines(&[(350.0, 3000.0), (440.0, 3000.0)], 1600)));
        assert!(!heard(&both, &sines(&[(440.0, 3000.0)], 1600)));
        assert!(!heard(&both, &sines(&[(350.0, 3000.0)], 1600)));
        assert!(!heard(&[700.0], &[0; 1600]));
        assert!(!heard(&[], &sines(&[(440.0, 3000.0)], 1600)));
    }

    proptest! {
        #[test]
        fn tones_are_found_by_their_frequency_alone(
            frequency in 300.0_f32..3300.0,
            amplitude in 50.0_f32..30_000.0,
            far in 160.0_f32..1000.0,
            seed: u32,
        ) {
            let mut sound = sines(&[(frequency, amplitude)], 1600);
            sound.iter_mut().zip(noise(seed, amplitude * 0.1, 1600)).for_each(|(a, b)| *a = a.saturating_add(b));
            prop_assert!(heard(&[frequency], &sound));
            prop_assert!(!heard(&[frequency + far], &sound));
            prop_assert!(!heard(&[frequency], &noise(seed, amplitude, 8000)));
        }

        #[test]
        fn how_sound_is_cut_into_frames_is_all_the_same(cuts in prop::collection::vec(1_usize..400, 1..20)) {
            let sound = sines(&[(1100.0, 5000.0)], 8000);
            let count = |frames: &mut dyn Iterator<Item = &[i16]>| {
                let mut detector = ToneDetector::new(&[1100.0], 8000);
                let mut state = Vec::new();
                for frame in frames {
                    detector.hear(frame);
                    state.push((detector.positives, detector.hits));
                }
                state.last().copied()
            };
            let mut rest = &sound[..];
            let pieces: Vec<&[i16]> = cuts.iter().map(|cut| rest.split_off(..(*cut).min(rest.len())).unwrap()).collect();
            let whole = count(&mut std::iter::once(pieces.concat().as_slice()));
            prop_assert_eq!(count(&mut pieces.into_iter()), whole);
        }
    }
}
