//! Requests this side sends.

use std::{collections::VecDeque, net::SocketAddr, sync::Arc, time::Instant};

use bytes::Bytes;

use super::{
    build::RequestParts,
    call::{CallEvent, CallNo, CallSink, Failure, Hangup, Invite, OutgoingRequest},
    core::Core,
    door::CallShared,
    end::reason_header,
    ids,
    session::{Phase, Session, Side},
};
use crate::{
    dialog::Dialog,
    message::{Method, NameAddr, Uri},
    table::Id,
    transaction::{Heard, InviteClient, OtherClient, Tick},
    transport::{Target, Transport},
};

/// A client transaction and whom its outcome is for.
pub(crate) struct Client {
    pub(crate) machine: ClientMachine,
    pub(crate) key: String,
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) user: ClientUser,
    /// What ACK and CANCEL of an INVITE repeat.
    pub(crate) sent: Option<Box<SentInvite>>,
    pub(crate) armed: Option<Instant>,
}

/// Either kind of client transaction.
pub(crate) enum ClientMachine {
    Invite(InviteClient),
    Other(OtherClient),
}

/// Whom a response is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientUser {
    /// The call its INVITE began.
    First(CallNo),
    /// A request within a call, by the owner's number.
    Within(CallNo, u64),
    /// The BYE that ends a call.
    Bye(CallNo),
    /// Nobody: CANCEL, and the BYE to a fork.
    Nobody,
}

/// An INVITE as it was sent.
pub(crate) struct SentInvite {
    pub(crate) uri: Bytes,
    pub(crate) branch: String,
    pub(crate) routes: Vec<Bytes>,
    pub(crate) from: Bytes,
    pub(crate) to: Bytes,
    pub(crate) call_id: Bytes,
    pub(crate) seq: u32,
    pub(crate) contact: Bytes,
    pub(crate) local_tag: String,
    /// The ACKs sent, by To-tag: sent again when the response comes again.
    pub(crate) acks: Vec<(String, Bytes, Target)>,
}

impl Core {
    /// Begins an outgoing call.
    pub(crate) fn start(
        &mut self,
        now: Instant,
        shared: &Arc<CallShared>,
        sink: Option<Arc<dyn CallSink>>,
        invite: &Invite,
    ) {
        let sent = Box::new(self.first_invite(shared, invite));
        let target = self.first_target(invite);
        let full = self.servers.len() + self.clients.len() >= self.config.limits.transactions;
        let failure = match &target {
            _ if self.stopped => Some(Failure::Shutdown),
            _ if full => Some(Failure::Limit),
            None => Some(Failure::Transport),
            Some(_) => None,
        };
        let (Some(target), None) = (target, failure) else {
            shared.close(VecDeque::from([CallEvent::Failed(failure.unwrap_or(Failure::Transport))]));
            if let Some(sink) = sink {
                shared.attach(sink);
            }
            return;
        };
        let body = invite.sdp.as_deref().map(|sdp| ("application/sdp", sdp.as_bytes()));
        let bytes = self.invite_bytes(&sent, target.transport(), &invite.headers, body);
        let (contact, peer) = (sent.contact.clone(), target.clone());
        let client = self.open_client(
            now,
            Method::Invite,
            target,
            bytes,
            &sent.branch.clone(),
            ClientUser::First(shared.no),
            Some(sent),
        );
        let session = Session {
            shared: Arc::clone(shared),
            sink,
            kept: VecDeque::new(),
            side: Side::Outgoing { client },
            phase: Phase::Pending,
            dialog: None,
            transport: peer.transport(),
            peer,
            contact,
            unacked: Vec::new(),
            waiting: Vec::new(),
            inviting: true,
            hangup: None,
            armed: None,
        };
        self.calls.insert(shared.no, session);
        self.tags.insert(shared.local_tag.clone(), shared.no);
    }

    fn first_invite(&self, shared: &CallShared, invite: &Invite) -> SentInvite {
        let name = invite.from_display.replace(['\\', '"', '\r', '\n'], "");
        let name = if name.is_empty() { name } else { format!("\"{name}\" ") };
        let from = format!("{name}<{}>;tag={}", invite.from_uri, shared.local_tag);
        SentInvite {
            uri: Bytes::from(invite.request_uri.replace([' ', '\r', '\n'], "")),
            branch: ids::branch(),
            routes: invite.routes.iter().map(|r| Bytes::from(r.clone())).collect(),
            from: Bytes::from(from),
            to: Bytes::from(invite.to.clone()),
            call_id: Bytes::from(shared.call_id.clone()),
            seq: ids::first_cseq(),
            contact: self.builder.contact(&invite.contact_user, &invite.contact_params),
            local_tag: shared.local_tag.clone(),
            acks: Vec::new(),
        }
    }

