//! Digits as sound: the pairs of tones that keys make (ITU-T Q.23), heard within the limits of Q.24.

use std::time::Duration;

use super::Digit;
use crate::goertzel::Bank;

/// Listens for keys in mono PCM at 8 kHz.
///
/// Sound is looked at in blocks of 102 samples, 12.75 ms, that overlap by half. A block has a key when the strongest of the
/// four low and of the four high tones are loud enough (-45 dB of full scale each), not too far apart (the low one at the
/// most 8 dB above, the high one 4 dB), well above their neighbours, and nearly all there is of the block's energy. Four blocks
/// running that have the same key as loud are that key: one that lasts 40 ms always has them. It has ended when four blocks
/// do not have it, or another one begins. Speech has harmonics, more than two tones, and does not stand still.
#[derive(Clone, Debug)]
pub struct InbandReceiver {
    /// The two blocks that are under way, half a block apart.
    blocks: [Block; 2],
    /// What the last block had.
    last: Option<Pair>,
    /// How many running had the same.
    run: u32,
    /// The key that is down, and how many blocks ago it began.
    down: Option<(char, u32)>,
    /// Blocks since it was heard.
    missed: u32,
}

#[derive(Clone, Debug)]
struct Block {
    bank: Bank<12>,
    samples: u32,
    energy: f32,
}

/// A key's two tones, as a block had them.
#[derive(Clone, Copy, Debug)]
struct Pair {
    key: char,
    low: f32,
    high: f32,
}

impl Default for InbandReceiver {
    fn default() -> InbandReceiver {
        let mut frequencies = [0.0; 12];
        // The second harmonics of the low tones are too near the high ones.
        let all = LOW.into_iter().chain(HIGH).chain(HIGH.map(|frequency| 2.0 * frequency));
        frequencies.iter_mut().zip(all).for_each(|(slot, frequency)| *slot = frequency);
        let block = |samples| Block { bank: Bank::new(&frequencies, RATE), samples, energy: 0.0 };
        // The second one begins in the middle of the first.
        InbandReceiver { blocks: [block(0), block(STEP)], last: None, run: 0, down: None, missed: 0 }
    }
}

impl InbandReceiver {
    /// Hears sound; `found` is told of each key that has ended in it.
    pub fn hear(&mut self, frame: &[i16], mut found: impl FnMut(Digit)) {
        for sample in frame {
            let sample = f32::from(*sample);
            for place in 0..self.blocks.len() {
                let ended = self.blocks.get_mut(place).and_then(|block| block.push(sample));
                if let Some(digit) = ended.and_then(|pair| self.note(pair)) {
                    found(digit);
                }
            }
        }
    }

    /// Takes what a block had.
    fn note(&mut self, pair: Option<Pair>) -> Option<Digit> {
        let before = std::mem::replace(&mut self.last, pair);
        let continues = before.zip(pair).is_some_and(|(before, pair)| pair.is_as(&before));
        self.run = if continues { self.run + 1 } else { u32::from(pair.is_some()) };
        let key = pair.map(|pair| pair.key);
        if let Some((down, blocks)) = &mut self.down {
            *blocks = blocks.saturating_add(1);
            self.missed = if key == Some(*down) { 0 } else { self.missed + 1 };
        }
        let down = self.down.map(|(down, _)| down);
        if let Some(key) = key.filter(|key| self.run >= RUN && down != Some(*key)) {
            let ended = self.release();
            (self.down, self.missed) = (Some((key, RUN)), 0);
            return ended;
        }
        if self.missed >= RUN { self.release() } else { None }
    }

    fn release(&mut self) -> Option<Digit> {
        let (digit, blocks) = self.down.take()?;
        let heard = blocks.saturating_sub(std::mem::take(&mut self.missed));
        let samples = u64::from(STEP) * (u64::from(heard) + 1);
        Some(Digit { digit, duration: Duration::from_micros(samples * 1_000_000 / u64::from(RATE)) })
    }
}

impl Block {
    /// Hears a sample; what the block had, when it was the last.
    fn push(&mut self, sample: f32) -> Option<Option<Pair>> {
        self.bank.push(sample);
        self.energy += sample * sample;
        self.samples += 1;
        if self.samples < 2 * STEP {
            return None;
        }
        let pair = Pair::find(&self.bank.take(), self.energy);
        (self.samples, self.energy) = (0, 0.0);
        Some(pair)
    }
}

