//! `ivr.conf`: the menus of the application `ivr` (`switch_ivr_menu.c`).

use std::num::IntErrorKind;
use std::time::Duration;

use crate::config::{Tree, warn};
use crate::element::Element;
use crate::error::{ConfigError, Warning};
use crate::pattern::Pattern;
use crate::value::{bad_value, required};

/// A `<menu>`.
#[derive(Debug, Clone, PartialEq)]
pub struct IvrMenu {
    /// Its `name`.
    pub name: String,
    /// `greet-long`: played when the caller comes in. Without it the menu takes no digits.
    pub greet_long: String,
    /// `greet-short`: played each further time; `greet-long` when empty.
    pub greet_short: String,
    /// `invalid-sound`: played after digits that no entry has; none when empty.
    pub invalid_sound: String,
    /// `exit-sound`: played when the caller leaves the first menu; none when empty.
    pub exit_sound: String,
    /// `transfer-sound`: played before a `transfer` of an entry; none when empty.
    pub transfer_sound: String,
    /// `timeout`: how long the first digit may take, and all of them, after the greeting. Default 10 s.
    pub timeout: Duration,
    /// `inter-digit-timeout`: how long each further digit may take. Default, and 0: half of the `timeout` that is given.
    pub inter_digit_timeout: Duration,
    /// `max-failures`: so many times in a row without an entry, and the caller leaves. Default 3.
    pub max_failures: u32,
    /// `max-timeouts`: so many times without a digit, and the caller leaves. Default: as `max-failures`.
    pub max_timeouts: u32,
    /// `digit-len`: the most digits that are waited for; the longest entry's when that is more. With 0 none is taken.
    pub digit_len: usize,
    /// `exec-on-max-failures`: an application and its argument; none when empty.
    pub exec_on_max_failures: String,
    /// `exec-on-max-timeouts`: an application and its argument; none when empty.
    pub exec_on_max_timeouts: String,
    /// `pin`: digits that must be typed to come in; none when empty.
    pub pin: String,
    /// `pin-file`, or `prompt-pin-file`: asks for them.
    pub prompt_pin_file: String,
    /// `bad-pin-file`: played after wrong ones.
    pub bad_pin_file: String,
    /// `tts-engine` and `tts-voice`: set on the call as `tts_engine` and `tts_voice`, when both are there.
    pub speech: Option<(String, String)>,
    /// `confirm-macro`: the phrase that says the digits back; they are taken as they are when empty.
    pub confirm_macro: String,
    /// `confirm-key`: the key that confirms them, any other refuses them. Nobody is asked when empty.
    pub confirm_key: String,
    /// `confirm-attempts`: how often it is asked. Default 3.
    pub confirm_attempts: u32,
    /// Its entries, in their order.
    pub entries: Vec<IvrEntry>,
    /// Why it cannot be used, and where that stands.
    pub problem: Option<String>,
}

/// An `<entry>` of a menu.
#[derive(Debug, Clone, PartialEq)]
pub struct IvrEntry {
    /// `digits`.
    pub digits: IvrDigits,
    /// `action`.
    pub action: IvrAction,
    /// `param`; `$1` and so on stand for what the groups of the digits' expression matched.
    pub param: String,
}

/// Which digits an entry is for.
#[derive(Debug, Clone, PartialEq)]
pub enum IvrDigits {
    /// These.
    Exactly(String),
    /// Those that an expression matches: `/^(10\d\d)$/`.
    Like(Pattern),
}

/// What an entry does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IvrAction {
    /// `menu-exit`: leaves all menus.
    Exit,
    /// `menu-sub`: goes into the menu of that name.
    Sub,
    /// `menu-exec-app`: runs an application.
    Execute,
    /// `menu-play-sound`: plays a file.
    Play,
    /// `menu-back`: goes to the menu before.
    Back,
    /// `menu-top`: goes to the first menu.
    Top,
    /// `menu-exec-api`: runs an API command.
    ExecuteApi,
    /// `menu-say-phrase`: runs a phrase macro.
    SayPhrase,
}

impl IvrAction {
    fn parse(name: &str) -> Option<IvrAction> {
        Some(match name {
            "menu-exit" => IvrAction::Exit,
            "menu-sub" => IvrAction::Sub,
            "menu-exec-app" => IvrAction::Execute,
            "menu-play-sound" => IvrAction::Play,
            "menu-back" => IvrAction::Back,
            "menu-top" => IvrAction::Top,
            "menu-exec-api" => IvrAction::ExecuteApi,
            "menu-say-phrase" => IvrAction::SayPhrase,
            _ => return None,
        })
    }
}

/// What the longest wait for a digit may be: a day, in milliseconds.
const LONGEST: i64 = 86_400_000;
/// The most digits that are waited for.
const MOST_DIGITS: usize = 127;
/// More failures or timeouts than this are as many.
const MOST_TRIES: i64 = 10_000;

