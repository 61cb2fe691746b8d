use async_trait::async_trait;
use strowger_core::indication::Indication;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;

/// `filter_codecs`.
pub(super) struct FilterCodecs;

#[async_trait]
impl Application for FilterCodecs {
    fn about(&self) -> About {
        about(
            "filter_codecs",
            "<codec string>",
            "Of what a caller offers, only these codecs count, in this order: `PCMA,PCMU`. For calls that have no media yet.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if !session.indicate(&Indication::FilterCodecs(data)) {
            tracing::error!(uuid = %session.channel.uuid, "filter_codecs {data}: the call has media already, or none is offered");
        }
        session.check()
    }
}
