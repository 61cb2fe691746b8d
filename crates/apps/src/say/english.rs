//! English (mod_say_en).

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::{Clock, Method, SayError, Saying, address_of, digits_of, measure_of, money_of, number_of, spell};
use crate::words::leading_integer;

type Files = Vec<String>;

pub(super) fn say(saying: &Saying<'_>, clock: &Clock, files: &mut Files) -> Result<(), SayError> {
    let Saying { kind, method, text } = *saying;
    match kind.name() {
        "NUMBER" | "ITEMS" | "PERSONS" | "MESSAGES" => count(files, text, method),
        "TIME_MEASUREMENT" => measurement(files, measure_of(text, clock)),
        "CURRENT_DATE" | "CURRENT_TIME" | "CURRENT_DATE_TIME" | "SHORT_DATE_TIME" => {
            date_and_time(files, saying, clock)
        }
        "IP_ADDRESS" => address(files, text, method),
        "NAME_SPELLED" | "NAME_PHONETIC" => {
            spell(kind, text, files);
            Ok(())
        }
        "CURRENCY" => money(files, text, method),
        "TELEPHONE_NUMBER" => {
            telephone(files, text);
            Ok(())
        }
        _ => Err(kind.unknown()),
    }
}

fn count(files: &mut Files, text: &str, method: Method) -> Result<(), SayError> {
    if method == Method::Iterated {
        files.extend(digits_of(text)?.chars().map(|digit| format!("digits/{digit}")));
        return Ok(());
    }
    let number = number_of(text)?;
    match method {
        _ if number == 0 => files.push("digits/0".to_owned()),
        Method::PronouncedYear if number % 100 != 0 && (number / 100) % 10 != 0 => {
            pronounce(files, number / 100, false);
            pronounce(files, number % 100, false);
        }
        Method::PronouncedYear | Method::Pronounced => pronounce(files, number, false),
        Method::Counted => pronounce(files, number, true),
        Method::None | Method::Iterated => {}
    }
    Ok(())
}

fn pronounce(files: &mut Files, number: u32, counted: bool) {
    if number == 0 {
        return files.push("digits/0".to_owned());
    }
    group(files, number / 1_000_000, false, Some("digits/million"));
    group(files, number / 1000 % 1000, false, Some("digits/thousand"));
    group(files, number % 1000, counted, None);
}

/// Three digits, and what they count.
fn group(files: &mut Files, number: u32, counted: bool, what: Option<&str>) {
    let (hundreds, tens, ones) = (number / 100, number / 10 % 10, number % 10);
    if hundreds > 0 {
        files.push(format!("digits/{hundreds}"));
        files.push("digits/hundred".to_owned());
    }
    match tens {
        0 => {}
        1 => files.push(format!("digits/1{ones}")),
        tens if ones == 0 && counted => files.push(format!("digits/h-{tens}0")),
        tens => files.push(format!("digits/{tens}0")),
    }
    if ones > 0 && tens != 1 {
        files.push(if counted { format!("digits/h-{ones}") } else { format!("digits/{ones}") });
    }
    files.extend(what.filter(|_| number > 0).map(str::to_owned));
}

/// A number of its own; one below zero or above nine digits cannot be said.
fn pronounced(files: &mut Files, number: i64) -> Result<(), SayError> {
    count(files, &number.to_string(), Method::Pronounced)
}

fn measurement(files: &mut Files, (hours, minutes, seconds): (i64, i64, i64)) -> Result<(), SayError> {
    for (number, one) in [(hours, "hour"), (minutes, "minute"), (seconds, "second")] {
        pronounced(files, number)?;
        files.push(if number == 1 { format!("time/{one}") } else { format!("time/{one}s") });
    }
    Ok(())
}

