use async_trait::async_trait;
use strowger_core::log::LogLevel;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::tones::{Limit, request};
use crate::words::{fields, leading_integer};

/// `tone_detect`.
pub(super) struct ToneDetect;

/// `stop_tone_detect`.
pub(super) struct StopToneDetect;

#[async_trait]
impl Application for ToneDetect {
    fn about(&self) -> About {
        about(
            "tone_detect",
            "",
            "Listens for a tone while the call goes on: `<key> <freq>[,<freq>…] [r|w|o] [+<seconds>] [<app> <args>] [<hits>]` fires DETECTED_TONE and runs the application when the caller (`r`) or who talks to it (`w`) makes it so often; `o` listens once.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = fields(data, ' ', 7);
        let uuid = session.channel.uuid.clone();
        let [key, tone, ..] = words.as_slice() else {
            tracing::error!(%uuid, "INVALID ARGS!");
            return Ok(());
        };
        let word = |place: usize| words.get(place).map(String::as_str).filter(|word| !word.is_empty());
        let limit = Limit::parse(word(3), Limit::None);
        if limit == Limit::Invalid {
            tracing::error!(%uuid, "INVALID Timeout!");
        }
        // With an application but no argument the fifth word is a number of hits as well.
        let hits = if word(4).is_some() && word(5).is_some() { word(6) } else { word(4) };
        note(session, &format!("Enabling tone detection '{key}' '{tone}'"));
        // What went wrong was logged.
        let _ = session.detect_tone(request(&words, limit, hits.map_or(0, leading_integer)));
        session.check()
    }
}

#[async_trait]
impl Application for StopToneDetect {
    fn about(&self) -> About {
        about("stop_tone_detect", "", "Listens for no tones any more.")
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        note(session, "Disabling tone detection");
        session.stop_tone_detection();
        Ok(())
    }
}

fn note(session: &Session, text: &str) {
    let (log, uuid) = (session.switch().log(), &session.channel.uuid);
    log.write(LogLevel::Notice, "mod_dptools.c", "tone_detect_session_function", 2199, uuid, text);
}
