use async_trait::async_trait;
use strowger_core::registry::{About, AboutOf, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::words::leading_integer;

/// The seconds that are asked for; `None` when they are negative or missing.
fn seconds(session: &Session, about: AboutOf<'_>, data: &str) -> Option<u32> {
    let seconds = if data.trim().is_empty() { None } else { u32::try_from(leading_integer(data)).ok() };
    if seconds.is_none() {
        tracing::error!(uuid = %session.channel.uuid, "Usage: {}", about.syntax);
    }
    seconds
}

/// `enable_heartbeat`.
pub(super) struct EnableHeartbeat;

#[async_trait]
impl Application for EnableHeartbeat {
    fn about(&self) -> About {
        about(
            "enable_heartbeat",
            "[0|<seconds>]",
            "Has the call fire SESSION_HEARTBEAT at once and every so many seconds, 60 for 0, until it ends.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if let Some(seconds) = seconds(session, self.about(), data) {
            session.start_heartbeat(seconds);
        }
        Ok(())
    }
}

/// `sched_heartbeat`.
pub(super) struct SchedHeartbeat;

#[async_trait]
impl Application for SchedHeartbeat {
    fn about(&self) -> About {
        about(
            "sched_heartbeat",
            "[0|<seconds>]",
            "As `enable_heartbeat`, by a task of the scheduler, which `sched_cancel` ends.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if let Some(seconds) = seconds(session, self.about(), data)
            && let Err(full) = session.schedule_heartbeat(seconds)
        {
            tracing::error!(uuid = %session.channel.uuid, "{full}");
        }
        Ok(())
    }
}
