//! HEARTBEAT: how the switch is, every `event-heartbeat-interval`.

use std::sync::Arc;
use std::time::Duration;

use strowger_core::Switch;
use strowger_core::bus::{Origin, QueueLimits};
use strowger_core::scheduler::{NewTask, When};
use strowger_event::{Event, EventKind};

/// Keeps the task that fires HEARTBEAT: the one that FreeSWITCH's `show tasks` has first. An interval of 0 fires none; a
/// reloaded one counts from the reload on.
pub async fn heartbeat(switch: Arc<Switch>) {
    let reloads = switch.bus().subscribe(QueueLimits { items: 16, ..QueueLimits::default() });
    reloads.update(|interest| interest.kinds.insert(EventKind::Reloadxml));
    let mut batch = Vec::new();
    loop {
        let every = interval(&switch);
        let task = if every > 0 { switch.schedule(task(every)).ok() } else { None };
        while interval(&switch) == every {
            reloads.next_batch(&mut batch).await;
            batch.clear();
        }
        task.into_iter().for_each(|task| switch.scheduler().withdraw(task));
    }
}

/// `event-heartbeat-interval`, in seconds.
fn interval(switch: &Switch) -> u32 {
    u32::try_from(switch.config().switch.event_heartbeat_interval.as_secs()).unwrap_or(u32::MAX)
}

fn task(every: u32) -> NewTask {
    let task = NewTask::once("heartbeat", "core", When::In(every), move |switch| async move {
        switch.bus().publish(event(&switch), ORIGIN);
        Some(every)
    });
    NewTask { kept: true, ..task }
}

const ORIGIN: Origin = Origin::new("switch_core.c", "send_heartbeat", 95);

/// The FreeSWITCH whose event socket this one speaks: clients decide by it what they may use.
const VERSION: &str = concat!("1.11.3-dev (Strowger ", env!("CARGO_PKG_VERSION"), ")");

fn event(switch: &Switch) -> Event {
    let (counts, limits) = (switch.sessions().counts(), switch.limits().figures());
    let up = switch.started().0.elapsed();
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
    headers.push_display("Session-Per-Sec-FiveMin", counts.per_second_five_minutes);
    headers.push_display("Session-Since-Startup", counts.since_startup);
    headers.push_display("Session-Peak-Max", counts.peak);
    headers.push_display("Session-Peak-FiveMin", counts.peak_five_minutes);
    headers.push_display("Idle-CPU", format_args!("{:.6}", switch.processor().idle_percent().unwrap_or(100.0)));
    event
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

#[cfg(test)]
mod tests {
    use strowger_config::{BuiltinSource, LoadOptions, load};
    use strowger_test_support::{Ear, switch_that_loads};
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_beats_every_twenty_seconds_with_freeswitchs_figures() {
        let switch = switch_that_loads(Box::new(|| load(&BuiltinSource::new(), &LoadOptions::default())));
        let mut heard = Ear::new(&switch, "HEARTBEAT");
        let beating = tokio::spawn(heartbeat(Arc::clone(&switch)));
        let begun = Instant::now();
        heard.next().await;
        // Tasks run when a second of the clock begins.
        assert!((19..=20).contains(&begun.elapsed().as_secs()));
        let event = heard.next().await;
        assert!((39..=40).contains(&begun.elapsed().as_secs()));
        let tasks = switch.scheduler().tasks();
        assert_eq!((tasks[0].description, tasks[0].group.as_str()), ("heartbeat", "core"));
        assert_eq!((switch.scheduler().delete(tasks[0].id), switch.scheduler().delete_group("core")), (0, 0));
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
}
