//! Playing over and over: `endless_playback`, `loop_playback`.

use async_trait::async_trait;
use strowger_core::channel::HangupCause;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use super::playback::{Ended, play_deaf, respond};
use crate::words::leading_integer;

/// `endless_playback`.
pub(super) struct EndlessPlayback;

/// `loop_playback`.
pub(super) struct LoopPlayback;

#[async_trait]
impl Application for EndlessPlayback {
    fn about(&self) -> About {
        about("endless_playback", "<path>", "Plays a file or a stream again and again until the call ends.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        repeat(session, data.trim(), None).await
    }
}

#[async_trait]
impl Application for LoopPlayback {
    fn about(&self) -> About {
        about(
            "loop_playback",
            "[+loops] <path>",
            "Plays a file or a stream so often, once when nothing is said; a negative number never ends.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let (times, path) = match data.strip_prefix('+') {
            Some(rest) => {
                let (times, path) = rest.split_once(' ').unwrap_or((rest, ""));
                (leading_integer(times), path)
            }
            None => (1, data),
        };
        if path.trim().is_empty() {
            let what = if data == "+" { "loop" } else { "file arg" };
            tracing::error!(uuid = %session.channel.uuid, "Missing {what} in data [{data}]");
            session.hangup(HangupCause::DestinationOutOfOrder);
            return Err(Interrupted::Hangup);
        }
        repeat(session, path.trim(), u64::try_from(times).ok()).await
    }
}

/// Plays it so many times, or for ever, until it cannot be played. A break ends one round.
async fn repeat(session: &mut Session, path: &str, times: Option<u64>) -> Result<(), Interrupted> {
    session.pre_answer()?;
    let (mut round, mut ended) = (0, Ok(Ended::Done));
    while times.is_none_or(|times| round < times) {
        round += 1;
        ended = play_deaf(session, path).await;
        if !matches!(ended, Ok(Ended::Done | Ended::Broken)) {
            break;
        }
        // What is empty must not be played so often that nothing else has its turn.
        tokio::task::yield_now().await;
    }
    respond(session, ended)
}
