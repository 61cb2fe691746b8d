//! What the variables of a dial string say about how it is tried.

use std::time::Duration;

use strowger_config::is_true;

use super::OriginateRequest;
use super::engine::Failure;
use crate::channel::{HangupCause, Variables};
use crate::session::Confirm;

/// How one call of a dial string is tried: its `{}` variables.
#[derive(Clone, Debug)]
pub(super) struct CallSettings {
    /// `originate_timeout`, else the request's: how long each group may take.
    pub(super) timeout: Duration,
    /// `progress_timeout`: how long a leg may take until it rings.
    pub(super) progress_timeout: Option<Duration>,
    /// `originate_continue_on_timeout`: a timeout is not the end, the next group is tried.
    pub(super) continue_on_timeout: bool,
    /// `originate_retries`: how often all groups are tried.
    pub(super) tries: u32,
    /// `originate_retry_sleep_ms`: how long before each group that is tried again.
    pub(super) retry_sleep: Duration,
    /// `originate_delay_start`, milliseconds: how long before the first.
    pub(super) delay_start: Duration,
    /// What sound before the answer is worth.
    pub(super) early_media: EarlyMedia,
    /// `ignore_ring_ready`: that it rings is not told.
    pub(super) ignore_ring_ready: bool,
    /// `return_ring_ready`: a leg that rings is answered, when it is the only one.
    pub(super) return_ring_ready: bool,
    /// `fail_on_single_reject`: which failures of one leg end the attempt.
    pub(super) reject: Option<Reject>,
    /// `group_confirm_key` and its like: whoever answers must say yes.
    pub(super) confirm: Option<Confirm>,
}

/// What sound before the answer is worth (`ignore_early_media`, `bridge_early_media`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EarlyMedia {
    /// As much as the answer.
    Counts,
    /// Nothing.
    Ignored,
    /// Nothing, but the caller hears it.
    Heard,
    /// It means that the leg rings.
    Rings,
}

/// Which failures of one leg end the attempt on all (`fail_on_single_reject`, `hangup_on_single_reject`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reject {
    /// Each; the next group is tried all the same.
    Any,
    /// Those in a list of names; no other group is tried.
    These(String),
    /// Those that are not in it; no other group is tried.
    AllBut(String),
}

impl Reject {
    fn of(variables: &Variables) -> Option<Self> {
        let said = variables.get("hangup_on_single_reject").or_else(|| variables.get("fail_on_single_reject"))?;
        let said = said.trim().to_ascii_uppercase();
        Some(match said.strip_prefix('!') {
            _ if is_true(&said) => Self::Any,
            Some(others) => Self::AllBut(others.to_owned()),
            None => Self::These(said),
        })
    }

    /// What the attempt ends with after this failure of one leg; `None` when it goes on.
    pub(super) fn judge(&self, failure: Failure) -> Option<Failure> {
        let name = failure.cause.name();
        let is_fatal = match self {
            Self::Any => true,
            Self::These(names) => names.contains(name),
            Self::AllBut(names) => !names.contains(name),
        };
        // Legs that rang tell no more than that nobody answered, as in FreeSWITCH.
        let cause = if failure.had_leg { HangupCause::NoAnswer } else { failure.cause };
        let is_final = !failure.had_leg || *self != Self::Any;
        is_fatal.then_some(Failure { cause, is_final, ..failure })
    }
}

/// How long one leg may take: its own variables, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LegSettings {
    /// `leg_timeout`: until it answers.
    pub(super) timeout: Option<Duration>,
    /// `leg_progress_timeout`: until it rings.
    pub(super) progress_timeout: Option<Duration>,
    /// `leg_delay_start`: before it is dialled.
    pub(super) delay_start: Duration,
}

