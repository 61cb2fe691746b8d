use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::sessions::with_session;
use super::{NO_CHANNEL, OK, about};
use crate::gain::{change, changes};
use crate::words::words;

/// `uuid_audio`.
pub(super) struct UuidAudio;

#[async_trait]
impl ApiCommand for UuidAudio {
    fn about(&self) -> About {
        about(
            "uuid_audio",
            "<uuid> [start [read|write] [[mute|level] <level>]|stop]",
            "Makes what a call says (`read`) or hears (`write`) silent, louder or softer: levels are -4 to 4.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let Some((uuid, changes)) = words.split_first().and_then(|(uuid, rest)| Some((uuid, changes(rest)?))) else {
            return ApiCall::usage(self.about());
        };
        let changed = with_session(call.switch, uuid, move |session| change(session, &changes));
        if changed.await.is_some() { OK.to_owned() } else { NO_CHANNEL.to_owned() }
    }
}
