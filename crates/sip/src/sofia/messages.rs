//! SIP MESSAGE: texts that come in, each a MESSAGE event (RFC 3428).

use strowger_core::Switch;
use strowger_core::bus::Origin;
use strowger_core::session::Session;
use strowger_event::{Event, EventKind};

use super::leg::SofiaLeg;
use super::profile::Profile;
use crate::message::{Message, NameAddr};

const CAME: Origin = Origin::new("sofia_presence.c", "sofia_presence_handle_sip_i_message", 4560);

/// Tells of a text that came within a call.
pub(super) fn received_within(session: &mut Session, message: &Message) {
    let profile = session.with_leg::<SofiaLeg, _>(|leg, _| leg.profile.clone());
    if let Some(profile) = profile {
        fire(session.switch(), &profile, message, Some(&session.channel.uuid));
    }
}

/// Tells of a text that came to a profile.
pub(super) fn received(switch: &Switch, profile: &Profile, message: &Message) {
    fire(switch, profile, message, None);
}

fn fire(switch: &Switch, profile: &Profile, message: &Message, call: Option<&str>) {
    if !switch.bus().wants(EventKind::Message) {
        return switch.bus().skip();
    }
    let settings = profile.settings();
    let (from, to) = (message.from(), message.to());
    let (from_user, from_host) = parts(from.as_ref());
    let (to_user, to_host) = parts(to.as_ref());
    let content_type = Some(message.content_type()).filter(|kind| !kind.is_empty());
    let mut event = Event::new(EventKind::Message)
        .header("login", &profile.url())
        .header("proto", "sip")
        .header("to_proto", "sip")
        .header("from", &format!("{from_user}@{from_host}"))
        .header("from_user", &from_user)
        .header("from_host", &from_host)
        .header("to_user", &to_user)
        .header("to_host", &to_host)
        .header("to", &format!("{to_user}@{to_host}"))
        .header("subject", "SIMPLE MESSAGE")
        .header("context", &settings.context)
        .header("type", content_type.as_deref().unwrap_or("text/plain"))
        .header("from_full", &message.header("From").unwrap_or_default())
        .header("sip_profile", &settings.name);
    if let Some(uuid) = call {
        event.headers.push("Unique-ID", uuid);
    }
    event.body = Some(String::from_utf8_lossy(&message.body).into_owned()).filter(|body| !body.is_empty());
    switch.bus().publish(event, CAME);
}

fn parts(address: Option<&NameAddr>) -> (String, String) {
    let uri = address.map(|address| &address.uri);
    let user = uri.and_then(|uri| uri.user()).unwrap_or_default();
    (user.to_owned(), uri.map(|uri| uri.host().to_owned()).unwrap_or_default())
}
