//! Applications bound to a key behind the meta key (`*1`), on a call or on the one it is joined with (`bind_meta_app`;
//! `meta_on_dtmf` in switch_ivr_async.c).

use std::time::Duration;

use tokio::time::Instant;

use super::digit_actions::Side;
use super::hooks::Hook;
use super::{Execute, Session};
use crate::channel::{is_key, leading_number};

/// Keys that can be bound: `0`-`9`, `A`-`D`.
const KEYS: usize = 14;

/// How long the key behind the meta key may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Which leg runs an application, seen from the call it is bound on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetaLeg {
    /// The call it is bound on.
    A,
    /// The one it is joined with.
    B,
    /// The one whose far end did not type the key.
    Opposite,
    /// The one whose far end did.
    Same,
}

/// An application, and the key it is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetaBinding {
    /// The key: 0 to 13 ([`meta_key`]).
    pub key: u32,
    /// Whose far end may type it: that of the call, that of the one it is joined with.
    pub dialled_by: (bool, bool),
    /// Which leg runs it.
    pub leg: MetaLeg,
    /// It runs before anything else.
    pub is_inline: bool,
    /// It is forgotten once it ran.
    pub is_once: bool,
    /// `application::argument`.
    pub application: String,
}

/// Why nothing was bound, or unbound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetaKeyError {
    /// There is no such key.
    #[error("Invalid key {0}")]
    Invalid(u32),
    /// The key is the meta key itself.
    #[error("Invalid key {0}, same as META CHAR")]
    IsMeta(u32),
}

/// The number of a key as it is written: its digits, or 10 to 13 for `A` to `D`; 0 for everything else
/// (`switch_dtmftoi`).
#[must_use]
pub fn meta_key(text: &str) -> u32 {
    let text = text.trim_start();
    match leading_number(text) {
        // A number below zero is no key.
        0 if text.starts_with('-') => u32::MAX,
        0 => text.chars().next().and_then(|key| key.to_digit(14)).unwrap_or_default(),
        number => number,
    }
}

/// What is bound on a session.
#[derive(Debug, Default)]
pub(crate) struct MetaKeys {
    heard: Keys,
    sent: Keys,
}

/// What is bound for digits that go one way.
#[derive(Debug)]
struct Keys {
    meta: char,
    /// Something was bound once.
    is_up: bool,
    /// The meta key was typed.
    is_on: bool,
    last: Option<Instant>,
    bound: [Option<MetaBinding>; KEYS],
}

impl Default for Keys {
    fn default() -> Self {
        Self { meta: '*', is_up: false, is_on: false, last: None, bound: Default::default() }
    }
}

/// What a digit means.
#[derive(Debug, PartialEq, Eq)]
enum Meant {
    /// Nothing: others may have it.
    Nothing,
    /// As nothing: it came too late to be a key.
    TooLate,
    /// It is the meta key, or none that is bound.
    Taken,
    /// An application.
    Bound(Box<MetaBinding>),
    /// Nothing is bound to it.
    Unbound,
}

impl Keys {
    fn type_key(&mut self, digit: char, now: Instant) -> Meant {
        if !self.is_up {
            return Meant::Nothing;
        }
        if self.is_on && self.last.is_some_and(|last| now - last > PATIENCE) {
            self.is_on = false;
            return Meant::TooLate;
        }
        self.last = Some(now);
        let was_on = std::mem::take(&mut self.is_on);
        match (digit == self.meta, was_on) {
            (true, true) | (false, false) => Meant::Nothing,
            (true, false) => {
                self.is_on = true;
                Meant::Taken
            }
            (false, true) if !is_key(digit) => Meant::Taken,
            (false, true) => self.take(digit).map_or(Meant::Unbound, Meant::Bound),
        }
    }

    fn take(&mut self, digit: char) -> Option<Box<MetaBinding>> {
        let place = self.bound.get_mut(usize::try_from(meta_key(digit.encode_utf8(&mut [0; 4]))).ok()?)?;
        let binding = if place.as_ref()?.is_once { place.take() } else { place.clone() };
        binding.map(Box::new)
    }

    fn bind(&mut self, meta: char, binding: &MetaBinding) {
        self.meta = meta;
        self.is_up = true;
        if let Some(place) = usize::try_from(binding.key).ok().and_then(|key| self.bound.get_mut(key)) {
            *place = Some(binding.clone());
        }
    }

    fn unbind(&mut self, key: u32) {
        if let Some(place) = usize::try_from(key).ok().and_then(|key| self.bound.get_mut(key)) {
            *place = None;
        }
    }
}

impl Session {
    /// Binds an application to a key behind the meta key (`bind_meta_key`, else `*`).
    ///
    /// # Errors
    /// [`MetaKeyError`].
    pub fn bind_meta(&mut self, binding: &MetaBinding) -> Result<(), MetaKeyError> {
        let uuid = &self.channel.uuid;
        let given = self.channel.variable("bind_meta_key").and_then(|key| key.chars().next());
        let meta = given.filter(|key| is_key(*key)).unwrap_or('*');
        if let Some(wrong) = given.filter(|key| !is_key(*key)) {
            tracing::warn!(%uuid, "Invalid META KEY {wrong}");
        }
        let key = binding.key;
        if !matches!(meta, '*' | '#') && meta_key(meta.encode_utf8(&mut [0; 4])) == key {
            return Err(MetaKeyError::IsMeta(key));
        }
        let shown = char::from_digit(key, 14).filter(|_| key < 14).ok_or(MetaKeyError::Invalid(key))?;
        let shown = shown.to_ascii_uppercase();
        let keys = self.meta_keys.get_or_insert_default();
        let (application, (by_own, by_other)) = (&binding.application, binding.dialled_by);
        if by_own {
            keys.heard.bind(meta, binding);
            tracing::info!(%uuid, "Bound A-Leg: {meta}{shown} {application}");
        }
        if by_other {
            keys.sent.bind(meta, binding);
            tracing::info!(%uuid, "Bound B-Leg: {meta}{shown} {application}");
        }
        Ok(())
    }

