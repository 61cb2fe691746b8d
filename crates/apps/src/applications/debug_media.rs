use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::packet_log::{SYNTAX, log_packets};
use crate::words::words;

/// `debug_media`.
pub(super) struct DebugMedia;

#[async_trait]
impl Application for DebugMedia {
    fn about(&self) -> About {
        about("debug_media", SYNTAX, "Tells in the log of each RTP packet of the call.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = words(data);
        let done = matches!(words.as_slice(), [way, switched, ..] if log_packets(session, way, switched));
        if !done {
            tracing::error!(uuid = %session.channel.uuid, "Usage: {SYNTAX}");
        }
        Ok(())
    }
}
