//! Changing the sample rate of audio.

use std::collections::VecDeque;
use std::f64::consts::PI;

use crate::source::AudioSource;

/// A streaming resampler between any two rates: a windowed-sinc filter kept in one table a fraction of a sample.
///
/// Our own and not `rubato`'s: a call is to cost at most 64 KiB, `rubato`'s interpolation table alone takes that, and
/// telephony's ratios (48000:8000 is 6:1) need only a few of its rows.
#[derive(Debug)]
pub struct Resampler {
    /// Output samples for every `down` input samples, in lowest terms.
    up: u64,
    down: u64,
    /// Filter length in input samples.
    taps: usize,
    /// Rows of `taps` weights, one a fraction `row / rows` of an input sample.
    table: Vec<f32>,
    rows: u64,
    /// The last `taps` input samples, oldest first.
    window: VecDeque<f32>,
    /// Where the next output lies after the window's centre, in `1 / up` of an input sample; below `up`.
    fraction: u64,
    /// Input samples still to come before the next output.
    needed: u64,
}

impl Resampler {
    /// A resampler from `from` Hz to `to` Hz; a rate of zero counts as one.
    pub fn new(from: u32, to: u32) -> Resampler {
        let (from, to) = (u64::from(from.max(1)), u64::from(to.max(1)));
        let divisor = greatest_common_divisor(from, to);
        let (up, down) = (to / divisor, from / divisor);
        // A little below the lower Nyquist frequency, to leave the filter room to fall.
        let cutoff = 0.94 * (to as f64 / from as f64).min(1.0);
        let half = ((CROSSINGS / cutoff).ceil() as usize).min(MAX_TAPS / 2);
        let taps = half * 2;
        let rows = up.min((MAX_TABLE / taps).max(1) as u64);
        let table = (0..rows).flat_map(|row| filter_row(row as f64 / rows as f64, half, cutoff)).collect();
        let window = VecDeque::from(vec![0.0; taps]);
        Resampler { up, down, taps, table, rows, window, fraction: 0, needed: half as u64 + 1 }
    }

    /// Whether another output sample can be had by [`Resampler::pull`] without more input.
    pub fn is_ready(&self) -> bool {
        self.needed == 0
    }

    /// Takes an input sample.
    pub fn push(&mut self, sample: f32) {
        self.window.pop_front();
        self.window.push_back(sample);
        self.needed = self.needed.saturating_sub(1);
    }

    /// The next output sample; `None` while input is needed.
    pub fn pull(&mut self) -> Option<f32> {
        if self.needed > 0 {
            return None;
        }
        let row = (self.fraction * self.rows / self.up) as usize;
        let weights = self.table.get(row * self.taps..)?;
        let (front, back) = self.window.as_slices();
        let (front_weights, back_weights) = weights.split_at_checked(front.len())?;
        let sum = dot(front, front_weights) + dot(back, back_weights);
        self.fraction += self.down;
        self.needed = self.fraction / self.up;
        self.fraction %= self.up;
        Some(sum)
    }

    /// Input samples by which output lags: as many zeros flush the last audio out.
    pub fn delay(&self) -> usize {
        self.taps / 2
    }
}

/// `source` heard at `rate` Hz; as it is when it has that rate already.
pub fn resampled(source: Box<dyn AudioSource>, rate: u32) -> Box<dyn AudioSource> {
    if source.rate() == rate {
        return source;
    }
    let resampler = Resampler::new(source.rate(), rate);
    Box::new(Resampled { source, rate, resampler, block: Vec::new(), position: 0, flush: None })
}

/// A source at another rate.
struct Resampled {
    source: Box<dyn AudioSource>,
    rate: u32,
    resampler: Resampler,
    block: Vec<i16>,
    position: usize,
    /// Zeros left to flush with, once the source has ended.
    flush: Option<usize>,
}

