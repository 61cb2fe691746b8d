use async_trait::async_trait;
use strowger_core::channel::HangupCause;
use strowger_core::indication::Indication;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::words::first_word;

/// `hangup`.
pub(super) struct Hangup;

#[async_trait]
impl Application for Hangup {
    fn about(&self) -> About {
        about("hangup", "[<cause>]", "Ends the call; without a cause, or with one that is not known, NORMAL_CLEARING.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let cause = HangupCause::parse(data.trim()).filter(|cause| *cause != HangupCause::None);
        session.hangup(cause.unwrap_or(HangupCause::NormalClearing));
        Err(Interrupted::Hangup)
    }
}

/// `respond`.
pub(super) struct Respond;

/// What mod_sofia answers when the argument has no status (`488 Not Acceptable Here`).
const NO_STATUS: u16 = 488;

#[async_trait]
impl Application for Respond {
    fn about(&self) -> About {
        about(
            "respond",
            "<status> [<reason>]",
            "Answers the caller with a SIP status from 400 on, such as `404 Not Found`, which ends the call; `302 <contact>` is `redirect`.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let (status, reason) = first_word(data);
        let status = status.parse().ok().filter(|status| (100..700).contains(status)).unwrap_or(NO_STATUS);
        match status {
            302 if !reason.is_empty() => drop(session.indicate(&Indication::Redirect(reason))),
            // It is said already.
            100 => {}
            ..400 => tracing::warn!(uuid = %session.channel.uuid, "Cannot respond."),
            _ => session.respond(status, reason),
        }
        session.check()
    }
}
