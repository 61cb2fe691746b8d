use async_trait::async_trait;
use strowger_core::indication::Indication;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// `redirect`.
pub(super) struct Redirect;

#[async_trait]
impl Application for Redirect {
    fn about(&self) -> About {
        about(
            "redirect",
            "<redirect_data>",
            "Has the caller of a call that is not answered call elsewhere (SIP 302; 300 with several contacts): `contact[,contact…] [cause]`.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        session.indicate(&Indication::Redirect(data));
        session.check()
    }
}

/// `deflect`.
pub(super) struct Deflect;

#[async_trait]
impl Application for Deflect {
    fn about(&self) -> About {
        about(
            "deflect",
            "<deflect_data>",
            "Has the far end of an answered call call elsewhere itself (SIP REFER), waits up to 10 s for what it says of it, and ends the call.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        session.deflect_and_end(data).await
    }
}
