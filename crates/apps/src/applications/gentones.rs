use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::playback::{play_quietly, taking};
use super::{about, terminators};
use crate::words::leading_integer;

/// `gentones`.
pub(super) struct Gentones;

#[async_trait]
impl Application for Gentones {
    fn about(&self) -> About {
        about(
            "gentones",
            "<tgml_script>[|<loops>]",
            "Plays tones written as in `tone_stream://`, so many times, and without end below zero. A digit of `playback_terminators` ends it. No event tells of it.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.is_empty() {
            tracing::error!(uuid = %session.channel.uuid, "Invalid Params!");
            return Ok(());
        }
        terminators::forget(session);
        session.pre_answer()?;
        let (script, loops) = data.split_once('|').unwrap_or((data, "0"));
        let spec = match leading_integer(loops) {
            0 => format!("tone_stream://{script}"),
            loops => format!("tone_stream://{script};loops={}", loops.clamp(-1, 1_000_000)),
        };
        play_quietly(session, &spec, taking(terminators::ends)).await
    }
}
