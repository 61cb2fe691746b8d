use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Next, Session};

use super::about;

/// `park_state`.
pub(super) struct ParkState;

#[async_trait]
impl Application for ParkState {
    fn about(&self) -> About {
        about(
            "park_state",
            "",
            "Parks the call as a state of its own (CS_PARK): what stands behind it is not run any more.",
        )
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        session.go(Next::Park);
        session.check()
    }
}

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
        let cause = session.park_until_timeout().await?;
        session.hangup(cause);
        Err(Interrupted::Hangup)
    }
}
