use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use super::plain::Plain;

/// `version`.
pub(super) struct Version;

/// The FreeSWITCH whose event socket is spoken: clients look at it to know what they may ask.
pub(super) const FREESWITCH: &str = "1.11.3-dev";

/// Our own.
pub(super) const STROWGER: &str = env!("CARGO_PKG_VERSION");

#[async_trait]
impl ApiCommand for Version {
    fn about(&self) -> About {
        about(
            "version",
            "[short]",
            "The version of FreeSWITCH whose event socket is spoken, and, unless `short`, our own.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        if call.arguments.eq_ignore_ascii_case("short") {
            return format!("{FREESWITCH}\n");
        }
        format!("FreeSWITCH Version {FREESWITCH} (Strowger {STROWGER})\n")
    }
}

/// `banner`.
pub(super) const BANNER: Plain = Plain {
    about: about("banner", "", "What the switch is, in a few lines."),
    answer: |switch, _| {
        let identity = switch.bus().identity();
        format!(
            "\nStrowger {STROWGER} on {}\nIt speaks the event socket of FreeSWITCH {FREESWITCH}\n\n",
            identity.hostname
        )
    },
};
