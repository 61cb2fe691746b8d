use chrono_tz::Tz;
use proptest::prelude::*;

use super::*;

/// Sunday, 1 March 2026, 14:05:09 UTC.
const NOW: i64 = 1_772_373_909;

fn said(voice: Voice, kind: &str, method: &str, text: &str) -> (String, Result<(), SayError>) {
    let saying = Saying { kind: Kind::parse(kind), method: Method::parse(method), text };
    let (files, said) = voice.say(&saying, &Clock { now: NOW, zone: Zone::Named(Tz::UTC) });
    (files.join(" ").replace("digits/", "").replace("time/", "").replace("currency/", ""), said)
}

fn english(kind: &str, method: &str, text: &str, expected: &str) {
    assert_eq!(said(Voice::English, kind, method, text), (expected.to_owned(), Ok(())), "{kind} {method} {text}");
}

fn chinese(kind: &str, method: &str, text: &str, expected: &str) {
    assert_eq!(said(Voice::Chinese, kind, method, text), (expected.to_owned(), Ok(())), "{kind} {method} {text}");
}

#[test]
fn english_numbers() {
    english("number", "pronounced", "0", "0");
    english("number", "pronounced", "1,234,567", "1 million 2 hundred 30 4 thousand 5 hundred 60 7");
    english("items", "pronounced", "100000", "1 hundred thousand");
    english("number", "counted", "21", "20 h-1");
    english("number", "counted", "120", "1 hundred h-20");
    english("number", "counted", "13", "13");
    english("messages", "iterated", "0123", "0 1 2 3");
    english("number", "pronounced_year", "1984", "19 80 4");
    english("number", "pronounced_year", "2006", "2 thousand 6");
    english("number", "n/a", "7", "");
}

#[test]
fn english_money_addresses_and_names() {
    english("currency", "pronounced", "-1.01", "negative 1 dollar and 1 cent");
    english("currency", "pronounced", "$12.345", "12 dollars and 30 4 cents");
    english("currency", "pronounced", "3", "3 dollars");
    english("ip_address", "pronounced", "10.0.0.21", "10 dot 0 dot 0 dot 20 1");
    english("ip_address", "pronounced", "10.0", "");
    english("name_spelled", "pronounced", "Ab1", "ascii/97 ascii/98 1");
    english("name_phonetic", "pronounced", "é", "phonetic-ascii/-61 phonetic-ascii/-87");
    english("telephone_number", "pronounced", "+4 --x", "ascii/43 4 silence_stream://100 ascii/120");
}

#[test]
fn english_times() {
    english("time_measurement", "pronounced", "3661", "1 hour 1 minute 1 second");
    english("time_measurement", "pronounced", "2:03", "0 hours 2 minutes 3 seconds");
    english("current_time", "pronounced", "1772373909", "2 oh 5 p-m");
    english("current_time", "iterated", "1772373909", "14 0 5 hours");
    english("current_date", "pronounced", "now", "day-0 mon-2 h-1 2 thousand 20 6");
    english("short_date_time", "pronounced", "1772323200", "today at 12 oclock a-m");
    english("short_date_time", "pronounced", "1772287200", "yesterday at 2 oclock p-m");
    english("short_date_time", "pronounced", "1772114400", "day-4 at 2 oclock p-m");
    english("short_date_time", "pronounced", "1767276000", "day-4 mon-0 h-1 at 2 oclock p-m");
    english("short_date_time", "pronounced", "1735740000", "day-3 mon-0 h-1 2 thousand 20 5 at 2 oclock p-m");
}

