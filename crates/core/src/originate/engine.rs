//! Who is tried when: calls side by side, groups one after the other, legs at once.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use super::OriginateRequest;
use super::caller::Progress;
use super::crowd::{Crowd, Member};
use super::dial_string::{Call, Destination, DialString, MAX_LEGS};
use super::settings::{CallSettings, LegSettings};
use crate::channel::HangupCause;
use crate::session::SessionHandle;
use crate::switch::Switch;

/// One request on its way.
pub(super) struct Attempt<'a> {
    pub(super) switch: &'a Arc<Switch>,
    pub(super) request: &'a OriginateRequest,
    /// Somebody has answered.
    won: AtomicBool,
    /// What the legs end with that are dropped before that, if it is not ORIGINATOR_CANCEL.
    dropped: &'a OnceLock<HangupCause>,
    /// How many legs may still be made: an address may stand for many others (`group`), and those for more.
    legs_left: AtomicUsize,
}

/// Why nobody answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failure {
    pub(super) cause: HangupCause,
    /// There was a leg, and it ended; without one nothing could be dialled.
    pub(super) had_leg: bool,
    /// The time for the whole group is over.
    pub(super) timed_out: bool,
    /// No other group is to be tried (`fail_on_single_reject`).
    pub(super) is_final: bool,
}

impl From<HangupCause> for Failure {
    /// Nothing could be dialled.
    fn from(cause: HangupCause) -> Self {
        Self { cause, had_leg: false, timed_out: false, is_final: false }
    }
}

/// How a leg, or several of them, ended up.
pub(super) type Outcome = Result<SessionHandle, Failure>;

