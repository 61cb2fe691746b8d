use async_trait::async_trait;
use strowger_core::log::LogLevel;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::{OK, about};
use crate::words::first_word;

/// `log`.
pub(super) struct Log;

#[async_trait]
impl ApiCommand for Log {
    fn about(&self) -> About {
        about("log", "<level> <message>", "Writes a line to the log; a level that is not known is DEBUG.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (level, message) = first_word(call.arguments);
        if message.is_empty() {
            return ApiCall::usage(self.about());
        }
        let level = LogLevel::parse(level).unwrap_or(LogLevel::Debug);
        // The place FreeSWITCH writes it from: listeners see it.
        call.switch.log().write(level, "mod_commands.c", "log_function", 7247, "", message);
        OK.to_owned()
    }
}
