//! Tells from the digits that come which of the sequences and patterns a call waits for was typed (FreeSWITCH's
//! `switch_ivr_dmachine`, switch_ivr_async.c). Knows neither sessions nor clocks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use strowger_config::Pattern;
use tokio::time::Instant;

use crate::dialplan::substitute;

/// The longest sequence or pattern, and the most digits that are looked at (`DMACHINE_MAX_DIGIT_LEN - 1`).
const LONGEST: usize = 511;

/// Bytes that an action and the name of its realm may have.
pub(super) const LONGEST_ACTION: usize = 16 << 10;

/// Sequences and patterns that one machine may wait for.
const MAX_BINDINGS: usize = 1024;

/// What its log lines name it, as FreeSWITCH's do.
const NAME: &str = "DPTOOLS";

/// Why nothing was bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// The sequence or pattern is too long.
    #[error("more than {LONGEST} characters of digits")]
    TooLong,
    /// What is to be done is too long.
    #[error("more than {LONGEST_ACTION} bytes of realm, string and value")]
    ActionTooLong,
    /// There are too many.
    #[error("{MAX_BINDINGS} digit bindings are there already")]
    TooMany,
}

/// What came of a digit, or of the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome<A> {
    /// More is waited for.
    Waits,
    /// A binding was typed: what it is bound to, and the digits.
    Matched(Arc<A>, String),
    /// No binding was, and none will be any more.
    Unmatched(String),
}

/// Bindings of digits to actions `A`, in realms of which one is looked at.
#[derive(Debug)]
pub(super) struct DigitMachine<A> {
    /// How long a further digit may take; zero for ever.
    digit_timeout: Duration,
    /// How long the first digit may take; zero for ever.
    input_timeout: Duration,
    /// By name.
    realms: BTreeMap<String, Realm<A>>,
    /// The name of the realm looked at.
    current: Option<String>,
    typed: String,
    /// Digits typed, those included that a terminator took away.
    count: usize,
    /// As many digits as the longest binding of all realms has.
    longest: usize,
    /// Since when the next digit is waited for.
    since: Option<Instant>,
}

#[derive(Debug)]
struct Realm<A> {
    /// `bda_terminators`.
    terminators: String,
    bindings: Vec<Binding<A>>,
}

#[derive(Debug)]
struct Binding<A> {
    wanted: Wanted,
    /// `=` in front: the first one that matches is it.
    is_first: bool,
    /// It does not wait for what may still come.
    is_priority: bool,
    action: Arc<A>,
}

#[derive(Debug)]
enum Wanted {
    Digits(String),
    /// The whole text behind the `~`, the pattern, and what stands for the digits (`~pattern~~replacement`).
    Pattern(String, Pattern, Option<String>),
}

/// How well what was typed matches (`dm_match_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Best {
    None,
    Exact,
    Partial,
    Both,
    Never,
}

impl<A> DigitMachine<A> {
    /// A machine that waits for nothing yet.
    pub(super) fn new(digit_timeout: Duration, input_timeout: Duration) -> Self {
        Self {
            digit_timeout,
            input_timeout,
            realms: BTreeMap::new(),
            current: None,
            typed: String::new(),
            count: 0,
            longest: 0,
            since: None,
        }
    }

    /// Binds `digits` (a sequence, or a pattern behind `~`) in a realm, which is made, and looked at from now on, unless
    /// they are bound there already: then only the action is another.
    pub(super) fn bind(&mut self, realm: &str, digits: &str, is_priority: bool, action: A) -> Result<(), BindError> {
        if digits.len() > LONGEST {
            return Err(BindError::TooLong);
        }
        let realm = if realm.is_empty() { "default" } else { realm };
        let action = Arc::new(action);
        let (is_first, rest) = digits.strip_prefix('=').map_or((false, digits), |rest| (true, rest));
        let wanted = Wanted::of(rest);
        let again = self
            .realms
            .get_mut(realm)
            .and_then(|realm| realm.bindings.iter_mut().find(|known| known.wanted.is_as(&wanted)));
        if let Some(known) = again {
            tracing::debug!("Reuse Existing Digit parser {NAME}: binding {digits}/{realm}/0");
            known.action = action;
            return Ok(());
        }
        if self.realms.values().map(|realm| realm.bindings.len()).sum::<usize>() >= MAX_BINDINGS {
            return Err(BindError::TooMany);
        }
        let length = if matches!(wanted, Wanted::Pattern(..)) { LONGEST } else { digits.len() };
        self.longest = self.longest.max(length);
        let empty = || Realm { terminators: String::new(), bindings: Vec::new() };
        let entry = self.realms.entry(realm.to_owned()).or_insert_with(empty);
        entry.bindings.push(Binding { wanted, is_first, is_priority, action });
        if self.current.as_deref() != Some(realm) {
            self.set_realm(realm);
        }
        tracing::debug!("Digit parser {NAME}: binding {digits}/{realm}/0");
        Ok(())
    }

