use std::time::Duration;

use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;

/// `msleep`, and `sleep`, which is the same.
pub(super) struct Sleep {
    name: &'static str,
}

/// `msleep`.
pub(super) const MSLEEP: Sleep = Sleep { name: "msleep" };

/// `sleep`.
pub(super) const SLEEP: Sleep = Sleep { name: "sleep" };

/// The longest it waits: a mistyped number must not hold a connection for ever.
const LONGEST: Duration = Duration::from_secs(3600);

#[async_trait]
impl ApiCommand for Sleep {
    fn about(&self) -> About {
        about(self.name, "<milliseconds>", "Answers after that time, an hour at the most.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let milliseconds = call.arguments.parse().unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(milliseconds).min(LONGEST)).await;
        // No line end: recorded of FreeSWITCH.
        "+OK".to_owned()
    }
}