impl CallSettings {
    pub(super) fn of(variables: &Variables, request: &OriginateRequest) -> Self {
        let is_set = |name| variables.get(name).is_some_and(is_true);
        let milliseconds = |name| number(variables, name).map(|value| Duration::from_millis(value.into()));
        Self {
            timeout: seconds(variables, "originate_timeout").unwrap_or(request.timeout),
            progress_timeout: seconds(variables, "progress_timeout"),
            continue_on_timeout: is_set("originate_continue_on_timeout"),
            tries: number(variables, "originate_retries").filter(|tries| *tries <= MAX_TRIES).unwrap_or(1),
            retry_sleep: milliseconds("originate_retry_sleep_ms")
                .filter(|sleep| (Duration::from_millis(500)..=Duration::from_secs(60)).contains(sleep))
                .unwrap_or(Duration::from_secs(1)),
            delay_start: milliseconds("originate_delay_start").unwrap_or_default(),
            early_media: EarlyMedia::of(variables),
            ignore_ring_ready: is_set("ignore_ring_ready"),
            return_ring_ready: is_set("return_ring_ready"),
            reject: Reject::of(variables),
            confirm: Confirm::of(variables),
        }
    }
}

/// `originate_retries` at the most.
const MAX_TRIES: u32 = 100;

impl EarlyMedia {
    fn of(variables: &Variables) -> Self {
        match variables.get("ignore_early_media") {
            Some("ring_ready") => Self::Rings,
            Some(value) if value == "consume" || is_true(value) => Self::Ignored,
            _ if variables.get("bridge_early_media").is_some_and(is_true) => Self::Heard,
            _ => Self::Counts,
        }
    }
}

impl LegSettings {
    pub(super) fn of(variables: &Variables) -> Self {
        Self {
            timeout: seconds(variables, "leg_timeout"),
            progress_timeout: seconds(variables, "leg_progress_timeout"),
            delay_start: seconds(variables, "leg_delay_start").unwrap_or_default(),
        }
    }
}

pub(super) fn seconds(variables: &Variables, name: &str) -> Option<Duration> {
    number(variables, name).map(|value| Duration::from_secs(value.into()))
}

/// A number above 0; what follows its digits is not looked at.
fn number(variables: &Variables, name: &str) -> Option<u32> {
    let value = variables.get(name)?.trim_start();
    let end = value.find(|character: char| !character.is_ascii_digit()).unwrap_or(value.len());
    value.get(..end)?.parse().ok().filter(|value| *value > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        let mut variables = Variables::default();
        pairs.iter().for_each(|(name, value)| variables.set(name, value));
        variables
    }

    #[test]
    fn numbers_out_of_bounds_are_ignored() {
        let request = OriginateRequest::default();
        let of = |pairs: &[(&str, &str)]| CallSettings::of(&variables(pairs), &request);
        assert_eq!(of(&[("originate_timeout", "7 s")]).timeout, Duration::from_secs(7));
        for wrong in ["0", "-3", "soon", "99999999999"] {
            assert_eq!(of(&[("originate_timeout", wrong)]).timeout, request.timeout, "{wrong}");
        }
        assert_eq!(of(&[("originate_retries", "101")]).tries, 1);
        assert_eq!(of(&[("originate_retry_sleep_ms", "499")]).retry_sleep, Duration::from_secs(1));
        assert_eq!(of(&[("originate_retry_sleep_ms", "500")]).retry_sleep, Duration::from_millis(500));
    }

    #[test]
    fn early_media_is_worth_what_is_said() {
        for (pairs, expected) in [
            (&[][..], EarlyMedia::Counts),
            (&[("ignore_early_media", "false")], EarlyMedia::Counts),
            (&[("ignore_early_media", "true")], EarlyMedia::Ignored),
            (&[("ignore_early_media", "consume")], EarlyMedia::Ignored),
            (&[("ignore_early_media", "ring_ready")], EarlyMedia::Rings),
            (&[("bridge_early_media", "true")], EarlyMedia::Heard),
            (&[("bridge_early_media", "true"), ("ignore_early_media", "true")], EarlyMedia::Ignored),
        ] {
            assert_eq!(EarlyMedia::of(&variables(pairs)), expected, "{pairs:?}");
        }
    }
}
