use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::scheduler::SchedulerFull;

use super::sessions::with_session;
use super::{NO_CHANNEL, OK, about};
use crate::destination::Destination;
use crate::schedule::{self, when, when_broadcast};
use crate::words::{first_word, words};

fn answer(scheduled: Result<u32, SchedulerFull>, done: &str) -> String {
    scheduled.map_or_else(|full| format!("-ERR {full}\n"), |_| done.to_owned())
}

/// `sched_hangup`.
pub(super) struct SchedHangup;

#[async_trait]
impl ApiCommand for SchedHangup {
    fn about(&self) -> About {
        about(
            "sched_hangup",
            "[+]<time> <uuid> [<cause>]",
            "Ends a call later, with a cause: ALLOTTED_TIMEOUT unless it is given. `+0` ends it at once.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let [time, rest @ ..] = words.as_slice() else { return ApiCall::usage(self.about()) };
        let uuid = rest.first().map_or("", String::as_str);
        let cause = schedule::cause(rest.get(1).map(String::as_str));
        let at_once = schedule::is_at_once(time);
        let found = with_session(call.switch, uuid, move |session| {
            if at_once {
                session.hangup(cause);
            }
        });
        match found.await {
            None => NO_CHANNEL.to_owned(),
            Some(()) if at_once => OK.to_owned(),
            Some(()) => answer(schedule::hangup(call.switch, when(time), uuid, cause, false), OK),
        }
    }
}

/// `sched_transfer`.
pub(super) struct SchedTransfer;

#[async_trait]
impl ApiCommand for SchedTransfer {
    fn about(&self) -> About {
        about(
            "sched_transfer",
            "[+]<time> <uuid> <extension> [<dialplan>] [<context>]",
            "Sends a call to another extension later.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (time, rest) = first_word(call.arguments);
        let (uuid, rest) = first_word(rest);
        let Some(destination) = Destination::parse(rest) else { return ApiCall::usage(self.about()) };
        if with_session(call.switch, uuid, |_| ()).await.is_none() {
            return NO_CHANNEL.to_owned();
        }
        answer(schedule::transfer(call.switch, when(time), uuid, destination), OK)
    }
}

/// `sched_broadcast`.
pub(super) struct SchedBroadcast;

#[async_trait]
impl ApiCommand for SchedBroadcast {
    fn about(&self) -> About {
        about(
            "sched_broadcast",
            "[[+]<time>|@time] <uuid> <path> [aleg|bleg|both]",
            "Plays a file on a call later, or runs an application (`app::argument`), within what the call does then.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let [time, uuid, path, legs @ ..] = words.as_slice() else { return ApiCall::usage(self.about()) };
        let legs = legs.first().map_or("aleg", String::as_str);
        let scheduled = schedule::play(call.switch, when_broadcast(time), uuid, path, legs);
        answer(scheduled, "+OK Message scheduled\n")
    }
}
