use async_trait::async_trait;
use strowger_core::indication::{Content, Indication};
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// `send_info`.
pub(super) struct SendInfo;

#[async_trait]
impl Application for SendInfo {
    fn about(&self) -> About {
        about(
            "send_info",
            "<info>",
            "Sends the far end a text within the call (SIP INFO), if it says that it takes such, or `fs_send_unsupported_info` is true.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        session.indicate(&Indication::Info(Content { media_type: None, body: data }));
        Ok(())
    }
}

/// `send_display`.
pub(super) struct SendDisplay;

#[async_trait]
impl Application for SendDisplay {
    fn about(&self) -> About {
        about("send_display", "<text>", "Shows the far end of an answered call with whom it is: `name|number`.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let (name, number) = data.split_once('|').unwrap_or((data, ""));
        session.display(name, number);
        Ok(())
    }
}
