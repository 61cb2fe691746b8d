//! How much of a block of sound lies at given frequencies (the Goertzel algorithm).

use std::f32::consts::TAU;

/// Up to `N` resonators, each at its frequency, that hear the same samples.
#[derive(Clone, Debug)]
pub(crate) struct Bank<const N: usize> {
    factors: [f32; N],
    last: [f32; N],
    before: [f32; N],
    count: usize,
}

impl<const N: usize> Bank<N> {
    /// Resonators at these frequencies in Hz, the first `N` of them, for sound of `rate` Hz.
    pub(crate) fn new(frequencies: &[f32], rate: u32) -> Bank<N> {
        let mut factors = [0.0; N];
        for (factor, frequency) in factors.iter_mut().zip(frequencies) {
            *factor = 2.0 * (TAU * frequency / rate.max(1) as f32).cos();
        }
        Bank { factors, last: [0.0; N], before: [0.0; N], count: frequencies.len().min(N) }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Hears a sample.
    pub(crate) fn push(&mut self, sample: f32) {
        let state = self.last.iter_mut().zip(&mut self.before);
        for ((last, before), factor) in state.zip(&self.factors).take(self.count) {
            let next = factor * *last - *before + sample;
            *before = *last;
            *last = next;
        }
    }

    /// The energy at each frequency since the last time, which begins a new block: a sine of amplitude A in n samples has
    /// (A·n/2)², and the sum of its squares is A²·n/2.
    pub(crate) fn take(&mut self) -> [f32; N] {
        let mut energies = [0.0; N];
        let state = self.last.iter().zip(&self.before).zip(&self.factors);
        for (energy, ((last, before), factor)) in energies.iter_mut().zip(state).take(self.count) {
            *energy = last * last + before * before - factor * last * before;
        }
        (self.last, self.before) = ([0.0; N], [0.0; N]);
        energies
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_is_found_where_it_is() {
        let mut bank = Bank::<4>::new(&[700.0, 1100.0], 8000);
        for i in 0..400 {
            bank.push(1000.0 * (TAU * 700.0 * i as f32 / 8000.0).sin());
        }
        let [there, elsewhere, none, _] = bank.take();
        let expected = (1000.0_f32 * 200.0).powi(2);
        assert!((there / expected - 1.0).abs() < 0.02, "{there} {expected}");
        assert!(elsewhere < expected / 1000.0);
        assert_eq!((none, bank.take()[0], bank.len()), (0.0, 0.0, 2));
    }
}
