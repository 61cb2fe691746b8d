use std::time::Duration;

use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::{about, version};

/// `status`.
pub(super) struct Status;

#[async_trait]
impl ApiCommand for Status {
    fn about(&self) -> About {
        about("status", "", "How long the switch has been running, and how many calls it has and had.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let counts = call.switch.sessions().counts();
        let limits = call.switch.limits().figures();
        let ready = if call.switch.is_ready() { "ready" } else { "not ready" };
        let mut out = up(call.switch.started().0.elapsed());
        out += &format!("Strowger (Version {}) is {ready}\n", version::STROWGER);
        out += &format!("{} session(s) since startup\n", counts.since_startup);
        out +=
            &format!("{} session(s) - peak {}, last 5min {} \n", counts.running, counts.peak, counts.peak_five_minutes);
        out += &format!(
            "{} session(s) per Sec out of max {}, peak {}, last 5min {} \n",
            counts.per_second, limits.sessions_per_second, counts.per_second_peak, counts.per_second_five_minutes
        );
        out += &format!("{} session(s) max\n", limits.max_sessions);
        if let Some(idle) = call.switch.processor().idle_percent() {
            out += &format!("min idle cpu {:.2}/{idle:.2}\n", limits.min_idle_cpu);
        }
        out
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
}
