use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::recording;
use crate::words::words;

/// `displace_session`.
pub(super) struct DisplaceSession;

/// `stop_displace_session`.
pub(super) struct StopDisplaceSession;

#[async_trait]
impl Application for DisplaceSession {
    fn about(&self) -> About {
        about(
            "displace_session",
            "<path> [<flags>] [+<seconds>]",
            "Plays a file or a tone into the call while it goes on, in place of what is said there: `m` mixes them, `l` repeats it, `r` puts it in place of what is heard.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = words(data);
        let Some((path, rest)) = words.split_first() else { return Ok(()) };
        let (mut seconds, mut flags) = ("", "");
        for word in rest {
            if word.contains('+') {
                seconds = word;
            } else {
                flags = word;
            }
        }
        // What went wrong was logged.
        let _ = session.displace(recording::displacement(path, seconds, flags)).await?;
        session.check()
    }
}

#[async_trait]
impl Application for StopDisplaceSession {
    fn about(&self) -> About {
        about("stop_displace_session", "<path>", "Ends what `displace_session` plays.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        session.stop_displacement(data.trim());
        Ok(())
    }
}
