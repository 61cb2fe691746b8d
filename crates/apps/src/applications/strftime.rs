use async_trait::async_trait;
use chrono::Local;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::commands::written;
use crate::words::fields;

/// `strftime`.
pub(super) struct Strftime;

#[async_trait]
impl Application for Strftime {
    fn about(&self) -> About {
        about(
            "strftime",
            "[<epoch>|]<format string>",
            "`name=format` sets a variable to the time now, written as strftime(3) does.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if let [name, format] = fields(data, '=', 2).as_slice() {
            let date = written(&Local::now(), format).unwrap_or_default();
            tracing::debug!(uuid = %session.channel.uuid, "SET [{name}]=[{date}]");
            session.channel.variables.set(name, &date);
        }
        Ok(())
    }
}