    /// Whether nothing is bound.
    pub(super) fn is_empty(&self) -> bool {
        self.realms.values().all(|realm| realm.bindings.is_empty())
    }

    /// Has that realm looked at; `false` when there is none of that name.
    pub(super) fn set_realm(&mut self, realm: &str) -> bool {
        let is_known = self.realms.contains_key(realm);
        if is_known {
            tracing::info!("Digit parser {NAME}: Setting realm to '{realm}'");
            self.current = Some(realm.to_owned());
        } else {
            tracing::error!("Digit parser {NAME}: Error Setting realm to '{realm}'");
        }
        is_known
    }

    /// Forgets a realm.
    pub(super) fn clear_realm(&mut self, realm: &str) {
        tracing::info!("Digit parser {NAME}: Clearing realm '{realm}'");
        if self.current.as_deref() == Some(realm) {
            tracing::warn!("Digit parser {NAME}: '{realm}' was the active realm, no realm currently selected.");
            self.current = None;
        }
        self.realms.remove(realm);
    }

    /// The digits that end a sequence in the realm looked at.
    pub(super) fn set_terminators(&mut self, terminators: &str) {
        match self.current.as_ref().and_then(|current| self.realms.get_mut(current)) {
            Some(realm) => terminators.clone_into(&mut realm.terminators),
            None => tracing::error!("No realm selected."),
        }
    }

    /// A digit has come.
    pub(super) fn feed(&mut self, digit: char, now: Instant) -> Outcome<A> {
        if self.count >= self.longest {
            tracing::error!("dmachine overflow error!");
            return Outcome::Waits;
        }
        self.typed.push(digit);
        self.count += 1;
        self.since = Some(now);
        self.look(false)
    }

    /// When the time is up, unless a digit comes first: [`DigitMachine::expire`] is called then.
    pub(super) fn due(&mut self, now: Instant) -> Option<Instant> {
        let timeout = if self.count > 0 { self.digit_timeout } else { self.input_timeout };
        let since = *self.since.get_or_insert(now);
        // Longer than the timeout, in whole milliseconds.
        (!timeout.is_zero()).then(|| since + timeout + Duration::from_millis(1))
    }

    /// The time was up, if it was.
    pub(super) fn expire(&mut self, now: Instant) -> Outcome<A> {
        if self.due(now).is_some_and(|due| due <= now) { self.look(true) } else { Outcome::Waits }
    }

    fn look(&mut self, is_late: bool) -> Outcome<A> {
        let (best, found) = self.best(is_late);
        let outcome = match (best, found) {
            (_, Some((action, digits))) => Outcome::Matched(action, digits),
            (best, None) if is_late || best == Best::Never => Outcome::Unmatched(self.typed.clone()),
            (Best::None, None) if self.count == self.longest => Outcome::Unmatched(self.typed.clone()),
            _ => return Outcome::Waits,
        };
        self.typed.clear();
        self.count = 0;
        self.since = None;
        outcome
    }

    fn best(&mut self, is_late: bool) -> (Best, Option<(Arc<A>, String)>) {
        let (count, longest) = (self.count, self.longest);
        let realm = self.current.as_ref().and_then(|current| self.realms.get(current));
        let Some(realm) = realm.filter(|_| count > 0) else { return (Best::None, None) };
        // What was typed is compared whole; what is behind a terminator goes before it is decided.
        let seen = Seen::of(realm, &self.typed);
        let terminated = realm.terminators.chars().find_map(|end| self.typed.rfind(end));
        if let Some(end) = terminated {
            self.typed.truncate(end);
        }
        seen.decide(realm, &self.typed, is_late || terminated.is_some(), count == longest)
    }
}

