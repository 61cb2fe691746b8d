use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use super::sessions::with_session;

/// `uuid_exists`.
pub(super) struct UuidExists;

#[async_trait]
impl ApiCommand for UuidExists {
    fn about(&self) -> About {
        about("uuid_exists", "<uuid>", "Whether there is such a call: `true` or `false`.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        with_session(call.switch, call.arguments, |_| ()).await.is_some().to_string()
    }
}
