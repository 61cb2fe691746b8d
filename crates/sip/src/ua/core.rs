//! The user agent without its sockets: datagrams, commands and time go in; datagrams and events come out.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{
    build::{Builder, ResponseParts, response_target},
    call::{CallNo, Failure},
    config::UaConfig,
    door::{CallShared, Command, Door},
    handler::UaHandler,
    outgoing::{Client, ClientUser},
    session::Session,
    timers::{Owner, Timers},
};
use crate::{
    message::{Message, ParseError, Via, parse},
    table::{Id, Table},
    transaction::{InviteServer, OtherServer, Tick, server_key},
    transport::{Source, Target},
};

/// Everything one user agent knows.
pub(crate) struct Core {
    pub(crate) config: Arc<UaConfig>,
    pub(crate) builder: Builder,
    pub(crate) handler: Arc<dyn UaHandler>,
    pub(crate) door: Arc<Door>,
    pub(crate) servers: Table<Server>,
    pub(crate) server_keys: HashMap<Vec<u8>, Id>,
    pub(crate) clients: Table<Client>,
    pub(crate) client_keys: HashMap<String, Id>,
    pub(crate) calls: HashMap<CallNo, Session>,
    /// Calls by their tag on this side.
    pub(crate) tags: HashMap<String, CallNo>,
    pub(crate) timers: Timers,
    pub(crate) tokens: u64,
    pub(crate) stopped: bool,
    out: Vec<Transmit>,
    warned: Option<Instant>,
}

/// Bytes to send; when that fails `client` is to hear of it.
pub(crate) struct Transmit {
    pub(crate) target: Target,
    pub(crate) bytes: Bytes,
    pub(crate) client: Option<Id>,
}

/// A server transaction and what it answers.
pub(crate) struct Server {
    pub(crate) machine: ServerMachine,
    key: Vec<u8>,
    pub(crate) source: Source,
    pub(crate) target: Target,
    /// Until the final response is sent.
    pub(crate) request: Option<Arc<Message>>,
    pub(crate) call: Option<CallNo>,
    armed: Option<Instant>,
}

/// Either kind of server transaction.
pub(crate) enum ServerMachine {
    Invite(InviteServer),
    Other(OtherServer),
}

impl Core {
    pub(crate) fn new(config: Arc<UaConfig>, local: SocketAddr, handler: Arc<dyn UaHandler>, door: Arc<Door>) -> Core {
        Core {
            builder: Builder::new(&config, local),
            config,
            handler,
            door,
            servers: Table::default(),
            server_keys: HashMap::new(),
            clients: Table::default(),
            client_keys: HashMap::new(),
            calls: HashMap::new(),
            tags: HashMap::new(),
            timers: Timers::default(),
            tokens: 0,
            stopped: false,
            out: Vec::new(),
            warned: None,
        }
    }

    /// A datagram came.
    pub(crate) fn datagram(&mut self, now: Instant, source: Source, data: &Bytes) {
        match parse(data) {
            Ok(message) => self.message(now, source, message),
            Err(ParseError::KeepAlive) => {}
            Err(error) => self.malformed(now, source, &error),
        }
    }

    /// A message came.
    pub(crate) fn message(&mut self, now: Instant, source: Source, message: Message) {
        self.door.tally.received.add();
        tracing::trace!(profile = %self.config.name, from = %source.addr, start = ?message.start, "received");
        if message.is_request() {
            self.request(now, source, &Arc::new(message));
        } else {
            self.response(now, source, &Arc::new(message));
        }
    }

    /// Counts bytes or a request that are no good; says so at most once a second.
    pub(crate) fn malformed(&mut self, now: Instant, source: Source, what: &dyn std::fmt::Display) {
        self.door.tally.malformed.add();
        if self.warned.is_none_or(|last| now.saturating_duration_since(last) >= Duration::from_secs(1)) {
            self.warned = Some(now);
            tracing::warn!(profile = %self.config.name, from = %source.addr, by = %source.transport, "malformed: {what}");
        }
    }

