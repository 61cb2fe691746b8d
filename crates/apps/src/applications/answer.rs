use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// `answer`.
pub(super) struct Answer;

#[async_trait]
impl Application for Answer {
    fn about(&self) -> About {
        about("answer", "", "Answers the call; nothing when it is answered already.")
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        session.answer()
    }
}

/// `pre_answer`.
pub(super) struct PreAnswer;

#[async_trait]
impl Application for PreAnswer {
    fn about(&self) -> About {
        about(
            "pre_answer",
            "",
            "Opens media before the answer (SIP 183): the caller hears what is played, and does not pay yet.",
        )
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        session.pre_answer()
    }
}

/// `ring_ready`.
pub(super) struct RingReady;

#[async_trait]
impl Application for RingReady {
    fn about(&self) -> About {
        about(
            "ring_ready",
            "",
            "Tells the caller that it rings (SIP 180); with `queued` that it waits in a queue (182).",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.eq_ignore_ascii_case("queued") { session.ring_queued() } else { session.ring_ready() }
    }
}
