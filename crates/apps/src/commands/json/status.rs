use strowger_core::Switch;

use super::value::Json;
use crate::commands::version;

/// How the switch is.
pub(super) fn status(switch: &Switch) -> Json {
    let ready = if switch.is_ready() { "ready" } else { "not ready" };
    let limits = switch.limits().figures();
    let idle = switch.processor().idle_percent().unwrap_or_default();
    Json::object([
        ("systemStatus", Json::from(ready)),
        ("uptime", uptime(switch)),
        ("version", Json::from(version::FREESWITCH)),
        ("sessions", sessions(switch)),
        ("idleCPU", Json::object([("used", Json::from(limits.min_idle_cpu)), ("allowed", Json::from(idle))])),
    ])
}

fn uptime(switch: &Switch) -> Json {
    let up = switch.started().0.elapsed();
    let seconds = up.as_secs();
    Json::object([
        ("years", Json::from(seconds / 31_536_000)),
        ("days", Json::from(seconds / 86_400 % 365)),
        ("hours", Json::from(seconds / 3_600 % 24)),
        ("minutes", Json::from(seconds / 60 % 60)),
        ("seconds", Json::from(seconds % 60)),
        ("milliseconds", Json::from(u64::from(up.subsec_millis()))),
        ("microseconds", Json::from(u64::from(up.subsec_micros() % 1_000))),
    ])
}

fn sessions(switch: &Switch) -> Json {
    let (counts, limits) = (switch.sessions().counts(), switch.limits().figures());
    let count = Json::object([
        ("total", Json::from(counts.since_startup)),
        ("active", Json::from(counts.running)),
        ("peak", Json::from(counts.peak)),
        ("peak5Min", Json::from(counts.peak_five_minutes)),
        ("limit", Json::from(u64::from(limits.max_sessions))),
    ]);
    let rate = Json::object([
        ("current", Json::from(u64::from(counts.per_second))),
        ("max", Json::from(u64::from(limits.sessions_per_second))),
        ("peak", Json::from(u64::from(counts.per_second_peak))),
        ("peak5Min", Json::from(counts.per_second_five_minutes)),
    ]);
    Json::object([("count", count), ("rate", rate)])
}
