//! The session of a leg to be placed.

use std::sync::Arc;

use strowger_event::EventKind;

use super::OriginateRequest;
use super::dial_string::Destination;
use super::engine::Group;
use super::settings::EarlyMedia;
use crate::channel::{CallerProfile, Channel, ChannelState, Direction, HangupCause, Variables};
use crate::endpoint::Outgoing;
use crate::registry::outbound_profile;
use crate::session::{PlacingSender, Session, SessionHandle};
use crate::switch::Switch;

/// A leg as it is to be.
pub(super) struct LegPlan<'a> {
    pub(super) request: &'a OriginateRequest,
    pub(super) destination: &'a Destination,
    pub(super) group: &'a Group<'a>,
    pub(super) profile: CallerProfile,
}

/// The number of a caller that gave none.
const NO_NUMBER: &str = "0000000000";

/// The number of a destination that has none.
const NO_DESTINATION: &str = "service";

impl<'a> LegPlan<'a> {
    /// The leg for `destination`.
    ///
    /// # Errors
    /// The caller was forwarded too often.
    pub(super) fn new(
        request: &'a OriginateRequest,
        destination: &'a Destination,
        group: &'a Group<'a>,
    ) -> Result<Self, HangupCause> {
        if request.caller.as_ref().is_some_and(|caller| caller.forwards_left == 0) {
            return Err(HangupCause::ExchangeRoutingError);
        }
        Ok(Self { request, destination, group, profile: profile(request, destination) })
    }
}

/// The parties of a new leg, as the caller and the `origination_…` variables have them.
fn profile(request: &OriginateRequest, destination: &Destination) -> CallerProfile {
    let variables = &destination.variables;
    let address = if destination.address.is_empty() { NO_DESTINATION } else { &destination.address };
    let (name, number) = (variables.get("origination_caller_id_name"), variables.get("origination_caller_id_number"));
    let mut profile = match &request.caller {
        Some(caller) => {
            let mut profile = CallerProfile { callee_id_name: CALLEE.to_owned(), ..caller.profile.clone() };
            put(&mut profile.caller_id_name, name);
            put(&mut profile.caller_id_number, number);
            profile
        }
        None => outbound_profile(number.unwrap_or(NO_NUMBER), name.unwrap_or_default(), address),
    };
    address.clone_into(&mut profile.destination_number);
    address.clone_into(&mut profile.callee_id_number);
    put(&mut profile.ani, variables.get("origination_ani"));
    put(&mut profile.aniii, variables.get("origination_aniii"));
    if let Some(privacy) = variables.get("origination_privacy") {
        let privacy = privacy.to_ascii_lowercase();
        profile.hide_name = privacy.contains("hide_name");
        profile.hide_number = privacy.contains("hide_number");
    }
    profile
}

/// The name of whoever is called.
const CALLEE: &str = "Outbound Call";

fn put(field: &mut String, value: Option<&str>) {
    if let Some(value) = value {
        value.clone_into(field);
    }
}

impl Switch {
    /// Starts the session of a leg to be placed; `placing` is told how far it is.
    pub(super) fn start_outgoing(
        self: &Arc<Self>,
        outgoing: Outgoing,
        plan: &LegPlan<'_>,
        placing: PlacingSender,
    ) -> Result<SessionHandle, HangupCause> {
        let variables = &plan.destination.variables;
        let made = self.new_uuid();
        let uuid = variables.get("origination_uuid").map_or_else(|| made.clone(), str::to_owned);
        let mut channel = Channel::new(uuid, outgoing.channel_name, Direction::Outbound);
        channel.state = ChannelState::Init;
        channel.variables.set("direction", "outbound");
        channel.variables.set("is_outbound", "true");
        channel.set_profile(outgoing.profile);
        channel.other_leg = plan.request.caller.as_ref().map(|caller| caller.other_leg.clone());
        let mut session = self.new_session(channel, outgoing.leg)?;
        session.placing = Some(placing);
        session.confirm.clone_from(&plan.group.settings.confirm);
        session.leg.describe(&mut session.channel);
        if session.channel.uuid != made {
            session.fire_channel_with(EventKind::ChannelUuid, &[("Old-Unique-ID", &made)]);
        }
        session.fire_channel(EventKind::ChannelOutgoing);
        plan.equip(&mut session);
        let handle = session.handle().clone();
        tokio::spawn(session.run());
        Ok(handle)
    }
}

impl LegPlan<'_> {
    /// The variables of a new leg: of its caller, of the dial string, of how it is dialled.
    fn equip(&self, session: &mut Session) {
        let channel = &mut session.channel;
        if let Some(caller) = &self.request.caller {
            let variables = &mut channel.variables;
            variables.set("max_forwards", &caller.forwards_left.to_string());
            variables.set("originator_codec", caller.codec.as_deref().unwrap_or_default());
            variables.set("originator", &caller.uuid);
            variables.set("signal_bond", &caller.uuid);
            variables.set("switch_m_sdp", caller.remote_sdp.as_deref().unwrap_or_default());
            variables.set("call_uuid", &caller.call_uuid);
            channel.call_uuid.clone_from(&caller.call_uuid);
        }
        for (name, value) in self.destination.variables.iter() {
            channel.variables.set(name, value);
        }
        let counts = self.group.settings.early_media == EarlyMedia::Counts;
        channel.variables.set("originate_early_media", if counts { "true" } else { "false" });
        if let Some(caller) = &self.request.caller {
            channel.variables.set("originating_leg_uuid", &caller.uuid);
        }
        channel.variables.set("originate_endpoint", &self.destination.endpoint);
        rename(channel, &self.destination.variables);
    }
}

/// `origination_channel_name` and `origination_callee_id_…`.
fn rename(channel: &mut Channel, variables: &Variables) {
    if let Some(name) = variables.get("origination_channel_name") {
        name.clone_into(&mut channel.name);
        channel.variables.set("channel_name", name);
    }
    if let Some(profile) = &mut channel.profile {
        profile.channel_name.clone_from(&channel.name);
        put(&mut profile.callee_id_name, variables.get("origination_callee_id_name"));
        put(&mut profile.callee_id_number, variables.get("origination_callee_id_number"));
    }
}
