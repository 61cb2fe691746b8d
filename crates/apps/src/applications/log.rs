use async_trait::async_trait;
use strowger_core::log::LogLevel;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};
use strowger_event::EventKind;

use super::about;
use crate::words::first_word;

/// `log`.
pub(super) struct Log;

#[async_trait]
impl Application for Log {
    fn about(&self) -> About {
        about("log", "<log_level> <log_string>", "Writes a line to the log, at the level DEBUG when it names none.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let (level, text) = first_word(data);
        let (level, text) = match LogLevel::parse(level) {
            Some(level) if !text.is_empty() => (level, text),
            _ => (LogLevel::Debug, data.trim()),
        };
        session.switch().log().write(level, FILE, "log_function", 1918, &session.channel.uuid, text);
        Ok(())
    }
}

/// `info`.
pub(super) struct Info;

#[async_trait]
impl Application for Info {
    fn about(&self) -> About {
        about(
            "info",
            "[<log_level>]",
            "Writes all that is known of the call to the log, at the level INFO unless another is named.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let level = LogLevel::parse(data.trim()).unwrap_or(LogLevel::Info);
        if session.switch().log().wants(level) {
            let mut text = String::from("CHANNEL_DATA:\n");
            let event = session.channel.event(EventKind::ChannelData, &[]);
            for (name, value) in event.headers.iter() {
                text.extend([name, ": [", value, "]\n"]);
            }
            session.switch().log().write(level, FILE, "info_function", 1964, &session.channel.uuid, &text);
        }
        Ok(())
    }
}

/// Where FreeSWITCH's lines of these two come from: clients see it as Log-File.
const FILE: &str = "mod_dptools.c";
