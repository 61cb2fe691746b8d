//! What comes in on a leg's dialog, brought to its session.

use std::sync::Arc;

use strowger_core::channel::HangupCause;
use strowger_core::session::{Session, SessionHandle};

use super::hold;
use super::indicate;
use super::info;
use super::leg::SofiaLeg;
use super::messages;
use super::notify;
use super::refer;
use super::variables;
use crate::message::{Message, Method, reason_of};
use crate::ua::{CallEvent, CallSink, Failure, RequestToken, Response};

/// Hands a call's events to its session's task.
pub(super) struct LegSink {
    handle: SessionHandle,
}

impl LegSink {
    pub(super) fn new(handle: SessionHandle) -> Self {
        Self { handle }
    }
}

impl CallSink for LegSink {
    fn event(&self, event: CallEvent) {
        let ends =
            matches!(event, CallEvent::Bye(_) | CallEvent::Cancelled(_) | CallEvent::Refused(_) | CallEvent::Failed(_));
        let told = self.handle.tell(move |session| on_event(session, event));
        if told.is_err() && ends {
            // The mailbox is full: the details are lost, the end is not.
            self.handle.hangup(HangupCause::NormalClearing);
        }
    }
}

fn on_event(session: &mut Session, event: CallEvent) {
    match event {
        CallEvent::Progress(response) => on_progress(session, &response),
        CallEvent::Answered(response) => on_answered(session, &response),
        CallEvent::Refused(response) => on_refused(session, &response),
        CallEvent::Failed(failure) => on_failed(session, failure),
        CallEvent::Acked(ack) => on_acked(session, &ack),
        CallEvent::Cancelled(_) => on_cancelled(session),
        CallEvent::Bye(bye) => on_bye(session, &bye),
        CallEvent::Request { request, token } => {
            match request.method() {
                Some(Method::Info) => info::received(session, &request),
                Some(Method::Message) => messages::received_within(session, &request),
                _ => {}
            }
            let answered = match request.method() {
                Some(Method::Notify) => notify::received(session, &request),
                Some(Method::Refer) => Some(refer::received(session, &request)),
                _ => None,
            };
            match answered {
                Some(response) => respond(session, token, response),
                None => on_request(session, &request, token),
            }
        }
        CallEvent::Requested { id, outcome } if id == hold::REINVITE => hold::reinvited(session, &outcome),
        CallEvent::Requested { id, outcome } if id == indicate::REFER => notify::referred(session, &outcome),
        // What became of an INFO of ours changes nothing.
        CallEvent::Requested { .. } => {}
    }
}

fn on_progress(session: &mut Session, response: &Arc<Message>) {
    let early = session.with_leg::<SofiaLeg, _>(|leg, channel| {
        leg.far_end.note(response);
        variables::of_response(&mut channel.variables, response, leg.peer(), &leg.profile);
        if let Some(profile) = &mut channel.profile {
            profile.network_addr = leg.peer().ip().to_string();
        }
        let body = String::from_utf8_lossy(&response.body);
        !body.is_empty() && leg.media.answered(channel, &leg.profile.clone(), &body).is_ok()
    });
    if early == Some(true) {
        session.mark_early();
    } else if response.code() == Some(180) {
        session.mark_ringing();
    }
}

fn on_answered(session: &mut Session, response: &Arc<Message>) {
    let media = session.with_leg::<SofiaLeg, _>(|leg, channel| {
        leg.answered_by_peer();
        leg.far_end.note(response);
        variables::of_response(&mut channel.variables, response, leg.peer(), &leg.profile);
        if let Some(profile) = &mut channel.profile {
            profile.network_addr = leg.peer().ip().to_string();
        }
        let body = String::from_utf8_lossy(&response.body);
        leg.media.answered(channel, &leg.profile.clone(), &body)
    });
    match media {
        Some(Err(cause)) => session.hangup(cause),
        _ => session.mark_answered(),
    }
}

fn on_refused(session: &mut Session, response: &Arc<Message>) {
    let status = response.code().unwrap_or(500);
    let cause = q850_of(response).unwrap_or(HangupCause::from_sip(status));
    session.with_leg::<SofiaLeg, _>(|leg, channel| {
        leg.ended_by_peer = true;
        if let Some(profile) = &mut channel.profile {
            profile.network_addr = leg.peer().ip().to_string();
        }
        let variables = &mut channel.variables;
        variables.set_foreign("sip_call_id", &response.call_id());
        variables::of_reply(variables, leg.peer(), &leg.profile);
        variables.set("sip_hangup_disposition", "recv_refuse");
        variables::of_failure(variables, status, &response.reason());
        variables::of_end(variables, status, cause.q850());
    });
    session.hangup(cause);
}

fn on_failed(session: &mut Session, failure: Failure) {
    let (status, cause) = match failure {
        Failure::Timeout | Failure::NoAck => (408, HangupCause::RecoveryOnTimerExpire),
        Failure::Transport | Failure::NoDialog => (503, HangupCause::NormalTemporaryFailure),
        Failure::Limit => (503, HangupCause::SwitchCongestion),
        Failure::Shutdown => (503, HangupCause::SystemShutdown),
    };
    session.with_leg::<SofiaLeg, _>(|leg, channel| {
        leg.ended_by_peer = true;
        variables::of_failure(&mut channel.variables, status, reason_of(status));
        variables::of_end(&mut channel.variables, status, cause.q850());
    });
    session.hangup(cause);
}

