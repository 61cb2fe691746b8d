use async_trait::async_trait;
use strowger_core::media::Side;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// Something done with keys that are sound.
pub(super) struct Inband(About, Act);

#[derive(Clone, Copy)]
enum Act {
    /// Hears keys, under the name of that media bug.
    Hear(&'static str),
    StopHearing(&'static str),
    Make,
    StopMaking,
    Block(bool),
}

/// The applications.
pub(super) const ALL: [Inband; 8] = [
    Inband(about("start_dtmf", "", "Hears the digits in the caller's sound, as of now."), Act::Hear(TELETONE)),
    Inband(about("stop_dtmf", "", "Ends `start_dtmf`."), Act::StopHearing(TELETONE)),
    Inband(
        spandsp("spandsp_start_dtmf", "As `start_dtmf`, by the name that mod_spandsp has for it."),
        Act::Hear(SPANDSP),
    ),
    Inband(spandsp("spandsp_stop_dtmf", "Ends `spandsp_start_dtmf`."), Act::StopHearing(SPANDSP)),
    Inband(about("start_dtmf_generate", "", MAKE), Act::Make),
    Inband(about("stop_dtmf_generate", "[write]", "Ends `start_dtmf_generate`."), Act::StopMaking),
    Inband(about("block_dtmf", "", "Lets no digits through any more, neither way."), Act::Block(true)),
    Inband(about("unblock_dtmf", "", "Lets digits through again."), Act::Block(false)),
];

#[async_trait]
impl Application for Inband {
    fn about(&self) -> About {
        self.0
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        // What went wrong was logged, and what does not run cannot be stopped.
        let _ = match self.1 {
            Act::Hear(bug) => session.hear_keys(bug).is_ok(),
            Act::StopHearing(bug) => session.stop_hearing_keys(bug),
            Act::Make if data.trim().eq_ignore_ascii_case("write") => session.make_keys(Side::Said).is_ok(),
            Act::Make => session.make_keys(Side::Heard).is_ok(),
            Act::StopMaking => session.stop_making_keys(),
            Act::Block(is_blocked) => {
                session.block_keys(is_blocked);
                true
            }
        };
        session.check()
    }
}

/// An application of mod_spandsp.
const fn spandsp(name: &'static str, help: &'static str) -> About {
    About { name, syntax: "", help, module: "mod_spandsp" }
}

const MAKE: &str =
    "Makes sound of the digits that come, for who is joined with the call; with `write`, of those that are sent.";
const TELETONE: &str = "inband_dtmf";
const SPANDSP: &str = "spandsp_dtmf_detect";
