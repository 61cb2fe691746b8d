//! What sends a call's far end elsewhere.

use async_trait::async_trait;
use strowger_core::channel::HangupCause;
use strowger_core::indication::Indication;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::session::{DEFLECTION, NO_REPLY};

use super::about;
use super::sessions::with_session;

/// `uuid_deflect`.
pub(super) struct UuidDeflect;

#[async_trait]
impl ApiCommand for UuidDeflect {
    fn about(&self) -> About {
        about(
            "uuid_deflect",
            "<uuid> <uri>",
            "Has the far end of an answered call call elsewhere itself (SIP REFER), answers with what it says of it, and ends the call.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let Some((uuid, uri)) = call.arguments.split_once(' ').filter(|(_, uri)| !uri.is_empty()) else {
            return ApiCall::usage(self.about());
        };
        let to = uri.to_owned();
        let Some(waiting) = with_session(call.switch, uuid, move |session| session.deflect(&to)).await else {
            return nobody(uuid);
        };
        let Some(waiting) = waiting else { return NOTHING.to_owned() };
        let reply = tokio::time::timeout(DEFLECTION, waiting).await.ok().and_then(Result::ok);
        // It may have ended by itself.
        let _ = with_session(call.switch, uuid, |session| session.hangup(HangupCause::BlindTransfer)).await;
        format!("+OK:{}\n", reply.as_deref().unwrap_or(NO_REPLY))
    }
}

/// `uuid_redirect` and `uuid_recovery_refresh`.
pub(super) struct UuidTell {
    about: About,
    is_redirect: bool,
}

/// `uuid_redirect`.
pub(super) const REDIRECT: UuidTell = UuidTell {
    about: about(
        "uuid_redirect",
        "<uuid> <uri>",
        "Has the caller of a call that is not answered call elsewhere, as the application `redirect` does.",
    ),
    is_redirect: true,
};

/// `uuid_recovery_refresh`.
pub(super) const RECOVERY_REFRESH: UuidTell = UuidTell {
    about: about(
        "uuid_recovery_refresh",
        "<uuid> <uri>",
        "Does nothing but look for the call: calls are not taken over from another switch.",
    ),
    is_redirect: false,
};

#[async_trait]
impl ApiCommand for UuidTell {
    fn about(&self) -> About {
        self.about
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let Some((uuid, uri)) = call.arguments.split_once(' ').filter(|(_, uri)| !uri.is_empty()) else {
            return ApiCall::usage(self.about());
        };
        let to = uri.to_owned();
        let is_redirect = self.is_redirect;
        let told =
            with_session(call.switch, uuid, move |session| is_redirect && session.indicate(&Indication::Redirect(&to)));
        told.await.map_or_else(|| nobody(uuid), |_| NOTHING.to_owned())
    }
}

// Nothing was replied, and C's printf says so.
const NOTHING: &str = "+OK:(null)\n";

/// The answer for a call that is not there.
pub(super) fn nobody(uuid: &str) -> String {
    format!("-ERR No such channel {uuid}!\n")
}
