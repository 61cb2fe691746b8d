use async_trait::async_trait;
use strowger_core::channel::HangupCause;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::sessions::with_session;
use super::{NO_CHANNEL, OK, about};
use crate::words::first_word;

/// `uuid_kill`.
pub(super) struct UuidKill;

#[async_trait]
impl ApiCommand for UuidKill {
    fn about(&self) -> About {
        about(
            "uuid_kill",
            "<uuid> [cause]",
            "Ends a call; without a cause, or with one that is not known, NORMAL_CLEARING.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, cause) = first_word(call.arguments);
        if uuid.is_empty() {
            return ApiCall::usage(self.about());
        }
        let cause = HangupCause::parse(cause).filter(|cause| *cause != HangupCause::None);
        let cause = cause.unwrap_or(HangupCause::NormalClearing);
        // The call is over when this is answered: whoever asks for it next is told that there is no such channel.
        let killed = with_session(call.switch, uuid, move |session| session.hangup(cause)).await;
        if killed.is_some() { OK.to_owned() } else { NO_CHANNEL.to_owned() }
    }
}
