use std::time::Duration;

use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// `sleep`.
pub(super) struct Sleep;

#[async_trait]
impl Application for Sleep {
    fn about(&self) -> About {
        about("sleep", "<milliseconds>", "Waits.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        match data.trim().parse() {
            Ok(milliseconds) => session.sleep(Duration::from_millis(milliseconds)).await,
            Err(_) => {
                tracing::error!(uuid = %session.channel.uuid, "Invalid sleep: \"{data}\" is no number of milliseconds");
                Ok(())
            }
        }
    }
}
