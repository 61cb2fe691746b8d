use std::sync::Arc;

use async_trait::async_trait;

use crate::channel::HangupCause;
use crate::endpoint::{Endpoint, Outgoing, OutgoingRequest};
use crate::switch::Switch;

/// `error/CAUSE`: fails with that cause, so that a dial string can say what comes of it (mod_dptools).
pub struct ErrorEndpoint;

#[async_trait]
impl Endpoint for ErrorEndpoint {
    fn name(&self) -> &'static str {
        "error"
    }

    async fn outgoing(&self, _: &Arc<Switch>, request: &OutgoingRequest<'_>) -> Result<Outgoing, HangupCause> {
        let named = HangupCause::parse(request.address.trim()).filter(|cause| *cause != HangupCause::None);
        Err(named.unwrap_or(HangupCause::NormalClearing))
    }
}
