use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::session::{DisplaceError, displace};

use super::about;
use super::sessions::with_session;
use crate::recording;
use crate::words::words;

/// `uuid_displace`.
pub(super) struct UuidDisplace;

const NO_SESSION: &str = "-ERR Cannot locate session!\n";

#[async_trait]
impl ApiCommand for UuidDisplace {
    fn about(&self) -> About {
        about(
            "uuid_displace",
            "<uuid> [start|stop] <path> [<limit>] [mux]",
            "Plays a file or a tone into a call while it goes on, as `displace_session` does; the last word may have its flags.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let [uuid, action, path, rest @ ..] = words.as_slice() else { return ApiCall::usage(self.about()) };
        let word = |place: usize| rest.get(place).map_or("", String::as_str);
        let (done, refusal) = if action.eq_ignore_ascii_case("start") {
            let handle = call.switch.sessions().get(uuid).filter(|handle| handle.hangup_cause().is_none());
            let Some(handle) = handle else { return NO_SESSION.to_owned() };
            let done = match displace(&handle, recording::displacement(path, word(0), word(1))).await {
                Err(DisplaceError::Over) => None,
                done => Some(done.is_ok()),
            };
            (done, "-ERR Cannot displace session!\n")
        } else if action.eq_ignore_ascii_case("stop") {
            let path = path.clone();
            let done = with_session(call.switch, uuid, move |session| session.stop_displacement(&path)).await;
            (done, "-ERR Cannot stop displace session!\n")
        } else {
            return ApiCall::usage(self.about());
        };
        match done {
            None => NO_SESSION.to_owned(),
            Some(true) => "+OK Success\n".to_owned(),
            Some(false) => refusal.to_owned(),
        }
    }
}
