use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;

/// `create_uuid`.
pub(super) struct CreateUuid;

#[async_trait]
impl ApiCommand for CreateUuid {
    fn about(&self) -> About {
        about("create_uuid", "", "Makes a new Unique-ID, to be given to a call with `origination_uuid`.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        call.switch.new_uuid()
    }
}