/// The menus, in the order of the file.
pub(crate) fn read(tree: Tree<'_>, warnings: &mut Vec<Warning>) -> Result<Vec<IvrMenu>, ConfigError> {
    let menus = tree.configuration("ivr.conf").and_then(|found| found.child("menus"));
    let menus: Vec<_> = menus.into_iter().flat_map(|menus| menus.children_named("menu")).collect();
    let read: Vec<_> = menus.iter().map(|element| menu(element, warnings)).collect::<Result<_, _>>()?;
    for element in menus.iter().flat_map(|menu| menu.children_named("entry")) {
        let sub = element.attr("param").filter(|_| element.attr("action") == Some("menu-sub"));
        if let Some(name) = sub.filter(|name| !read.iter().any(|menu| menu.name == **name)) {
            warn(warnings, element.place(), format!("there is no menu {name}: choosing it leaves all menus"));
        }
    }
    Ok(read)
}

fn menu(element: &Element, warnings: &mut Vec<Warning>) -> Result<IvrMenu, ConfigError> {
    let text = |name| element.attr(name).unwrap_or_default().to_owned();
    let pin_text = |name, usual: &str| element.attr(name).filter(|given| !given.is_empty()).unwrap_or(usual).to_owned();
    let timeout = number(element, "timeout", 0)?;
    let speech = (text("tts-engine"), text("tts-voice"));
    let (entries, problem) = entries(element, warnings);
    let longest = entries.iter().map(IvrEntry::length).max().unwrap_or_default();
    let digit_len = usize::try_from(number(element, "digit-len", 0)?).unwrap_or_default().max(longest);
    let max_failures = number(element, "max-failures", 3)?;
    let greet_long = text("greet-long");
    if greet_long.is_empty() || digit_len == 0 {
        let missing = if greet_long.is_empty() { "greet-long" } else { "digit-len" };
        warn(warnings, element.place(), format!("the menu has no {missing}: it takes no digits"));
    }
    Ok(IvrMenu {
        name: required(element, "name", "a name")?.to_owned(),
        greet_long,
        greet_short: text("greet-short"),
        invalid_sound: text("invalid-sound"),
        exit_sound: text("exit-sound"),
        transfer_sound: text("transfer-sound"),
        timeout: milliseconds(if timeout > 0 { timeout } else { 10_000 }),
        inter_digit_timeout: milliseconds(number(element, "inter-digit-timeout", timeout / 2)?),
        max_failures: tries(max_failures),
        max_timeouts: tries(number(element, "max-timeouts", max_failures)?),
        digit_len: digit_len.min(MOST_DIGITS),
        exec_on_max_failures: text("exec-on-max-failures"),
        exec_on_max_timeouts: text("exec-on-max-timeouts"),
        pin: text("pin"),
        prompt_pin_file: pin_text(
            "pin-file",
            &pin_text("prompt-pin-file", "ivr/ivr-please_enter_pin_followed_by_pound.wav"),
        ),
        bad_pin_file: pin_text("bad-pin-file", "conference/conf-bad-pin.wav"),
        speech: (!speech.0.is_empty() && !speech.1.is_empty()).then_some(speech),
        confirm_macro: text("confirm-macro"),
        confirm_key: text("confirm-key"),
        confirm_attempts: tries(number(element, "confirm-attempts", 3)?),
        entries,
        problem,
    })
}

/// The entries, and what is wrong with the first that is.
fn entries(menu: &Element, warnings: &mut Vec<Warning>) -> (Vec<IvrEntry>, Option<String>) {
    let (mut read, mut problem) = (Vec::new(), None);
    for element in menu.children_named("entry") {
        match entry(element) {
            Ok(entry) => {
                if let IvrDigits::Like(pattern) = &entry.digits
                    && let Some(problem) = pattern.problem()
                {
                    warn(
                        warnings,
                        element.place(),
                        format!("no digits are like {}: {problem}", element.attr("digits").unwrap_or_default()),
                    );
                }
                read.push(entry);
            }
            Err(wrong) => {
                warn(warnings, element.place(), format!("{wrong}: the menu cannot be used"));
                problem.get_or_insert_with(|| format!("{wrong} ({})", element.place()));
            }
        }
    }
    (read, problem)
}

fn entry(element: &Element) -> Result<IvrEntry, String> {
    let action = element.attr("action").unwrap_or_default();
    let action = IvrAction::parse(action).ok_or_else(|| format!("Invalid Action [{action}]"))?;
    let digits = match element.attr("digits").unwrap_or_default() {
        "" => return Err("the entry has no digits".to_owned()),
        expression if expression.starts_with('/') => IvrDigits::Like(Pattern::compiled(expression)),
        digits => IvrDigits::Exactly(digits.to_owned()),
    };
    Ok(IvrEntry { digits, action, param: element.attr("param").unwrap_or_default().to_owned() })
}

