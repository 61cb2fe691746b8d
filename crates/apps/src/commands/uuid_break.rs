use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::sessions::with_session;
use super::{NO_CHANNEL, OK, about};
use crate::words::first_word;

/// `uuid_break`.
pub(super) struct UuidBreak;

#[async_trait]
impl ApiCommand for UuidBreak {
    fn about(&self) -> About {
        about(
            "uuid_break",
            "<uuid> [all]",
            "Stops what plays on a call, or its sleep; with `all` what is queued behind it is forgotten, with `both` the other leg of a bridge is stopped too.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, flags) = first_word(call.arguments);
        if uuid.is_empty() {
            return ApiCall::usage(self.about());
        }
        let (all, both) = (flags.contains("all"), flags.contains("both"));
        let broken = with_session(call.switch, uuid, move |session| {
            session.interrupt(all);
            if both {
                session.tell_partner(move |other| other.interrupt(all));
            }
        })
        .await;
        if broken.is_some() { OK.to_owned() } else { NO_CHANNEL.to_owned() }
    }
}

/// `break`: the same by another name.
pub(super) struct Break;

#[async_trait]
impl ApiCommand for Break {
    fn about(&self) -> About {
        About { name: "break", ..UuidBreak.about() }
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        UuidBreak.run(call).await
    }
}
