use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// `send_dtmf`.
pub(super) struct SendDtmf;

#[async_trait]
impl Application for SendDtmf {
    fn about(&self) -> About {
        about(
            "send_dtmf",
            "<digits>[@<tone_duration>]",
            "Sends digits to the far end, each for so many milliseconds (250 unless given); `w` is a pause of half a second, `W` of a second, `+` joins groups.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        session.send_digits(data);
        Ok(())
    }
}

/// `queue_dtmf`.
pub(super) struct QueueDtmf;

#[async_trait]
impl Application for QueueDtmf {
    fn about(&self) -> About {
        about(
            "queue_dtmf",
            "<digits>[@<tone_duration>]",
            "Takes digits in as if the far end had sent them: what runs next finds them.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        session.receive_digits(data);
        Ok(())
    }
}

/// `flush_dtmf`.
pub(super) struct FlushDtmf;

#[async_trait]
impl Application for FlushDtmf {
    fn about(&self) -> About {
        about("flush_dtmf", "", "Forgets the digits that came and were not taken.")
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        session.flush_digits();
        Ok(())
    }
}

/// `deduplicate_dtmf`.
pub(super) struct DeduplicateDtmf;

#[async_trait]
impl Application for DeduplicateDtmf {
    fn about(&self) -> About {
        about(
            "deduplicate_dtmf",
            "[only_rtp]",
            "Hears a key once that comes as sound and as an RTP event: whichever is first, or (`only_rtp`) the event.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        session.deduplicate_digits(data.contains("only_rtp"));
        Ok(())
    }
}