/// What the bindings of a realm say to the digits, one by one.
struct Seen {
    /// What a pattern gives for the digits, where it matches.
    patterns: Vec<Option<String>>,
    has_patterns: bool,
    /// Some may still come to match.
    is_possible: bool,
    /// One is typed to its end.
    is_complete: bool,
}

impl Seen {
    fn of<A>(realm: &Realm<A>, typed: &str) -> Self {
        let mut seen = Self { patterns: Vec::new(), has_patterns: false, is_possible: false, is_complete: false };
        for binding in &realm.bindings {
            let given = match &binding.wanted {
                Wanted::Pattern(_, pattern, replacement) => {
                    (seen.has_patterns, seen.is_possible) = (true, true);
                    matching(pattern, replacement.as_deref(), typed)
                }
                Wanted::Digits(digits) => {
                    seen.is_possible |= digits.starts_with(typed);
                    seen.is_complete |= digits == typed;
                    None
                }
            };
            let ends = given.is_some() && binding.is_first;
            seen.patterns.push(given);
            if ends {
                break;
            }
        }
        seen
    }

    /// What it comes to: how well something matches, and the one that does, with its digits.
    fn decide<A>(
        &self,
        realm: &Realm<A>,
        typed: &str,
        is_late: bool,
        is_longest: bool,
    ) -> (Best, Option<(Arc<A>, String)>) {
        let (mut best, mut exact) = (Best::None, None);
        let is_only = realm.bindings.len() == 1;
        for (place, binding) in realm.bindings.iter().enumerate() {
            match &binding.wanted {
                Wanted::Pattern(..) => {
                    let Some(given) = self.patterns.get(place).and_then(Option::as_ref) else { continue };
                    let is_urgent = binding.is_first || binding.is_priority && !self.is_complete;
                    if is_urgent || is_late || is_only {
                        let digits = if given.is_empty() { typed } else { given };
                        (best, exact) = (Best::Exact, Some((binding, digits.chars().take(LONGEST).collect())));
                        break;
                    }
                    best = Best::Partial;
                }
                Wanted::Digits(digits) if digits == typed => {
                    let is_urgent = binding.is_first || binding.is_priority;
                    if exact.is_none() && (is_urgent || is_late || !self.has_patterns) {
                        (best, exact) = (Best::Exact, Some((binding, typed.to_owned())));
                        if is_urgent || is_longest {
                            break;
                        }
                    }
                }
                Wanted::Digits(digits) if digits.starts_with(typed) => {
                    best = if exact.is_some() { Best::Both } else { Best::Partial };
                }
                Wanted::Digits(_) => {}
            }
        }
        if !self.is_possible {
            best = Best::Never;
        }
        let is_it = best == Best::Exact || best == Best::Both && is_late;
        (best, exact.filter(|_| is_it).map(|(binding, digits)| (Arc::clone(&binding.action), digits)))
    }
}

impl Wanted {
    fn of(digits: &str) -> Self {
        let Some(source) = digits.strip_prefix('~') else { return Self::Digits(digits.to_owned()) };
        let (pattern, replacement) =
            source.split_once("~~").map_or((source, None), |(pattern, to)| (pattern, Some(to.to_owned())));
        Self::Pattern(source.to_owned(), Pattern::compiled(pattern), replacement)
    }

    fn is_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Digits(one), Self::Digits(another)) | (Self::Pattern(one, ..), Self::Pattern(another, ..)) => {
                one == another
            }
            _ => false,
        }
    }
}

/// What stands for the digits where the pattern matches: the replacement, empty for the digits themselves.
fn matching(pattern: &Pattern, replacement: Option<&str>, typed: &str) -> Option<String> {
    // A pattern that cannot be compiled, or takes too long, matches nothing.
    let captures = pattern.groups(typed).ok().flatten()?;
    Some(replacement.map(|text| substitute(text, &captures)).unwrap_or_default())
}

#[cfg(test)]
mod tests;
