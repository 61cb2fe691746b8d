use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;

/// `reloadxml`.
pub(super) struct Reloadxml;

#[async_trait]
impl ApiCommand for Reloadxml {
    fn about(&self) -> About {
        about(
            "reloadxml",
            "",
            "Reads the configuration anew. When it is broken, says where, and the running one stays.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let switch = Arc::clone(call.switch);
        // Reading files may take as long as a disk takes.
        let reloaded =
            tokio::task::spawn_blocking(move || switch.reload().map(drop).map_err(|error| error.to_string()));
        match reloaded.await {
            Ok(Ok(())) => "+OK [Success]\n".to_owned(),
            Ok(Err(error)) => {
                tracing::error!("reloadxml: {error}");
                format!("-ERR [{error}]\n")
            }
            Err(_) => "-ERR [stopping]\n".to_owned(),
        }
    }
}
