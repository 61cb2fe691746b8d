//! What a load measured.

use std::fmt;

/// One measured figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it is: `delivered`, `p50`, …
    pub name: &'static str,
    /// How much.
    pub value: f64,
    /// Of what: `/s`, `us`, `KiB`, …
    pub unit: &'static str,
}

impl Figure {
    /// A figure of that name, value and unit.
    pub fn new(name: &'static str, value: f64, unit: &'static str) -> Figure {
        Figure { name, value, unit }
    }

    /// The value of the figure of that name, where it was measured.
    pub fn of(figures: &[Figure], name: &str) -> Option<f64> {
        figures.iter().find(|figure| figure.name == name).map(|figure| figure.value)
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<14} {} {}", self.name, short(self.value), self.unit)
    }
}

/// A number with as many digits as say something.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        v if v >= 0.1 || v == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// Samples, and what lies at a share of them.
#[derive(Debug, Clone)]
pub struct Percentiles(Vec<f64>);

impl Percentiles {
    /// Sorts the samples.
    pub fn new(mut samples: Vec<f64>) -> Percentiles {
        samples.sort_by(f64::total_cmp);
        Percentiles(samples)
    }

    /// The sample below which this share (0 to 1) of them lies; 0 without samples.
    pub fn at(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        self.0.get((last as f64 * share) as usize).copied().unwrap_or(0.0)
    }

    /// `p50`, `p99` and `max`, in microseconds.
    pub fn figures(&self) -> Vec<Figure> {
        [("p50", 0.5), ("p99", 0.99), ("max", 1.0)]
            .map(|(name, share)| Figure::new(name, self.at(share), "us"))
            .to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_a_hundred() {
        let samples = Percentiles::new((0..=100).rev().map(f64::from).collect());
        assert_eq!((samples.at(0.5), samples.at(0.99), samples.at(1.0)), (50.0, 99.0, 100.0));
        assert_eq!(Percentiles::new(Vec::new()).at(0.5), 0.0);
    }

    #[test]
    fn digits_that_say_something() {
        let check = |value, expected: &str| assert_eq!(short(value), expected);
        check(123_456.7, "123457");
        check(12.34, "12.3");
        check(1.234, "1.23");
        check(0.01234, "0.0123");
        check(0.0, "0.00");
    }
}
