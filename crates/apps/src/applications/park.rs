use std::time::Duration;

use async_trait::async_trait;
use strowger_core::bus::Origin;
use strowger_core::channel::HangupCause;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};
use strowger_event::EventKind;

use super::about;

/// `park`.
pub(super) struct Park;

const PARK: Origin = Origin::new("switch_ivr.c", "switch_ivr_park", 1004);
const UNPARK: Origin = Origin::new("switch_ivr.c", "switch_ivr_park", 1105);

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
        session.fire(EventKind::ChannelPark, PARK, &[], &[]);
        let outcome = match timeout(session) {
            Some((seconds, cause)) => match session.sleep(Duration::from_secs(seconds)).await {
                Ok(()) => {
                    session.hangup(cause);
                    Err(Interrupted::Hangup)
                }
                interrupted => interrupted,
            },
            None => Err(session.idle().await),
        };
        session.fire(EventKind::ChannelUnpark, UNPARK, &[], &[]);
        outcome
    }
}

fn timeout(session: &Session) -> Option<(u64, HangupCause)> {
    let value = session.channel.variable("park_timeout")?;
    let (seconds, cause) = value.split_once(':').unwrap_or((value, ""));
    let seconds = seconds.trim().parse().ok().filter(|seconds| *seconds > 0)?;
    Some((seconds, HangupCause::parse(cause.trim()).unwrap_or(HangupCause::NormalClearing)))
}
