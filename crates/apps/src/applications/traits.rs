//! How a call is told of and what hangs on its sound.

use async_trait::async_trait;
use strowger_core::channel::Answer;
use strowger_core::log::LogLevel;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// `verbose_events`.
pub(super) struct VerboseEvents;

#[async_trait]
impl Application for VerboseEvents {
    fn about(&self) -> About {
        about(
            "verbose_events",
            "",
            "Has every event of the call carry its variables, those that are bare otherwise too.",
        )
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        session.channel.is_verbose = true;
        Ok(())
    }
}

/// `session_loglevel`.
pub(super) struct SessionLoglevel;

#[async_trait]
impl Application for SessionLoglevel {
    fn about(&self) -> About {
        about("session_loglevel", "<level>", "Has no more talkative line written about the call than of this level.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let uuid = &session.channel.uuid;
        match LogLevel::parse(data) {
            _ if data.is_empty() => tracing::error!(%uuid, "No log level specified"),
            None => tracing::error!(%uuid, "Invalid log level: {data}"),
            Some(level) => {
                tracing::debug!(%uuid, "Setting log level \"{}\" on session", level.name());
                session.switch().log().limit_call(uuid, level);
            }
        }
        Ok(())
    }
}

/// `media_reset`.
pub(super) struct MediaReset;

#[async_trait]
impl Application for MediaReset {
    fn about(&self) -> About {
        about("media_reset", "", "Before there is media: forgets the variables `bypass_media` and `proxy_media`.")
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        let channel = &mut session.channel;
        let (uuid, name) = (&channel.uuid, &channel.name);
        if channel.answer != Answer::Ringing {
            tracing::warn!(%uuid, "{name} This function does not work once media has been established.");
            return Ok(());
        }
        channel.variables.remove("bypass_media");
        channel.variables.remove("proxy_media");
        tracing::info!(%uuid, "{name}Reset MEDIA flags.");
        Ok(())
    }
}

/// `remove_bugs`.
pub(super) struct RemoveBugs;

#[async_trait]
impl Application for RemoveBugs {
    fn about(&self) -> About {
        about(
            "remove_bugs",
            "[<function>]",
            "Ends all that hears or changes the call's sound, recordings included, or that of one kind (`uuid_buglist` names it).",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        session.remove_taps(Some(data).filter(|function| !function.is_empty()));
        Ok(())
    }
}

/// `set_media_stats`.
pub(super) struct SetMediaStats;

#[async_trait]
impl Application for SetMediaStats {
    fn about(&self) -> About {
        about(
            "set_media_stats",
            "",
            "Sets the variables that tell how the call's media goes (`rtp_audio_…`) as they are now.",
        )
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        session.set_media_statistics();
        Ok(())
    }
}
