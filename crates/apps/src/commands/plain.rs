use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::registry::{About, ApiCall, ApiCommand};

/// A command whose answer is there at once.
pub(super) struct Plain {
    /// Name, syntax and help.
    pub about: About,
    /// What it answers to its arguments.
    pub answer: fn(&Arc<Switch>, &str) -> String,
}

#[async_trait]
impl ApiCommand for Plain {
    fn about(&self) -> About {
        self.about
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        (self.answer)(call.switch, call.arguments)
    }
}
