//! One leg: made, waited for, and ended when nobody waits for it any more.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::caller::{Callee, Progress};
use super::crowd::Member;
use super::dial_string::{Destination, DialString};
use super::engine::{Attempt, Failure, Group, Outcome, after};
use super::settings::{EarlyMedia, LegSettings, seconds};
use super::start::LegPlan;
use crate::channel::HangupCause;
use crate::endpoint::{Endpoint, OutgoingRequest, Redirect};
use crate::session::{Placing, Session, SessionHandle};

/// How deep dial strings may stand for others: a `user` whose dial string names itself must end.
const MAX_DEPTH: u8 = 8;

impl<'a> Attempt<'a> {
    /// Dials one destination, or what it stands for.
    pub(super) fn leg<'b>(&'b self, destination: &'b Destination, group: &'b Group<'b>) -> Member<'b, Outcome> {
        Box::pin(async move {
            let endpoints = &self.switch.registries().endpoints;
            let endpoint = endpoints.get(&destination.endpoint).ok_or(HangupCause::ChanNotImplemented)?;
            let plan = LegPlan::new(self.request, destination, group)?;
            let asked = OutgoingRequest {
                address: &destination.address,
                profile: plan.profile.clone(),
                variables: &destination.variables,
                caller: self.request.caller.as_ref().map(|caller| &caller.all),
            };
            match endpoint.redirect(self.switch, &asked).await? {
                Some(instead) => self.instead(instead, destination, group).await,
                None => self.place(&endpoint, &asked, &plan).await,
            }
        })
    }

    /// Dials what the destination stands for.
    async fn instead(&self, instead: Redirect, destination: &Destination, group: &Group<'_>) -> Outcome {
        if group.depth >= MAX_DEPTH {
            tracing::warn!("{}/{}: dial strings are nested too deeply", destination.endpoint, destination.address);
            return Err(HangupCause::ExchangeRoutingError.into());
        }
        let mut variables = if instead.is_apart { self.request.given() } else { destination.variables.clone() };
        instead.variables.iter().for_each(|(name, value)| variables.set(name, value));
        let dial_string = DialString::parse_with(&instead.dial_string, &variables).map_err(|error| {
            tracing::warn!("{}/{}: {error}", destination.endpoint, destination.address);
            HangupCause::DestinationOutOfOrder
        })?;
        if !instead.told.is_empty() {
            self.tell(Progress::Told(instead.told)).await;
        }
        // What the directory's own dial string sets is not the caller's timeout.
        let limit = seconds(&destination.variables, "call_timeout").map(after);
        let deadline = limit.map_or(group.deadline, |limit| limit.min(group.deadline));
        let handle = self.dial(&dial_string, Some(deadline), group.depth + 1).await?;
        // A leg that is over already needs nothing.
        let _ = handle.tell(move |session| settle(session, instead.context, instead.answered));
        Ok(handle)
    }

    async fn place(&self, endpoint: &Arc<dyn Endpoint>, asked: &OutgoingRequest<'_>, plan: &LegPlan<'_>) -> Outcome {
        self.count_leg()?;
        let outgoing = endpoint.outgoing(self.switch, asked).await?;
        let callee =
            Callee { name: outgoing.profile.callee_id_name.clone(), number: outgoing.profile.callee_id_number.clone() };
        let (sender, placing) = watch::channel(Placing::default());
        let handle = self.switch.start_outgoing(outgoing, plan, sender)?;
        let mut placed = Placed { handle: Some(handle.clone()), attempt: self, group: plan.group };
        self.tell(Progress::Calling(handle.clone(), callee)).await;
        let waited = Wait::new(self, plan, &handle).run(placing).await;
        match waited {
            Ok(()) => {
                self.win();
                placed.handle = None;
                Ok(handle)
            }
            Err(failure) => {
                placed.end(failure.cause);
                Err(failure)
            }
        }
    }
}

/// What a leg gets that has answered for another address.
fn settle(session: &mut Session, context: &str, variables: Vec<(String, String)>) {
    let context = session.channel.variables.get(context).map(str::to_owned);
    if let (Some(context), Some(profile)) = (context, &mut session.channel.profile) {
        profile.context = context;
    }
    for (name, value) in variables {
        session.channel.variables.set(&name, &value);
    }
}

/// A leg that ends with whoever waits for it.
struct Placed<'a> {
    handle: Option<SessionHandle>,
    attempt: &'a Attempt<'a>,
    group: &'a Group<'a>,
}