fn date_and_time(files: &mut Files, saying: &Saying<'_>, clock: &Clock) -> Result<(), SayError> {
    let (at, now) = (clock.at(clock.read(saying.text)), clock.at(clock.now));
    let (date, time) = match saying.kind.name() {
        "CURRENT_DATE_TIME" => (Date::Whole, true),
        "CURRENT_DATE" => (Date::Whole, false),
        "CURRENT_TIME" => (Date::None, true),
        _ => (Date::short(&at, &now), true),
    };
    let weekday = || format!("time/day-{}", at.weekday().num_days_from_sunday());
    match date {
        Date::None => {}
        Date::Today => files.push("time/today".to_owned()),
        Date::Yesterday => files.push("time/yesterday".to_owned()),
        Date::Weekday => files.push(weekday()),
        Date::Day | Date::Whole => {
            files.extend([weekday(), format!("time/mon-{}", at.month0())]);
            pronounce(files, at.day(), true);
            if date == Date::Whole {
                count(files, &at.year().to_string(), Method::PronouncedYear)?;
            }
        }
    }
    if time && date != Date::None {
        files.push("time/at".to_owned());
    }
    match saying.method {
        _ if !time => {}
        Method::Iterated => time_of_24_hours(files, &at),
        _ => time_of_day(files, &at),
    }
    Ok(())
}

/// How much of a date is said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Date {
    None,
    Today,
    Yesterday,
    Weekday,
    /// All but the year.
    Day,
    Whole,
}

impl Date {
    /// As little as tells one day from the others.
    fn short(at: &NaiveDateTime, now: &NaiveDateTime) -> Date {
        if at.date() > now.date() || at.year() != now.year() {
            return Date::Whole;
        }
        match now.ordinal() - at.ordinal() {
            0 => Date::Today,
            1 => Date::Yesterday,
            2..=5 => Date::Weekday,
            _ => Date::Day,
        }
    }
}

fn time_of_24_hours(files: &mut Files, at: &NaiveDateTime) {
    let (hour, minute) = (if at.hour() == 0 && at.minute() == 0 { 24 } else { at.hour() }, at.minute());
    if hour < 10 {
        pronounce(files, 0, false);
    }
    pronounce(files, hour, false);
    if minute == 0 {
        files.push("digits/hundred".to_owned());
    } else {
        if minute < 10 {
            pronounce(files, 0, false);
        }
        pronounce(files, minute, false);
    }
    files.push("time/hours".to_owned());
}

fn time_of_day(files: &mut Files, at: &NaiveDateTime) {
    let (is_pm, hour) = at.hour12();
    pronounce(files, hour, false);
    match at.minute() {
        0 => files.push("time/oclock".to_owned()),
        minute => {
            if minute < 10 {
                files.push("time/oh".to_owned());
            }
            pronounce(files, minute, false);
        }
    }
    files.push(if is_pm { "time/p-m" } else { "time/a-m" }.to_owned());
}

fn money(files: &mut Files, text: &str, method: Method) -> Result<(), SayError> {
    let (negative, dollars, cents) = money_of(text)?;
    if negative {
        files.push("currency/negative".to_owned());
    }
    // FreeSWITCH goes on when a part cannot be said.
    let mut said = count(files, &dollars, method);
    files.push(if leading_integer(&dollars) == 1 { "currency/dollar" } else { "currency/dollars" }.to_owned());
    if let Some(cents) = cents {
        let cents = cents.get(..2).unwrap_or(&cents);
        files.push("currency/and".to_owned());
        said = said.and(count(files, cents, method));
        files.push(if leading_integer(cents) == 1 { "currency/cent" } else { "currency/cents" }.to_owned());
    }
    said
}

/// Anything but four numbers is not said.
fn address(files: &mut Files, text: &str, method: Method) -> Result<(), SayError> {
    for (at, part) in address_of(text).iter().flatten().enumerate() {
        if at > 0 {
            files.push("digits/dot".to_owned());
        }
        count(files, part, method)?;
    }
    Ok(())
}

fn telephone(files: &mut Files, text: &str) {
    let mut pauses = false;
    for byte in text.bytes().map(|byte| byte.to_ascii_lowercase()) {
        let file = match byte {
            b'0'..=b'9' => format!("digits/{}", char::from(byte)),
            b'+' | b'a'..=b'z' => format!("ascii/{byte}"),
            _ if pauses => continue,
            _ => "silence_stream://100".to_owned(),
        };
        pauses = file.contains("://");
        files.push(file);
    }
}
