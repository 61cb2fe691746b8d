//! Responses to what this side sent, and what follows from them.

use std::{sync::Arc, time::Instant};

use bytes::Bytes;

use super::{
    build::RequestParts,
    call::{CallEvent, CallNo, Failure},
    core::Core,
    ids,
    outgoing::{ClientUser, InDialog, client_key},
    session::Phase,
};
use crate::{
    dialog::Dialog,
    message::{Message, Method},
    table::Id,
    transaction::Heard,
    transport::{Source, Target},
};

/// Branches of a forked INVITE that are answered with ACK.
const MAX_FORKS: usize = 8;

impl Core {
    /// A response came.
    pub(crate) fn response(&mut self, now: Instant, source: Source, response: &Arc<Message>) {
        let (Some(via), Some(cseq), Some(code)) = (response.via(), response.cseq(), response.code()) else {
            return self.malformed(now, source, &"response without Via or CSeq");
        };
        let key = via.branch().map(|branch| client_key(branch, &cseq.method));
        let id = key.and_then(|key| self.client_keys.get(&key).copied());
        let client = id.and_then(|id| self.clients.get_mut(id)).filter(|c| c.method == cseq.method);
        let (Some(id), Some(client)) = (id, client) else {
            return self.door.tally.dropped.add();
        };
        // Later requests on this stream go by the connection the answer came on.
        if let (Target::Tcp { connection, .. }, Some(open)) = (&mut client.target, source.connection) {
            *connection = Some(open);
        }
        let (heard, user) = (client.machine.response(now, code), client.user);
        match (heard, &cseq.method) {
            (Heard::Ignore, _) => {}
            (Heard::New, Method::Invite) => self.invite_response(now, id, user, code, response),
            (Heard::Again, Method::Invite) => self.invite_again(now, id, code, response),
            (Heard::New, _) => self.other_response(now, user, code, response),
            (Heard::Again, _) => {}
        }
        self.arm_client(id);
    }

    fn invite_response(&mut self, now: Instant, id: Id, user: ClientUser, code: u16, response: &Arc<Message>) {
        if code >= 300 {
            self.ack_refusal(id, response);
        }
        match user {
            ClientUser::First(no) => self.first_response(now, id, no, code, response),
            ClientUser::Within(no, number) if code >= 200 => {
                if code < 300
                    && let Some(dialog) = self.calls.get_mut(&no).and_then(|s| s.dialog.as_mut())
                {
                    dialog.refresh_target(response);
                    let dialog = dialog.clone();
                    self.ack_success(id, no, &dialog, response);
                }
                self.requested(no, &Method::Invite, number, Ok(Arc::clone(response)));
            }
            _ => {}
        }
    }

    /// The first INVITE of a call is answered.
    fn first_response(&mut self, now: Instant, id: Id, no: CallNo, code: u16, response: &Arc<Message>) {
        let Some(sent) = self.clients.get(id).and_then(|c| c.sent.as_ref()) else { return };
        let dialog = Dialog::uac(response, &sent.from, &sent.local_tag, &sent.uri);
        let target = self.clients.get(id).map(|c| c.target.clone());
        let Some(session) = self.calls.get_mut(&no) else {
            // The call is gone (its transaction timed out on our side): a 2xx still needs ACK and BYE.
            if (200..300).contains(&code) {
                self.end_fork(now, id, &dialog, response);
            }
            return;
        };
        if let Some(target) = target {
            session.peer = target;
        }
        match code {
            100 => self.cancel_when_possible(now, no, id),
            ..200 => {
                if !dialog.remote_tag.is_empty() {
                    session.early(dialog);
                }
                self.tell(no, CallEvent::Progress(Arc::clone(response)));
                self.cancel_when_possible(now, no, id);
            }
            200..300 => {
                let dialog = session.confirm(dialog);
                session.inviting = false;
                let wanted = session.phase == Phase::Pending;
                if wanted {
                    session.phase = Phase::Answered;
                }
                let hangup = session.hangup.take().unwrap_or_default();
                self.ack_success(id, no, &dialog, response);
                if wanted {
                    self.tell(no, CallEvent::Answered(Arc::clone(response)));
                } else {
                    // It was answered before the CANCEL arrived.
                    self.send_bye(now, no, &hangup, ClientUser::Bye(no));
                }
            }
            _ => {
                self.tell(no, CallEvent::Refused(Arc::clone(response)));
                self.end(now, no);
            }
        }
    }

    /// The INVITE's final response came again, or another branch of it answered.
    fn invite_again(&mut self, now: Instant, id: Id, code: u16, response: &Arc<Message>) {
        let Some(sent) = self.clients.get(id).and_then(|c| c.sent.as_ref()) else { return };
        let tag = response.to_tag().unwrap_or_default();
        if let Some((_, bytes, target)) = sent.acks.iter().find(|(t, ..)| *t == tag || code >= 300) {
            let (bytes, target) = (bytes.clone(), target.clone());
            self.door.tally.retransmitted.add();
            return self.send(target, bytes, None);
        }
        if sent.acks.len() < MAX_FORKS {
            let dialog = Dialog::uac(response, &sent.from, &sent.local_tag, &sent.uri);
            self.end_fork(now, id, &dialog, response);
        }
    }

