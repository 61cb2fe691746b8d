use async_trait::async_trait;
use strowger_core::registry::{About, AboutOf, Application};
use strowger_core::scheduler::SchedulerFull;
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::commands::delete_tasks;
use crate::destination::Destination;
use crate::schedule::{self, when, when_broadcast};
use crate::words::{first_word, words};

/// Tells the call the number of the task that was scheduled for it (`last_sched_id`).
fn note(session: &mut Session, scheduled: Result<u32, SchedulerFull>) {
    match scheduled {
        Ok(id) => session.channel.variables.set("last_sched_id", &id.to_string()),
        Err(full) => tracing::error!(uuid = %session.channel.uuid, "{full}"),
    }
}

fn wrong(session: &Session, about: AboutOf<'_>) {
    tracing::error!(uuid = %session.channel.uuid, "Usage: {} {}", about.name, about.syntax);
}

/// `sched_hangup`.
pub(super) struct SchedHangup;

#[async_trait]
impl Application for SchedHangup {
    fn about(&self) -> About {
        about(
            "sched_hangup",
            "[+]<time> [<cause> [bleg]]",
            "Ends the call later, with a cause: ALLOTTED_TIMEOUT unless it is given; with `bleg` the leg it is joined with. `+0` ends it at once.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = words(data);
        let Some(time) = words.first() else {
            wrong(session, self.about());
            return Ok(());
        };
        let cause = schedule::cause(words.get(1).map(String::as_str));
        if schedule::is_at_once(time) {
            session.hangup(cause);
            return session.check();
        }
        let other_leg = words.get(2).is_some_and(|word| word.eq_ignore_ascii_case("bleg"));
        let uuid = session.handle().uuid().to_owned();
        let scheduled = schedule::hangup(session.switch(), when(time), &uuid, cause, other_leg);
        note(session, scheduled);
        Ok(())
    }
}

/// `sched_transfer`.
pub(super) struct SchedTransfer;

#[async_trait]
impl Application for SchedTransfer {
    fn about(&self) -> About {
        about(
            "sched_transfer",
            "[+]<time> <extension> [<dialplan> [<context>]]",
            "Sends the call to another extension later.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let (time, rest) = first_word(data);
        let Some(destination) = Destination::parse(rest) else {
            wrong(session, self.about());
            return Ok(());
        };
        let uuid = session.handle().uuid().to_owned();
        let scheduled = schedule::transfer(session.switch(), when(time), &uuid, destination);
        note(session, scheduled);
        Ok(())
    }
}

/// `sched_broadcast`.
pub(super) struct SchedBroadcast;

#[async_trait]
impl Application for SchedBroadcast {
    fn about(&self) -> About {
        about(
            "sched_broadcast",
            "[[+]<time>|@time] <path> [aleg|bleg|both]",
            "Plays a file on the call later, or runs an application (`app::argument`), within what the call does then.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = words(data);
        let [time, path, legs @ ..] = words.as_slice() else {
            wrong(session, self.about());
            return Ok(());
        };
        let legs = legs.first().map_or("aleg", String::as_str);
        let uuid = session.handle().uuid().to_owned();
        let scheduled = schedule::play(session.switch(), when_broadcast(time), &uuid, path, legs);
        note(session, scheduled);
        Ok(())
    }
}

/// `sched_cancel`.
pub(super) struct SchedCancel;

#[async_trait]
impl Application for SchedCancel {
    fn about(&self) -> About {
        about("sched_cancel", "[<group>|<task_id>]", "Deletes scheduled tasks: the call's own unless others are named.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let own = session.handle().uuid();
        delete_tasks(session.switch(), if data.trim().is_empty() { own } else { data.trim() });
        Ok(())
    }
}
