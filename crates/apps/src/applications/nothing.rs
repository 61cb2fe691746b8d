//! Applications that have nothing left to do here, or never had.

use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// One that does nothing.
#[derive(Clone, Copy)]
pub(super) struct Nothing(About);

pub(super) const ALL: [Nothing; 7] = [
    Nothing(about("acknowledge_call", "", "Does nothing: 100 Trying is sent as soon as a call comes in.")),
    Nothing(about("clear_speech_cache", "", "Does nothing: no engine is kept from one `speak` to the next.")),
    Nothing(about("cng_plc", "", "Does nothing: comfort noise that comes in is passed on, or not heard.")),
    Nothing(about("early_hangup", "", "Does nothing: the far end learns at once that a call is over.")),
    Nothing(about("recovery_refresh", "", "Does nothing: calls are not taken over from another switch.")),
    Nothing(about("stop", "", "Does nothing.")),
    Nothing(About {
        name: "unloop",
        syntax: "",
        help: "Does nothing: a loopback stays in the path of its call.",
        module: "mod_loopback",
    }),
];

#[async_trait]
impl Application for Nothing {
    fn about(&self) -> About {
        self.0
    }

    async fn run(&self, _session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        Ok(())
    }
}