    /// A dialog nobody wants: ACK and BYE (RFC 3261 §13.2.2.4).
    fn end_fork(&mut self, now: Instant, id: Id, dialog: &Dialog, response: &Message) {
        let Some(client) = self.clients.get(id) else { return };
        let Some(contact) = client.sent.as_ref().map(|s| s.contact.clone()) else { return };
        let peer = client.target.clone();
        self.send_ack(id, dialog, &peer, &contact, response);
        let mut dialog = dialog.clone();
        let seq = dialog.next_seq();
        let at = InDialog { dialog: &dialog, seq, peer: &peer, contact: &contact };
        self.send_in_dialog(now, &at, Method::Bye, &[], None, ClientUser::Nobody);
    }

    fn ack_success(&mut self, id: Id, no: CallNo, dialog: &Dialog, response: &Message) {
        let Some((peer, contact)) = self.calls.get(&no).map(|s| (s.peer.clone(), s.contact.clone())) else { return };
        self.send_ack(id, dialog, &peer, &contact, response);
    }

    /// The ACK of a 2xx: its own branch, along the dialog's route (RFC 3261 §13.2.2.4).
    fn send_ack(&mut self, id: Id, dialog: &Dialog, peer: &Target, contact: &Bytes, response: &Message) {
        let seq = response.cseq().map_or(0, |c| c.seq);
        let at = InDialog { dialog, seq, peer, contact };
        let (bytes, target, _) = self.in_dialog_bytes(&at, &Method::Ack, &ids::branch(), &[], None);
        self.remember_ack(id, response, bytes, target);
    }

    /// The ACK of a final response of 300 and more: the INVITE's branch and request URI (RFC 3261 §17.1.1.3).
    fn ack_refusal(&mut self, id: Id, response: &Message) {
        let Some(client) = self.clients.get(id) else { return };
        let Some(sent) = &client.sent else { return };
        let to = response.raw(crate::message::HeaderId::To).unwrap_or(&sent.to);
        let bytes = self.builder.request(&RequestParts {
            method: &Method::Ack,
            uri: &sent.uri,
            branch: &sent.branch,
            transport: client.target.transport(),
            routes: &sent.routes,
            from: &sent.from,
            to,
            call_id: &sent.call_id,
            seq: sent.seq,
            contact: None,
            capabilities: false,
            headers: &[],
            body: None,
        });
        let target = client.target.clone();
        self.remember_ack(id, response, bytes, target);
    }

    fn remember_ack(&mut self, id: Id, response: &Message, bytes: Bytes, target: Target) {
        let tag = response.to_tag().unwrap_or_default();
        if let Some(sent) = self.clients.get_mut(id).and_then(|c| c.sent.as_mut()) {
            sent.acks.push((tag, bytes.clone(), target.clone()));
        }
        self.send(target, bytes, None);
    }

    fn other_response(&mut self, now: Instant, user: ClientUser, code: u16, response: &Arc<Message>) {
        if code < 200 {
            return;
        }
        match user {
            ClientUser::Within(no, number) => {
                let method = response.cseq().map_or(Method::Info, |c| c.method);
                if code < 300
                    && method == Method::Update
                    && let Some(dialog) = self.calls.get_mut(&no).and_then(|s| s.dialog.as_mut())
                {
                    dialog.refresh_target(response);
                }
                self.requested(no, &method, number, Ok(Arc::clone(response)));
            }
            ClientUser::Bye(no) => self.end(now, no),
            ClientUser::First(_) | ClientUser::Nobody => {}
        }
    }

    fn requested(&mut self, no: CallNo, method: &Method, id: u64, outcome: Result<Arc<Message>, Failure>) {
        if *method == Method::Invite
            && let Some(session) = self.calls.get_mut(&no)
        {
            session.inviting = false;
        }
        self.tell(no, CallEvent::Requested { id, outcome });
    }

    /// A request had no answer, or could not be sent.
    pub(crate) fn client_failed(&mut self, now: Instant, id: Id, failure: Failure) {
        let Some(client) = self.clients.get(id) else { return };
        let method = client.method.clone();
        match self.close_client(id) {
            Some(ClientUser::First(no)) => {
                self.tell(no, CallEvent::Failed(failure));
                self.end(now, no);
            }
            Some(ClientUser::Within(no, number)) => self.requested(no, &method, number, Err(failure)),
            Some(ClientUser::Bye(no)) => self.end(now, no),
            Some(ClientUser::Nobody) | None => {}
        }
    }

    /// Sending failed on a transport. A transaction that has its answer already does not mind.
    pub(crate) fn transport_failed(&mut self, now: Instant, id: Id) {
        if self.clients.get(id).is_some_and(|c| c.machine.is_pending()) {
            self.client_failed(now, id, Failure::Transport);
        }
    }
}

impl super::session::Session {
    /// The 2xx's dialog; one that was early with the same tag keeps its sequence numbers.
    fn confirm(&mut self, mut dialog: Dialog) -> Dialog {
        if let Some(early) = self.dialog.as_ref().filter(|d| d.remote_tag == dialog.remote_tag) {
            dialog.local_seq = early.local_seq.max(dialog.local_seq);
            dialog.remote_seq = early.remote_seq;
        }
        self.dialog = Some(dialog.clone());
        dialog
    }

    /// A provisional response opened or goes on with an early dialog; this side's count goes on.
    fn early(&mut self, dialog: Dialog) {
        let same = self.dialog.as_ref().is_some_and(|d| d.remote_tag == dialog.remote_tag);
        if !same {
            self.dialog = Some(dialog);
        }
    }
}
