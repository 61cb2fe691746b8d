//! Answers to the INVITE of a call, and requests that come within one.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;

use super::{
    build::ResponseParts,
    call::{CallEvent, CallNo, Failure, RequestToken, Response},
    core::Core,
    handler::Reply,
    methods::unsupported,
    outgoing::ClientUser,
    session::{ANSWER_WITHIN, MAX_WAITING, Phase, Session, Side, Unacked, Waiting},
};
use crate::{
    message::{Message, Method, Via},
    table::Id,
    transaction::{T1, T1_64, T2},
    transport::{Source, Target},
};

impl Core {
    /// The owner answers the INVITE.
    pub(crate) fn respond(&mut self, now: Instant, no: CallNo, response: &Response) {
        let Some(session) = self.calls.get(&no).filter(|s| s.phase == Phase::Pending) else { return };
        let Side::Incoming { server, invite } = &session.side else { return };
        if !(101..700).contains(&response.code) {
            return;
        }
        let (server, seq) = (*server, invite.cseq().map_or(0, |c| c.seq));
        let (tag, contact) = (session.shared.local_tag.clone(), session.contact.clone());
        let Some(bytes) = self.reply(now, server, &invite_parts(response, &tag, &contact)) else { return };
        match response.code {
            ..200 => {}
            200..300 => {
                if let Some(session) = self.calls.get_mut(&no) {
                    session.phase = Phase::Answered;
                }
                self.await_ack(now, no, server, seq, bytes);
            }
            _ => self.end(now, no),
        }
    }

    /// Keeps a 2xx to send it again until its ACK comes.
    fn await_ack(&mut self, now: Instant, no: CallNo, server: Id, seq: u32, bytes: Bytes) {
        let Some(target) = self.servers.get(server).map(|s| s.target.clone()) else { return };
        let Some(session) = self.calls.get_mut(&no) else { return };
        let end = now + T1_64;
        let again = if session.transport.is_reliable() { end } else { now + T1 };
        session.unacked.push(Unacked { seq, bytes, target, again, gap: T1, end });
        self.arm_call(no);
    }

    /// A request with this call's tags came.
    pub(crate) fn request_within(
        &mut self,
        now: Instant,
        source: Source,
        request: &Arc<Message>,
        via: &Via,
        no: CallNo,
    ) {
        let (Some(method), Some(cseq)) = (request.method().cloned(), request.cseq()) else { return };
        let Some(session) = self.calls.get_mut(&no) else { return };
        if !session.dialog.as_mut().is_some_and(|d| d.accept_seq(cseq.seq)) {
            return self.answer(now, source, request, via, &Reply::new(500));
        }
        session.note_peer(source);
        let (ending, busy, full) =
            (session.phase == Phase::Ending, session.inviting, session.waiting.len() >= MAX_WAITING);
        let asked = session.waiting.iter().any(|w| w.invite) || self.is_unanswered(no);
        if method == Method::Bye {
            return self.bye(now, source, request, via, no);
        }
        if let Some(missing) = unsupported(request, &self.config.supported) {
            return self.answer(now, source, request, via, &Reply::new(420).with("Unsupported", missing));
        }
        let invite = method == Method::Invite;
        match method {
            Method::Other(_) => self.answer(now, source, request, via, &Reply::new(501)),
            Method::Options => self.options(now, source, request, via),
            _ if ending => self.answer(now, source, request, via, &Reply::new(481)),
            // RFC 3261 §14.2: this side's own INVITE is under way; another of theirs has no answer yet.
            Method::Invite if busy => self.answer(now, source, request, via, &Reply::new(491)),
            _ if full || (invite && asked) => {
                self.answer(now, source, request, via, &Reply::new(500).with("Retry-After", "5"));
            }
            _ => self.ask(now, source, request, via, no, invite),
        }
    }

    fn is_unanswered(&self, no: CallNo) -> bool {
        self.calls.get(&no).is_some_and(|s| s.phase == Phase::Pending && matches!(s.side, Side::Incoming { .. }))
    }

    /// Reports a request; the answer comes by [`Core::respond_to`].
    fn ask(&mut self, now: Instant, source: Source, request: &Arc<Message>, via: &Via, no: CallNo, invite: bool) {
        let Some(server) = self.open_server(source, request, via, invite, Some(no)) else { return };
        if invite {
            self.reply(now, server, &ResponseParts { code: 100, ..ResponseParts::default() });
        }
        self.tokens += 1;
        let token = RequestToken(self.tokens);
        if let Some(session) = self.calls.get_mut(&no) {
            session.waiting.push(Waiting { token, invite, server, due: now + ANSWER_WITHIN });
        }
        self.arm_call(no);
        self.tell(no, CallEvent::Request { request: Arc::clone(request), token });
    }

