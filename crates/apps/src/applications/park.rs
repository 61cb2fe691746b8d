use std::time::Duration;

use async_trait::async_trait;
use strowger_core::channel::HangupCause;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// `park`.
pub(super) struct Park;

#[async_trait]
impl Application for Park {
    fn about(&self) -> About {
        about(
            "park",
            "",
            "Holds the call for a program to drive. The variable `park_timeout` (`seconds[:cause]`) ends it in time.",
        )
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        let timeout = timeout(session);
        let cause = session
            .park(async move {
                match timeout {
                    Some((limit, cause)) => {
                        tokio::time::sleep(limit).await;
                        cause
                    }
                    None => std::future::pending().await,
                }
            })
            .await?;
        session.hangup(cause);
        Err(Interrupted::Hangup)
    }
}

fn timeout(session: &Session) -> Option<(Duration, HangupCause)> {
    let value = session.channel.variable("park_timeout")?;
    let (seconds, cause) = value.split_once(':').unwrap_or((value, ""));
    let seconds = seconds.trim().parse().ok().filter(|seconds| *seconds > 0)?;
    Some((Duration::from_secs(seconds), HangupCause::parse(cause.trim()).unwrap_or(HangupCause::NormalClearing)))
}
