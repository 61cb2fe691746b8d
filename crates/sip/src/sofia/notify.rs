//! What a far end that was sent elsewhere says of it: the answer to our REFER, and the NOTIFYs that follow (RFC 3515).

use std::sync::Arc;

use strowger_config::is_true;
use strowger_core::bus::Origin;
use strowger_core::channel::HangupCause;
use strowger_core::session::{NO_REPLY, Session};
use strowger_event::{Event, EventKind};

use crate::message::{Message, NameAddr};
use crate::ua::{Failure, Response};

const TOLD: Origin = Origin::new("sofia.c", "sofia_handle_sip_i_notify", 640);

/// The far end has answered our REFER, or never will. What it agreed to is told by NOTIFY.
pub(super) fn referred(session: &mut Session, outcome: &Result<Arc<Message>, Failure>) {
    let status = outcome.as_ref().map_or(408, |response| response.code().unwrap_or(500));
    session.channel.variables.set("sip_refer_status_code", &status.to_string());
    if status >= 300 {
        tracing::warn!(uuid = %session.channel.uuid, "the far end does not call elsewhere: {status}");
        session.deflected(NO_REPLY);
    }
}

/// Takes a NOTIFY that came within the call; the response to it, `None` when it is of no package that is known.
pub(super) fn received(session: &mut Session, notify: &Message) -> Option<Response> {
    let event = notify.header("Event")?;
    let package = event.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match package.as_str() {
        "refer" => {
            fire(session, notify, &event);
            gone_elsewhere(session, &String::from_utf8_lossy(&notify.body));
        }
        "keep-alive" => {}
        _ => return None,
    }
    Some(Response::new(200))
}

fn gone_elsewhere(session: &mut Session, fragment: &str) {
    if fragment.is_empty() {
        return;
    }
    let status = fragment.split_once(' ').map_or(0, |(_, rest)| leading_number(rest));
    let variables = &mut session.channel.variables;
    if (1..200).contains(&status) {
        return variables.set("sip_refer_target_provisional_status_code", &status.to_string());
    }
    variables.set("sip_refer_target_status_code", &status.to_string());
    variables.set_foreign("sip_refer_reply", fragment);
    session.deflected(fragment);
    let goes_on = session.channel.variables.get("sip_refer_continue_after_reply").is_some_and(is_true);
    if status == 200 && !goes_on {
        session.hangup(HangupCause::BlindTransfer);
    }
}

fn leading_number(text: &str) -> u16 {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// `CUSTOM sofia::notify_refer`.
fn fire(session: &Session, notify: &Message, package: &str) {
    if !session.switch().bus().wants(EventKind::Custom) {
        return session.switch().bus().skip();
    }
    let mut event = Event::custom("sofia::notify_refer");
    let mut push = |name: &str, value: &str| {
        if !value.is_empty() {
            event.headers.push(name, value);
        }
    };
    let (name, parameters) = package.split_once(';').unwrap_or((package, ""));
    let id = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("id="));
    push("content-type", &notify.content_type());
    push("event-package", name.trim());
    push("event-id", id.unwrap_or_default());
    let (from, to) = (notify.from(), notify.to());
    push("contact", &address(notify.contact().as_ref()));
    push("from", &address(from.as_ref()));
    push("from-tag", from.as_ref().and_then(NameAddr::tag).unwrap_or_default());
    push("to", &address(to.as_ref()));
    push("to-tag", to.as_ref().and_then(NameAddr::tag).unwrap_or_default());
    push("call-id", &notify.call_id());
    let state = notify.header("Subscription-State").unwrap_or_default();
    let mut parts = state.split(';').map(str::trim);
    push("subscription-substate", parts.next().unwrap_or_default());
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        match name.to_ascii_lowercase().as_str() {
            "reason" => push("subscription-reason", value),
            "retry-after" => push("subscription-retry-after", value),
            "expires" => push("subscription-expires", value),
            _ => {}
        }
    }
    push("UniqueID", &session.channel.uuid);
    event.body = Some(String::from_utf8_lossy(&notify.body).into_owned()).filter(|body| !body.is_empty());
    session.publish(event, TOLD);
}

/// `user@host`.
fn address(address: Option<&NameAddr>) -> String {
    address
        .map(|address| format!("{}@{}", address.uri.user().unwrap_or_default(), address.uri.host()))
        .unwrap_or_default()
}