    /// The owner answers a request within the call.
    pub(crate) fn respond_to(&mut self, now: Instant, no: CallNo, token: RequestToken, response: &Response) {
        let Some(session) = self.calls.get_mut(&no) else { return };
        let Some(at) = session.waiting.iter().position(|w| w.token == token) else { return };
        if !(101..700).contains(&response.code) {
            return;
        }
        let (server, invite) = session.waiting.get(at).map_or((None, false), |w| (Some(w.server), w.invite));
        let Some(server) = server else { return };
        if response.code >= 200 {
            session.waiting.remove(at);
        }
        let (tag, contact) = (session.shared.local_tag.clone(), session.contact.clone());
        let Some(request) = self.servers.get(server).and_then(|s| s.request.clone()) else { return };
        let refresh = invite || request.method() == Some(&Method::Update);
        let mut parts = invite_parts(response, &tag, &contact);
        parts.accept = invite && parts.accept;
        parts.routes = false;
        let Some(bytes) = self.reply(now, server, &parts) else { return };
        if (200..300).contains(&response.code) && refresh {
            if let Some(dialog) = self.calls.get_mut(&no).and_then(|s| s.dialog.as_mut()) {
                dialog.refresh_target(&request);
            }
            if invite {
                self.await_ack(now, no, server, request.cseq().map_or(0, |c| c.seq), bytes);
            }
        }
    }

    fn bye(&mut self, now: Instant, source: Source, request: &Arc<Message>, via: &Via, no: CallNo) {
        self.answer(now, source, request, via, &Reply::new(200));
        let Some(session) = self.calls.get(&no) else { return };
        let unanswered = match (&session.side, session.phase) {
            (Side::Incoming { server, .. }, Phase::Pending) => Some(*server),
            _ => None,
        };
        if let Some(server) = unanswered {
            let tag = session.shared.local_tag.clone();
            self.reply(now, server, &ResponseParts { code: 487, to_tag: Some(&tag), ..ResponseParts::default() });
        }
        self.tell(no, CallEvent::Bye(Arc::clone(request)));
        self.end(now, no);
    }

    /// A call's own timers: requests without an answer, 2xx without an ACK.
    pub(crate) fn call_due(&mut self, now: Instant, at: Instant, no: CallNo) {
        let Some(session) = self.calls.get_mut(&no).filter(|s| s.armed == Some(at)) else { return };
        session.armed = None;
        let late: Vec<RequestToken> = session.waiting.iter().filter(|w| w.due <= now).map(|w| w.token).collect();
        let lost = session.unacked.iter().any(|u| u.end <= now);
        let mut again = Vec::new();
        for ok in session.unacked.iter_mut().filter(|u| u.again <= now && u.end > now) {
            ok.gap = (ok.gap * 2).min(T2);
            ok.again = now + ok.gap;
            again.push((ok.target.clone(), ok.bytes.clone()));
        }
        for (target, bytes) in again {
            self.door.tally.retransmitted.add();
            self.send(target, bytes, None);
        }
        for token in late {
            self.respond_to(now, no, token, &Response::new(500));
        }
        if lost {
            self.never_acked(now, no);
        }
        self.arm_call(no);
    }

    /// RFC 3261 §13.3.1.4: the dialog is there, but the call must be ended with BYE.
    fn never_acked(&mut self, now: Instant, no: CallNo) {
        self.tell(no, CallEvent::Failed(Failure::NoAck));
        if let Some(session) = self.calls.get_mut(&no) {
            session.unacked.clear();
            session.phase = Phase::Ending;
            let hangup = session.hangup.take().unwrap_or_default();
            self.send_bye(now, no, &hangup, ClientUser::Bye(no));
        }
    }

    /// Hands an event to the call's owner.
    pub(crate) fn tell(&mut self, no: CallNo, event: CallEvent) {
        if let Some(session) = self.calls.get_mut(&no)
            && !session.tell(event)
        {
            self.door.tally.overflowed.add();
        }
    }
}

impl Session {
    /// The far end's connection may be a new one; it is where requests go when its Contact gives no address.
    fn note_peer(&mut self, source: Source) {
        if source.connection.is_some() {
            self.peer = Target::new(source.transport, source.addr, source.connection);
        }
    }
}

/// What a response to an INVITE carries: the dialog's headers up to 2xx, this side's abilities from 180 on.
fn invite_parts<'a>(response: &'a Response, tag: &'a str, contact: &'a [u8]) -> ResponseParts<'a> {
    let forms_dialog = response.code < 300;
    ResponseParts {
        code: response.code,
        reason: &response.reason,
        to_tag: Some(tag),
        contact: forms_dialog.then_some(contact),
        routes: forms_dialog,
        capabilities: true,
        accept: forms_dialog,
        headers: &response.headers,
        body: response.sdp.as_deref().map(|sdp| ("application/sdp", sdp.as_bytes())),
    }
}
