//! The menus of `ivr.conf.xml`, read when one is used (`switch_ivr_menu_stack_xml_build`).

use std::time::Duration;

use strowger_config::{Config, Element, Pattern, Place};
use strowger_core::dialplan::substitute;

use crate::words::leading_integer;

/// A menu and those it leads to; the first is the one asked for.
#[derive(Debug)]
pub(super) struct Menus(Vec<Menu>);

/// One menu.
#[derive(Debug)]
pub(super) struct Menu {
    pub(super) name: String,
    /// Played first, and again after a sub menu.
    pub(super) greet_long: String,
    /// Played each further time; the long one when empty.
    pub(super) greet_short: String,
    pub(super) invalid_sound: String,
    /// Played when the whole is left.
    pub(super) exit_sound: String,
    /// Played before a transfer.
    pub(super) transfer_sound: String,
    /// How long the first digit may take, and all of them together.
    pub(super) timeout: Duration,
    /// How long each further digit may take.
    pub(super) inter_digit_timeout: Duration,
    pub(super) max_failures: u32,
    pub(super) max_timeouts: u32,
    /// The most digits that are taken.
    pub(super) digits: usize,
    pub(super) exec_on_max_failures: String,
    pub(super) exec_on_max_timeouts: String,
    pub(super) confirm: Confirm,
    pub(super) pin: Option<Pin>,
    /// Engine and voice, when both are said.
    pub(super) tts: Option<(String, String)>,
    pub(super) entries: Vec<Entry>,
}

/// How digits are confirmed.
#[derive(Debug)]
pub(super) struct Confirm {
    /// The phrase macro that says the digits; none when empty.
    pub(super) phrase: String,
    /// The key that says yes.
    pub(super) key: String,
    pub(super) attempts: u32,
}

/// What lets a caller in.
#[derive(Debug)]
pub(super) struct Pin {
    pub(super) digits: String,
    pub(super) prompt: String,
    pub(super) bad: String,
}

/// What digits do.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) action: EntryAction,
    digits: Digits,
    param: String,
}

#[derive(Debug)]
enum Digits {
    Exactly(String),
    /// `/expression/`.
    Matching(Pattern),
}

/// The actions of entries, by FreeSWITCH's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryAction {
    Exit,
    Sub,
    ExecApp,
    PlaySound,
    Back,
    Top,
    ExecApi,
    SayPhrase,
}

/// Why there is no such menu; the texts are FreeSWITCH's, with the place behind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum MenuError {
    #[error("Open of ivr.conf failed")]
    NoConfiguration,
    #[error("No menus configured ({0})")]
    NoMenus(Place),
    #[error("Unable to find menu \"{0}\"")]
    Unknown(String),
    #[error("Unable to create menu: Invalid Action [{action}] ({place})")]
    Action { action: String, place: Place },
    #[error("Unable to create menu: an entry has no digits ({0})")]
    NoDigits(Place),
}

/// Menus that one may lead to; those beyond are unknown to it.
const MAX_MENUS: usize = 1000;
/// Digits that are waited for at the most.
const MAX_DIGITS: i64 = 127;
/// A day, in milliseconds.
const MAX_MILLISECONDS: i64 = 86_400_000;
/// More failures or timeouts than this are as many.
const MAX_TRIES: i64 = 10_000;

impl Menus {
    /// Reads the menu `name` and all it leads to.
    ///
    /// # Errors
    /// [`MenuError`]; a sub menu that does not exist is none: it is missed when it is chosen.
    pub(super) fn read(config: &Config, name: &str) -> Result<Menus, MenuError> {
        let ivr = config.configuration("ivr.conf").ok_or(MenuError::NoConfiguration)?;
        let all = ivr.child("menus").ok_or_else(|| MenuError::NoMenus(ivr.place()))?;
        let find = |name: &str| all.children_named("menu").find(|menu| menu.attr("name") == Some(name));
        let first = find(name).ok_or_else(|| MenuError::Unknown(name.chars().take(100).collect()))?;
        let mut menus = Menus(vec![Menu::read(first)?]);
        let mut at = 0;
        while let Some(menu) = menus.0.get(at) {
            let subs = menu.entries.iter().filter(|entry| entry.action == EntryAction::Sub);
            let names: Vec<String> = subs.map(|entry| entry.param.clone()).collect();
            for name in names {
                if menus.0.len() < MAX_MENUS
                    && menus.find(&name).is_none()
                    && let Some(element) = find(&name)
                {
                    menus.0.push(Menu::read(element)?);
                }
            }
            at += 1;
        }
        Ok(menus)
    }

