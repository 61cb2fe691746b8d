use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::words::words;

/// `intercept`.
pub(super) struct Intercept;

#[async_trait]
impl Application for Intercept {
    fn about(&self) -> About {
        about(
            "intercept",
            "[-bleg] <uuid>",
            "Takes a call over, with `-bleg` the one that is joined with it; whoever had it ends with PICKED_OFF. Not while it is bridged with `intercept_unbridged_only`, not once it is answered with `intercept_unanswered_only`.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = words(data);
        let (bleg, uuid) = match words.as_slice() {
            [flag, uuid, ..] if flag.eq_ignore_ascii_case("-bleg") => (true, uuid),
            [uuid, ..] if !uuid.eq_ignore_ascii_case("-bleg") => (false, uuid),
            _ => {
                tracing::error!(uuid = %session.channel.uuid, "Usage: {}", self.about().syntax);
                return Ok(());
            }
        };
        session.intercept(uuid, bleg).await
    }
}

/// `pickup`.
pub(super) struct Pickup;

#[async_trait]
impl Application for Pickup {
    fn about(&self) -> About {
        about(
            "pickup",
            "<key>",
            "Takes over the call that has waited longest at `pickup/KEY` of a dial string; without one the call ends with NO_PICKUP.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.trim().is_empty() {
            tracing::error!(uuid = %session.channel.uuid, "Missing data.  Usage: pickup <key>");
            return Ok(());
        }
        session.pick_up(data).await
    }
}
