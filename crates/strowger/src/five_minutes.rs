//! The highest figure of the last five minutes.

use std::collections::VecDeque;

/// A maximum over the last [`FiveMinutes::SAMPLES`] samples, one a second.
///
/// Kept as a falling queue: a sample that a later one reaches can never be the maximum again.
#[derive(Debug, Default)]
pub struct FiveMinutes {
    taken: u64,
    falling: VecDeque<(u64, u64)>,
}

impl FiveMinutes {
    /// How many samples count.
    pub const SAMPLES: u64 = 300;

    /// Adds the sample of this second.
    pub fn sample(&mut self, value: u64) {
        while self.falling.back().is_some_and(|(_, last)| *last <= value) {
            self.falling.pop_back();
        }
        self.falling.push_back((self.taken, value));
        self.taken += 1;
        while self.falling.front().is_some_and(|(at, _)| *at + Self::SAMPLES < self.taken) {
            self.falling.pop_front();
        }
    }

    /// The highest sample.
    pub fn peak(&self) -> u64 {
        self.falling.front().map_or(0, |(_, value)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_forgotten_after_five_minutes() {
        let mut peaks = FiveMinutes::default();
        assert_eq!(peaks.peak(), 0);
        peaks.sample(7);
        for _ in 1..FiveMinutes::SAMPLES {
            peaks.sample(3);
            assert_eq!(peaks.peak(), 7);
        }
        peaks.sample(2);
        assert_eq!(peaks.peak(), 3);
        peaks.sample(9);
        assert_eq!(peaks.peak(), 9);
        assert_eq!(peaks.falling.len(), 1);
    }
}