    /// Unbinds a key, 0 all of them.
    ///
    /// # Errors
    /// [`MetaKeyError::Invalid`] when nothing is bound, or there is no such key.
    pub fn unbind_meta(&mut self, key: u32) -> Result<(), MetaKeyError> {
        if key == 0 {
            tracing::info!(uuid = %self.channel.uuid, "UnBound A-Leg: ALL");
            self.meta_keys = None;
            return Ok(());
        }
        let keys = self.meta_keys.as_mut().filter(|_| key <= 9).ok_or(MetaKeyError::Invalid(key))?;
        keys.heard.unbind(key);
        keys.sent.unbind(key);
        tracing::info!(uuid = %self.channel.uuid, "UnBound A-Leg: {key}");
        Ok(())
    }

    /// Whether a digit is the meta key or one behind it, and so nobody else's.
    pub(super) fn is_meta_key(&mut self, side: Side, digit: char) -> bool {
        let Some(keys) = self.meta_keys.as_mut().filter(|_| !self.is_consulting) else { return false };
        let keys = if side == Side::Heard { &mut keys.heard } else { &mut keys.sent };
        let meant = keys.type_key(digit, Instant::now());
        let (uuid, name) = (&self.channel.uuid, &self.channel.name);
        match meant {
            Meant::Nothing => return false,
            Meant::TooLate => {
                tracing::error!(%uuid, "{name} Meta digit timeout parsing {digit}");
                return false;
            }
            Meant::Taken => {}
            Meant::Unbound => tracing::warn!(%uuid, "{name} Ignoring meta digit '{digit}' not mapped"),
            Meant::Bound(binding) => {
                tracing::debug!(%uuid, "{name} Processing meta digit '{digit}' [{}]", binding.application);
                if binding.is_once {
                    tracing::debug!(%uuid, "{name} Unbinding meta digit '{digit}'");
                }
                self.run_meta(side, &binding);
            }
        }
        true
    }

    fn run_meta(&mut self, side: Side, binding: &MetaBinding) {
        let is_own = match (binding.leg, side) {
            (MetaLeg::A, _) | (MetaLeg::Same, Side::Heard) | (MetaLeg::Opposite, Side::Sent) => true,
            (MetaLeg::B, _) | (MetaLeg::Same, Side::Sent) | (MetaLeg::Opposite, Side::Heard) => false,
        };
        let executes = Execute::of_path(&binding.application);
        let is_inline = binding.is_inline;
        let run = move |session: &mut Session| {
            if is_inline {
                session.hooks.extend(executes.into_iter().map(|execute| Hook::Run(execute.action)));
            } else {
                session.broadcast(executes, true);
            }
        };
        if is_own {
            run(self);
        } else {
            self.tell_partner(run);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding(key: u32, is_once: bool) -> MetaBinding {
        let application = "set::a=b".to_owned();
        MetaBinding { key, dialled_by: (true, false), leg: MetaLeg::A, is_inline: false, is_once, application }
    }

    #[test]
    fn keys_have_numbers() {
        let keys = ["1", "0", "9", "A", "d", "*", "", "12", "e", "99999999999", "-1"];
        assert_eq!(keys.map(meta_key), [1, 0, 9, 10, 13, 0, 0, 12, 0, u32::MAX, u32::MAX]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_counts_behind_the_meta_key() {
        let (mut keys, now) = (Keys::default(), Instant::now());
        assert_eq!(keys.type_key('*', now), Meant::Nothing, "nothing is bound");
        keys.bind('*', &binding(1, false));
        let bound = || Meant::Bound(Box::new(binding(1, false)));
        assert_eq!(keys.type_key('1', now), Meant::Nothing);
        assert_eq!([keys.type_key('*', now), keys.type_key('1', now)], [Meant::Taken, bound()]);
        assert_eq!([keys.type_key('*', now), keys.type_key('2', now)], [Meant::Taken, Meant::Unbound]);
        assert_eq!([keys.type_key('*', now), keys.type_key('*', now)], [Meant::Taken, Meant::Nothing]);
        assert_eq!(keys.type_key('*', now), Meant::Taken);
        assert_eq!(keys.type_key('1', now + Duration::from_secs(6)), Meant::TooLate);
        keys.unbind(1);
        assert_eq!([keys.type_key('*', now), keys.type_key('1', now)], [Meant::Taken, Meant::Unbound]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_ran_once_is_forgotten() {
        let (mut keys, now) = (Keys::default(), Instant::now());
        keys.bind('#', &binding(13, true));
        let mut typed = || [keys.type_key('#', now), keys.type_key('D', now)];
        assert_eq!(typed(), [Meant::Taken, Meant::Bound(Box::new(binding(13, true)))]);
        assert_eq!(typed(), [Meant::Taken, Meant::Unbound]);
    }
}
