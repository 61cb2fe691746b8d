//! Chinese (mod_say_zh).

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::{Clock, Method, SayError, Saying, address_of, digits_of, measure_of, money_of, number_of, spell};

type Files = Vec<String>;

/// How money is said.
type Money = fn(&mut Files, &str, Method) -> Result<(), SayError>;

pub(super) fn say(saying: &Saying<'_>, clock: &Clock, money: Money, files: &mut Files) -> Result<(), SayError> {
    let Saying { kind, method, text } = *saying;
    match kind.name() {
        "NUMBER" | "ITEMS" | "PERSONS" | "MESSAGES" => count(files, text, method)?,
        "TIME_MEASUREMENT" => measurement(files, measure_of(text, clock))?,
        "CURRENT_DATE" => date(files, &clock.at(clock.read(text))),
        "CURRENT_TIME" => time(files, &clock.at(clock.read(text))),
        "CURRENT_DATE_TIME" => {
            let at = clock.at(clock.read(text));
            date(files, &at);
            time(files, &at);
        }
        // It has no words for it, and says nothing.
        "SHORT_DATE_TIME" => {}
        "IP_ADDRESS" => address(files, text, method)?,
        "NAME_SPELLED" | "NAME_PHONETIC" => spell(kind, text, files),
        "CURRENCY" => money(files, text, method)?,
        _ => return Err(kind.unknown()),
    }
    Ok(())
}

fn push(files: &mut Files, file: &str) {
    files.push(file.to_owned());
}

fn digit(files: &mut Files, digit: u32) {
    files.push(format!("digits/{digit}"));
}

fn count(files: &mut Files, text: &str, method: Method) -> Result<(), SayError> {
    if method == Method::Iterated {
        files.extend(digits_of(text)?.chars().map(|digit| format!("digits/{digit}")));
        return Ok(());
    }
    match (number_of(text)?, method) {
        (0, _) => push(files, "digits/0"),
        (number, Method::Counted) => {
            push(files, "digits/ordinal");
            pronounce(files, number);
        }
        (number, Method::Pronounced) => pronounce(files, number),
        _ => {}
    }
    Ok(())
}

/// Digits in groups of four: hundred millions, ten thousands, ones.
fn pronounce(files: &mut Files, number: u32) {
    let mut above = 0;
    for (unit, name) in [(100_000_000, Some("100000000")), (10_000, Some("10000")), (1, None)] {
        let group = number / unit % 10_000;
        four_digits(files, group, above > 0);
        if let Some(name) = name.filter(|_| group > 0) {
            files.push(format!("digits/{name}"));
        }
        above += group;
    }
}

/// A group; `follows` when something was said before it. A gap within is one zero.
fn four_digits(files: &mut Files, group: u32, follows: bool) {
    let [thousands, hundreds, tens, ones] = [group / 1000, group / 100 % 10, group / 10 % 10, group % 10];
    if thousands > 0 {
        digit(files, thousands);
        push(files, "digits/1000");
    }
    let follows_thousands = follows || thousands > 0;
    if hundreds > 0 {
        digit(files, hundreds);
        push(files, "digits/100");
    } else if tens > 0 && follows_thousands {
        digit(files, 0);
    }
    let follows_hundreds = follows_thousands || hundreds > 0;
    if tens > 0 {
        // Ten is not one ten, unless there are hundreds.
        if tens > 1 || hundreds > 0 {
            digit(files, tens);
        }
        push(files, "digits/10");
    } else if ones > 0 && follows_hundreds {
        digit(files, 0);
    }
    if ones > 0 {
        digit(files, ones);
    }
}

/// How many there are of something: two has a word of its own.
fn amount(files: &mut Files, number: i64) -> Result<(), SayError> {
    if number == 2 {
        push(files, "time/2s");
        return Ok(());
    }
    count(files, &number.to_string(), Method::Pronounced)
}

fn measurement(files: &mut Files, (hours, minutes, seconds): (i64, i64, i64)) -> Result<(), SayError> {
    if hours != 0 {
        amount(files, hours)?;
        push(files, "time/hours");
    }
    if minutes != 0 {
        amount(files, minutes)?;
        push(files, "time/minute");
    } else if hours != 0 {
        files.extend(["digits/0".to_owned(), "time/minute".to_owned()]);
    }
    if seconds != 0 {
        amount(files, seconds)?;
        push(files, "time/seconds");
    } else if hours != 0 || minutes != 0 {
        files.extend(["digits/0".to_owned(), "time/second".to_owned()]);
    }
    Ok(())
}

fn date(files: &mut Files, at: &NaiveDateTime) {
    let year = at.year().to_string();
    files.extend(year.chars().filter(char::is_ascii_digit).map(|digit| format!("digits/{digit}")));
    push(files, "time/year");
    pronounce(files, at.month());
    push(files, "time/month");
    pronounce(files, at.day());
    push(files, "time/day");
    files.push(format!("time/day-{}", at.weekday().num_days_from_sunday()));
}

fn time(files: &mut Files, at: &NaiveDateTime) {
    let part = match at.hour() {
        0..6 => "time/morning",
        6..12 => "time/am",
        12..18 => "time/pm",
        _ => "time/evening",
    };
    push(files, part);
    // Both are small numbers, which can be said.
    for (number, unit) in [(at.hour12().1, "time/hour"), (at.minute(), "time/minute")] {
        let _ = amount(files, i64::from(number));
        push(files, unit);
    }
}

/// Money of `zh`: dollars and cents.
pub(super) fn dollars(files: &mut Files, text: &str, method: Method) -> Result<(), SayError> {
    let (negative, dollars, cents) = money_of(text)?;
    let said = whole(files, negative, &dollars, method);
    push(files, "currency/dollar");
    let said = match &cents {
        Some(cents) => said.and(count(files, cents.get(..2).unwrap_or(cents), method)),
        None => {
            push(files, "digits/0");
            said
        }
    };
    push(files, "currency/cent");
    said
}

/// Money of `zh_CN`: yuan, jiao, fen and li.
pub(super) fn yuan(files: &mut Files, text: &str, method: Method) -> Result<(), SayError> {
    let (negative, yuan, rest) = money_of(text)?;
    let said = whole(files, negative, &yuan, method);
    push(files, "currency/yuan");
    let mut units = ["currency/jiao", "currency/fen", "currency/li"].into_iter();
    for digit in rest.unwrap_or_default().chars() {
        files.push(format!("digits/{digit}"));
        files.extend(units.next().map(str::to_owned));
    }
    said
}

fn whole(files: &mut Files, negative: bool, amount: &str, method: Method) -> Result<(), SayError> {
    if negative {
        push(files, "currency/negative");
    }
    count(files, amount, method)
}

fn address(files: &mut Files, text: &str, method: Method) -> Result<(), SayError> {
    for (at, part) in address_of(text).iter().flatten().enumerate() {
        if at > 0 {
            push(files, "digits/dot");
        }
        count(files, part, method)?;
    }
    Ok(())
}