    /// Carries out what the handles asked for.
    pub(crate) fn commands(&mut self, now: Instant) {
        // Looked at first: what was left at the door before the stop is carried out before it.
        let stopping = self.door.stopping.load(Ordering::Acquire);
        for shared in self.door.take() {
            self.inbox(now, &shared);
        }
        if stopping && !self.stopped {
            self.stopped = true;
            self.stop(now);
        }
    }

    fn inbox(&mut self, now: Instant, shared: &Arc<CallShared>) {
        let inbox = shared.collect();
        let mut sink = inbox.sink;
        if let Some(session) = self.calls.get_mut(&shared.no)
            && let Some(sink) = sink.take()
        {
            session.attach(sink);
        }
        for command in inbox.commands {
            match command {
                Command::Start(invite) => self.start(now, shared, sink.take(), &invite),
                Command::Respond(response) => self.respond(now, shared.no, &response),
                Command::RespondTo(token, response) => self.respond_to(now, shared.no, token, &response),
                Command::Request(request) => self.send_within(now, shared.no, request),
            }
        }
        if let Some(hangup) = inbox.hangup {
            self.hangup(now, shared.no, hangup);
        }
        if let Some(sink) = sink {
            // The call ended before its sink came: it hears now what happened.
            shared.attach(sink);
        }
    }

    /// Lets everything that is due act.
    pub(crate) fn timeouts(&mut self, now: Instant) {
        while let Some((at, owner)) = self.timers.pop(now) {
            match owner {
                Owner::Server(id) => self.server_due(now, at, id),
                Owner::Client(id) => self.client_due(now, at, id),
                Owner::Call(no) => self.call_due(now, at, no),
            }
        }
        self.door.tally.transactions.set(self.servers.len() + self.clients.len());
        self.door.tally.dialogs.set(self.calls.len());
    }

    /// When [`Core::timeouts`] wants to be called.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// What is to be sent now.
    pub(crate) fn take_output(&mut self) -> Vec<Transmit> {
        std::mem::take(&mut self.out)
    }

    /// Gives the vector back so that its room is used again.
    pub(crate) fn reuse(&mut self, mut empty: Vec<Transmit>) {
        if self.out.is_empty() {
            empty.clear();
            self.out = empty;
        }
    }

    pub(crate) fn send(&mut self, target: Target, bytes: Bytes, client: Option<Id>) {
        self.door.tally.sent.add();
        self.out.push(Transmit { target, bytes, client });
    }

    /// Opens the transaction of a request that came; `None` when there are too many (503 is sent).
    pub(crate) fn open_server(
        &mut self,
        source: Source,
        request: &Arc<Message>,
        via: &Via,
        invite: bool,
        call: Option<CallNo>,
    ) -> Option<Id> {
        if self.servers.len() + self.clients.len() >= self.config.limits.transactions {
            self.overload(source, request);
            return None;
        }
        let reliable = source.transport.is_reliable();
        let machine = if invite {
            ServerMachine::Invite(InviteServer::new(reliable))
        } else {
            ServerMachine::Other(OtherServer::new(reliable))
        };
        let key = server_key(request, via);
        let target = response_target(request, source);
        let server =
            Server { machine, key: key.clone(), source, target, request: Some(Arc::clone(request)), call, armed: None };
        let id = self.servers.insert(server);
        self.server_keys.insert(key, id);
        Some(id)
    }

    /// Answers through a transaction; `None` when it has had its final response. A tag is made when none is given.
    pub(crate) fn reply(&mut self, now: Instant, id: Id, parts: &ResponseParts<'_>) -> Option<Bytes> {
        let server = self.servers.get_mut(id)?;
        let request = server.request.clone()?;
        let bytes = self.builder.response(&request, server.source, parts);
        let sent = match &mut server.machine {
            ServerMachine::Invite(machine) => machine.respond(now, parts.code, bytes.clone()),
            ServerMachine::Other(machine) => machine.respond(now, parts.code, bytes.clone()),
        };
        if !sent {
            return None;
        }
        if parts.code >= 200 {
            server.request = None;
        }
        let target = server.target.clone();
        self.send(target, bytes.clone(), None);
        self.arm_server(id);
        Some(bytes)
    }

