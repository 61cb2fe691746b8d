use std::time::Duration;

use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::playback::{key_waits, taking};
use super::{about, terminators};
use crate::words::leading_integer;

/// `sleep`.
pub(super) struct Sleep;

#[async_trait]
impl Application for Sleep {
    fn about(&self) -> About {
        about(
            "sleep",
            "<milliseconds>",
            "Waits; a digit ends it. With the variable `sleep_eat_digits` digits are taken, and only those of `playback_terminators` end it.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.is_empty() {
            tracing::error!(uuid = %session.channel.uuid, "No timeout specified.");
            return Ok(());
        }
        // As many as FreeSWITCH can count; it has a negative number wait for weeks, here it is none.
        let milliseconds = u64::try_from(leading_integer(data)).unwrap_or(0).min(u64::from(u32::MAX));
        sleep(session, Duration::from_millis(milliseconds)).await
    }
}

/// As `switch_ivr_sleep` does for this application: a digit that nobody takes ends it, and waits for what comes next.
async fn sleep(session: &mut Session, duration: Duration) -> Result<(), Interrupted> {
    let slept = tokio::time::sleep(duration);
    let eats = session.is_set("sleep_eat_digits");
    if eats {
        terminators::forget(session);
        session.attend_until(slept, taking(terminators::ends)).await?;
    } else {
        session.attend_until(slept, key_waits).await?;
    }
    Ok(())
}
