//! Conditions on date and time: `wday="mon-fri" time-of-day="08:00-17:00"` (`switch_xml_std_datetime_check`).

use chrono::{DateTime, Datelike, FixedOffset, Local, NaiveDate, NaiveDateTime, TimeZone, Timelike};
use strowger_config::is_true;

/// The time that conditions look at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    now: DateTime<FixedOffset>,
    /// Whether the machine keeps summer time.
    summer: bool,
}

impl Clock {
    /// `now` on the machine's clock, or on one so many hours from UTC (the variable `tod_tz_offset`).
    pub(super) fn new(now: DateTime<Local>, offset_hours: Option<&str>) -> Clock {
        let hours = offset_hours.and_then(|hours| hours.trim().parse::<i32>().ok());
        let offset = hours.and_then(|hours| FixedOffset::east_opt(hours.checked_mul(3600)?));
        let summer = now.offset().local_minus_utc() > winter_offset(&now);
        Clock { now: offset.map_or_else(|| now.fixed_offset(), |offset| now.with_timezone(&offset)), summer }
    }
}

/// The smaller of the year's two offsets from UTC, in seconds.
fn winter_offset(now: &DateTime<Local>) -> i32 {
    let own = now.offset().local_minus_utc();
    let offset = |month| {
        let day = Local.with_ymd_and_hms(now.year(), month, 1, 12, 0, 0).earliest();
        day.map_or(own, |day| day.offset().local_minus_utc())
    };
    offset(1).min(offset(7))
}

/// Whether the attributes about date and time hold; `None` when there are none. A value that cannot be read does not
/// hold.
pub(super) fn holds(attributes: &[(String, String)], clock: impl FnOnce() -> Clock) -> Option<bool> {
    if attributes.is_empty() {
        return None;
    }
    let clock = clock();
    Some(attributes.iter().all(|(name, value)| check(name, value, &clock)))
}

fn check(name: &str, value: &str, clock: &Clock) -> bool {
    let now = &clock.now;
    match name {
        // It asks which clock it is, and changes nothing: the variable tod_tz_offset does.
        "tz-offset" => value.trim().parse().is_ok_and(|hours: i32| hours == now.offset().local_minus_utc() / 3600),
        "dst" => value.is_empty() || is_true(value) == clock.summer,
        "year" => in_ranges(value, i64::from(now.year()), number),
        "yday" => in_ranges(value, i64::from(now.ordinal()), number),
        "mon" => in_ranges(value, i64::from(now.month()), number),
        "mday" => in_ranges(value, i64::from(now.day()), number),
        "week" => in_ranges(value, i64::from(now.ordinal0() / 7 + 1), number),
        "mweek" => in_ranges(value, i64::from(week_of_month(now)), number),
        "wday" => in_ranges(value, i64::from(now.weekday().number_from_sunday()), weekday),
        "hour" => in_ranges(value, i64::from(now.hour()), number),
        "minute" => in_ranges(value, i64::from(now.minute()), number),
        "minute-of-day" => in_ranges(value, i64::from(now.hour() * 60 + now.minute() + 1), number),
        "time-of-day" => time_of_day(value, i64::from(now.num_seconds_from_midnight())),
        "date-time" => value.split(',').any(|range| date_time(range, now.naive_local())),
        _ => true,
    }
}

/// The week of the month from 1; weeks begin on Sunday.
fn week_of_month(now: &DateTime<FixedOffset>) -> u32 {
    let before_sunday = now.weekday().num_days_from_sunday();
    (now.day0() + 6 - before_sunday) / 7 + 1
}

/// `1,3-5`: whether `number` is in one of the ranges (`switch_number_cmp`); one that runs backwards goes over the end
/// (`22-4`).
fn in_ranges(text: &str, number: i64, read: impl Fn(&str) -> Option<i64>) -> bool {
    text.split(',').any(|range| {
        let (from, to) = range.split_once('-').unwrap_or((range, range));
        matches!((read(from), read(to)), (Some(from), Some(to)) if is_between(number, from, to))
    })
}

const fn is_between(number: i64, from: i64, to: i64) -> bool {
    if from <= to { number >= from && number <= to } else { number >= from || number <= to }
}

