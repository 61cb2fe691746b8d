//! The `pickup` endpoint: a leg that rings nowhere, so that somebody may take the call over with the application `pickup`.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::channel::{Channel, HangupCause};
use crate::endpoint::{Endpoint, Leg, Outgoing, OutgoingRequest, Placed};
use crate::media::Stream;
use crate::session::SessionHandle;
use crate::switch::Switch;

/// `pickup/KEY`, `pickup/KEY@DOMAIN` (mod_dptools).
pub struct PickupEndpoint;

/// The legs that wait to be picked up, by their keys, the first dialled first.
#[derive(Default)]
pub struct Pickups(Mutex<HashMap<String, VecDeque<SessionHandle>>>);

impl Pickups {
    /// The leg that has waited longest for this key; it waits no more.
    pub fn take(&self, key: &str) -> Option<SessionHandle> {
        let mut waiting = self.0.lock();
        let legs = waiting.get_mut(key)?;
        let leg = legs.pop_front();
        if legs.is_empty() {
            waiting.remove(key);
        }
        leg
    }

    fn add(&self, key: &str, leg: SessionHandle) {
        self.0.lock().entry(key.to_owned()).or_default().push_back(leg);
    }

    fn remove(&self, key: &str, leg: &SessionHandle) {
        let mut waiting = self.0.lock();
        if let Some(legs) = waiting.get_mut(key) {
            legs.retain(|other| other.uuid() != leg.uuid());
            if legs.is_empty() {
                waiting.remove(key);
            }
        }
    }
}

impl Switch {
    /// The key of a pickup group: in the global `domain` unless it names another.
    #[must_use]
    pub fn pickup_key(&self, written: &str) -> String {
        let written = written.trim();
        match self.globals().get("domain").filter(|_| !written.contains('@')) {
            Some(domain) => format!("{written}@{domain}"),
            None => written.to_owned(),
        }
    }
}

#[async_trait]
impl Endpoint for PickupEndpoint {
    fn name(&self) -> &'static str {
        "pickup"
    }

    async fn outgoing(&self, switch: &Arc<Switch>, request: &OutgoingRequest<'_>) -> Result<Outgoing, HangupCause> {
        let key = switch.pickup_key(request.address);
        let leg = Box::new(PickupLeg { key, switch: Arc::clone(switch), handle: None });
        Ok(Outgoing { channel_name: format!("pickup/{}", request.address), profile: request.profile.clone(), leg })
    }
}

struct PickupLeg {
    key: String,
    switch: Arc<Switch>,
    handle: Option<SessionHandle>,
}

impl Leg for PickupLeg {
    fn attach(&mut self, handle: &SessionHandle) {
        self.handle = Some(handle.clone());
    }

    fn describe(&self, _channel: &mut Channel) {}

    fn start(&mut self, _channel: &mut Channel) -> Result<(), HangupCause> {
        if let Some(handle) = &self.handle {
            self.switch.pickups().add(&self.key, handle.clone());
        }
        Ok(())
    }

    fn placed(&mut self, _channel: &mut Channel) -> Placed {
        Placed::Waiting
    }

    fn hangup(&mut self, _channel: &mut Channel, _cause: HangupCause) {
        if let Some(handle) = self.handle.take() {
            self.switch.pickups().remove(&self.key, &handle);
        }
    }

    fn stream(&mut self) -> Option<&Stream> {
        None
    }
}