/// What holds for the legs of one group.
pub(super) struct Group<'a> {
    pub(super) settings: &'a CallSettings,
    /// When it has taken too long.
    pub(super) deadline: Instant,
    /// There is one leg only.
    pub(super) is_single: bool,
    /// What its legs end with that are not waited for any more, if that is known.
    pub(super) farewell: OnceLock<HangupCause>,
    /// The caller knows that one rings.
    pub(super) has_rung: AtomicBool,
    /// The caller knows of sound before the answer.
    pub(super) has_sounded: AtomicBool,
    /// How many dial strings this one is within.
    pub(super) depth: u8,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(
        switch: &'a Arc<Switch>,
        request: &'a OriginateRequest,
        dropped: &'a OnceLock<HangupCause>,
    ) -> Self {
        Self { switch, request, dropped, won: AtomicBool::new(false), legs_left: AtomicUsize::new(MAX_LEGS) }
    }

    /// Tries a whole dial string, no longer than to `end`.
    pub(super) fn dial<'b>(
        &'b self,
        dial_string: &'b DialString,
        end: Option<Instant>,
        depth: u8,
    ) -> Member<'b, Outcome> {
        Box::pin(async move {
            let mut calls = Crowd::new();
            for (number, call) in dial_string.calls.iter().enumerate() {
                calls.push(number, Box::pin(self.call(call, end, depth)));
            }
            self.first_of(&mut calls).await
        })
    }

    /// The first that is answered; else the failure that counts most.
    async fn first_of(&self, members: &mut Crowd<'_, Outcome>) -> Outcome {
        let mut failures = Failures::default();
        while let Some((number, outcome)) = members.next().await {
            match outcome {
                Ok(handle) => return Ok(handle),
                Err(failure) => failures.note(number, failure),
            }
        }
        Err(failures.sum())
    }

    async fn call(&self, call: &Call, end: Option<Instant>, depth: u8) -> Outcome {
        let mut settings = CallSettings::of(&call.variables, self.request);
        if depth > 0 {
            // Whoever dialled this one waits and tries again.
            (settings.delay_start, settings.tries) = (Duration::ZERO, 1);
        }
        tokio::time::sleep(settings.delay_start).await;
        let mut last = Failure::from(HangupCause::DestinationOutOfOrder);
        for round in 0..settings.tries {
            for legs in &call.groups {
                if round > 0 {
                    tokio::time::sleep(settings.retry_sleep).await;
                    self.legs_left.store(MAX_LEGS, Ordering::Relaxed);
                }
                let deadline = after(settings.timeout);
                let deadline = end.map_or(deadline, |end| end.min(deadline));
                match self.group(legs, &settings, deadline, depth).await {
                    Ok(handle) => return Ok(handle),
                    Err(failure) => last = failure,
                }
                if last.is_final || last.timed_out && !settings.continue_on_timeout {
                    return Err(last);
                }
            }
        }
        Err(last)
    }

    /// Dials the legs of a group, each after its `leg_delay_start`; a leg that waits for its time is dialled earlier when
    /// no other is left.
    async fn group(&self, legs: &[Destination], settings: &CallSettings, deadline: Instant, depth: u8) -> Outcome {
        let group = Group {
            settings,
            deadline,
            is_single: legs.len() == 1,
            farewell: OnceLock::new(),
            has_rung: AtomicBool::new(false),
            has_sounded: AtomicBool::new(false),
            depth,
        };
        let (mut waiting, mut running, mut failures) = (delays(legs), Crowd::new(), Failures::default());
        let begun = Instant::now();
        let mut skipped = Duration::ZERO;
        loop {
            while let Some((_, number)) = waiting.pop_if(|(delay, _)| *delay <= begun.elapsed() + skipped) {
                if let Some(leg) = legs.get(number) {
                    running.push(number, self.leg(leg, &group));
                }
            }
            let next = waiting.last().map(|(delay, _)| *delay);
            if running.is_empty() {
                let Some(delay) = next.filter(|_| !failures.timed_out) else { return Err(failures.sum()) };
                skipped = delay.saturating_sub(begun.elapsed());
                continue;
            }
            let due = begun + next.map_or(Duration::ZERO, |delay| delay.saturating_sub(skipped));
            let ended = tokio::select! {
                biased;
                ended = running.next() => ended,
                () = tokio::time::sleep_until(due), if next.is_some() => None,
            };
            match ended {
                Some((_, Ok(handle))) => return Ok(handle),
                Some((number, Err(failure))) => {
                    failures.note(number, failure);
                    if let Some(failure) = settings.reject.as_ref().and_then(|reject| reject.judge(failure)) {
                        // The others are not asked any more.
                        let _ = group.farewell.set(HangupCause::NoAnswer);
                        return Err(failure);
                    }
                }
                None => {}
            }
        }
    }

    /// Counts one leg more.
    ///
    /// # Errors
    /// There are too many.
    pub(super) fn count_leg(&self) -> Result<(), Failure> {
        let left = self.legs_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map(|_| ()).map_err(|_| {
            tracing::warn!("a dial string stands for more than {MAX_LEGS} destinations");
            HangupCause::DestinationOutOfOrder.into()
        })
    }

    /// Somebody has answered: all others are too late.
    pub(super) fn win(&self) {
        self.won.store(true, Ordering::Relaxed);
    }

    /// The cause that a leg ends with which is not waited for any more.
    pub(super) fn farewell(&self) -> HangupCause {
        if self.won.load(Ordering::Relaxed) {
            return HangupCause::LoseRace;
        }
        self.dropped.get().copied().unwrap_or(HangupCause::OriginatorCancel)
    }

    /// Tells the caller, if there is one.
    pub(super) async fn tell(&self, progress: Progress) {
        if let Some(caller) = &self.request.caller {
            // A caller that does not listen any more goes without.
            let _ = caller.progress.send(progress).await;
        }
    }
}

/// `now` and a while; a while without end is a year.
pub(super) fn after(duration: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    Instant::now() + duration.min(YEAR)
}

/// The legs by their `leg_delay_start`: whoever is first stands last.
fn delays(legs: &[Destination]) -> Vec<(Duration, usize)> {
    let delay = |(number, leg): (usize, &Destination)| (LegSettings::of(&leg.variables).delay_start, number);
    let mut delays: Vec<_> = legs.iter().enumerate().map(delay).collect();
    delays.sort_unstable_by(|one, other| other.cmp(one));
    delays
}

/// What became of the legs of a group.
#[derive(Default)]
struct Failures {
    /// Of the first leg that there was.
    first: Option<(usize, Failure)>,
    /// Of the last one that could not even be made.
    unmade: Option<(usize, Failure)>,
    timed_out: bool,
}

impl Failures {
    fn note(&mut self, number: usize, failure: Failure) {
        self.timed_out |= failure.timed_out;
        if failure.had_leg {
            if self.first.is_none_or(|(first, _)| number < first) {
                self.first = Some((number, failure));
            }
        } else if self.unmade.is_none_or(|(last, _)| number >= last) {
            self.unmade = Some((number, failure));
        }
    }

    fn sum(&self) -> Failure {
        let noted = self.first.or(self.unmade).map(|(_, failure)| failure);
        let failure = noted.unwrap_or(HangupCause::DestinationOutOfOrder.into());
        let cause = if self.timed_out { HangupCause::NoAnswer } else { failure.cause };
        Failure { cause, timed_out: self.timed_out, ..failure }
    }
}
