use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// `att_xfer`.
pub(super) struct AttXfer;

#[async_trait]
impl Application for AttXfer {
    fn about(&self) -> About {
        about(
            "att_xfer",
            "<channel_url>",
            "Calls a third party while the leg that the call is joined with waits. Hanging up (or `attxfer_hangup_key`, `*`) hands the one over to the other; `attxfer_cancel_key` (`#`) ends the third party's call and goes back; `attxfer_conf_key` (`0`) has all three talk; `origination_cancel_key` gives up while it rings.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.trim().is_empty() {
            tracing::error!(uuid = %session.channel.uuid, "Usage: {}", self.about().syntax);
            return Ok(());
        }
        session.consult(data).await
    }
}
