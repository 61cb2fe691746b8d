use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::session::{Execute, Session};

use super::about;
use super::sessions::with_session;
use crate::words::words;

/// `uuid_broadcast`.
pub(super) struct UuidBroadcast;

#[async_trait]
impl ApiCommand for UuidBroadcast {
    fn about(&self) -> About {
        about(
            "uuid_broadcast",
            "<uuid> <path> [aleg|bleg|holdb|both]",
            "Plays a file on a call, on the leg it is joined with (`bleg`) or on both, or runs an application (`app::argument`, `app!cause::argument` hangs up after it), within what the call does now; with `holdb` the other leg hears its `hold_music` meanwhile.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let [uuid, path, legs @ ..] = words.as_slice() else { return ApiCall::usage(self.about()) };
        match broadcast(call.switch, uuid, path, legs.first().map_or("aleg", String::as_str)).await {
            Some(true) => "+OK Message sent\n".to_owned(),
            Some(false) => "-ERR Message not sent\n".to_owned(),
            None => "-ERR invalid uuid\n".to_owned(),
        }
    }
}

/// Queues it on the call; `None` when there is no such call, false when it cannot take more.
pub(crate) async fn broadcast(switch: &Switch, uuid: &str, path: &str, legs: &str) -> Option<bool> {
    let legs = legs.to_ascii_lowercase();
    let holds_partner = legs.contains("holdb");
    let is_both = legs.contains("both");
    let here = is_both || legs.contains("aleg") || !legs.contains("bleg");
    let there = !holds_partner && (is_both || legs.contains("bleg"));
    let (own, others) = (executes(path), executes(path));
    with_session(switch, uuid, move |session| {
        if there {
            session.tell_partner(|other| {
                queue(other, others);
            });
        }
        let own = own.into_iter().map(|execute| Execute { holds_partner, ..execute });
        !here || queue(session, own)
    })
    .await
}

fn queue(session: &mut Session, executes: impl IntoIterator<Item = Execute>) -> bool {
    executes.into_iter().all(|execute| session.queue(execute).is_ok())
}

fn executes(path: &str) -> Vec<Execute> {
    let (application, argument) = path.split_once("::").unwrap_or(("playback", path));
    let (application, cause) =
        application.split_once('!').map_or((application, None), |(name, cause)| (name, Some(cause)));
    let hangup =
        cause.map(|cause| Execute::broadcast("hangup", if cause.is_empty() { "NORMAL_CLEARING" } else { cause }, None));
    [Some(Execute::broadcast(application, argument, None)), hangup].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: &[(&str, &str)]) {
        let executes = executes(path);
        let told: Vec<_> =
            executes.iter().map(|one| (one.action.application.as_str(), one.action.data.as_str())).collect();
        assert_eq!(told, expected, "{path}");
    }

    #[test]
    fn paths_and_applications() {
        check("x.wav", &[("playback", "x.wav")]);
        check("tone_stream://%(1,0,2)", &[("playback", "tone_stream://%(1,0,2)")]);
        check("set::a=b", &[("set", "a=b")]);
        check("playback!user_busy::x.wav", &[("playback", "x.wav"), ("hangup", "user_busy")]);
        check("playback!::x.wav", &[("playback", "x.wav"), ("hangup", "NORMAL_CLEARING")]);
    }
}
