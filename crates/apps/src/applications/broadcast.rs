use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::broadcast::broadcast;
use crate::words::words;

/// `broadcast`.
pub(super) struct Broadcast;

#[async_trait]
impl Application for Broadcast {
    fn about(&self) -> About {
        about(
            "broadcast",
            "<path> [aleg|bleg|holdb|both]",
            "Plays a file or runs an application on this call or the leg it is joined with, as `uuid_broadcast` does.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = words(data);
        let [path, legs @ ..] = words.as_slice() else {
            tracing::error!(uuid = %session.channel.uuid, "Usage: {}", self.about().syntax);
            return Ok(());
        };
        broadcast(session, path, legs.first().map_or("aleg", String::as_str));
        Ok(())
    }
}
