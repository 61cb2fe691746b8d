use async_trait::async_trait;
use strowger_core::registry::{About, AboutOf, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::gain::{change, changes};
use crate::words::{leading_integer, words};

/// `set_audio_level`.
pub(super) struct SetAudioLevel;

#[async_trait]
impl Application for SetAudioLevel {
    fn about(&self) -> About {
        about(
            "set_audio_level",
            "[read|write] <vol>",
            "Makes what the call says (`read`) or hears (`write`) louder or softer: -4 to 4, 0 as it comes.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        set(session, self.about(), "level", data, |level| level.to_owned());
        Ok(())
    }
}

/// `set_mute`.
pub(super) struct SetMute;

#[async_trait]
impl Application for SetMute {
    fn about(&self) -> About {
        about(
            "set_mute",
            "[read|write] [[true|cn level]|false]",
            "Silences what the call says (`read`) or hears (`write`), or no longer.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let level = |word: &str| {
            let is_silent = leading_integer(word) > 0 || strowger_config::is_true(word);
            String::from(if is_silent { "1" } else { "0" })
        };
        set(session, self.about(), "mute", data, level);
        Ok(())
    }
}

/// Sets what two words say; `level` makes a number of the second.
fn set(session: &mut Session, about: AboutOf<'_>, how: &str, data: &str, level: impl FnOnce(&str) -> String) {
    let words = words(data);
    let wanted = match words.as_slice() {
        [way, word] => changes(&["start".to_owned(), way.clone(), how.to_owned(), level(word)]),
        _ => None,
    };
    match wanted {
        Some(wanted) => change(session, &wanted),
        None => {
            let name = &session.channel.name;
            tracing::debug!(uuid = %session.channel.uuid, "{name} Error. USAGE: {}", about.syntax);
        }
    }
}
