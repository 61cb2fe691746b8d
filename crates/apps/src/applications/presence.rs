use async_trait::async_trait;
use strowger_config::{is_false, is_true};
use strowger_core::bus::Origin;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::words::words;

const PRESENCE: Origin = Origin::new("mod_dptools.c", "presence_function", 1313);

/// `presence`.
pub(super) struct Presence;

#[async_trait]
impl Application for Presence {
    fn about(&self) -> About {
        about(
            "presence",
            "<rpid> <status> [<id>]",
            "Tells what the call's party does (PRESENCE_IN): what to show, a text, and of whom, else of `presence_id`.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        match words(data).as_slice() {
            [rpid, status, rest @ ..] => {
                session.presence((rpid, status, rest.first().map(String::as_str)), PRESENCE);
            }
            _ => tracing::error!(uuid = %session.channel.uuid, "INVALID ARGS!"),
        }
        Ok(())
    }
}

/// `privacy`.
pub(super) struct Privacy;

#[async_trait]
impl Application for Privacy {
    fn about(&self) -> About {
        about(
            "privacy",
            "off|on|name|full|number",
            "Asks for the caller's name or number to be hidden: Caller-Privacy-Hide-Name, Caller-Privacy-Hide-Number.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let uuid = session.channel.uuid.clone();
        if data.is_empty() {
            tracing::error!(%uuid, "No privacy mode specified.");
            return Ok(());
        }
        let Some(profile) = &mut session.channel.profile else { return Ok(()) };
        match data.to_ascii_lowercase().as_str() {
            "name" => profile.hide_name = true,
            "number" => profile.hide_number = true,
            mode if mode == "full" || is_true(mode) => (profile.hide_name, profile.hide_number) = (true, true),
            mode if is_false(mode) => (profile.hide_name, profile.hide_number) = (false, false),
            _ => {
                tracing::error!(%uuid, "INVALID privacy mode specified. Use a valid mode [no|yes|name|full|number].");
            }
        }
        // The bits of FreeSWITCH's caller profile: screen, hide the name, hide the number.
        let flags = 1 | u8::from(profile.hide_name) << 1 | u8::from(profile.hide_number) << 2;
        tracing::debug!(%uuid, "Set Privacy to {data} [{flags}]");
        Ok(())
    }
}
