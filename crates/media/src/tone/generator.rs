//! Making the samples of tones.

use std::f64::consts::PI;

use super::parser::{Program, Tone};

/// Plays a program, sample by sample.
#[derive(Debug, Clone)]
pub(super) struct Generator {
    program: Program,
    rate: f64,
    /// Passes still to come after this one; `None` is for ever.
    passes_left: Option<u64>,
    index: usize,
    /// Times the current tone has sounded.
    sounded: u32,
    /// Samples of the current tone and its silence already made.
    made: u64,
    voices: Vec<Voice>,
    volume_db: f64,
    next_fade: u64,
}

/// A sine as vectors turning in step: exact in frequency, without a call to `sin` a sample, and several samples at once.
#[derive(Debug, Clone, Copy)]
struct Voice {
    frequency: f64,
    /// The next [`LANES`] samples.
    sine: [f64; LANES],
    cosine: [f64; LANES],
    /// The turn of [`LANES`] samples.
    step_sine: f64,
    step_cosine: f64,
    /// The turn of one sample.
    angle: f64,
}

impl Generator {
    pub(super) fn new(program: Program, rate: u32) -> Generator {
        let passes_left = program.passes.map(|passes| passes.saturating_sub(1));
        let mut generator = Generator {
            program,
            rate: f64::from(rate),
            passes_left,
            index: 0,
            sounded: 0,
            made: 0,
            voices: Vec::new(),
            volume_db: 0.0,
            next_fade: u64::MAX,
        };
        generator.begin(true);
        generator
    }

    /// Fills `out`; fewer samples than asked for means the end.
    pub(super) fn fill(&mut self, out: &mut [i16]) -> usize {
        let mut filled = 0;
        while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let Some(tone) = self.program.tones.get(self.index) else { return filled };
            let end = if self.made < tone.on { tone.on } else { tone.on + tone.off };
            if self.made >= end && self.made >= tone.on + tone.off {
                self.advance();
                continue;
            }
            let until = end.min(self.next_fade.max(self.made + 1));
            let count = usize::try_from(until - self.made).unwrap_or(usize::MAX).min(rest.len());
            let sounding = self.made < tone.on;
            let block = rest.get_mut(..count).unwrap_or_default();
            if sounding {
                self.sound(block);
            } else {
                block.fill(0);
            }
            self.made += count as u64;
            filled += count;
            self.fade();
        }
        filled
    }

    /// Adds up the voices, each at its share of the level.
    fn sound(&mut self, block: &mut [i16]) {
        let amplitude = peak(self.volume_db) / self.voices.len().max(1) as f64;
        for chunk in block.chunks_mut(LANES) {
            let mut sums = [0.0; LANES];
            for voice in &mut self.voices {
                let samples = if chunk.len() == LANES { voice.turn() } else { voice.turn_by(chunk.len()) };
                sums.iter_mut().zip(samples).for_each(|(sum, sample)| *sum += sample);
            }
            chunk.iter_mut().zip(sums).for_each(|(slot, sum)| *slot = round(sum * amplitude));
        }
        self.voices.iter_mut().for_each(Voice::renormalise);
    }

    /// Moves the level when its time has come; at an end of its range it stays.
    fn fade(&mut self) {
        let fade = self.program.tones.get(self.index).and_then(|tone| tone.fade);
        let Some(fade) = fade.filter(|_| self.made >= self.next_fade) else { return };
        let level = self.volume_db + fade.decibels;
        if (-63.0..=0.0).contains(&level) {
            self.volume_db = level;
            self.next_fade = self.made + fade.step;
        } else {
            self.next_fade = u64::MAX;
        }
    }

    /// Goes on to the same tone again, the next one, or the next pass; past the last there is no tone.
    fn advance(&mut self) {
        let Some(tone) = self.program.tones.get(self.index) else { return };
        // Without silence between them, equal tones run on without a step in the wave.
        let seamless = tone.off == 0;
        self.sounded += 1;
        if self.sounded >= tone.times {
            self.sounded = 0;
            self.index += 1;
        }
        if self.index == self.program.tones.len() && self.passes_left != Some(0) {
            self.passes_left = self.passes_left.map(|left| left - 1);
            self.index = 0;
        }
        self.begin(!seamless);
    }

    fn begin(&mut self, afresh: bool) {
        let Some(tone) = self.program.tones.get(self.index) else { return };
        self.made = 0;
        self.volume_db = tone.volume_db;
        self.next_fade = tone.fade.map_or(u64::MAX, |fade| fade.step);
        let continues = !afresh && self.voices.iter().map(|voice| voice.frequency).eq(tone.frequencies.iter().copied());
        if !continues {
            self.voices = voices(tone, self.rate);
        }
    }
}

fn voices(tone: &Tone, rate: f64) -> Vec<Voice> {
    tone.frequencies.iter().map(|frequency| Voice::new(*frequency, rate)).collect()
}

impl Voice {
    fn new(frequency: f64, rate: f64) -> Voice {
        let angle = 2.0 * PI * frequency / rate;
        let (step_sine, step_cosine) = (angle * LANES as f64).sin_cos();
        let lanes: [(f64, f64); LANES] = std::array::from_fn(|lane| (angle * lane as f64).sin_cos());
        let (sine, cosine) = (lanes.map(|lane| lane.0), lanes.map(|lane| lane.1));
        Voice { frequency, sine, cosine, step_sine, step_cosine, angle }
    }

    /// The next [`LANES`] samples.
    fn turn(&mut self) -> [f64; LANES] {
        let samples = self.sine;
        self.rotate(self.step_sine, self.step_cosine);
        samples
    }

    /// The next `count` samples, fewer than [`LANES`], and some beyond them.
    fn turn_by(&mut self, count: usize) -> [f64; LANES] {
        let samples = self.sine;
        let (sine, cosine) = (self.angle * count as f64).sin_cos();
        self.rotate(sine, cosine);
        samples
    }

    fn rotate(&mut self, turn_sine: f64, turn_cosine: f64) {
        for (sine, cosine) in self.sine.iter_mut().zip(&mut self.cosine) {
            let before = *sine;
            *sine = before * turn_cosine + *cosine * turn_sine;
            *cosine = *cosine * turn_cosine - before * turn_sine;
        }
    }

    /// Takes off what rounding has added to the lengths of the vectors.
    fn renormalise(&mut self) {
        for (sine, cosine) in self.sine.iter_mut().zip(&mut self.cosine) {
            let scale = 1.5 - 0.5 * (*sine * *sine + *cosine * *cosine);
            *sine *= scale;
            *cosine *= scale;
        }
    }
}

/// The nearest integer of a number well within 16 bits, without the range checks of `as`: at this offset the last bit of
/// a double's fraction counts ones.
fn round(value: f64) -> i16 {
    const OFFSET: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52
    (value + OFFSET).to_bits() as i16
}

/// The peak of a sine of this level: teletone's is relative to 6.16 dB (3.14 dBm0 and 3.02 dB from RMS to peak) above
/// full scale times the square root of two, which puts its default of -7 dB at 10.15 dB below a full-scale sine.
fn peak(volume_db: f64) -> f64 {
    10_f64.powf((volume_db - 6.16) / 20.0) * 32_767.0 * std::f64::consts::SQRT_2
}

/// Samples made at once.
const LANES: usize = 4;
