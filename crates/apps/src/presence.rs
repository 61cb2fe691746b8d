//! PRESENCE_IN events of what phones may watch: parking places and queues.

use strowger_core::Switch;
use strowger_core::bus::Origin;
use strowger_event::{Event, EventKind};

/// What is watched, and how it stands.
pub(crate) struct Presence<'a> {
    /// `park`, `queue`.
    pub(crate) proto: &'a str,
    /// Its name.
    pub(crate) login: &'a str,
    /// `name@domain`.
    pub(crate) from: &'a str,
    /// What is shown.
    pub(crate) status: &'a str,
    /// Somebody is there.
    pub(crate) is_active: bool,
    /// Whoever is there waits to be called, and does not call.
    pub(crate) is_outbound: bool,
}

impl Presence<'_> {
    /// Tells of it.
    pub(crate) fn fire(&self, switch: &Switch, origin: Origin) {
        if !switch.bus().wants(EventKind::PresenceIn) {
            return switch.bus().skip();
        }
        let either = |active, idle| if self.is_active { active } else { idle };
        let event = Event::new(EventKind::PresenceIn)
            .header("proto", self.proto)
            .header("login", self.login)
            .header("from", self.from)
            .header("force-status", self.status)
            .header("rpid", either("active", "unknown"))
            .header("event_type", "presence")
            .header("alt_event_type", "dialog")
            .header("event_count", "0")
            .header("unique-id", self.login)
            .header("channel-state", either("CS_ROUTING", "CS_HANGUP"))
            .header("answer-state", either("confirmed", "terminated"))
            .header("presence-call-direction", if self.is_outbound { "outbound" } else { "inbound" });
        switch.bus().publish(event, origin);
    }
}
