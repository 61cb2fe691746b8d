use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::words::leading_integer;

/// `delay_echo`.
pub(super) struct DelayEcho;

#[async_trait]
impl Application for DelayEcho {
    fn about(&self) -> About {
        about("delay_echo", "<delay ms>", "As `echo`, so many milliseconds later: 1 to 10000, and 40 at the least.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let uuid = session.channel.uuid.clone();
        let wanted = if data.trim().is_empty() { USUAL } else { leading_integer(data) };
        let Some(delay) = u16::try_from(wanted).ok().filter(|delay| (1..=MAX).contains(delay)) else {
            tracing::error!(%uuid, "Invalid delay [{wanted}] must be between 1 and 10000");
            return Ok(());
        };
        if delay < LEAST {
            tracing::warn!(%uuid, "Minimum possible delay for this codec ({LEAST}) has been chosen");
        }
        let delay = delay.max(LEAST);
        tracing::debug!(%uuid, "Setting delay to {delay}ms ({} frames)", delay / 20);
        Err(session.echo_later(delay).await)
    }
}

const USUAL: i64 = 1000;
const MAX: u16 = 10_000;
/// Two frames.
const LEAST: u16 = 40;
