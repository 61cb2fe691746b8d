use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use super::sessions::with_session;
use crate::broadcast::broadcast;
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
        match broadcast_on(call.switch, uuid, path, legs.first().map_or("aleg", String::as_str)).await {
            Some(true) => "+OK Message sent\n".to_owned(),
            Some(false) => "-ERR Message not sent\n".to_owned(),
            None => "-ERR invalid uuid\n".to_owned(),
        }
    }
}

/// Queues it on the call of that id; `None` when there is no such call, false when it cannot take more.
pub(crate) async fn broadcast_on(switch: &Switch, uuid: &str, path: &str, legs: &str) -> Option<bool> {
    let (path, legs) = (path.to_owned(), legs.to_owned());
    with_session(switch, uuid, move |session| broadcast(session, &path, &legs)).await
}