fn on_acked(session: &mut Session, ack: &Arc<Message>) {
    let media = session.with_leg::<SofiaLeg, _>(|leg, channel| {
        let tag = leg.call.as_ref().map(|call| call.local_tag().to_owned()).unwrap_or_default();
        variables::of_later_request(&mut channel.variables, ack, &tag);
        leg.media.acked(channel, &leg.profile.clone(), &String::from_utf8_lossy(&ack.body))
    });
    match media {
        Some(Err(cause)) => session.hangup(cause),
        Some(Ok(true)) => hold::follow(session),
        _ => {}
    }
}

fn on_cancelled(session: &mut Session) {
    session.with_leg::<SofiaLeg, _>(|leg, channel| {
        leg.ended_by_peer = true;
        let variables = &mut channel.variables;
        variables.set("sip_hangup_disposition", "recv_cancel");
        variables::of_failure(variables, 487, reason_of(487));
        variables::of_end(variables, 487, 487);
    });
    session.hangup(HangupCause::OriginatorCancel);
}

fn on_bye(session: &mut Session, bye: &Arc<Message>) {
    let cause = q850_of(bye).unwrap_or(HangupCause::NormalClearing);
    session.with_leg::<SofiaLeg, _>(|leg, channel| {
        leg.ended_by_peer = true;
        let variables = &mut channel.variables;
        variables::of_end(variables, 200, cause.q850());
        variables.set("sip_hangup_disposition", "recv_bye");
    });
    // The phrase of the 200 that a BYE gets.
    session.tell_partner(|other| other.channel.variables.set("sip_hangup_phrase", "OK"));
    session.hangup(cause);
}

/// The cause of a `Reason: Q.850;cause=16;text="…"` header (RFC 3326), which may have other protocols beside it.
fn q850_of(message: &Message) -> Option<HangupCause> {
    message.headers("Reason").find_map(|header| header.split(',').find_map(q850))
}

fn q850(value: &str) -> Option<HangupCause> {
    let mut parts = value.split(';').map(str::trim);
    parts.next().filter(|protocol| protocol.eq_ignore_ascii_case("Q.850"))?;
    let (_, number) =
        parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("cause"))?;
    let number: u8 = number.trim().parse().ok().filter(|number| (1..128).contains(number))?;
    HangupCause::parse(&number.to_string())
}

fn respond(session: &mut Session, token: RequestToken, response: Response) {
    session.with_leg::<SofiaLeg, _>(|leg, _| {
        if let Some(call) = &leg.call {
            call.respond_to(token, response);
        }
    });
}

fn on_request(session: &mut Session, request: &Arc<Message>, token: RequestToken) {
    let answered = session.with_leg::<SofiaLeg, _>(|leg, channel| {
        let Some(call) = leg.call.clone() else { return false };
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let profile = leg.profile.clone();
        let response = match request.method() {
            Some(Method::Invite) if body.is_empty() => with_media(leg.media.reoffer(&profile)),
            Some(Method::Invite) => with_media(leg.media.reoffered(channel, &profile, &body)),
            // RFC 3311 §5.2: our own offer has no answer yet.
            Some(Method::Update) if !body.is_empty() && leg.reinvite.is_under_way() => Response::new(491),
            Some(Method::Update) if !body.is_empty() => with_media(leg.media.reoffered(channel, &profile, &body)),
            Some(method) => Response::new(plain_answer(method)),
            None => Response::new(400),
        };
        let moved = response.code == 200 && !body.is_empty() && response.sdp.is_some();
        call.respond_to(token, response);
        moved
    });
    match answered {
        Some(true) => {
            hold::follow(session);
            session.with_leg::<SofiaLeg, _>(|leg, channel| leg.note_reinvite(channel));
        }
        Some(false) => {}
        None => tracing::error!("a SIP request came for a session of another endpoint"),
    }
}

fn with_media(answer: Result<String, HangupCause>) -> Response {
    answer.map_or_else(|_| Response::new(488), |sdp| Response::new(200).with_sdp(sdp))
}

/// What a request within a call is answered with that changes no media. What is not acted on must not look as if it
/// were: a phone whose REFER is accepted waits for its transfer.
fn plain_answer(method: &Method) -> u16 {
    match method {
        Method::Info | Method::Update => 200,
        Method::Notify | Method::Prack => 481,
        Method::Subscribe | Method::Publish => 489,
        Method::Message => 202,
        _ => 501,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_in_reason_headers() {
        for (value, cause) in [
            ("Q.850;cause=34;text=\"No circuit\"", Some(HangupCause::NormalCircuitCongestion)),
            ("SIP;cause=200;text=\"x\", q.850 ; Cause = 17", Some(HangupCause::UserBusy)),
            ("Q.850;cause=0", None),
            ("Q.850;cause=503", None),
            ("Q.850;cause=USER_BUSY", None),
            ("Q.850", None),
            ("SIP;cause=17", None),
        ] {
            assert_eq!(value.split(',').find_map(q850), cause, "{value}");
        }
    }
}
