use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use super::sessions::with_session;
use crate::words::words;

/// `uuid_jitterbuffer`.
pub(super) struct UuidJitterbuffer;

#[async_trait]
impl ApiCommand for UuidJitterbuffer {
    fn about(&self) -> About {
        about(
            "uuid_jitterbuffer",
            "<uuid> [0|<min_msec>[:<max_msec>]]",
            "Holds a call's received packets back so that delayed ones are in time: at first so many milliseconds, up to so many where they come late; 0 ends it.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let [uuid, wanted, ..] = words.as_slice() else { return ApiCall::usage(self.about()) };
        let wanted = wanted.clone();
        let done = with_session(call.switch, uuid, move |session| session.set_jitter_buffer(&wanted)).await;
        let answer = if done == Some(true) { "+OK Success\n" } else { "-ERR Operation Failed\n" };
        answer.to_owned()
    }
}
