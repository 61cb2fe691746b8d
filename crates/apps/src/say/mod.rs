//! Saying numbers, times, money, names: which sound files are played for a text (`switch_ivr_say.c`, mod_say_en,
//! mod_say_zh). Text in, names of files out: nothing here plays or looks anything up.

mod chinese;
mod clock;
mod english;

pub(crate) use clock::{Clock, Zone};

/// What is to be said.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Saying<'a> {
    /// What the text is.
    pub(crate) kind: Kind,
    /// How it is said.
    pub(crate) method: Method,
    /// The text.
    pub(crate) text: &'a str,
}

/// What a text is, by its place in [`KINDS`]: one that is not there is beyond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind(usize);

/// How a number is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// `N/A`, or one that is not known.
    None,
    /// 12: twelve.
    Pronounced,
    /// 12: one two.
    Iterated,
    /// 12: twelfth.
    Counted,
    /// 1984: nineteen eighty-four.
    PronouncedYear,
}

/// Who says it (a FreeSWITCH say interface).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Voice {
    /// `en`.
    English,
    /// `zh`.
    Chinese,
    /// `zh_CN`: as `zh`, but for money, which is in yuan.
    MainlandChinese,
}

/// Why a text is not said, or not to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SayError {
    /// It is not what it is said to be.
    #[error("Parse Error!")]
    Parse,
    /// This voice has no such type.
    #[error("Unknown Say type=[{0}]")]
    UnknownType(usize),
}

/// The files of a text, in order; those in front of what is wrong, if something is.
pub(crate) type Said = (Vec<String>, Result<(), SayError>);

/// The longest text that is said, in bytes.
const MAX_TEXT: usize = 16_384;

/// The types by their names, in FreeSWITCH's order.
const KINDS: [&str; 19] = [
    "NUMBER",
    "ITEMS",
    "PERSONS",
    "MESSAGES",
    "CURRENCY",
    "TIME_MEASUREMENT",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_DATE_TIME",
    "TELEPHONE_NUMBER",
    "TELEPHONE_EXTENSION",
    "URL",
    "IP_ADDRESS",
    "EMAIL_ADDRESS",
    "POSTAL_ADDRESS",
    "ACCOUNT_NUMBER",
    "NAME_SPELLED",
    "NAME_PHONETIC",
    "SHORT_DATE_TIME",
];

impl Kind {
    /// The type of that name, in any case (`switch_ivr_get_say_type_by_name`).
    pub(crate) fn parse(name: &str) -> Kind {
        Kind(KINDS.iter().position(|known| known.eq_ignore_ascii_case(name)).unwrap_or(KINDS.len()))
    }

    fn name(self) -> &'static str {
        KINDS.get(self.0).copied().unwrap_or_default()
    }

    fn unknown(self) -> SayError {
        SayError::UnknownType(self.0)
    }
}

impl SayError {
    /// Whether the voice has no words for such a text.
    pub(crate) fn is_unknown_type(self) -> bool {
        matches!(self, SayError::UnknownType(_))
    }
}

impl Method {
    /// The method of that name, in any case (`switch_ivr_get_say_method_by_name`).
    pub(crate) fn parse(name: &str) -> Method {
        match name.to_ascii_uppercase().as_str() {
            "PRONOUNCED" => Method::Pronounced,
            "ITERATED" => Method::Iterated,
            "COUNTED" => Method::Counted,
            "PRONOUNCED_YEAR" => Method::PronouncedYear,
            _ => Method::None,
        }
    }
}

impl Voice {
    /// The voice of that name.
    pub(crate) fn parse(name: &str) -> Option<Voice> {
        match name {
            "en" => Some(Voice::English),
            "zh" => Some(Voice::Chinese),
            "zh_CN" => Some(Voice::MainlandChinese),
            _ => None,
        }
    }

    /// What it says for a text; the names of the files are without `.wav`.
    pub(crate) fn say(self, saying: &Saying<'_>, clock: &Clock) -> Said {
        let mut files = Vec::new();
        let said = match self {
            _ if saying.text.len() > MAX_TEXT => Err(SayError::Parse),
            Voice::English => english::say(saying, clock, &mut files),
            Voice::Chinese => chinese::say(saying, clock, chinese::dollars, &mut files),
            Voice::MainlandChinese if saying.kind.name() == "SHORT_DATE_TIME" => Err(saying.kind.unknown()),
            Voice::MainlandChinese => chinese::say(saying, clock, chinese::yuan, &mut files),
        };
        (files, said)
    }
}

/// One path for all files, as `playback` takes it; `ext` is what they end with (`switch_say_file`).
pub(crate) fn file_string(files: &[String], ext: &str) -> String {
    let mut path = String::new();
    for file in files {
        let is_first = path.is_empty();
        path.push_str(if is_first { "file_string://" } else { "!" });
        path.push_str(file);
        if is_first || !file.contains("://") {
            path.push('.');
            path.push_str(ext);
        }
    }
    path
}

/// A number without its commas, of at most 127 characters (`switch_strip_commas`).
fn digits_of(text: &str) -> Result<String, SayError> {
    let digits: String = text.chars().filter(|c| *c != ',').collect();
    if text.len() > 127 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        Err(SayError::Parse)
    } else {
        Ok(digits)
    }
}

/// A number of at most nine digits; nothing is 0.
fn number_of(text: &str) -> Result<u32, SayError> {
    let digits = digits_of(text)?;
    if digits.len() > 9 {
        return Err(SayError::Parse);
    }
    Ok(digits.parse().unwrap_or(0))
}

/// Money: whether it is negative, the whole, and what stands behind the point.
fn money_of(text: &str) -> Result<(bool, String, Option<String>), SayError> {
    if text.len() > 15 {
        return Err(SayError::Parse);
    }
    let text: String = text.chars().filter(|c| c.is_ascii_digit() || ".-+".contains(*c)).collect();
    let (whole, part) = text.split_once('.').map_or((text.as_str(), None), |(whole, part)| (whole, Some(part)));
    let bare = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    Ok((whole.starts_with('-'), bare.to_owned(), part.map(str::to_owned)))
}

/// The four numbers of an address; `None` when there are not four.
fn address_of(text: &str) -> Option<[String; 4]> {
    let mut parts = text.splitn(4, '.');
    let mut part = || parts.next().map(|part| crate::words::leading_integer(part).to_string());
    Some([part()?, part()?, part()?, part()?])
}

/// Hours, minutes and seconds of `1:02:03`, `2:03` or a number of seconds; of the time now when it is none.
fn measure_of(text: &str, clock: &Clock) -> (i64, i64, i64) {
    use crate::words::leading_integer as number;
    if let Some((front, seconds)) = text.rsplit_once(':') {
        let (hours, minutes) = front.split_once(':').map_or((0, number(front)), |(h, m)| (number(h), number(m)));
        return (hours, minutes, number(seconds));
    }
    let seconds = Some(number(text)).filter(|seconds| *seconds > 0).unwrap_or(clock.now);
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A character of a name that is spelled; digits are said as such.
fn spell(kind: Kind, text: &str, files: &mut Vec<String>) {
    let folder = if kind.name() == "NAME_PHONETIC" { "phonetic-ascii" } else { "ascii" };
    for byte in text.bytes().map(|byte| byte.to_ascii_lowercase()) {
        files.push(match byte {
            b'0'..=b'9' => format!("digits/{}", char::from(byte)),
            // FreeSWITCH's characters have a sign.
            other => format!("{folder}/{}", i8::from_ne_bytes([other])),
        });
    }
}

#[cfg(test)]
mod tests;