impl Pair {
    /// The key of a block, given the energies of the low tones, the high ones and the second harmonics of these.
    fn find(energies: &[f32; 12], energy: f32) -> Option<Pair> {
        let [lows, highs, harmonics] = energies.as_chunks::<4>().0 else { return None };
        let ((row, low), (column, high)) = (peak(lows)?, peak(highs)?);
        let level = low >= LEAST && high >= LEAST;
        let twist = high < low * HIGH_ABOVE && low < high * LOW_ABOVE;
        let alone = low + high > ALONE * energy && harmonics.get(column)? * HARMONIC < high;
        let key = *KEYS.get(row)?.get(column)?;
        (level && twist && alone).then_some(Pair { key, low, high })
    }

    /// Whether it is the same key, about as loud.
    fn is_as(&self, other: &Pair) -> bool {
        let near = |a: f32, b: f32| a < b * STEADY && b < a * STEADY;
        self.key == other.key && near(self.low, other.low) && near(self.high, other.high)
    }
}

/// The strongest of four tones and its energy, if it stands out.
fn peak(tones: &[f32; 4]) -> Option<(usize, f32)> {
    let (place, energy) = tones.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let stands_out = tones.iter().enumerate().all(|(other, value)| other == place || value * STANDS_OUT < energy);
    stands_out.then_some((place, energy))
}

/// The low tones, the rows of a keypad (ITU-T Q.23).
pub(crate) const LOW: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
/// The high ones, its columns.
pub(crate) const HIGH: [f32; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
/// The keypad.
pub(crate) const KEYS: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];
const RATE: u32 = 8000;
/// Half the samples of a block: its resonators are as wide as the tones are apart.
const STEP: u32 = 51;
/// How many blocks a key, or its end, needs: 255 samples, 32 ms.
const RUN: u32 = 4;
/// The energy of the quietest tone, of amplitude 175.
const LEAST: f32 = 8.0e7;
/// How far the high tone may be above the low one: 4 dB.
const HIGH_ABOVE: f32 = 2.52;
/// How far the low tone may be above the high one: 8 dB.
const LOW_ABOVE: f32 = 6.31;
/// How far a tone must be above the others of its group: 8 dB.
const STANDS_OUT: f32 = 6.31;
/// How far a high tone must be above its second harmonic: 10 dB.
const HARMONIC: f32 = 10.0;
/// How much louder a tone may be in one block than in the one before: 2 dB.
const STEADY: f32 = 1.6;
/// What the two tones must have of the energy: 71 % of what they would have alone, as those that are 1.5 % off have.
const ALONE: f32 = 36.0;

#[cfg(test)]
pub(crate) mod tests {
    use std::f32::consts::TAU;

    use proptest::prelude::*;

    use super::*;

    /// So many samples of sines of these frequencies and amplitudes.
    pub(crate) fn sines(tones: &[(f32, f32)], samples: usize) -> Vec<i16> {
        let at = |i: usize| tones.iter().map(|(f, a)| a * (TAU * f * i as f32 / 8000.0).sin()).sum::<f32>() as i16;
        (0..samples).map(at).collect()
    }

