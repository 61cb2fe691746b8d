use async_trait::async_trait;
use strowger_config::is_true;
use strowger_core::channel::HangupCause;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::destination::{Destination, Legs, transfer};
use crate::words::first_word;

/// `bridge`.
pub(super) struct Bridge;

#[async_trait]
impl Application for Bridge {
    fn about(&self) -> About {
        about(
            "bridge",
            "<channel_url>",
            "Calls, and joins the call with whoever answers, until one of them ends. `call_timeout`, `ringback`, `ignore_early_media` and `export_vars` say how; when nobody answers the call ends, unless `continue_on_fail` or `failure_causes` let it go on or `transfer_on_fail` sends it elsewhere.",
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
                if !goes_on(session, cause) && !is_transferred(session, cause) {
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

/// Sends the call elsewhere when nobody answered and `transfer_on_fail` says so: `<causes>|true <extension> [<dialplan>
/// [<context>]]`, or `auto_cause [<dialplan> [<context>]]`, where the cause is the extension.
fn is_transferred(session: &mut Session, cause: HangupCause) -> bool {
    let Some(text) = session.channel.variable("transfer_on_fail").map(str::to_owned) else { return false };
    let (when, place) = first_word(&text);
    let place = if when.eq_ignore_ascii_case("auto_cause") {
        format!("{cause} {place}")
    } else if is_true(when) || names(when, cause) {
        place.to_owned()
    } else {
        return false;
    };
    let destination = Destination::parse(&place).filter(|_| cause != HangupCause::AttendedTransfer);
    destination.is_some_and(|destination| {
        transfer(session, Legs::Own, &destination);
        true
    })
}

/// Whether a list of causes, by name or by number, has this one.
fn names(list: &str, cause: HangupCause) -> bool {
    list.split(',').any(|one| HangupCause::parse(one.trim()) == Some(cause))
}