#[test]
fn chinese_numbers_money_and_times() {
    chinese("number", "pronounced", "12", "10 2");
    chinese("number", "pronounced", "112", "1 100 1 10 2");
    chinese("number", "pronounced", "1001", "1 1000 0 1");
    chinese("number", "pronounced", "120000305", "1 100000000 2 1000 10000 3 100 0 5");
    chinese("number", "counted", "3", "ordinal 3");
    chinese("currency", "pronounced", "2.5", "2 dollar 5 cent");
    chinese("currency", "pronounced", "2", "2 dollar 0 cent");
    chinese("time_measurement", "pronounced", "7202", "2s hours 0 minute 2s seconds");
    chinese("current_date_time", "pronounced", "1772373909", "2 0 2 6 year 3 month 1 day day-0 pm 2s hour 5 minute");
    let yuan = said(Voice::MainlandChinese, "currency", "pronounced", "1.2345");
    assert_eq!(yuan, ("1 yuan 2 jiao 3 fen 4 li 5".to_owned(), Ok(())));
}

#[test]
fn what_cannot_be_said() {
    let refused = |voice, kind, text| said(voice, kind, "pronounced", text);
    assert_eq!(refused(Voice::English, "number", "12a"), (String::new(), Err(SayError::Parse)));
    assert_eq!(refused(Voice::English, "number", "1234567890"), (String::new(), Err(SayError::Parse)));
    assert_eq!(refused(Voice::English, "url", "x").1, Err(SayError::UnknownType(11)));
    assert_eq!(refused(Voice::English, "nothing", "x").1, Err(SayError::UnknownType(19)));
    assert_eq!(refused(Voice::Chinese, "telephone_number", "1").1, Err(SayError::UnknownType(9)));
    assert_eq!(refused(Voice::MainlandChinese, "short_date_time", "1").1, Err(SayError::UnknownType(18)));
    assert_eq!(refused(Voice::English, "telephone_number", &"1".repeat(MAX_TEXT + 1)).1, Err(SayError::Parse));
}

#[test]
fn ten_thousand_digits() {
    let digits = "7".repeat(10_000);
    let (files, problem) = Voice::English.say(
        &Saying { kind: Kind::parse("telephone_number"), method: Method::None, text: &digits },
        &Clock { now: NOW, zone: Zone::Local },
    );
    assert_eq!((files.len(), problem), (10_000, Ok(())));
    for method in ["iterated", "pronounced"] {
        assert_eq!(self::said(Voice::English, "number", method, &digits).1, Err(SayError::Parse));
    }
}

#[test]
fn one_path_for_all_files() {
    let files = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(file_string(&[], "wav"), "");
    let path = file_string(&files(&["digits/1", "silence_stream://100", "digits/2"]), "gsm");
    assert_eq!(path, "file_string://digits/1.gsm!silence_stream://100!digits/2.gsm");
}

#[test]
fn zones() {
    assert!(matches!(Zone::parse("Europe/Berlin"), Zone::Named(Tz::Europe__Berlin)));
    assert!(matches!(Zone::parse("3600"), Zone::Offset(_)));
    assert!(matches!(Zone::parse("99999999"), Zone::Local));
    assert!(matches!(Zone::parse("Nowhere"), Zone::Local));
}

proptest! {
    #[test]
    fn any_text_is_survived(kind in 0..20_usize, method in 0..5_usize, text in "[0-9+,.:-]{0,20}|\\PC{0,40}") {
        let method = [Method::None, Method::Pronounced, Method::Iterated, Method::Counted, Method::PronouncedYear][method];
        let saying = Saying { kind: Kind(kind), method, text: &text };
        for voice in [Voice::English, Voice::Chinese, Voice::MainlandChinese] {
            let (files, _) = voice.say(&saying, &Clock { now: NOW, zone: Zone::Local });
            prop_assert!(files.len() <= 4 * text.len() + 40);
        }
    }

    /// What is pronounced, read back, is the number.
    #[test]
    fn numbers_are_said_as_they_are(number in 0..1_000_000_000_u32) {
        let (files, _) = said(Voice::English, "number", "pronounced", &number.to_string());
        let (mut total, mut group) = (0, 0);
        for word in files.split(' ') {
            match word {
                "hundred" => group *= 100,
                "thousand" => (total, group) = (total + group * 1000, 0),
                "million" => (total, group) = (total + group * 1_000_000, 0),
                digits => group += digits.parse::<u32>().unwrap(),
            }
        }
        prop_assert_eq!(total + group, number);
    }
}