    /// So many samples of white noise up to this amplitude.
    pub(crate) fn noise(seed: u32, amplitude: f32, samples: usize) -> Vec<i16> {
        let mut state = seed | 1;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (f64::from(state) / f64::from(u32::MAX) * 2.0 - 1.0) as f32
        };
        (0..samples).map(|_| (next() * amplitude) as i16).collect()
    }

    /// Something like speech: a voice of gliding pitch with three formants and breath, in syllables.
    fn speech(seed: u32, samples: usize) -> Vec<i16> {
        let random = noise(seed, 1000.0, samples / 800 * 6 + 12);
        let value = |place: usize, least: f32, most: f32| {
            let share = (f32::from(random[place]) + 1000.0) / 2000.0;
            least + share * (most - least)
        };
        let (mut phase, breath) = (0.0_f32, noise(!seed, 1000.0, samples));
        let sample = |i: usize| {
            let syllable = i / 800 * 6;
            let pitch = value(syllable, 80.0, 260.0) + value(syllable + 1, -40.0, 40.0) * (i % 800) as f32 / 800.0;
            phase = (phase + pitch / 8000.0).fract();
            let formants = [value(syllable + 2, 250.0, 900.0), value(syllable + 3, 900.0, 2500.0), 2800.0];
            let loudness = value(syllable + 4, 0.0, 4000.0) * (TAU * (i % 800) as f32 / 1600.0).sin();
            let voice = (1..20).map(|n| {
                let frequency = pitch * n as f32;
                let gain: f32 = formants.iter().map(|f| 1.0 / (1.0 + ((frequency - f) / 130.0).powi(2))).sum();
                (gain + 0.3 / n as f32) * (TAU * phase * n as f32).sin()
            });
            let breath = f32::from(breath[i]) / 1000.0;
            ((voice.sum::<f32>() + 0.2 * breath) * loudness) as i16
        };
        (0..samples).map(sample).collect()
    }

    fn digits(sound: &[i16]) -> Vec<(char, u128)> {
        let mut receiver = InbandReceiver::default();
        let mut digits = Vec::new();
        for frame in sound.chunks(160) {
            receiver.hear(frame, |digit| digits.push((digit.digit, digit.duration.as_millis())));
        }
        digits
    }

    fn place(key: usize) -> (f32, f32, char) {
        (LOW[key / 4], HIGH[key % 4], KEYS[key / 4][key % 4])
    }

    #[test]
    fn each_key_is_heard_once_and_as_long_as_it_is() {
        let mut sound = Vec::new();
        for key in 0..16 {
            let (low, high, _) = place(key);
            sound.extend(sines(&[(low, 4000.0), (high, 4000.0)], 800));
            sound.extend([0; 400]);
        }
        let heard = digits(&sound);
        assert_eq!(heard.iter().map(|digit| digit.0).collect::<String>(), "123A456B789C*0#D");
        assert!(heard.iter().all(|(_, length)| (75..=115).contains(length)), "{heard:?}");
    }

    #[test]
    fn keys_may_follow_one_another_at_once_and_be_interrupted() {
        let tone = |key: usize, samples| {
            let (low, high, _) = place(key);
            sines(&[(low, 4000.0), (high, 4000.0)], samples)
        };
        let end = vec![0; 400];
        let heard = digits(&[tone(0, 800), tone(5, 800), end.clone()].concat());
        assert_eq!(heard.iter().map(|digit| digit.0).collect::<String>(), "15");
        let heard = digits(&[tone(2, 400), vec![0; 60], tone(2, 400), end.clone()].concat());
        assert_eq!(heard.len(), 1, "8 ms of nothing are no pause: {heard:?}");
        let heard = digits(&[tone(2, 400), vec![0; 360], tone(2, 400), end].concat());
        assert_eq!(heard.len(), 2, "45 ms are");
    }

    #[test]
    fn what_is_no_key_is_not_heard() {
        let check = |tones: &[(f32, f32)], samples| {
            let sound = [sines(tones, samples), vec![0; 400]].concat();
            assert_eq!(digits(&sound), [], "{tones:?} {samples}");
        };
        check(&[(697.0, 4000.0), (1209.0, 4000.0)], 150);
        check(&[(697.0, 4000.0)], 1600);
        check(&[(697.0, 1000.0), (1209.0, 4000.0)], 1600);
        check(&[(697.0, 4000.0), (1209.0, 1000.0)], 1600);
        check(&[(697.0, 4000.0), (770.0, 4000.0), (1209.0, 4000.0)], 1600);
        check(&[(697.0, 60.0), (1209.0, 60.0)], 1600);
        check(&[(735.0, 4000.0), (1270.0, 4000.0)], 1600);
        check(&[(697.0, 4000.0), (1209.0, 4000.0), (440.0, 4000.0)], 1600);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        /// Q.24: any level down to -40 dB, 3 dB of twist, frequencies 1.5 % off, noise 24 dB below, 40 ms.
        #[test]
        fn keys_are_heard_at_any_level_and_through_noise(
            key in 0_usize..16,
            amplitude in 330.0_f32..14_000.0,
            twist in 0.71_f32..1.41,
            off in (-0.012_f32..0.012, -0.012_f32..0.012),
            seed: u32,
            lead in 0_usize..200,
            samples in 330_usize..2000,
        ) {
            let (low, high, expected) = place(key);
            let mut sound = vec![0; lead];
            sound.extend(sines(&[(low * (1.0 + off.0), amplitude), (high * (1.0 + off.1), amplitude * twist)], samples));
            sound.extend([0; 400]);
            let disturbed = noise(seed, amplitude * 0.08, sound.len());
            sound.iter_mut().zip(disturbed).for_each(|(a, b)| *a = a.saturating_add(b));
            let heard = digits(&sound);
            prop_assert_eq!(heard.iter().map(|digit| digit.0).collect::<Vec<_>>(), [expected]);
        }

        #[test]
        fn no_key_is_heard_in_noise_or_speech(seed: u32, amplitude in 100.0_f32..32_000.0) {
            prop_assert_eq!(digits(&noise(seed, amplitude, 16_000)), []);
            prop_assert_eq!(digits(&speech(seed, 16_000)), []);
        }
    }
}
