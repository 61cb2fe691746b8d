use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;

/// `echo`.
pub(super) struct Echo;

#[async_trait]
impl ApiCommand for Echo {
    fn about(&self) -> About {
        about("echo", "<data>", "Answers with its arguments.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        call.arguments.to_owned()
    }
}