impl Placed<'_> {
    /// Ends the leg, unless it is over already, and tells the caller.
    fn end(&mut self, cause: HangupCause) {
        let Some(handle) = self.handle.take() else { return };
        let lost = cause == HangupCause::LoseRace && handle.tell(lose).is_ok();
        if !lost {
            handle.hangup(cause);
        }
        if let Some(caller) = &self.attempt.request.caller {
            let cause = handle.hangup_cause().unwrap_or(cause);
            // It is dropped where nothing can wait: a caller with so many legs misses the end of one.
            let _ = caller.progress.try_send(Progress::Ended(handle, cause));
        }
    }
}

impl Drop for Placed<'_> {
    fn drop(&mut self) {
        self.end(self.group.farewell.get().copied().unwrap_or_else(|| self.attempt.farewell()));
    }
}

fn lose(session: &mut Session) {
    session.channel.variables.set("group_dial_status", "loser");
    session.hangup(HangupCause::LoseRace);
}

/// Waiting for one leg.
struct Wait<'a> {
    attempt: &'a Attempt<'a>,
    plan: &'a LegPlan<'a>,
    handle: &'a SessionHandle,
    /// When it must be answered (`leg_timeout`).
    answer: Option<Instant>,
    /// When it must ring (`leg_progress_timeout`, `progress_timeout`).
    progress: Option<Instant>,
}

impl<'a> Wait<'a> {
    fn new(attempt: &'a Attempt<'a>, plan: &'a LegPlan<'a>, handle: &'a SessionHandle) -> Self {
        let own = LegSettings::of(&plan.destination.variables);
        let ring = [own.progress_timeout, plan.group.settings.progress_timeout];
        let progress: Option<Duration> = ring.into_iter().flatten().min();
        Self { attempt, plan, handle, answer: own.timeout.map(after), progress: progress.map(after) }
    }

    async fn run(&self, mut placing: watch::Receiver<Placing>) -> Result<(), Failure> {
        loop {
            let stage = *placing.borrow_and_update();
            if let Some(cause) = stage.ended {
                return Err(Failure { cause, had_leg: true, timed_out: false, is_final: false });
            }
            if self.is_enough(stage) {
                return Ok(());
            }
            self.tell(stage).await;
            let (at, cause) = self.limit(stage);
            tokio::select! {
                biased;
                changed = placing.changed() => if changed.is_err() {
                    // It ended between two looks, or its task is gone.
                    let cause = self.handle.hangup_cause().unwrap_or(HangupCause::NormalTemporaryFailure);
                    return Err(Failure { cause, had_leg: true, timed_out: false, is_final: false });
                },
                () = tokio::time::sleep_until(at) => {
                    return Err(Failure { cause, had_leg: true, timed_out: cause == HangupCause::NoAnswer, is_final: false });
                }
            }
        }
    }

    /// Whether the leg has what is waited for.
    fn is_enough(&self, stage: Placing) -> bool {
        let (group, settings) = (self.plan.group, self.plan.group.settings);
        if settings.confirm.is_some() {
            return stage.confirmed;
        }
        stage.answered
            || (stage.early && (stage.early_counts || settings.early_media == EarlyMedia::Counts))
            || (stage.ringing && settings.return_ring_ready && group.is_single)
    }

    /// The next limit that is reached, and what the leg ends with then.
    fn limit(&self, stage: Placing) -> (Instant, HangupCause) {
        let group = self.plan.group;
        let is_silent = !(stage.ringing || stage.early || stage.answered);
        // Who has answered is still to confirm, at his leisure where that is said.
        let relaxed = stage.answered && group.settings.confirm.as_ref().is_some_and(|confirm| confirm.cancels_timeout);
        let progress = self.progress.filter(|_| is_silent).map(|at| (at, HangupCause::ProgressTimeout));
        let answer = self.answer.filter(|_| !relaxed).map(|at| (at, HangupCause::AllottedTimeout));
        let limits = [Some((group.deadline, HangupCause::NoAnswer)), progress, answer];
        let first = limits.into_iter().flatten().min_by_key(|(at, _)| *at);
        first.unwrap_or((group.deadline, HangupCause::NoAnswer))
    }

    /// Tells the caller what it does not know yet.
    async fn tell(&self, stage: Placing) {
        let (group, settings) = (self.plan.group, self.plan.group.settings);
        let rings = stage.ringing || (stage.early && settings.early_media == EarlyMedia::Rings);
        if rings && !settings.ignore_ring_ready && !group.has_rung.swap(true, Ordering::Relaxed) {
            self.attempt.tell(Progress::Ringing).await;
        }
        if stage.early && !group.has_sounded.swap(true, Ordering::Relaxed) {
            let is_heard = settings.early_media == EarlyMedia::Heard;
            self.attempt.tell(Progress::EarlyMedia { leg: self.handle.clone(), is_heard }).await;
        }
    }
}
