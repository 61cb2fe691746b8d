//! The `null` endpoint: answers at once and hears nothing. For tests, benches and calls that only run applications.

use std::sync::Arc;

use async_trait::async_trait;
use strowger_media::codec::Codec;

use crate::channel::{Channel, HangupCause};
use crate::endpoint::{Endpoint, Leg, Outgoing, OutgoingRequest, Placed};
use crate::media::Stream;
use crate::session::SessionHandle;
use crate::switch::Switch;

/// `null/anything`.
pub struct NullEndpoint;

#[async_trait]
impl Endpoint for NullEndpoint {
    fn name(&self) -> &'static str {
        "null"
    }

    fn module(&self) -> &'static str {
        "mod_loopback"
    }

    async fn outgoing(&self, switch: &Arc<Switch>, request: &OutgoingRequest<'_>) -> Result<Outgoing, HangupCause> {
        let mut profile = request.profile.clone();
        profile.destination_number = request.address.to_owned();
        profile.callee_id_number = request.address.to_owned();
        // The module that has the null endpoint in FreeSWITCH.
        profile.source = "mod_loopback".to_owned();
        Ok(Outgoing {
            channel_name: format!("null/{}", request.address),
            profile,
            leg: Box::new(NullLeg { switch: Arc::clone(switch), stream: None }),
        })
    }
}

struct NullLeg {
    switch: Arc<Switch>,
    stream: Option<Stream>,
}

impl Leg for NullLeg {
    fn attach(&mut self, _handle: &SessionHandle) {}

    fn describe(&self, channel: &mut Channel) {
        channel.set_codec(Codec::L16);
    }

    fn start(&mut self, _channel: &mut Channel) -> Result<(), HangupCause> {
        Ok(())
    }

    fn placed(&mut self, _channel: &mut Channel) -> Placed {
        Placed::Answered
    }

    fn hangup(&mut self, _channel: &mut Channel, _cause: HangupCause) {
        self.stream = None;
    }

    /// Made when an application first wants media: most null calls never do.
    fn stream(&mut self) -> Option<&Stream> {
        if self.stream.is_none() {
            self.stream = self.switch.media().open_null().ok();
        }
        self.stream.as_ref()
    }
}
