//! What comes in on a leg's dialog, brought to its session.

use std::sync::Arc;

use strowger_core::channel::HangupCause;
use strowger_core::session::{Session, SessionHandle};

use super::leg::SofiaLeg;
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
        CallEvent::Request { request, token } => on_request(session, &request, token),
        // No request is sent within a call yet.
        CallEvent::Requested { .. } => {}
    }
}

fn on_progress(session: &mut Session, response: &Arc<Message>) {
    let early = session.with_leg::<SofiaLeg, _>(|leg, channel| {
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
    let cause = HangupCause::from_sip(status);
    session.with_leg::<SofiaLeg, _>(|leg, channel| {
        leg.ended_by_peer = true;
        if let Some(profile) = &mut channel.profile {
            profile.network_addr = leg.peer().ip().to_string();
        }
        let variables = &mut channel.variables;
        variables.set("sip_call_id", &response.call_id());
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
    session.with_leg::<SofiaLeg, _>(|leg, channel| {
        let tag = leg.call.as_ref().map(|call| call.local_tag().to_owned()).unwrap_or_default();
        variables::of_later_request(&mut channel.variables, ack, &tag);
        let body = String::from_utf8_lossy(&ack.body);
        // A late offer is answered in the ACK.
        if !body.is_empty() {
            let _ = leg.media.answered(channel, &leg.profile.clone(), &body);
        }
    });
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
    session.hangup(cause);
}

/// The cause of a `Reason: Q.850;cause=16;text="…"` header (RFC 3326).
fn q850_of(request: &Message) -> Option<HangupCause> {
    let reason = request.header("Reason")?;
    let rest = reason.trim().strip_prefix("Q.850")?;
    let cause = rest.split(';').find_map(|part| part.trim().strip_prefix("cause="))?;
    HangupCause::parse(cause.trim())
}

fn on_request(session: &mut Session, request: &Arc<Message>, token: RequestToken) {
    let answered = session.with_leg::<SofiaLeg, _>(|leg, channel| {
        let Some(call) = leg.call.clone() else { return };
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let offers = matches!(request.method(), Some(Method::Invite | Method::Update));
        let answer = match (offers, body.is_empty()) {
            (true, false) => leg.media.reoffered(channel, &leg.profile.clone(), &body).map(Some),
            (true, true) => Ok(Some(leg.media.local_sdp().to_owned())),
            (false, _) => Ok(None),
        };
        let (code, sdp) = match answer {
            Ok(sdp) => (200, sdp),
            Err(_) => (488, None),
        };
        call.respond_to(token, Response { sdp, ..Response::new(code) });
    });
    if answered.is_none() {
        tracing::error!("a SIP request came for a session of another endpoint");
    }
}
