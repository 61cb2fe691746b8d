//! Requests that come from outside a call, ACK and CANCEL.

use std::{collections::VecDeque, sync::Arc, time::Instant};

use super::{
    build::ResponseParts,
    call::{Call, CallEvent, CallNo},
    core::{Core, ServerMachine},
    handler::{IncomingCall, Reply},
    ids,
    methods::{Outside, may_be_subscription, outside, unsupported},
    session::{Phase, Session, Side},
};
use crate::{
    dialog::Dialog,
    message::{Defect, HeaderId, Message, Method, Via},
    table::Id,
    transaction::{cancelled_key, server_key},
    transport::{Source, Target},
};

impl Core {
    /// A request came.
    pub(crate) fn request(&mut self, now: Instant, source: Source, request: &Arc<Message>) {
        let method = request.method().cloned().unwrap_or(Method::Ack);
        if let Err(defect) = Defect::check(request) {
            self.malformed(now, source, &defect);
            if method != Method::Ack && request.raw(HeaderId::Via).is_some() {
                let tag = ids::tag();
                let parts = ResponseParts { code: defect.status(), to_tag: Some(&tag), ..ResponseParts::default() };
                self.reply_stateless(source, request, &parts);
            }
            return;
        }
        let Some(via) = request.via() else { return };
        if method == Method::Ack {
            return self.ack(now, request, &via);
        }
        if let Some(server) = self.server_keys.get(&server_key(request, &via)).and_then(|id| self.servers.get(*id)) {
            self.door.tally.repeated.add();
            if let Some(bytes) = server.machine.again() {
                let target = server.target.clone();
                self.send(target, bytes, None);
            }
            return;
        }
        if method == Method::Cancel {
            return self.cancel(now, source, request, &via);
        }
        match request.to_tag() {
            Some(tag) => self.request_with_tag(now, source, request, &via, &tag),
            None => self.request_outside(now, source, request, &via),
        }
    }

    fn request_with_tag(&mut self, now: Instant, source: Source, request: &Arc<Message>, via: &Via, tag: &str) {
        let call = self.tags.get(tag).copied();
        let owned = call.filter(|no| self.calls.get(no).is_some_and(|s| s.owns(request)));
        match (owned, request.method()) {
            (Some(no), _) => self.request_within(now, source, request, via, no),
            (None, Some(method)) if may_be_subscription(method) => self.request_outside(now, source, request, via),
            _ => self.answer(now, source, request, via, &Reply::new(481)),
        }
    }

    fn request_outside(&mut self, now: Instant, source: Source, request: &Arc<Message>, via: &Via) {
        let kind = request.method().map_or(Outside::Unknown, outside);
        if matches!(kind, Outside::Unknown) {
            return self.answer(now, source, request, via, &Reply::new(501));
        }
        if let Some(missing) = unsupported(request, &self.config.supported) {
            return self.answer(now, source, request, via, &Reply::new(420).with("Unsupported", missing));
        }
        match kind {
            Outside::Invite => self.invite(now, source, request, via),
            Outside::Options => self.options(now, source, request, via),
            Outside::Handler => {
                let handler = Arc::clone(&self.handler);
                let reply = handler.request(request, source);
                self.answer(now, source, request, via, &reply);
            }
            _ => self.answer(now, source, request, via, &Reply::new(481)),
        }
    }

    fn invite(&mut self, now: Instant, source: Source, request: &Arc<Message>, via: &Via) {
        let tag = ids::tag();
        let limit = if self.stopped { 0 } else { self.config.limits.calls };
        let Some(shared) = self.door.open(limit, request.call_id().into_owned(), tag.clone()) else {
            return self.overload(source, request);
        };
        let Some(server) = self.open_server(source, request, via, true, Some(shared.no)) else { return };
        self.reply(now, server, &ResponseParts { code: 100, ..ResponseParts::default() });
        let user = request.uri().and_then(|u| u.user().map(str::to_owned)).unwrap_or_default();
        let contact = self.builder.contact(&user, &format!(";transport={}", source.transport.param()));
        let session = Session {
            shared: Arc::clone(&shared),
            sink: None,
            kept: VecDeque::new(),
            side: Side::Incoming { invite: Arc::clone(request), server },
            phase: Phase::Pending,
            dialog: Some(Dialog::uas(request, &tag, ids::first_cseq())),
            transport: source.transport,
            peer: Target::new(source.transport, source.addr, source.connection),
            contact,
            unacked: Vec::new(),
            waiting: Vec::new(),
            inviting: false,
            hangup: None,
            armed: None,
        };
        self.calls.insert(shared.no, session);
        self.tags.insert(tag, shared.no);
        let handler = Arc::clone(&self.handler);
        handler.invite(IncomingCall { call: Call::new(shared), request: Arc::clone(request), source });
    }