impl IvrEntry {
    /// How many digits it wants for sure.
    fn length(&self) -> usize {
        match &self.digits {
            IvrDigits::Exactly(digits) => digits.chars().count(),
            IvrDigits::Like(_) => 0,
        }
    }
}

fn milliseconds(number: i64) -> Duration {
    Duration::from_millis(number.clamp(0, LONGEST).unsigned_abs())
}

fn tries(number: i64) -> u32 {
    u32::try_from(number.min(MOST_TRIES)).ok().filter(|tries| *tries > 0).unwrap_or(3)
}

/// A number, or the usual one when it is not given or 0; one too large is the largest.
fn number(element: &Element, name: &str, usual: i64) -> Result<i64, ConfigError> {
    match element.attr(name).map_or("", str::trim) {
        "" => Ok(usual),
        text => match text.parse::<i64>() {
            Ok(0) => Ok(usual),
            Ok(number) => Ok(number),
            Err(error) if *error.kind() == IntErrorKind::PosOverflow => Ok(i64::MAX),
            Err(_) => Err(bad_value(element, name, text, "a number")),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LoadOptions, MemorySource, load};

    fn read(menus: &str) -> Result<(Vec<IvrMenu>, Vec<String>), ConfigError> {
        let text = format!(
            "<d><section name='configuration'><configuration name='ivr.conf'><menus>{menus}</menus></configuration></section></d>"
        );
        let config = load(&MemorySource::new([("freeswitch.xml", text.as_str())]), &LoadOptions::default())?;
        Ok((config.ivr_menus, config.warnings.iter().map(|warning| warning.text.clone()).collect()))
    }

    #[test]
    fn a_menu_has_what_it_does_not_say() {
        let (menus, warnings) = read(
            "<menu name='main' greet-long='hello.wav' timeout='1500' digit-len='0' max-failures='5'>
             <entry action='menu-sub' digits='123' param='main'/>
             <entry action='menu-exec-app' digits='/^(9.)$/i' param='transfer $1'/></menu>",
        )
        .unwrap();
        assert_eq!(warnings, [""; 0]);
        let menu = &menus[0];
        assert_eq!((menu.digit_len, menu.max_failures, menu.max_timeouts, menu.confirm_attempts), (3, 5, 5, 3));
        assert_eq!((menu.timeout.as_millis(), menu.inter_digit_timeout.as_millis()), (1500, 750));
        assert_eq!(menu.bad_pin_file, "conference/conf-bad-pin.wav");
        assert_eq!(menu.entries[0].digits, IvrDigits::Exactly("123".to_owned()));
        assert!(matches!(&menu.entries[1].digits, IvrDigits::Like(pattern) if pattern.problem().is_none()));
        assert_eq!(menu.problem, None);
    }

    #[test]
    fn absurd_numbers_are_bounded() {
        let (menus, _) = read(
            "<menu name='a' timeout='-5' inter-digit-timeout='99999999999999999999' digit-len='1000000'
             max-failures='4000000000' max-timeouts='-1'/><menu name='b'/>",
        )
        .unwrap();
        let menu = &menus[0];
        assert_eq!((menu.max_failures, menu.max_timeouts, menu.digit_len), (10_000, 3, 127));
        assert_eq!((menu.timeout.as_secs(), menu.inter_digit_timeout.as_secs()), (10, 86_400));
        assert_eq!((menus[1].timeout.as_secs(), menus[1].inter_digit_timeout.as_secs()), (10, 0));
    }

    #[test]
    fn what_is_odd_is_said() {
        let (menus, warnings) = read(
            "<menu name='main'><entry action='menu-fly' digits='1'/><entry action='menu-back'/>
             <entry action='menu-sub' digits='2' param='nowhere'/><entry action='menu-exit' digits='/(/'/></menu>
             <menu name='mute' greet-long='a'/>",
        )
        .unwrap();
        assert_eq!(menus[0].entries.len(), 2);
        assert_eq!(menus[0].problem.as_deref(), Some("Invalid Action [menu-fly] (freeswitch.xml:1)"));
        let expected = [
            "Invalid Action [menu-fly]",
            "no digits",
            "are like /(/",
            "no greet-long",
            "no digit-len",
            "no menu nowhere",
        ];
        assert_eq!(warnings.len(), expected.len(), "{warnings:#?}");
        for (warning, expected) in warnings.iter().zip(expected) {
            assert!(warning.contains(expected), "{warning}: {expected}");
        }
    }

    #[test]
    fn what_cannot_be_is_an_error() {
        for menus in ["<menu greet-long='a'/>", "<menu name='a' timeout='soon'/>", "<menu name='a' digit-len='one'/>"] {
            assert!(read(menus).is_err(), "{menus}");
        }
    }
}
