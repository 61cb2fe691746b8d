use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::{about, version};

/// `status`.
#[derive(Default)]
pub(super) struct Status {
    /// The processors' times as they were when they were last looked at.
    last: Mutex<CpuTimes>,
}

#[async_trait]
impl ApiCommand for Status {
    fn about(&self) -> About {
        about("status", "", "How long the switch has been running, and how many calls it has and had.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let counts = call.switch.sessions().counts();
        let settings = call.switch.config();
        let settings = &settings.switch;
        let ready = if call.switch.is_stopping() { "not ready" } else { "ready" };
        let mut out = up(call.switch.started().0.elapsed());
        out += &format!("Strowger (Version {}) is {ready}\n", version::STROWGER);
        out += &format!("{} session(s) since startup\n", counts.since_startup);
        out +=
            &format!("{} session(s) - peak {}, last 5min {} \n", counts.running, counts.peak, counts.peak_five_minutes);
        out += &format!(
            "{} session(s) per Sec out of max {}, peak {}, last 5min {} \n",
            counts.per_second, settings.sessions_per_second, counts.per_second_peak, counts.per_second_five_minutes
        );
        out += &format!("{} session(s) max\n", settings.max_sessions);
        if let Some(idle) = self.idle() {
            out += &format!("min idle cpu {:.2}/{idle:.2}\n", settings.min_idle_cpu);
        }
        out
    }
}

impl Status {
    /// How idle the processors were, in percent, since it was last asked (or the machine was started). `None` on a
    /// system that does not tell.
    fn idle(&self) -> Option<f64> {
        let now = CpuTimes::read()?;
        let before = std::mem::replace(&mut *self.last.lock(), now);
        Some(now.idle_since(before))
    }
}

/// What the processors did since the machine was started, in ticks.
#[derive(Clone, Copy, Debug, Default)]
struct CpuTimes {
    idle: u64,
    all: u64,
}

impl CpuTimes {
    fn read() -> Option<Self> {
        Self::parse(&std::fs::read_to_string("/proc/stat").ok()?)
    }

    /// The first line of Linux's /proc/stat: `cpu user nice system idle iowait irq softirq steal …`.
    fn parse(text: &str) -> Option<Self> {
        let ticks = text.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
        let ticks: Vec<u64> = ticks.take(8).filter_map(|ticks| ticks.parse().ok()).collect();
        let idle = ticks.get(3)? + ticks.get(4)?;
        Some(Self { idle, all: ticks.iter().sum() })
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

/// `UP 0 years, 0 days, …`.
fn up(since: Duration) -> String {
    let seconds = since.as_secs();
    let parts = [
        (seconds / 31_536_000, "year"),
        (seconds / 86_400 % 365, "day"),
        (seconds / 3_600 % 24, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
        (u64::from(since.subsec_millis()), "millisecond"),
        (u64::from(since.subsec_micros() % 1_000), "microsecond"),
    ];
    let parts = parts.map(|(count, unit)| format!("{count} {unit}{}", if count == 1 { "" } else { "s" }));
    format!("UP {}\n", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_up() {
        let time = Duration::from_micros(86_400_000_000 * 366 + 3_600_000_000 + 2_001_456);
        let text = "UP 1 year, 1 day, 1 hour, 0 minutes, 2 seconds, 1 millisecond, 456 microseconds\n";
        assert_eq!(up(time), text);
    }

    #[test]
    fn idle_time() {
        let before = CpuTimes::parse("cpu  10 0 10 60 20 0 0 0 0 0\ncpu0 1\n").unwrap();
        let now = CpuTimes::parse("cpu  20 0 30 120 30 0 0 0 0 0\n").unwrap();
        assert!((now.idle_since(before) - 70.0).abs() < 1e-9);
        assert!((now.idle_since(now) - 100.0).abs() < 1e-9);
        assert!(CpuTimes::parse("intr 5").is_none());
    }
}