    pub(crate) fn options(&mut self, now: Instant, source: Source, request: &Arc<Message>, via: &Via) {
        let Some(id) = self.open_server(source, request, via, false, None) else { return };
        let user = request.uri().and_then(|u| u.user().map(str::to_owned)).unwrap_or_default();
        let contact = self.builder.contact(&user, "");
        let tag = ids::tag();
        let parts = ResponseParts {
            code: 200,
            to_tag: Some(&tag),
            contact: Some(&contact),
            capabilities: true,
            accept: true,
            ..ResponseParts::default()
        };
        self.reply(now, id, &parts);
    }

    /// Opens a transaction and gives the final response at once.
    pub(crate) fn answer(&mut self, now: Instant, source: Source, request: &Arc<Message>, via: &Via, reply: &Reply) {
        let invite = request.method() == Some(&Method::Invite);
        let Some(id) = self.open_server(source, request, via, invite, None) else { return };
        let tag = ids::tag();
        let parts = ResponseParts {
            code: reply.code.clamp(200, 699),
            reason: &reply.reason,
            to_tag: Some(&tag),
            capabilities: invite || reply.code == 405 || reply.code == 501,
            headers: &reply.headers,
            body: reply.body.as_ref().map(|(kind, body)| (kind.as_str(), body.as_ref())),
            ..ResponseParts::default()
        };
        self.reply(now, id, &parts);
    }

    fn ack(&mut self, now: Instant, request: &Arc<Message>, via: &Via) {
        if let Some(&id) = self.server_keys.get(&server_key(request, via))
            && let Some(server) = self.servers.get_mut(id)
            && let ServerMachine::Invite(machine) = &mut server.machine
            && machine.wants_ack()
        {
            machine.ack(now);
            return self.arm_server(id);
        }
        let no = request.to_tag().and_then(|tag| self.tags.get(&tag).copied());
        let seq = request.cseq().map_or(0, |c| c.seq);
        let session = no.and_then(|no| self.calls.get_mut(&no)).filter(|s| s.owns(request));
        let Some((no, session)) = no.zip(session) else {
            return self.door.tally.dropped.add();
        };
        let Some(at) = session.unacked.iter().position(|u| u.seq == seq) else { return };
        session.unacked.remove(at);
        self.tell(no, CallEvent::Acked(Arc::clone(request)));
        self.acked(now, no);
    }

    fn cancel(&mut self, now: Instant, source: Source, request: &Arc<Message>, via: &Via) {
        let invite = self.server_keys.get(&cancelled_key(request, via)).copied();
        let found = invite.and_then(|id| self.servers.get(id).map(|s| (id, s.call, s.is_proceeding())));
        let Some((invite, call, proceeding)) = found else {
            return self.answer(now, source, request, via, &Reply::new(481));
        };
        let Some(id) = self.open_server(source, request, via, false, None) else { return };
        let tag = call.and_then(|no| self.calls.get(&no)).map_or_else(ids::tag, |s| s.shared.local_tag.clone());
        self.reply(now, id, &ResponseParts { code: 200, to_tag: Some(&tag), ..ResponseParts::default() });
        if proceeding {
            self.cancelled(now, invite, call, &tag, request);
        }
    }

    fn cancelled(&mut self, now: Instant, invite: Id, call: Option<CallNo>, tag: &str, request: &Arc<Message>) {
        let parts = ResponseParts { code: 487, to_tag: Some(tag), capabilities: true, ..ResponseParts::default() };
        self.reply(now, invite, &parts);
        let Some(no) = call else { return };
        let initial =
            self.calls.get(&no).is_some_and(|s| matches!(s.side, Side::Incoming { server, .. } if server == invite));
        if initial {
            self.tell(no, CallEvent::Cancelled(Some(Arc::clone(request))));
            self.end(now, no);
        } else if let Some(session) = self.calls.get_mut(&no) {
            // A re-INVITE was cancelled: the call goes on as it was.
            session.waiting.retain(|w| w.server != invite);
        }
    }
}
