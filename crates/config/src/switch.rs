//! `switch.conf`: the limits and habits of the whole switch.

use std::time::Duration;

use crate::config::Tree;
use crate::error::ConfigError;
use crate::value::{Settings, bad_value};

/// `switch.conf`, with the core's defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitchSettings {
    /// `max-sessions`: calls at the same time, default 1000.
    pub max_sessions: u32,
    /// `sessions-per-second`: new calls a second, default 30.
    pub sessions_per_second: u32,
    /// `rtp-start-port`: the first port for media, default 16384.
    pub rtp_start_port: u16,
    /// `rtp-end-port`: the last port for media, default 32768.
    pub rtp_end_port: u16,
    /// `loglevel`: a level's name (`debug`, `info`, `notice`, `warning`, `err`, `crit`, `alert`, `console`) or number.
    /// Default `debug`.
    pub loglevel: String,
    /// `event-heartbeat-interval`: from one HEARTBEAT event to the next, default 20 s.
    pub event_heartbeat_interval: Duration,
    /// `switchname`: what events call this switch; the host's name when none.
    pub switchname: Option<String>,
    /// `min-idle-cpu`: percent of the machine that must be idle for a new call to be taken, default 0.
    pub min_idle_cpu: f64,
    /// `min-dtmf-duration`: in samples at 8 kHz, default 400 (50 ms).
    pub min_dtmf_duration: u32,
    /// `max-dtmf-duration`: in samples at 8 kHz, default 192000 (24 s).
    pub max_dtmf_duration: u32,
    /// `default-dtmf-duration`: in samples at 8 kHz, default 2000 (250 ms).
    pub default_dtmf_duration: u32,
    /// `verbose-channel-events`: whether every channel event carries all variables, default false.
    pub verbose_channel_events: bool,
    /// `enable-system-commands`: whether programs may be run by API commands and applications (`system`, `spawn`, …),
    /// default false.
    pub system_commands: bool,
    /// All params, in order, for what is not typed here.
    pub params: Vec<(String, String)>,
}

impl SwitchSettings {
    pub(crate) fn read(tree: Tree<'_>) -> Result<SwitchSettings, ConfigError> {
        let settings = Settings::new(tree.settings("switch.conf"));
        let count = |name, default| settings.number(name, default, 0..=u32::MAX, "a whole number, 0 or more");
        let samples = |name, default| settings.number(name, default, 1..=1_920_000, SAMPLES);
        let read = SwitchSettings {
            max_sessions: count("max-sessions", 1000)?,
            sessions_per_second: count("sessions-per-second", 30)?,
            rtp_start_port: settings.number("rtp-start-port", 16384, 1..=u16::MAX, PORT)?,
            rtp_end_port: settings.number("rtp-end-port", 32768, 1..=u16::MAX, PORT)?,
            loglevel: settings.parsed("loglevel", "debug".to_owned(), LEVEL, level)?,
            event_heartbeat_interval: settings.seconds("event-heartbeat-interval", 20)?,
            switchname: settings.text("switchname").map(str::to_owned),
            min_idle_cpu: settings.number("min-idle-cpu", 0.0, 0.0..=100.0, "a percentage from 0 to 100")?,
            min_dtmf_duration: samples("min-dtmf-duration", 400)?,
            max_dtmf_duration: samples("max-dtmf-duration", 192_000)?,
            default_dtmf_duration: samples("default-dtmf-duration", 2000)?,
            verbose_channel_events: settings.flag("verbose-channel-events", false)?,
            system_commands: settings.flag("enable-system-commands", false)?,
            params: settings.pairs(),
        };
        let end = settings.all("rtp-end-port").last().or(settings.all("rtp-start-port").last());
        match end.filter(|_| read.rtp_end_port <= read.rtp_start_port) {
            Some((param, value)) => {
                let name = param.attr("name").unwrap_or_default();
                Err(bad_value(param, name, value, "an rtp-end-port above rtp-start-port"))
            }
            None => Ok(read),
        }
    }
}

/// A log level by name or number; the name is kept as FreeSWITCH writes it, in lower case.
fn level(value: &str) -> Option<String> {
    const NAMES: [&str; 14] = [
        "console", "alert", "crit", "err", "error", "warning", "notice", "info", "debug", "debug1", "debug5",
        "debug10", "disable", "none",
    ];
    let lower = value.to_ascii_lowercase();
    let known = NAMES.contains(&lower.as_str()) || lower.parse::<u8>().is_ok_and(|number| number <= 10);
    known.then_some(lower)
}

const PORT: &str = "a port from 1 to 65535";
const SAMPLES: &str = "a duration in samples at 8000 a second, from 1 to 1920000";
const LEVEL: &str = "a log level: console, alert, crit, err, warning, notice, info, debug, or 0 to 10";