fn number(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

/// A day by name or number: Sunday is 1 (`switch_dow_cmp`).
fn weekday(text: &str) -> Option<i64> {
    const DAYS: [(&str, i64); 7] = [("sun", 1), ("mon", 2), ("tue", 3), ("wed", 4), ("thu", 5), ("fri", 6), ("sat", 7)];
    let text = text.trim();
    let named = |(name, number): &(&str, i64)| text.eq_ignore_ascii_case(name).then_some(*number);
    DAYS.iter().find_map(named).or_else(|| number(text).filter(|day| (1..=7).contains(day)))
}

/// `08:00-17:00,22:30:15-06:00`: both ends are in it, to the second (`switch_tod_cmp`).
fn time_of_day(text: &str, second: i64) -> bool {
    text.split(',').any(|range| {
        let Some((from, to)) = range.split_once('-') else { return false };
        matches!((seconds(from), seconds(to)), (Some(from), Some(to)) if is_between(second, from, to))
    })
}

/// Seconds since midnight of `H:MM` or `H:MM:SS`; 24:00 and more is as good as midnight.
fn seconds(text: &str) -> Option<i64> {
    let mut parts = text.split(':').map(|part| number(part).filter(|part| (0..=99).contains(part)));
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    Some((hour * 60 + minute) * 60 + second)
}

/// `2026-01-01 00:00:00~2026-12-31 23:59:59`: the end is not in it (`switch_fulldate_cmp`).
fn date_time(range: &str, now: NaiveDateTime) -> bool {
    let Some((from, to)) = range.split_once('~') else { return false };
    matches!((moment(from), moment(to)), (Some(from), Some(to)) if from <= now && now < to)
}

/// `YYYY-MM-DD`, with or without a time of day in hours, minutes and seconds.
fn moment(text: &str) -> Option<NaiveDateTime> {
    let (date, time) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
    let mut parts = time.split(':').map(|part| if part.trim().is_empty() { Some(0) } else { part.trim().parse().ok() });
    let mut part = || parts.next().unwrap_or(Some(0));
    date.and_hms_opt(part()?, part()?, part()?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A Wednesday, on a clock two hours east, in summer.
    fn noon() -> Clock {
        let east = FixedOffset::east_opt(7200).unwrap();
        Clock { now: east.with_ymd_and_hms(2026, 7, 15, 12, 30, 0).unwrap(), summer: true }
    }

    fn check(attributes: &[(&str, &str)], expected: Option<bool>) {
        let owned: Vec<_> = attributes.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        assert_eq!(holds(&owned, noon), expected, "{attributes:?}");
    }

    fn each(name: &str, values: &[(&str, bool)]) {
        for (value, expected) in values {
            check(&[(name, value)], Some(*expected));
        }
    }

    #[test]
    fn all_of_them_count() {
        check(&[], None);
        check(&[("wday", "1-7"), ("hour", "0-23"), ("minute", "0-59"), ("mon", "1-12"), ("mday", "1-31")], Some(true));
        check(&[("wday", "1-7"), ("year", "1999")], Some(false));
    }

    #[test]
    fn numbers_and_their_ranges() {
        each("year", &[("2026", true), ("1999", false), ("1999,2026", true), ("2020-2030", true)]);
        each("hour", &[("22-4", false), ("11-4", true), ("8-11,13-17", false), ("8-10, 12", true), ("", false)]);
        each("minute", &[("30", true), ("x", false)]);
        each("minute-of-day", &[("751", true), ("750", false)]);
        each("yday", &[("196", true)]);
        each("mon", &[("7", true), ("11-2", false)]);
        each("mday", &[("15", true)]);
        each("week", &[("28", true)]);
        each("mweek", &[("3", true), ("2", false)]);
    }

    #[test]
    fn weeks_of_a_month_begin_on_sunday() {
        let week =
            |day| week_of_month(&FixedOffset::east_opt(0).unwrap().with_ymd_and_hms(2026, 8, day, 0, 0, 0).unwrap());
        // The first is a Saturday.
        assert_eq!([1, 2, 8, 9, 31].map(week), [1, 2, 2, 3, 6]);
    }

    #[test]
    fn days_have_names() {
        each("wday", &[("mon-fri", true), ("sat-sun", false), ("4", true), ("Sat-Wed", true), ("mon,wed", true)]);
        each("wday", &[("wednesday", false), ("8", false), ("fri-tue", false)]);
    }

    #[test]
    fn times_of_day() {
        each(
            "time-of-day",
            &[("08:00-17:00", true), ("22:00-06:00", false), ("22:00-12:30", true), ("12:29-12:29", false)],
        );
        each("time-of-day", &[("12:30:00-12:30:00", true), ("12:30:01-13:00", false), ("0:00-8:00,12:00-13:00", true)]);
        each("time-of-day", &[("12:30", false), ("nonsense", false)]);
    }

    #[test]
    fn dates_with_times() {
        each("date-time", &[("2026-01-01 00:00:00~2026-12-31 23:59:59", true), ("nonsense", false)]);
        each("date-time", &[("2026-07-15 12:30:00~2026-07-16", true), ("2026-07-15~2026-07-15 12:30", false)]);
        each("date-time", &[("2020-01-01~2020-12-31,2026-01-01~2027-01-01", true), ("2026-02-30~2027-01-01", false)]);
    }

    #[test]
    fn which_clock_it_is() {
        each("tz-offset", &[("2", true), ("0", false), ("x", false)]);
        each("dst", &[("true", true), ("no", false), ("", true)]);
        let now = Local.with_ymd_and_hms(2026, 7, 15, 12, 30, 0).unwrap();
        assert_eq!(Clock::new(now, Some("-5")).now.offset().local_minus_utc(), -5 * 3600);
        assert_eq!(Clock::new(now, Some("99")).now, now);
        assert_eq!(Clock::new(now, Some("berlin")).now.offset().local_minus_utc(), now.offset().local_minus_utc());
    }

    proptest! {
        #[test]
        fn a_range_and_the_one_that_runs_back_share_the_day(from in 0_i64..24, to in 0_i64..24, hour in 0_i64..24) {
            let inside = in_ranges(&format!("{from}-{to}"), hour, number);
            prop_assert_eq!(inside, is_between(hour, from, to));
            // What is not in 9-17 is in 18-8.
            if from <= to && (from, to) != (0, 23) {
                let rest = in_ranges(&format!("{}-{}", (to + 1) % 24, (from + 23) % 24), hour, number);
                prop_assert_eq!(inside, !rest);
            }
        }

        #[test]
        fn any_value_holds_or_not(value in "\\PC{0,30}|[0-9:~, -]{0,30}") {
            for name in strowger_config::CALENDAR {
                prop_assert!(holds(&[(name.to_owned(), value.clone())], noon).is_some());
            }
        }
    }
}
