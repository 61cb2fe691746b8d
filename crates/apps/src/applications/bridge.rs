use async_trait::async_trait;
use strowger_config::is_true;
use strowger_core::channel::HangupCause;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// `bridge`.
pub(super) struct Bridge;

#[async_trait]
impl Application for Bridge {
    fn about(&self) -> About {
        about(
            "bridge",
            "<channel_url>",
            "Calls, and joins the call with whoever answers, until one of them ends. `call_timeout`, `ringback`, `ignore_early_media` and `export_vars` say how; when nobody answers the call ends, unless `continue_on_fail` or `failure_causes` let it go on.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.trim().is_empty() {
            return Ok(());
        }
        match session.call(data).await? {
            Ok(other) => session.bridge(&other).await,
            Err(cause) => {
                tracing::info!(uuid = %session.channel.uuid, "Originate Failed.  Cause: {cause}");
                session.channel.variables.set("originate_failed_cause", cause.name());
                if !goes_on(session, cause) {
                    session.hangup(cause);
                }
                session.check()
            }
        }
    }
}

/// Whether the call goes on when nobody answered (`switch_channel_handle_cause`).
fn goes_on(session: &Session, cause: HangupCause) -> bool {
    let (go_on, failures) = (session.channel.variable("continue_on_fail"), session.channel.variable("failure_causes"));
    if cause == HangupCause::AttendedTransfer {
        return false;
    }
    match (go_on, failures) {
        (None, None) => {
            matches!(cause, HangupCause::NoAnswer | HangupCause::NoUserResponse | HangupCause::OriginatorCancel)
        }
        (_, Some(failures)) if !names(failures, cause) => true,
        (Some(go_on), _) => is_true(go_on) || names(go_on, cause),
        (None, Some(_)) => false,
    }
}

/// Whether a list of causes, by name or by number, has this one.
fn names(list: &str, cause: HangupCause) -> bool {
    list.split(',').any(|one| HangupCause::parse(one.trim()) == Some(cause))
}