    /// The menu of that name, and whether it is the one asked for.
    pub(super) fn find(&self, name: &str) -> Option<(&Menu, bool)> {
        let at = self.0.iter().position(|menu| menu.name == name)?;
        self.0.get(at).map(|menu| (menu, at == 0))
    }
}

impl Menu {
    fn read(element: &Element) -> Result<Menu, MenuError> {
        let text = |name: &str| element.attr(name).unwrap_or_default().to_owned();
        let number = |name: &str| element.attr(name).map_or(0, leading_integer);
        let or = |number: i64, usual: i64| if number > 0 { number } else { usual };
        let milliseconds = |number: i64| Duration::from_millis(number.clamp(0, MAX_MILLISECONDS).unsigned_abs());
        let tries = |number: i64| u32::try_from(or(number, 3).min(MAX_TRIES)).unwrap_or(3);
        let (timeout, inter_digit, failures) = (number("timeout"), number("inter-digit-timeout"), "max-failures");
        let timeouts = if text("max-timeouts").is_empty() { failures } else { "max-timeouts" };
        let entries: Vec<Entry> = element.children_named("entry").map(Entry::read).collect::<Result<_, _>>()?;
        let longest = entries.iter().map(Entry::length).max().unwrap_or(0);
        let digits = usize::try_from(number("digit-len").clamp(0, MAX_DIGITS)).unwrap_or(0);
        Ok(Menu {
            name: text("name"),
            greet_long: text("greet-long"),
            greet_short: text("greet-short"),
            invalid_sound: text("invalid-sound"),
            exit_sound: text("exit-sound"),
            transfer_sound: text("transfer-sound"),
            timeout: milliseconds(or(timeout, 10_000)),
            inter_digit_timeout: milliseconds(if inter_digit == 0 { timeout / 2 } else { inter_digit }),
            max_failures: tries(number(failures)),
            max_timeouts: tries(number(timeouts)),
            digits: digits.max(longest),
            exec_on_max_failures: text("exec-on-max-failures"),
            exec_on_max_timeouts: text("exec-on-max-timeouts"),
            confirm: Confirm {
                phrase: text("confirm-macro"),
                key: text("confirm-key"),
                attempts: tries(number("confirm-attempts")),
            },
            pin: Pin::read(element),
            tts: Some((text("tts-engine"), text("tts-voice"))).filter(|(e, v)| !e.is_empty() && !v.is_empty()),
            entries,
        })
    }
}

impl Pin {
    fn read(element: &Element) -> Option<Pin> {
        let given = |name: &str| element.attr(name).filter(|value| !value.is_empty());
        let prompt = given("pin-file").or_else(|| given("prompt-pin-file"));
        Some(Pin {
            digits: given("pin")?.to_owned(),
            prompt: prompt.unwrap_or("ivr/ivr-please_enter_pin_followed_by_pound.wav").to_owned(),
            bad: given("bad-pin-file").unwrap_or("conference/conf-bad-pin.wav").to_owned(),
        })
    }
}

impl Entry {
    fn read(element: &Element) -> Result<Entry, MenuError> {
        let name = element.attr("action").unwrap_or_default();
        let action = EntryAction::parse(name)
            .ok_or_else(|| MenuError::Action { action: name.to_owned(), place: element.place() })?;
        let digits = match element.attr("digits").unwrap_or_default() {
            "" => return Err(MenuError::NoDigits(element.place())),
            expression if expression.starts_with('/') => Digits::Matching(Pattern::compiled(expression)),
            digits => Digits::Exactly(digits.to_owned()),
        };
        Ok(Entry { action, digits, param: element.attr("param").unwrap_or_default().to_owned() })
    }

    /// How many digits it wants for sure.
    fn length(&self) -> usize {
        match &self.digits {
            Digits::Exactly(digits) => digits.chars().count().min(MAX_DIGITS.unsigned_abs() as usize),
            Digits::Matching(_) => 0,
        }
    }

    /// Its param, with what an expression captured in place, when these digits are its own.
    pub(super) fn param(&self, digits: &str) -> Option<String> {
        match &self.digits {
            Digits::Exactly(own) => (own == digits).then(|| self.param.clone()),
            Digits::Matching(pattern) => {
                let captures = pattern.groups(digits).ok().flatten()?;
                Some(substitute(&self.param, &captures))
            }
        }
    }
}

impl EntryAction {
    fn parse(name: &str) -> Option<EntryAction> {
        Some(match name {
            "menu-exit" => Self::Exit,
            "menu-sub" => Self::Sub,
            "menu-exec-app" => Self::ExecApp,
            "menu-play-sound" => Self::PlaySound,
            "menu-back" => Self::Back,
            "menu-top" => Self::Top,
            "menu-exec-api" => Self::ExecApi,
            "menu-say-phrase" => Self::SayPhrase,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
