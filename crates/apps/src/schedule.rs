//! What is done to a call later, by the commands and applications `sched_hangup`, `sched_transfer` and `sched_broadcast`.

use std::sync::Arc;

use strowger_core::Switch;
use strowger_core::channel::HangupCause;
use strowger_core::scheduler::{NewTask, SchedulerFull, When};
use strowger_core::session::Session;

use crate::commands::broadcast_on;
use crate::destination::Destination;
use crate::words::leading_integer;

/// `+SECONDS` from now, else seconds since 1970; what is no number is 0, as C's `atol` has it.
pub(crate) fn when(word: &str) -> When {
    match word.strip_prefix('+') {
        Some(seconds) => When::In(u32::try_from(leading_integer(seconds).max(0)).unwrap_or(u32::MAX)),
        None => When::At(leading_integer(word)),
    }
}

/// As [`when`]; `@TIME` is a time since 1970 too.
pub(crate) fn when_broadcast(word: &str) -> When {
    word.strip_prefix('@').map_or_else(|| when(word), |time| When::At(leading_integer(time)))
}

/// Whether FreeSWITCH hangs up at once: it looks at the number behind the first character, whatever that is.
pub(crate) fn is_at_once(word: &str) -> bool {
    let mut rest = word.chars();
    rest.next();
    leading_integer(rest.as_str()) == 0
}

/// The cause that is named: ALLOTTED_TIMEOUT when none is, NORMAL_CLEARING when it is not known.
pub(crate) fn cause(word: Option<&str>) -> HangupCause {
    let known = |word| HangupCause::parse(word).filter(|cause| *cause != HangupCause::None);
    word.map_or(HangupCause::AllottedTimeout, |word| known(word).unwrap_or(HangupCause::NormalClearing))
}

/// Ends a call then, or the leg that it is joined with; the task's id.
///
/// # Errors
/// [`SchedulerFull`] when no more tasks fit.
pub(crate) fn hangup(
    switch: &Arc<Switch>,
    when: When,
    uuid: &str,
    cause: HangupCause,
    other_leg: bool,
) -> Result<u32, SchedulerFull> {
    later(switch, "switch_ivr_schedule_hangup", when, uuid, 0, move |session| {
        if !other_leg {
            return session.hangup(cause);
        }
        match session.partner() {
            Some(partner) => partner.hangup(cause),
            None => tracing::warn!(uuid = %session.channel.uuid, "No channel to hangup"),
        }
    })
}

/// Sends a call to another extension then; the task's id.
///
/// # Errors
/// [`SchedulerFull`] when no more tasks fit.
pub(crate) fn transfer(
    switch: &Arc<Switch>,
    when: When,
    uuid: &str,
    destination: Destination,
) -> Result<u32, SchedulerFull> {
    let size = destination.size();
    later(switch, "switch_ivr_schedule_transfer", when, uuid, size, move |session| destination.transfer(session))
}

/// Plays a file on a call then, or runs an application; the task's id.
///
/// # Errors
/// [`SchedulerFull`] when no more tasks fit.
pub(crate) fn play(switch: &Arc<Switch>, when: When, uuid: &str, path: &str, legs: &str) -> Result<u32, SchedulerFull> {
    let (id, path, legs) = (uuid.to_owned(), path.to_owned(), legs.to_owned());
    let size = path.len() + legs.len();
    let task = NewTask::once("switch_ivr_schedule_broadcast", uuid, when, move |switch| {
        let (id, path, legs) = (id.clone(), path.clone(), legs.clone());
        async move {
            broadcast_on(&switch, &id, &path, &legs).await;
            None
        }
    });
    switch.schedule(NewTask { size, ..task })
}

/// Has the session of that Unique-ID do something then, if it is still there.
fn later(
    switch: &Arc<Switch>,
    description: &'static str,
    when: When,
    uuid: &str,
    size: usize,
    act: impl Fn(&mut Session) + Clone + Send + Sync + 'static,
) -> Result<u32, SchedulerFull> {
    let id = uuid.to_owned();
    let task = NewTask::once(description, uuid, when, move |switch| {
        let (handle, act) = (switch.sessions().get(&id), act.clone());
        async move {
            // A call that is over by now has nothing to be done to it.
            let _ = handle?
                .post(move |session| {
                    if !session.channel.is_down() {
                        act(session);
                    }
                })
                .await;
            None
        }
    });
    switch.schedule(NewTask { size, ..task })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(
            ["+5", "+", "+-5", "5", "1790000000x", "x", "-3"].map(when),
            [When::In(5), When::In(0), When::In(0), When::At(5), When::At(1_790_000_000), When::At(0), When::At(-3),]
        );
        assert_eq!((when_broadcast("@7"), when_broadcast("+7")), (When::At(7), When::In(7)));
        assert_eq!((leading_integer("99999999999999999999"), leading_integer("-")), (i64::MAX, 0));
        assert_eq!(["+0", "5", "", "+5", "15"].map(is_at_once), [true, true, true, false, false]);
    }

    #[test]
    fn causes_are_read() {
        let causes = [None, Some("user_busy"), Some("nonsense"), Some("NONE")].map(cause);
        let (normal, allotted) = (HangupCause::NormalClearing, HangupCause::AllottedTimeout);
        assert_eq!(causes, [allotted, HangupCause::UserBusy, normal, normal]);
    }
}
