use async_trait::async_trait;
use strowger_config::is_true;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// `blind_transfer_ack`.
pub(super) struct BlindTransferAck;

#[async_trait]
impl Application for BlindTransferAck {
    fn about(&self) -> About {
        about(
            "blind_transfer_ack",
            "[true|false]",
            "Tells the phone that transferred the call whether that worked, where its call has `confirm_blind_transfer`; if not, both talk again.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if !session.acknowledge_transfer(is_true(data.trim())) {
            tracing::warn!(uuid = %session.channel.uuid, "Nobody waits to hear how a transfer went");
        }
        session.check()
    }
}
