use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session, SetUserError};

use super::about;

/// `set_user`.
pub(super) struct SetUser;

#[async_trait]
impl Application for SetUser {
    fn about(&self) -> About {
        about(
            "set_user",
            "<user>@<domain> [prefix]",
            "Makes the call that of a user of the directory: it gets the variables of the user, its group and its domain, and \
             `user_name` and `domain_name`, the prefix in front of their names.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        match session.set_user(data).await? {
            Ok(()) => {}
            Err(error @ SetUserError::Unknown { .. }) => {
                tracing::warn!(uuid = %session.channel.uuid, "{error}");
            }
            Err(error) => tracing::error!(uuid = %session.channel.uuid, "{error}"),
        }
        Ok(())
    }
}
