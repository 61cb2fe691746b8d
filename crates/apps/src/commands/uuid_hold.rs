use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::session::Session;

use super::about;
use super::sessions::with_session;
use crate::words::words;

/// `uuid_hold`.
pub(super) struct UuidHold;

#[async_trait]
impl ApiCommand for UuidHold {
    fn about(&self) -> About {
        about(
            "uuid_hold",
            "[off|toggle] <uuid> [<display>]",
            "Puts a call's far end on hold, or takes it back; the leg it is bridged with hears the variable `hold_music`.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let uuid = |at: usize| words.get(at).map_or("", String::as_str);
        match uuid(0) {
            // FreeSWITCH says both.
            "" => return format!("{}-ERR Operation Failed\n", ApiCall::usage(self.about())),
            word if word.eq_ignore_ascii_case("off") => hold(call.switch, uuid(1), Session::unhold).await,
            word if word.eq_ignore_ascii_case("toggle") => hold(call.switch, uuid(1), Session::toggle_hold).await,
            first => hold(call.switch, first, |session| session.hold(true)).await,
        }
        "+OK Success\n".to_owned()
    }
}

async fn hold(switch: &Switch, uuid: &str, what: impl FnOnce(&mut Session) + Send + 'static) {
    // FreeSWITCH answers for a call that is not there as for one that is.
    let _ = with_session(switch, uuid, what).await;
}