impl Resampled {
    /// The next input sample: of the source, then the flush's zeros.
    fn input(&mut self) -> Option<f32> {
        if let Some(sample) = self.block.get(self.position) {
            self.position += 1;
            return Some(f32::from(*sample));
        }
        if let Some(left) = self.flush.as_mut() {
            *left = left.checked_sub(1)?;
            return Some(0.0);
        }
        self.block.resize(BLOCK, 0);
        let read = self.source.fill(&mut self.block);
        if read < BLOCK {
            self.flush = Some(self.resampler.delay());
        }
        self.block.truncate(read);
        self.position = 0;
        self.input()
    }
}

impl AudioSource for Resampled {
    fn fill(&mut self, out: &mut [i16]) -> usize {
        for (filled, slot) in out.iter_mut().enumerate() {
            while !self.resampler.is_ready() {
                let Some(sample) = self.input() else { return filled };
                self.resampler.push(sample);
            }
            let Some(sample) = self.resampler.pull() else { return filled };
            *slot = sample.round().clamp(f32::from(i16::MIN), f32::from(i16::MAX)) as i16;
        }
        out.len()
    }

    fn rate(&self) -> u32 {
        self.rate
    }

    fn seek(&mut self, position: u64) -> bool {
        let there = u128::from(position) * u128::from(self.source.rate()) / u128::from(self.rate.max(1));
        if !self.source.seek(u64::try_from(there).unwrap_or(u64::MAX)) {
            return false;
        }
        // What was heard before does not ring on.
        self.resampler = Resampler::new(self.source.rate(), self.rate);
        self.block.clear();
        (self.position, self.flush) = (0, None);
        true
    }
}

/// The weights of the `2 * half` samples around a point `fraction` of a sample after the centre; they add up to one.
fn filter_row(fraction: f64, half: usize, cutoff: f64) -> Vec<f32> {
    let offset = |tap: usize| tap as f64 - (half as f64 - 1.0) - fraction;
    let weight = |x: f64| sinc(cutoff * x) * blackman(x / half as f64);
    let weights: Vec<f64> = (0..half * 2).map(|tap| weight(offset(tap))).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| (weight / sum) as f32).collect()
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// Blackman's window on -1 to 1.
fn blackman(x: f64) -> f64 {
    if x.abs() >= 1.0 { 0.0 } else { 0.42 + 0.5 * (PI * x).cos() + 0.08 * (2.0 * PI * x).cos() }
}

fn dot(samples: &[f32], weights: &[f32]) -> f32 {
    samples.iter().zip(weights).map(|(sample, weight)| sample * weight).sum()
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Zero crossings of the sinc on either side.
const CROSSINGS: f64 = 12.0;
/// Bounds the filter for rates far apart.
const MAX_TAPS: usize = 1024;
/// Weights in the table: 64 KiB.
const MAX_TABLE: usize = 16 * 1024;
/// Input samples read at a time.
const BLOCK: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::ToneStream;
    use crate::tone::tests::{collect, level_db};

    fn heard(spec: &str, from: u32, to: u32) -> Vec<i16> {
        let tone = ToneStream::parse_at(spec, from).unwrap();
        let mut source = resampled(Box::new(tone), to);
        assert_eq!(source.rate(), to);
        collect(source.as_mut())
    }

    #[test]
    fn length_and_tone_are_kept() {
        for (from, to) in [(48_000, 8000), (44_100, 8000), (16_000, 8000), (8000, 16_000), (11_025, 8000), (7999, 8000)]
        {
            let audio = heard("%(1000,0,440)", from, to);
            let expected = to as usize;
            assert!(audio.len().abs_diff(expected) <= 1, "{from} to {to}: {} samples", audio.len());
            let level = level_db(&audio, 440.0, to);
            assert!((level + 10.15).abs() < 0.2, "{from} to {to}: {level} dB");
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_filtered_out() {
        let audio = heard("%(1000,0,5000)", 48_000, 8000);
        let level = level_db(&audio, 3000.0, 8000);
        assert!(level < -60.0, "the alias of 5000 Hz at 3000 Hz: {level} dB");
    }
}
