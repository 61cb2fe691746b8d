//! `ivr.conf`: the menus of the application `ivr` (`switch_ivr_menu.c`).

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
    /// `timeout`: how long the first digit may take, and all of them, after the greeting. Default 10 s.
    pub timeout: Duration,
    /// `inter-digit-timeout`: how long each further digit may take. Default, and 0: as `timeout`.
    pub inter_digit_timeout: Duration,
    /// `max-failures`: so many times in a row without an entry, and the caller leaves. Default 3.
    pub max_failures: u32,
    /// `max-timeouts`: so many times without a digit, and the caller leaves. Default 3.
    pub max_timeouts: u32,
    /// `digit-len`: the most digits that are waited for; the longest entry's when that is more. Default 1.
    pub digit_len: usize,
    /// `exec-on-max-failures`: an application and its argument; none when empty.
    pub exec_on_max_failures: String,
    /// `exec-on-max-timeouts`: an application and its argument; none when empty.
    pub exec_on_max_timeouts: String,
    /// `pin`: digits that must be typed to come in; none when empty.
    pub pin: String,
    /// `prompt-pin-file`: asks for them.
    pub prompt_pin_file: String,
    /// `bad-pin-file`: played after wrong ones.
    pub bad_pin_file: String,
    /// `tts-engine` and `tts-voice`: set on the call as `tts_engine` and `tts_voice`, when both are there.
    pub speech: Option<(String, String)>,
    /// Its entries, in their order.
    pub entries: Vec<IvrEntry>,
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
            _ => return None,
        })
    }
}

/// What the longest wait for a digit may be.
const LONGEST: u64 = 86_400_000;
/// The most digits that are waited for.
const MOST_DIGITS: usize = 127;

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
    let timeout = milliseconds(element, "timeout")?.unwrap_or(Duration::from_secs(10));
    let speech = (text("tts-engine"), text("tts-voice"));
    let entries = entries(element, warnings);
    let exact = entries.iter().map(|entry| match &entry.digits {
        IvrDigits::Exactly(digits) => digits.len(),
        IvrDigits::Like(_) => 0,
    });
    let digit_len = number(element, "digit-len", 1)?.max(exact.max().unwrap_or_default());
    if text("greet-long").is_empty() {
        warn(warnings, element.place(), "the menu has no greet-long: it takes no digits".to_owned());
    }
    for name in ["confirm-macro", "confirm-key", "confirm-attempts"] {
        if element.attr(name).is_some() {
            warn(warnings, element.place(), format!("{name} has no effect here"));
        }
    }
    Ok(IvrMenu {
        name: required(element, "name", "a name")?.to_owned(),
        greet_long: text("greet-long"),
        greet_short: text("greet-short"),
        invalid_sound: text("invalid-sound"),
        exit_sound: text("exit-sound"),
        timeout,
        inter_digit_timeout: milliseconds(element, "inter-digit-timeout")?.unwrap_or(timeout),
        max_failures: number(element, "max-failures", 3)?,
        max_timeouts: number(element, "max-timeouts", 3)?,
        digit_len: digit_len.min(MOST_DIGITS),
        exec_on_max_failures: text("exec-on-max-failures"),
        exec_on_max_timeouts: text("exec-on-max-timeouts"),
        pin: text("pin"),
        prompt_pin_file: text("prompt-pin-file"),
        bad_pin_file: text("bad-pin-file"),
        speech: (!speech.0.is_empty() && !speech.1.is_empty()).then_some(speech),
        entries,
    })
}

fn entries(menu: &Element, warnings: &mut Vec<Warning>) -> Vec<IvrEntry> {
    let mut read = Vec::new();
    for element in menu.children_named("entry") {
        let (action, digits) = (element.attr("action").unwrap_or_default(), element.attr("digits").unwrap_or_default());
        let Some(action) = IvrAction::parse(action) else {
            warn(warnings, element.place(), format!("Invalid Action [{action}]: the entry is left out"));
            continue;
        };
        let digits = match digits {
            "" => {
                warn(warnings, element.place(), "the entry has no digits and is left out".to_owned());
                continue;
            }
            expression if expression.starts_with('/') => {
                let pattern = Pattern::compiled(expression);
                if let Some(problem) = pattern.problem() {
                    warn(warnings, element.place(), format!("no digits are like {expression}: {problem}"));
                }
                IvrDigits::Like(pattern)
            }
            digits => IvrDigits::Exactly(digits.to_owned()),
        };
        read.push(IvrEntry { digits, action, param: element.attr("param").unwrap_or_default().to_owned() });
    }
    read
}

/// A time; none when it is not given or 0.
fn milliseconds(element: &Element, name: &str) -> Result<Option<Duration>, ConfigError> {
    let value: u64 = number(element, name, 0)?;
    Ok((value > 0).then(|| Duration::from_millis(value.min(LONGEST))))
}

/// A number, or the default when it is not given or 0.
fn number<T: std::str::FromStr + Default + PartialEq>(
    element: &Element,
    name: &str,
    default: T,
) -> Result<T, ConfigError> {
    match element.attr(name) {
        None | Some("") => Ok(default),
        Some(text) => match text.trim().parse() {
            Ok(value) if value != T::default() => Ok(value),
            Ok(_) => Ok(default),
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
            "<menu name='main' greet-long='hello.wav' timeout='1500' digit-len='0'>
             <entry action='menu-sub' digits='123' param='main'/>
             <entry action='menu-exec-app' digits='/^(9.)$/i' param='transfer $1'/></menu>",
        )
        .unwrap();
        assert_eq!(warnings, [""; 0]);
        let menu = &menus[0];
        assert_eq!((menu.digit_len, menu.max_failures, menu.max_timeouts), (3, 3, 3));
        assert_eq!(
            (menu.timeout, menu.inter_digit_timeout),
            (Duration::from_millis(1500), Duration::from_millis(1500))
        );
        assert_eq!(menu.entries[0].digits, IvrDigits::Exactly("123".to_owned()));
        assert!(matches!(&menu.entries[1].digits, IvrDigits::Like(pattern) if pattern.problem().is_none()));
    }

    #[test]
    fn what_is_odd_is_said() {
        let (menus, warnings) = read(
            "<menu name='main' confirm-key='1'><entry action='menu-fly' digits='1'/><entry action='menu-back'/>
             <entry action='menu-sub' digits='2' param='nowhere'/><entry action='menu-exit' digits='/(/'/></menu>",
        )
        .unwrap();
        assert_eq!(menus[0].entries.len(), 2);
        let expected = [
            "Invalid Action [menu-fly]",
            "no digits",
            "are like /(/",
            "no greet-long",
            "confirm-key",
            "no menu nowhere",
        ];
        assert_eq!(warnings.len(), expected.len(), "{warnings:#?}");
        for (warning, expected) in warnings.iter().zip(expected) {
            assert!(warning.contains(expected), "{warning}: {expected}");
        }
    }

    #[test]
    fn what_cannot_be_is_an_error() {
        for menus in ["<menu greet-long='a'/>", "<menu name='a' timeout='soon'/>", "<menu name='a' digit-len='-1'/>"] {
            assert!(read(menus).is_err(), "{menus}");
        }
    }
}
