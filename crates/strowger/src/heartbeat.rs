//! HEARTBEAT: how the switch is, every `event-heartbeat-interval`.

use std::sync::Arc;
use std::time::Duration;

use strowger_core::bus::Origin;
use strowger_core::{SessionCounts, Switch};
use strowger_event::{Event, EventKind};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::five_minutes::FiveMinutes;

/// Fires HEARTBEAT until it is dropped. An interval of 0 fires none; a reloaded one counts from the last heartbeat on.
pub async fn heartbeat(switch: Arc<Switch>) {
    // Once a second, because the peaks of the last five minutes are samples.
    let mut second = interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Instant::now();
    let mut figures = Figures::default();
    loop {
        second.tick().await;
        let counts = switch.sessions().counts();
        figures.sample(&counts);
        let every = switch.config().switch.event_heartbeat_interval;
        if !every.is_zero() && last.elapsed() >= every {
            last = Instant::now();
            switch.bus().publish(figures.event(&switch, &counts), ORIGIN);
        }
    }
}

const ORIGIN: Origin = Origin::new("switch_core.c", "send_heartbeat", 95);

/// The FreeSWITCH whose event socket this one speaks: clients decide by it what they may use.
const VERSION: &str = concat!("1.11.3-dev (Strowger ", env!("CARGO_PKG_VERSION"), ")");

#[derive(Default)]
struct Figures {
    sessions: FiveMinutes,
    per_second: FiveMinutes,
    processor: Processor,
}

impl Figures {
    fn sample(&mut self, counts: &SessionCounts) {
        self.sessions.sample(counts.running);
        self.per_second.sample(counts.per_second.into());
    }

    fn event(&mut self, switch: &Switch, counts: &SessionCounts) -> Event {
        let up = switch.started().0.elapsed();
        let limits = &switch.config().switch;
        let mut event = Event::new(EventKind::Heartbeat)
            .header("Event-Info", "System Ready")
            .header("Up-Time", &up_time(up))
            .header("FreeSWITCH-Version", VERSION);
        let headers = &mut event.headers;
        headers.push_display("Uptime-msec", up.as_millis());
        headers.push_display("Session-Count", counts.running);
        headers.push_display("Max-Sessions", limits.max_sessions);
        headers.push_display("Session-Per-Sec", limits.sessions_per_second);
        headers.push_display("Session-Per-Sec-Last", counts.per_second);
        headers.push_display("Session-Per-Sec-Max", counts.per_second_peak);
        headers.push_display("Session-Per-Sec-FiveMin", self.per_second.peak());
        headers.push_display("Session-Since-Startup", counts.since_startup);
        headers.push_display("Session-Peak-Max", counts.peak);
        headers.push_display("Session-Peak-FiveMin", self.sessions.peak());
        headers.push_display("Idle-CPU", format_args!("{:.6}", self.processor.idle_percent()));
        event
    }
}

/// `0 years, 0 days, 0 hours, 0 minutes, 16 seconds, 123 milliseconds, 456 microseconds`; a year has 365 days.
fn up_time(up: Duration) -> String {
    let seconds = up.as_secs();
    let parts = [
        (seconds / 31_536_000, "year"),
        (seconds / 86_400 % 365, "day"),
        (seconds / 3600 % 24, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
        (u64::from(up.subsec_millis()), "millisecond"),
        (u64::from(up.subsec_micros() % 1000), "microsecond"),
    ];
    let words = parts.map(|(count, unit)| format!("{count} {unit}{}", if count == 1 { "" } else { "s" }));
    words.join(", ")
}

/// The machine's processors between one heartbeat and the next.
#[derive(Default)]
struct Processor {
    idle: u64,
    total: u64,
}

impl Processor {
    /// How idle they were since the last call, in percent; 100 where the system does not tell.
    fn idle_percent(&mut self) -> f64 {
        let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
        let Some((idle, total)) = times(&text) else { return 100.0 };
        let (idle_since, total_since) = (idle.saturating_sub(self.idle), total.saturating_sub(self.total));
        (self.idle, self.total) = (idle, total);
        if total_since == 0 { 100.0 } else { idle_since as f64 * 100.0 / total_since as f64 }
    }
}

/// The ticks that Linux's processors were idle, and all of them, from the first line of `/proc/stat`.
fn times(text: &str) -> Option<(u64, u64)> {
    let ticks = text.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let ticks: Vec<u64> = ticks.map_while(|word| word.parse().ok()).collect();
    Some((*ticks.get(3)?, ticks.iter().fold(0, |sum, ticks| sum.saturating_add(*ticks))))
}

#[cfg(test)]
mod tests {
    use strowger_config::{BuiltinSource, LoadOptions, load};
    use strowger_test_support::{Ear, switch_that_loads};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_beats_every_twenty_seconds_with_freeswitchs_figures() {
        let switch = switch_that_loads(Box::new(|| load(&BuiltinSource::new(), &LoadOptions::default())));
        let mut heard = Ear::new(&switch, "HEARTBEAT");
        let beating = tokio::spawn(heartbeat(Arc::clone(&switch)));
        let begun = Instant::now();
        heard.next().await;
        assert_eq!(begun.elapsed().as_secs(), 20);
        let event = heard.next().await;
        assert_eq!(begun.elapsed().as_secs(), 40);
        let names: Vec<&str> = event.headers.iter().map(|(name, _)| name).skip(13).collect();
        assert_eq!(names, FIGURES);
        beating.abort();
    }

    /// As a FreeSWITCH sent them, behind what every event has.
    const FIGURES: [&str; 14] = [
        "Event-Info",
        "Up-Time",
        "FreeSWITCH-Version",
        "Uptime-msec",
        "Session-Count",
        "Max-Sessions",
        "Session-Per-Sec",
        "Session-Per-Sec-Last",
        "Session-Per-Sec-Max",
        "Session-Per-Sec-FiveMin",
        "Session-Since-Startup",
        "Session-Peak-Max",
        "Session-Peak-FiveMin",
        "Idle-CPU",
    ];

    #[test]
    fn up_time_reads_as_freeswitch_writes_it() {
        assert_eq!(
            up_time(Duration::from_micros(31_536_000_000_000 + 86_400_000_000 + 2_001_456)),
            "1 year, 1 day, 0 hours, 0 minutes, 2 seconds, 1 millisecond, 456 microseconds"
        );
    }

    #[test]
    fn idle_is_the_fourth_figure() {
        assert_eq!(times("cpu  10 0 10 80 0 0\ncpu0 1 2\n"), Some((80, 100)));
        assert_eq!(times("intr 3"), None);
        assert_eq!(times("cpu  1 2"), None);
    }
}