    /// Answers without a transaction: for broken requests and when there is no room.
    pub(crate) fn reply_stateless(&mut self, source: Source, request: &Message, parts: &ResponseParts<'_>) {
        let bytes = self.builder.response(request, source, parts);
        self.send(response_target(request, source), bytes, None);
    }

    pub(crate) fn overload(&mut self, source: Source, request: &Message) {
        self.door.tally.refused.add();
        let tag = super::ids::tag();
        let headers = [("Retry-After".to_owned(), "10".to_owned())];
        let parts = ResponseParts { code: 503, to_tag: Some(&tag), headers: &headers, ..ResponseParts::default() };
        self.reply_stateless(source, request, &parts);
    }

    pub(crate) fn arm_server(&mut self, id: Id) {
        if let Some(server) = self.servers.get_mut(id) {
            let deadline = server.machine.deadline();
            self.timers.arm(Owner::Server(id), &mut server.armed, deadline);
        }
    }

    pub(crate) fn arm_call(&mut self, no: CallNo) {
        if let Some(session) = self.calls.get_mut(&no) {
            let deadline = session.deadline();
            self.timers.arm(Owner::Call(no), &mut session.armed, deadline);
        }
    }

    fn server_due(&mut self, now: Instant, at: Instant, id: Id) {
        let Some(server) = self.servers.get_mut(id).filter(|s| s.armed == Some(at)) else { return };
        server.armed = None;
        let target = server.target.clone();
        match server.machine.poll(now) {
            Tick::Idle => {}
            Tick::Retransmit(bytes) => {
                self.door.tally.retransmitted.add();
                self.send(target, bytes, None);
            }
            Tick::TimedOut | Tick::Terminated => {
                if let Some(server) = self.servers.remove(id) {
                    self.server_keys.remove(&server.key);
                }
            }
        }
        self.arm_server(id);
    }

    fn client_due(&mut self, now: Instant, at: Instant, id: Id) {
        let Some(client) = self.clients.get_mut(id).filter(|c| c.armed == Some(at)) else { return };
        client.armed = None;
        let target = client.target.clone();
        match client.machine.poll(now) {
            Tick::Idle => {}
            Tick::Retransmit(bytes) => {
                self.door.tally.retransmitted.add();
                self.send(target, bytes, Some(id));
            }
            Tick::TimedOut => self.client_failed(now, id, Failure::Timeout),
            Tick::Terminated => {
                self.close_client(id);
            }
        }
        self.arm_client(id);
    }

    pub(crate) fn arm_client(&mut self, id: Id) {
        if let Some(client) = self.clients.get_mut(id) {
            let deadline = client.machine.deadline();
            self.timers.arm(Owner::Client(id), &mut client.armed, deadline);
        }
    }

    pub(crate) fn close_client(&mut self, id: Id) -> Option<ClientUser> {
        let client = self.clients.remove(id)?;
        self.client_keys.remove(&client.key);
        Some(client.user)
    }
}

impl Server {
    /// Whether this is an INVITE without its final response.
    pub(crate) fn is_proceeding(&self) -> bool {
        matches!(&self.machine, ServerMachine::Invite(machine) if machine.is_proceeding())
    }
}

impl ServerMachine {
    fn deadline(&self) -> Option<Instant> {
        match self {
            ServerMachine::Invite(machine) => machine.deadline(),
            ServerMachine::Other(machine) => machine.deadline(),
        }
    }

    fn poll(&mut self, now: Instant) -> Tick {
        match self {
            ServerMachine::Invite(machine) => machine.poll(now),
            ServerMachine::Other(machine) => machine.poll(now),
        }
    }

    pub(crate) fn again(&self) -> Option<Bytes> {
        match self {
            ServerMachine::Invite(machine) => machine.again(),
            ServerMachine::Other(machine) => machine.again(),
        }
    }
}
