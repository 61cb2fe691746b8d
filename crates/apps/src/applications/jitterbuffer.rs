use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// `jitterbuffer`.
pub(super) struct Jitterbuffer;

#[async_trait]
impl Application for Jitterbuffer {
    fn about(&self) -> About {
        about(
            "jitterbuffer",
            "<jitterbuffer data>",
            "Holds the caller's packets back so that delayed ones are in time, as the command `uuid_jitterbuffer` does: `<ms>[:<most ms>]`, `0`, `pause`, `resume`.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if !session.set_jitter_buffer(data.trim()) {
            tracing::debug!(uuid = %session.channel.uuid, "no jitter buffer: {data}");
        }
        Ok(())
    }
}
