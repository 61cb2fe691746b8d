use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;

/// `uptime`.
pub(super) struct Uptime;

#[async_trait]
impl ApiCommand for Uptime {
    fn about(&self) -> About {
        about(
            "uptime",
            "[us|ms|s|m|h|d|microseconds|milliseconds|seconds|minutes|hours|days]",
            "How long the switch has been running, in seconds unless another unit is named.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let scale: u128 = match call.arguments.to_ascii_lowercase().as_str() {
            "us" | "microseconds" => 1,
            "ms" | "milliseconds" => 1_000,
            "" | "s" | "seconds" => 1_000_000,
            "m" | "minutes" => 60_000_000,
            "h" | "hours" => 3_600_000_000,
            "d" | "days" => 86_400_000_000,
            _ => return ApiCall::usage(self.about()),
        };
        let (started, _) = call.switch.started();
        format!("{}\n", started.elapsed().as_micros() / scale)
    }
}