    fn first_target(&self, invite: &Invite) -> Option<Target> {
        if let Some(addr) = invite.destination {
            return Some(Target::new(invite.transport, addr, None));
        }
        let uri = match invite.routes.first() {
            Some(route) => NameAddr::parse(route.as_bytes()).ok()?.uri,
            None => Uri::parse(&invite.request_uri).ok()?,
        };
        target_of(&uri, invite.transport, None)
    }

    fn invite_bytes(
        &self,
        sent: &SentInvite,
        transport: Transport,
        headers: &[(String, String)],
        body: Option<(&str, &[u8])>,
    ) -> Bytes {
        self.builder.request(&RequestParts {
            method: &Method::Invite,
            uri: &sent.uri,
            branch: &sent.branch,
            transport,
            routes: &sent.routes,
            from: &sent.from,
            to: &sent.to,
            call_id: &sent.call_id,
            seq: sent.seq,
            contact: Some(&sent.contact),
            capabilities: true,
            headers,
            body,
        })
    }

    /// Sends a request and opens its transaction.
    #[allow(clippy::too_many_arguments)] // a transaction is made of just these
    pub(crate) fn open_client(
        &mut self,
        now: Instant,
        method: Method,
        target: Target,
        bytes: Bytes,
        branch: &str,
        user: ClientUser,
        sent: Option<Box<SentInvite>>,
    ) -> Id {
        let reliable = target.transport().is_reliable();
        let machine = if method == Method::Invite {
            ClientMachine::Invite(InviteClient::new(now, reliable, bytes.clone()))
        } else {
            ClientMachine::Other(OtherClient::new(now, reliable, bytes.clone()))
        };
        let key = client_key(branch, &method);
        let client = Client { machine, key: key.clone(), method, target: target.clone(), user, sent, armed: None };
        let id = self.clients.insert(client);
        self.client_keys.insert(key, id);
        self.send(target, bytes, Some(id));
        self.arm_client(id);
        id
    }

    /// Sends CANCEL when a provisional response has come (RFC 3261 §9.1); otherwise the next one calls this again.
    pub(crate) fn cancel_when_possible(&mut self, now: Instant, no: CallNo, client: Id) {
        let Some(entry) = self.clients.get_mut(client) else { return self.end(now, no) };
        let (ClientMachine::Invite(machine), Some(sent)) = (&mut entry.machine, &entry.sent) else { return };
        let Some(hangup) = self.calls.get_mut(&no).filter(|_| machine.is_proceeding()).and_then(|s| s.hangup.take())
        else {
            return;
        };
        machine.cancelled(now);
        let bytes = self.builder.request(&RequestParts {
            method: &Method::Cancel,
            uri: &sent.uri,
            branch: &sent.branch,
            transport: entry.target.transport(),
            routes: &sent.routes,
            from: &sent.from,
            to: &sent.to,
            call_id: &sent.call_id,
            seq: sent.seq,
            contact: None,
            capabilities: false,
            headers: &reason_header(&hangup),
            body: None,
        });
        let (target, branch) = (entry.target.clone(), sent.branch.clone());
        self.arm_client(client);
        self.open_client(now, Method::Cancel, target, bytes, &branch, ClientUser::Nobody, None);
    }

    /// The owner sends a request within the call.
    pub(crate) fn send_within(&mut self, now: Instant, no: CallNo, request: OutgoingRequest) {
        let invite = request.method == Method::Invite;
        let Some(session) = self.calls.get_mut(&no).filter(|s| s.phase != Phase::Ending) else { return };
        let busy = invite && (session.inviting || session.waiting.iter().any(|w| w.invite));
        let wrong = matches!(request.method, Method::Ack | Method::Cancel | Method::Bye);
        let Some(dialog) = session.dialog.as_mut().filter(|_| !busy && !wrong) else {
            return self.tell(no, CallEvent::Requested { id: request.id, outcome: Err(Failure::NoDialog) });
        };
        let seq = dialog.next_seq();
        let (dialog, contact, peer) = (dialog.clone(), session.contact.clone(), session.peer.clone());
        session.inviting |= invite;
        let body = request.body.as_ref().map(|(kind, body)| (kind.as_str(), body.as_ref()));
        let user = ClientUser::Within(no, request.id);
        self.send_in_dialog(
            now,
            &InDialog { dialog: &dialog, seq, peer: &peer, contact: &contact },
            request.method,
            &request.headers,
            body,
            user,
        );
    }

    /// Sends the BYE of a call.
    pub(crate) fn send_bye(&mut self, now: Instant, no: CallNo, hangup: &Hangup, user: ClientUser) {
        let Some(session) = self.calls.get_mut(&no) else { return };
        let Some(dialog) = session.dialog.as_mut() else { return self.end(now, no) };
        let seq = dialog.next_seq();
        let (dialog, contact, peer) = (dialog.clone(), session.contact.clone(), session.peer.clone());
        let at = InDialog { dialog: &dialog, seq, peer: &peer, contact: &contact };
        self.send_in_dialog(now, &at, Method::Bye, &reason_header(hangup), None, user);
    }

