//! The channel variables that mod_sofia sets from SIP messages.

use std::net::SocketAddr;

use strowger_core::channel::{Variables, now_micros};

use super::profile::Profile;
use crate::message::{HeaderId, Message, NameAddr, Uri};
use crate::ua::Invite;

/// The parts of an address: `sip_from_user`, `sip_from_port`, `sip_from_uri`, `sip_from_host`.
fn set_uri(variables: &mut Variables, prefix: &str, uri: &Uri) {
    let user = uri.user().unwrap_or_default();
    let mut set = |part: &str, value: &str| variables.set_foreign(&[prefix, part].concat(), value);
    set("_user", user);
    let port = uri.port().map(|port| port.to_string()).unwrap_or_default();
    set("_port", &port);
    set("_uri", &user_at_host(uri));
    set("_host", uri.host());
}

/// `user@host[:port]`, as it stands in channel names.
pub(super) fn user_at_host(uri: &Uri) -> String {
    let host = match uri.port() {
        Some(port) => format!("{}:{port}", uri.host()),
        None => uri.host().to_owned(),
    };
    match uri.user() {
        Some(user) if !user.is_empty() => format!("{user}@{host}"),
        _ => host,
    }
}

fn raw(message: &Message, id: HeaderId) -> String {
    message.raw(id).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
}

fn tag(address: Option<&NameAddr>) -> String {
    address.and_then(NameAddr::tag).unwrap_or_default().to_owned()
}

/// What the INVITE that came in says.
pub(super) fn of_invite(variables: &mut Variables, invite: &Message, source: SocketAddr, profile: &Profile) {
    let (from, to) = (invite.from(), invite.to());
    if let Some(from) = &from {
        set_uri(variables, "sip_from", &from.uri);
    }
    variables.set_foreign("video_media_flow", "disabled");
    variables.set_foreign("text_media_flow", "disabled");
    variables.set_foreign("sip_call_id", &invite.call_id());
    of_source(variables, source, profile);
    variables.set_foreign("sip_invite_stamp", &now_micros().to_string());
    variables.set_foreign("sip_received_ip", &source.ip().to_string());
    variables.set_foreign("sip_received_port", &source.port().to_string());
    if let Some(via) = invite.via() {
        variables.set_foreign("sip_via_protocol", &via.transport.to_ascii_lowercase());
        variables.set_foreign("sip_via_host", &via.host);
        variables.set_foreign("sip_via_port", &via.port.map(|port| port.to_string()).unwrap_or_default());
        if via.params.contains("rport") {
            variables.set_foreign("sip_via_rport", &source.port().to_string());
        }
    }
    if let Some(from) = &from {
        variables.set_foreign("sip_from_user_stripped", from.uri.user().unwrap_or_default().trim_start_matches('+'));
    }
    of_profile(variables, profile);
    of_dialog(variables, invite, from.as_ref());
    if let Some(uri) = invite.uri() {
        set_uri(variables, "sip_req", &uri);
    }
    if let Some(to) = &to {
        set_uri(variables, "sip_to", &to.uri);
    }
    of_contact(variables, invite);
    set_recover_via(variables, invite, source);
    variables.set_foreign("sip_user_agent", &invite.header("User-Agent").unwrap_or_default());
    variables.set_foreign("max_forwards", &invite.max_forwards().unwrap_or(70).to_string());
}

/// Which profile the call is on.
pub(super) fn of_profile(variables: &mut Variables, profile: &Profile) {
    variables.set_foreign("sofia_profile_name", &profile.name());
    variables.set_foreign("sofia_profile_url", &profile.url());
    variables.set_foreign("recovery_profile_name", &profile.name());
}

fn of_source(variables: &mut Variables, source: SocketAddr, profile: &Profile) {
    variables.set_foreign("sip_local_network_addr", &profile.address().ip().to_string());
    variables.set_foreign("sip_network_ip", &source.ip().to_string());
    variables.set_foreign("sip_network_port", &source.port().to_string());
}

/// The headers that a dialog is known by, whole.
fn of_dialog(variables: &mut Variables, message: &Message, from: Option<&NameAddr>) {
    variables.set_foreign("sip_from_tag", &tag(from));
    variables.set_foreign("sip_full_via", &raw(message, HeaderId::Via));
    variables.set_foreign("sip_from_display", from.map(|from| from.display.as_str()).unwrap_or_default());
    variables.set_foreign("sip_full_from", &raw(message, HeaderId::From));
    variables.set_foreign("sip_full_to", &raw(message, HeaderId::To));
}

