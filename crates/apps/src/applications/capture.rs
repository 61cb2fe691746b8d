use async_trait::async_trait;
use strowger_config::Pattern;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::words::fields;

/// `capture`.
pub(super) struct Capture;

#[async_trait]
impl Application for Capture {
    fn about(&self) -> About {
        about(
            "capture",
            "<varname>|<data>|<regex>",
            "Sets an array variable to what an expression finds in a text: the whole, then each group.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let parts = fields(data, '|', 3);
        let [variable, text, pattern] = parts.as_slice() else {
            tracing::error!(uuid = %session.channel.uuid, "No data specified.");
            return Ok(());
        };
        match Pattern::compile(pattern).map(|pattern| pattern.groups(text).ok().flatten()) {
            Ok(Some(groups)) => {
                groups.iter().flatten().for_each(|group| session.channel.variables.push(variable, group));
            }
            Ok(None) => {}
            Err(error) => tracing::error!(uuid = %session.channel.uuid, "{pattern}: {error}"),
        }
        Ok(())
    }
}
