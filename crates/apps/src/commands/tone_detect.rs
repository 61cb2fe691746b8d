use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use super::sessions::with_session;
use crate::tones::{Limit, request};
use crate::words::{fields, leading_integer};

/// `tone_detect`.
pub(super) struct ToneDetect;

#[async_trait]
impl ApiCommand for ToneDetect {
    fn about(&self) -> About {
        about(
            "tone_detect",
            "<uuid> <key> <tone_spec> [<flags> <timeout> <app> <args> <hits>]",
            "Has a call listened to for a tone, as the application does.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.trim().is_empty() {
            return ApiCall::usage(self.about());
        }
        let words = fields(call.arguments, ' ', 8);
        let [uuid, words @ ..] = words.as_slice() else { return String::new() };
        let [key, tone, ..] = words else {
            tracing::error!("-ERR INVALID ARGS!");
            return String::new();
        };
        let word = |place: usize| words.get(place).map(String::as_str).filter(|word| !word.is_empty());
        let limit = Limit::parse(word(3), Limit::Invalid);
        let hits = word(6).map_or(1, leading_integer);
        let wanted = request(words, limit, if hits < 0 { 1 } else { hits });
        let answer = format!("+OK Enabling tone detection '{key}' '{tone}' '{}'\n", word(2).unwrap_or_default());
        let asked = with_session(call.switch, uuid, move |session| {
            if limit == Limit::Invalid {
                tracing::error!(uuid = %session.channel.uuid, "INVALID Timeout!");
                return String::new();
            }
            // What went wrong was logged; FreeSWITCH says so as well.
            let _ = session.detect_tone(wanted);
            answer
        });
        asked.await.unwrap_or_else(|| "-ERR Error Cannot locate session!\n".to_owned())
    }
}
