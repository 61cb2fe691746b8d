use async_trait::async_trait;
use strowger_core::channel::HangupCause;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::hupall::hang_up_all;
use super::{OK, about};
use crate::words::words;

/// `fsctl`.
pub(super) struct Fsctl;

#[async_trait]
impl ApiCommand for Fsctl {
    fn about(&self) -> About {
        about("fsctl", "hupall|last_sps|ready_check|shutdown [now]|shutdown_check", "Steers the switch as a whole.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words = words(call.arguments);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] => ApiCall::usage(self.about()),
            ["hupall", ..] => {
                hang_up_all(call.switch, HangupCause::ManagerRequest, Vec::new()).await;
                OK.to_owned()
            }
            ["last_sps"] => format!("+OK last sessions per second: {}\n", call.switch.sessions().counts().per_second),
            ["ready_check"] => (!call.switch.is_stopping()).to_string(),
            ["shutdown_check"] => call.switch.is_stopping().to_string(),
            ["shutdown"] | ["shutdown", "now"] => {
                call.switch.request_stop();
                OK.to_owned()
            }
            _ => format!("-ERR INVALID COMMAND\nUSAGE: fsctl {}\n", self.about().syntax),
        }
    }
}

/// `shutdown`.
pub(super) struct Shutdown;

#[async_trait]
impl ApiCommand for Shutdown {
    fn about(&self) -> About {
        about("shutdown", "", "Ends all calls and the program.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        call.switch.request_stop();
        OK.to_owned()
    }
}
