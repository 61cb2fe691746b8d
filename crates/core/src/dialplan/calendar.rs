//! Conditions on date and time: `wday="mon-fri" time-of-day="08:00-17:00"` (`switch_xml_std_datetime_check`).

use chrono::{DateTime, Datelike, FixedOffset, Local, NaiveDateTime, NaiveTime, Offset, Timelike};

/// Whether the attributes about date and time hold at `now`; `None` when there are none.
///
/// `tz-offset` (hours from UTC, or minutes with a leading sign and three digits or more) moves the clock looked at.
/// A value that cannot be read does not hold.
pub(super) fn holds(attributes: &[(String, String)], now: DateTime<Local>) -> Option<bool> {
    let now = at_offset(attributes, now);
    let mut any = false;
    for (name, value) in attributes {
        let Some(held) = check(name, value, &now) else { continue };
        any = true;
        if !held {
            return Some(false);
        }
    }
    any.then_some(true)
}

fn at_offset(attributes: &[(String, String)], now: DateTime<Local>) -> DateTime<FixedOffset> {
    let hours =
        attributes.iter().find(|(name, _)| name == "tz-offset").and_then(|(_, value)| value.trim().parse().ok());
    let offset = hours.and_then(|hours: i32| FixedOffset::east_opt(hours.checked_mul(3600)?));
    now.with_timezone(&offset.unwrap_or_else(|| now.offset().fix()))
}

fn check(name: &str, value: &str, now: &DateTime<FixedOffset>) -> Option<bool> {
    Some(match name {
        "year" => ranges(value, i64::from(now.year())),
        "yday" => ranges(value, i64::from(now.ordinal())),
        "mon" => ranges(value, i64::from(now.month())),
        "mday" => ranges(value, i64::from(now.day())),
        "week" => ranges(value, i64::from(now.ordinal().div_ceil(7))),
        "mweek" => ranges(value, i64::from(now.day().div_ceil(7))),
        "wday" => ranges(&weekdays(value), i64::from(now.weekday().number_from_sunday())),
        "hour" => ranges(value, i64::from(now.hour())),
        "minute" => ranges(value, i64::from(now.minute())),
        "minute-of-day" => ranges(value, i64::from(now.hour() * 60 + now.minute() + 1)),
        "time-of-day" => value.split(',').any(|range| time_of_day(range, now.time())),
        "date-time" => value.split(',').any(|range| date_time(range, now.naive_local())),
        _ => return None,
    })
}

/// `1,3-5`: whether `number` is in one of the ranges; a range that runs backwards goes over the end (`22-4`).
fn ranges(text: &str, number: i64) -> bool {
    text.split(',').any(|range| {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        match (from.trim().parse::<i64>(), to.trim().parse::<i64>()) {
            (Ok(from), Ok(to)) if from <= to => (from..=to).contains(&number),
            (Ok(from), Ok(to)) => number >= from || number <= to,
            _ => false,
        }
    })
}

/// Names of days as FreeSWITCH's numbers: Sunday is 1.
fn weekdays(text: &str) -> String {
    let mut text = text.to_ascii_lowercase();
    for (number, name) in ["sun", "mon", "tue", "wed", "thu", "fri", "sat"].into_iter().enumerate() {
        text = text.replace(name, &(number + 1).to_string());
    }
    text
}

/// `08:00-17:00` or `22:30:15-06:00`; the last minute is in it.
fn time_of_day(range: &str, now: NaiveTime) -> bool {
    let Some((from, to)) = range.split_once('-') else { return false };
    let (Some(from), Some(to)) = (time(from, 0), time(to, 59)) else { return false };
    if from <= to { (from..=to).contains(&now) } else { now >= from || now <= to }
}

fn time(text: &str, second: u32) -> Option<NaiveTime> {
    let mut parts = text.trim().split(':').map(str::parse::<u32>);
    let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
    let second = match parts.next() {
        Some(second) => second.ok()?,
        None => second,
    };
    NaiveTime::from_hms_milli_opt(hour, minute, second, 999 * u32::from(second == 59))
}

/// `2026-01-01 00:00:00~2026-12-31 23:59:59`.
fn date_time(range: &str, now: NaiveDateTime) -> bool {
    let Some((from, to)) = range.split_once('~') else { return false };
    let read = |text: &str| NaiveDateTime::parse_from_str(text.trim(), "%Y-%m-%d %H:%M:%S").ok();
    match (read(from), read(to)) {
        (Some(from), Some(to)) => (from..=to).contains(&now),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    /// A Wednesday.
    fn noon() -> DateTime<Local> {
        Local.with_ymd_and_hms(2026, 7, 15, 12, 30, 0).unwrap()
    }

    fn check(attributes: &[(&str, &str)], expected: Option<bool>) {
        let owned: Vec<_> = attributes.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        assert_eq!(holds(&owned, noon()), expected, "{attributes:?}");
    }

    #[test]
    fn dates_and_times() {
        check(&[("field", "x")], None);
        check(&[("year", "1999")], Some(false));
        check(&[("wday", "1-7"), ("hour", "0-23"), ("minute", "0-59"), ("mon", "1-12"), ("mday", "1-31")], Some(true));
        check(&[("wday", "mon-fri")], Some(true));
        check(&[("wday", "sat-sun")], Some(false));
        check(&[("wday", "4")], Some(true));
        check(&[("time-of-day", "08:00-17:00")], Some(true));
        check(&[("time-of-day", "22:00-06:00")], Some(false));
        check(&[("time-of-day", "22:00-12:30")], Some(true));
        check(&[("date-time", "2026-01-01 00:00:00~2026-12-31 23:59:59")], Some(true));
        check(&[("date-time", "nonsense")], Some(false));
        check(&[("hour", "22-4")], Some(false));
    }
}