/// The Via to answer by after a restart; where the peer asked for its port, with that port.
fn set_recover_via(variables: &mut Variables, invite: &Message, source: SocketAddr) {
    if invite.via().is_some_and(|via| via.params.contains("rport")) {
        let via = raw(invite, HeaderId::Via)
            .replace(";rport=", ";rport")
            .replace(";rport", &format!(";rport={}", source.port()));
        variables.set_foreign("sip_recover_via", &via);
    }
}

fn of_contact(variables: &mut Variables, message: &Message) {
    if let Some(contact) = message.contact() {
        set_uri(variables, "sip_contact", &contact.uri);
        variables.set_foreign("sip_contact_params", contact.uri.params_text());
    }
}

/// What a later message of an incoming call (its ACK, its BYE) tells of the dialog.
pub(super) fn of_later_request(variables: &mut Variables, request: &Message, local_tag: &str) {
    variables.set_foreign("sip_to_tag", local_tag);
    let from = request.from();
    if let Some(cseq) = request.cseq() {
        variables.set_foreign("sip_cseq", &cseq.seq.to_string());
    }
    variables.set_foreign("sip_call_id", &request.call_id());
    let to = request.to();
    variables.set_foreign("sip_to_display", to.as_ref().map(|to| to.display.as_str()).unwrap_or_default());
    of_dialog(variables, request, from.as_ref());
}

/// What a response to our INVITE says.
pub(super) fn of_response(variables: &mut Variables, response: &Message, source: SocketAddr, profile: &Profile) {
    of_reply(variables, source, profile);
    let (from, to) = (response.from(), response.to());
    if let Some(contact) = response.contact() {
        variables.set_foreign("sip_recover_contact", &format!("<{}>", contact.uri.as_str()));
    }
    variables.set_foreign("sip_recover_via", &raw(response, HeaderId::Via));
    of_dialog(variables, response, from.as_ref());
    if let Some(from) = &from {
        set_uri(variables, "sip_from", &from.uri);
    }
    if let Some(to) = &to {
        set_uri(variables, "sip_to", &to.uri);
    }
    of_contact(variables, response);
    variables.set_foreign("sip_to_tag", &tag(to.as_ref()));
    if let Some(cseq) = response.cseq() {
        variables.set_foreign("sip_cseq", &cseq.seq.to_string());
    }
    variables.set_foreign("sip_call_id", &response.call_id());
}

/// What our own INVITE says.
pub(super) fn of_outgoing(variables: &mut Variables, invite: &Invite, profile: &Profile) {
    let contact = format!("<sip:{}@{}{}>", invite.contact_user, profile.address(), invite.contact_params);
    variables.set_foreign("sip_outgoing_contact_uri", &contact);
    variables.set_foreign("sip_req_uri", invite.request_uri.trim_start_matches("sip:"));
    let host = |uri: &str| Uri::parse(uri).map(|uri| uri.host().to_owned()).unwrap_or_default();
    variables.set_foreign("sip_to_host", &host(&invite.request_uri));
    variables.set_foreign("sip_from_host", &host(&invite.from_uri));
    of_profile(variables, profile);
}

/// Where a response came from.
pub(super) fn of_reply(variables: &mut Variables, source: SocketAddr, profile: &Profile) {
    variables.set_foreign("sip_reply_host", &source.ip().to_string());
    variables.set_foreign("sip_reply_port", &source.port().to_string());
    of_source(variables, source, profile);
}

/// The status a call ended with: `sip_term_status`, `proto_specific_hangup_cause`, `sip_term_cause`.
pub(super) fn of_end(variables: &mut Variables, status: u16, cause: u16) {
    variables.set_foreign("sip_term_status", &status.to_string());
    variables.set_foreign("proto_specific_hangup_cause", &format!("sip:{status}"));
    variables.set_foreign("sip_term_cause", &cause.to_string());
}

/// The status that an INVITE failed with.
pub(super) fn of_failure(variables: &mut Variables, status: u16, phrase: &str) {
    variables.set_foreign("sip_invite_failure_status", &status.to_string());
    variables.set_foreign("sip_invite_failure_phrase", phrase);
}
