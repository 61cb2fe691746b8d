use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, RecordChange, Session};

use super::about;
use crate::recording;

/// `record_session`.
pub(super) struct RecordSession;

/// `stop_record_session`.
pub(super) struct StopRecordSession;

/// `record_session_mask` and its like.
pub(super) struct ChangeRecordSession {
    name: &'static str,
    help: &'static str,
    change: RecordChange,
}

/// `record_session_mask`.
pub(super) const MASK: ChangeRecordSession = ChangeRecordSession {
    name: "record_session_mask",
    help: "Has a recording get silence from now on, in place of the call.",
    change: RecordChange::Mask(true),
};

/// `record_session_unmask`.
pub(super) const UNMASK: ChangeRecordSession = ChangeRecordSession {
    name: "record_session_unmask",
    help: "Has a recording get the call again.",
    change: RecordChange::Mask(false),
};

/// `record_session_pause`.
pub(super) const PAUSE: ChangeRecordSession = ChangeRecordSession {
    name: "record_session_pause",
    help: "Has a recording get nothing from now on.",
    change: RecordChange::Pause(true),
};

/// `record_session_resume`.
pub(super) const RESUME: ChangeRecordSession = ChangeRecordSession {
    name: "record_session_resume",
    help: "Has a recording that was paused go on.",
    change: RecordChange::Pause(false),
};

#[async_trait]
impl Application for RecordSession {
    fn about(&self) -> About {
        about(
            "record_session",
            "<path> [+<seconds>] [{<variable>=<value>,…}]",
            "Records the call from now on, while it goes on, into a WAV file: what is heard and said, mixed. Variables say otherwise: `RECORD_STEREO` (what is heard on the left), `RECORD_STEREO_SWAP`, `RECORD_READ_ONLY`, `RECORD_WRITE_ONLY`, `RECORD_APPEND`, `RECORD_MIN_SEC`, `RECORD_ANSWER_REQ`, `RECORD_BRIDGE_REQ`, `RECORD_HANGUP_ON_ERROR`, `RECORD_TOGGLE_ON_REPEAT`, `RECORD_SILENCE_THRESHOLD` with `RECORD_INITIAL_TIMEOUT_MS` and `RECORD_FINAL_TIMEOUT_MS`, `record_sample_rate`, `RECORD_TITLE` (and `_COPYRIGHT`, `_SOFTWARE`, `_ARTIST`, `_COMMENT`, `_DATE`).",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.trim().is_empty() {
            return Ok(());
        }
        // What went wrong was logged and told.
        let _ = session.record(recording::parse(data)).await?;
        Ok(())
    }
}

#[async_trait]
impl Application for StopRecordSession {
    fn about(&self) -> About {
        about("stop_record_session", "<path>", "Ends a recording of the call, or `all`.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        for stopped in session.stop_recording(data.trim()) {
            // It is dropped when RECORD_STOP was fired.
            let _ = session.attend(stopped).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Application for ChangeRecordSession {
    fn about(&self) -> About {
        about(self.name, "<path>", self.help)
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        session.change_recording(data.trim(), self.change);
        Ok(())
    }
}
