//! How busy the machine is.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// The machine's processors.
#[derive(Default)]
pub struct Processor(Mutex<State>);

#[derive(Default)]
struct State {
    ticks: Ticks,
    looked: Option<Instant>,
    idle: Option<f64>,
}

/// The system is not asked more often.
const GRAIN: Duration = Duration::from_secs(1);

impl Processor {
    /// How idle they were, in percent, since this was last asked a second or more ago (or since the machine was
    /// started). `None` on a system that does not tell.
    pub fn idle_percent(&self) -> Option<f64> {
        let mut state = self.0.lock();
        if state.looked.is_none_or(|looked| looked.elapsed() >= GRAIN) {
            state.looked = Some(Instant::now());
            let now = std::fs::read_to_string("/proc/stat").ok().and_then(|text| Ticks::parse(&text));
            state.idle = now.map(|now| now.idle_since(state.ticks));
            state.ticks = now.unwrap_or_default();
        }
        state.idle
    }
}

/// What the processors did since the machine was started.
#[derive(Clone, Copy, Debug, Default)]
struct Ticks {
    idle: u64,
    all: u64,
}

impl Ticks {
    /// The first line of Linux's /proc/stat: `cpu user nice system idle iowait irq softirq steal …`.
    fn parse(text: &str) -> Option<Self> {
        let ticks = text.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
        let ticks: Vec<u64> = ticks.take(8).filter_map(|ticks| ticks.parse().ok()).collect();
        let idle = ticks.get(3)?.saturating_add(*ticks.get(4)?);
        Some(Self { idle, all: ticks.iter().fold(0, |sum, ticks| sum.saturating_add(*ticks)) })
    }

    fn idle_since(self, before: Self) -> f64 {
        let (idle, all) = (self.idle.saturating_sub(before.idle), self.all.saturating_sub(before.all));
        if all == 0 {
            return 100.0;
        }
        // Ticks of a machine's life fit into 52 bits.
        (100.0 * idle as f64 / all as f64).min(100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Ticks;

    #[test]
    fn idle_is_what_waits_of_all_that_passed() {
        let before = Ticks::parse("cpu  10 0 10 60 20 0 0 0 0 0\ncpu0 1\n").unwrap();
        let now = Ticks::parse("cpu  20 0 30 120 30 0 0 0 0 0\n").unwrap();
        assert!((now.idle_since(before) - 70.0).abs() < 1e-9);
        assert!((now.idle_since(now) - 100.0).abs() < 1e-9);
        assert!(Ticks::parse("intr 5").is_none());
        assert!(Ticks::parse("cpu  1 2").is_none());
    }
}
