//! Commands that tell the time.

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, Local, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;
use strowger_core::registry::About;

use super::about;
use super::plain::Plain;

pub(super) const COMMANDS: [Plain; 4] = [
    Plain {
        about: of_dptools(
            "strftime",
            "[<epoch>|][<format_string>]",
            "The time now, or that of an epoch, written as strftime(3) does; `%Y-%m-%d %T` without a format.",
        ),
        answer: |_, text| {
            let (at, format) = parts(text);
            written(&at.with_timezone(&Local), format).unwrap_or_default()
        },
    },
    Plain {
        about: about(
            "strftime_tz",
            "<timezone_name> [<epoch>|][format string]",
            "As `strftime`, in a time zone: `Europe/Berlin`, `UTC`, …",
        ),
        answer: |_, text| {
            let (zone, rest) = text.split_once(' ').unwrap_or((text, ""));
            let (at, format) = parts(rest);
            let text = match zone {
                "" => written(&at.with_timezone(&Local), format),
                zone => zone.parse::<Tz>().ok().and_then(|zone| written(&at.with_timezone(&zone), format)),
            };
            text.unwrap_or_else(|| "-ERR Invalid timezone/format\n".to_owned())
        },
    },
    Plain {
        about: of_dptools("strepoch", "[<YYYY-MM-DD HH:MM:SS>]", "The seconds since 1970 of a local time, or of now."),
        answer: |_, text| (micros(text) / 1_000_000).to_string(),
    },
    Plain {
        about: of_dptools(
            "strmicroepoch",
            "[<YYYY-MM-DD HH:MM:SS>]",
            "The microseconds since 1970 of a local time, or of now.",
        ),
        answer: |_, text| micros(text).to_string(),
    },
];

const fn of_dptools(name: &'static str, syntax: &'static str, help: &'static str) -> About {
    About { name, syntax, help, module: "mod_dptools" }
}

/// `[<epoch>|][<format>]`.
fn parts(text: &str) -> (DateTime<Utc>, &str) {
    let (at, format) = match text.split_once('|') {
        Some((epoch, format)) => (DateTime::from_timestamp(epoch.trim().parse().unwrap_or(0), 0), format),
        None => (None, text),
    };
    (at.unwrap_or_else(Utc::now), if format.is_empty() { "%Y-%m-%d %T" } else { format })
}

/// A time as strftime(3) writes it; `None` when the format is none.
pub(crate) fn written<Z: TimeZone<Offset: std::fmt::Display>>(at: &DateTime<Z>, format: &str) -> Option<String> {
    let items: Vec<Item<'_>> = StrftimeItems::new(format).collect();
    if items.contains(&Item::Error) {
        return None;
    }
    // As much as FreeSWITCH has room for.
    Some(at.format_with_items(items.iter()).to_string().chars().take(79).collect())
}

/// The microseconds since 1970 of a local time, 0 of one that cannot be read (`switch_str_time`).
pub(crate) fn micros(text: &str) -> i64 {
    if text.is_empty() {
        return Utc::now().timestamp_micros();
    }
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok().or_else(date);
    time.and_then(|time| Local.from_local_datetime(&time).earliest()).map_or(0, |time| time.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written() {
        let (at, format) = parts("86400|");
        assert_eq!(written(&at, format).as_deref(), Some("1970-01-02 00:00:00"));
        assert_eq!(written(&at.with_timezone(&Tz::Europe__Berlin), "%H:%M %Z").as_deref(), Some("01:00 CET"));
        assert_eq!(written(&at, "%Q"), None);
        assert_eq!(written(&at, &"%Y ".repeat(100)).map(|text| text.len()), Some(79));
        assert_eq!(micros("nonsense"), 0);
        assert_eq!(micros("2026-01-02") + 3_600_000_000, micros("2026-01-02 01:00:00"));
    }
}
