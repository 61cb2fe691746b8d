use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::channel::Direction;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};
use strowger_event::Event;

use crate::fifo::{Fifos, MANUAL, Tracking, events};

/// `fifo_track_call`.
pub(in crate::applications) struct FifoTrackCall(pub(in crate::applications) Arc<Fifos>);

/// What the call owns while it is tracked.
pub(super) const TRACKED: &str = "fifo_track_call";

#[async_trait]
impl Application for FifoTrackCall {
    fn about(&self) -> About {
        About {
            name: "fifo_track_call",
            syntax: "<fifo_outbound_uuid>",
            help: "Counts the call as one of that member of queues: it is not called meanwhile.",
            module: "mod_fifo",
        }
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let (id, uuid, name) = (data.trim(), session.channel.uuid.clone(), session.channel.name.clone());
        if id.is_empty() {
            tracing::error!(%uuid, "Invalid!");
            return Ok(());
        }
        if session.owns(TRACKED) {
            tracing::warn!(%uuid, "{name} trying to double-track call!");
            return Ok(());
        }
        session.channel.variables.set("fifo_outbound_uuid", id);
        session.channel.variables.set("fifo_track_call", "true");
        let switch = Arc::clone(session.switch());
        let tracking = self.0.track(&switch, id);
        tracing::debug!(%uuid, "{name} tracking call on uuid {id}!");
        let profile = session.channel.profile.as_ref();
        let party = match (profile, session.channel.direction) {
            (Some(profile), Direction::Inbound) => [&profile.destination_number; 2],
            (Some(profile), Direction::Outbound) => [&profile.caller_id_name, &profile.caller_id_number],
            (None, _) => [&name; 2],
        };
        let [cid_name, cid_number] = party.map(Clone::clone);
        let count = tracking.use_count().to_string();
        let member = [
            ("FIFO-Consumer-Outbound-ID", id),
            ("FIFO-Consumer-Use-Count", count.as_str()),
            ("FIFO-Type", "manual"),
            ("FIFO-Caller-CID-Name", cid_name.as_str()),
            ("FIFO-Caller-CID-Number", cid_number.as_str()),
        ];
        events::fire(session, MANUAL, "channel-consumer-start", &member);
        let tracked = Tracked {
            about: Some(events::known(&session.channel)),
            tracking: Some(tracking),
            switch,
            id: id.to_owned(),
        };
        session.own(TRACKED, Box::new(tracked));
        Ok(())
    }
}

/// A call that is tracked: the end of this is told.
struct Tracked {
    about: Option<Event>,
    tracking: Option<Tracking>,
    switch: Arc<Switch>,
    id: String,
}

impl Drop for Tracked {
    fn drop(&mut self) {
        let count = self.tracking.take().map_or(0, Tracking::end).to_string();
        let member = [
            ("FIFO-Consumer-Outbound-ID", self.id.as_str()),
            ("FIFO-Consumer-Use-Count", count.as_str()),
            ("FIFO-Type", "manual"),
        ];
        events::publish(&self.switch, self.about.take(), MANUAL, "channel-consumer-stop", &member);
    }
}
