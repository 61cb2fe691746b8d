use async_trait::async_trait;
use strowger_config::is_true;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::sessions::with_session;
use super::{OK, about};
use crate::words::words;

/// `uuid_session_heartbeat`.
pub(super) struct UuidSessionHeartbeat;

/// The seconds between two, when only `on` is said.
const USUAL: u32 = 60;

#[async_trait]
impl ApiCommand for UuidSessionHeartbeat {
    fn about(&self) -> About {
        about(
            "uuid_session_heartbeat",
            "<uuid> [sched] [0|<seconds>]",
            "Has a call fire SESSION_HEARTBEAT at once and every so many seconds; 0 or `off` ends it. With `sched` a task of the scheduler does it.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let [uuid, rest @ ..] = words.as_slice() else { return ApiCall::usage(self.about()) };
        let (scheduled, word) = match rest {
            [sched, word, ..] if sched.eq_ignore_ascii_case("sched") => (true, word.as_str()),
            [sched] if sched.eq_ignore_ascii_case("sched") => (true, ""),
            [word, ..] => (false, word.as_str()),
            [] => return ApiCall::usage(self.about()),
        };
        let seconds = word.parse().unwrap_or(if is_true(word) { USUAL } else { 0 });
        let set = with_session(call.switch, uuid, move |session| match (seconds, scheduled) {
            (0, _) => {
                session.stop_heartbeat();
                Ok(())
            }
            (_, true) => session.schedule_heartbeat(seconds),
            (_, false) => {
                session.start_heartbeat(seconds);
                Ok(())
            }
        });
        match set.await {
            Some(Ok(())) => OK.to_owned(),
            Some(Err(full)) => format!("-ERR {full}\n"),
            None => "-ERR Usage: cannot locate session.\n".to_owned(),
        }
    }
}