    /// Sends a request along a dialog's route.
    pub(crate) fn send_in_dialog(
        &mut self,
        now: Instant,
        at: &InDialog<'_>,
        method: Method,
        headers: &[(String, String)],
        body: Option<(&str, &[u8])>,
        user: ClientUser,
    ) {
        let branch = ids::branch();
        let (bytes, target, path) = self.in_dialog_bytes(at, &method, &branch, headers, body);
        let sent = (method == Method::Invite).then(|| {
            Box::new(SentInvite {
                uri: path.uri,
                branch: branch.clone(),
                routes: path.routes,
                from: at.dialog.local.clone(),
                to: at.dialog.remote.clone(),
                call_id: at.dialog.call_id.clone(),
                seq: at.seq,
                contact: at.contact.clone(),
                local_tag: at.dialog.local_tag.clone(),
                acks: Vec::new(),
            })
        });
        self.open_client(now, method, target, bytes, &branch, user, sent);
    }

    /// A request of a dialog, and where it goes. BYE and ACK carry fewer headers, as mod_sofia writes them.
    pub(crate) fn in_dialog_bytes(
        &self,
        at: &InDialog<'_>,
        method: &Method,
        branch: &str,
        headers: &[(String, String)],
        body: Option<(&str, &[u8])>,
    ) -> (Bytes, Target, crate::dialog::Path) {
        let path = at.dialog.path();
        let hop = Uri::parse(&String::from_utf8_lossy(&path.next_hop)).ok();
        let target =
            hop.and_then(|uri| target_of(&uri, Transport::Udp, Some(at.peer))).unwrap_or_else(|| at.peer.clone());
        let bytes = self.builder.request(&RequestParts {
            method,
            uri: &path.uri,
            branch,
            transport: target.transport(),
            routes: &path.routes,
            from: &at.dialog.local,
            to: &at.dialog.remote,
            call_id: &at.dialog.call_id,
            seq: at.seq,
            contact: (*method != Method::Bye).then_some(at.contact.as_ref()),
            capabilities: *method != Method::Ack,
            headers,
            body,
        });
        (bytes, target, path)
    }
}

/// What a request within a dialog is sent with.
pub(crate) struct InDialog<'a> {
    pub(crate) dialog: &'a Dialog,
    pub(crate) seq: u32,
    pub(crate) peer: &'a Target,
    pub(crate) contact: &'a Bytes,
}

impl ClientMachine {
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self {
            ClientMachine::Invite(machine) => machine.deadline(),
            ClientMachine::Other(machine) => machine.deadline(),
        }
    }

    pub(crate) fn poll(&mut self, now: Instant) -> Tick {
        match self {
            ClientMachine::Invite(machine) => machine.poll(now),
            ClientMachine::Other(machine) => machine.poll(now),
        }
    }

    /// Whether no final response has come.
    pub(crate) fn is_pending(&self) -> bool {
        match self {
            ClientMachine::Invite(machine) => machine.is_pending(),
            ClientMachine::Other(machine) => machine.is_pending(),
        }
    }

    pub(crate) fn response(&mut self, now: Instant, code: u16) -> Heard {
        match self {
            ClientMachine::Invite(machine) => machine.response(now, code),
            ClientMachine::Other(machine) => machine.response(now, code),
        }
    }
}

/// A CANCEL has its INVITE's branch.
pub(crate) fn client_key(branch: &str, method: &Method) -> String {
    if *method == Method::Cancel { format!("{branch} CANCEL") } else { branch.to_owned() }
}

/// Where a URI points to: its numeric host, or a name to look up (address records only, no NAPTR or SRV). The open
/// connection to `peer` is kept for the same host: a client's own port may be none it listens on.
pub(crate) fn target_of(uri: &Uri, default: Transport, peer: Option<&Target>) -> Option<Target> {
    let transport = match uri.param("transport") {
        Some(name) if name.eq_ignore_ascii_case("tcp") => Transport::Tcp,
        Some(_) => Transport::Udp,
        None => peer.map_or(default, Target::transport),
    };
    let port = uri.port().unwrap_or(5060);
    let Some(ip) = uri.ip() else {
        let host = uri.host().to_owned();
        return (!host.is_empty()).then_some(Target::Host { transport, host, port });
    };
    let connection = match peer {
        Some(Target::Tcp { addr, connection }) if addr.ip() == ip => *connection,
        _ => None,
    };
    Some(Target::new(transport, SocketAddr::new(ip, port), connection))
}
