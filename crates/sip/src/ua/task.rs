//! The task: sockets on one side, [`Core`] on the other.

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::{AbortHandle, JoinHandle, JoinSet},
    time::Instant,
};

use super::{
    config::{UaConfig, UaError},
    core::{Core, Transmit},
    door::Door,
    handler::UaHandler,
};
use crate::transport::{
    ConnectionId, Source, Target, Transport,
    tcp::{self, Connection, Inbound, Outgoing, WRITE_QUEUE},
    udp::{Sent, Udp},
};

/// Datagrams and reports taken in one turn.
const BATCH: usize = 64;
/// Reports of connections that wait for the task; a full queue slows the readers down.
const REPORTS: usize = 1024;
/// Names that are looked up at one time; over it a message counts as not sent.
const LOOKUPS: usize = 64;
/// Names whose addresses are remembered, and for how long.
const NAMES: usize = 256;
const REMEMBER: Duration = Duration::from_secs(30);
/// How long a look-up may take.
const LOOKUP_WITHIN: Duration = Duration::from_secs(5);

/// How long connections may still write when the task ends.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What a user agent listens on.
pub(crate) struct Sockets {
    udp: Udp,
    tcp: Option<TcpListener>,
    pub(crate) local: SocketAddr,
}

impl Sockets {
    /// Binds UDP and, when wanted, TCP on the same port; a port chosen by the system may be taken for TCP: try others.
    pub(crate) async fn bind(config: &UaConfig) -> Result<Sockets, UaError> {
        let wanted = SocketAddr::new(config.ip, config.port);
        let mut tries = if config.port == 0 { 16 } else { 1 };
        loop {
            tries -= 1;
            match Sockets::bind_at(config, wanted) {
                Err(_) if tries > 0 => tokio::task::yield_now().await,
                result => return result,
            }
        }
    }

    fn bind_at(config: &UaConfig, wanted: SocketAddr) -> Result<Sockets, UaError> {
        let fail = |addr, transport| move |source| UaError::Bind { name: config.name.clone(), addr, transport, source };
        let udp = Udp::bind(wanted).map_err(fail(wanted, Transport::Udp))?;
        let local = udp.local_addr().map_err(fail(wanted, Transport::Udp))?;
        let tcp = if config.tcp { Some(tcp::listen(local).map_err(fail(local, Transport::Tcp))?) } else { None };
        Ok(Sockets { udp, tcp, local })
    }
}

/// Starts the task.
pub(crate) fn spawn(
    sockets: Sockets,
    config: Arc<UaConfig>,
    handler: Arc<dyn UaHandler>,
    door: Arc<Door>,
) -> JoinHandle<()> {
    let (up, reports) = mpsc::channel(REPORTS);
    let mut children = JoinSet::new();
    let listener = sockets.tcp.map(|listener| children.spawn(tcp::accept(listener, up.clone())));
    let connections = config.limits.connections;
    let local = sockets.local;
    let core = Core::new(config, local, handler, Arc::clone(&door));
    let task = Task {
        core,
        door,
        udp: sockets.udp,
        local,
        reports,
        up,
        children,
        listener,
        streams: Streams { open: HashMap::new(), by_peer: HashMap::new(), next: 0, limit: connections },
        names: HashMap::new(),
        lookups: 0,
    };
    tokio::spawn(task.run())
}

struct Task {
    core: Core,
    door: Arc<Door>,
    udp: Udp,
    local: SocketAddr,
    reports: mpsc::Receiver<Inbound>,
    up: mpsc::Sender<Inbound>,
    /// Connections, look-ups and the listener: they end with the task.
    children: JoinSet<()>,
    listener: Option<AbortHandle>,
    streams: Streams,
    names: HashMap<(String, u16), (SocketAddr, Instant)>,
    lookups: usize,
}

/// The open connections.
struct Streams {
    open: HashMap<ConnectionId, (SocketAddr, mpsc::Sender<Outgoing>)>,
    by_peer: HashMap<SocketAddr, ConnectionId>,
    next: u64,
    limit: usize,
}

impl Task {
    async fn run(mut self) {
        let timer = tokio::time::sleep(Duration::ZERO);
        tokio::pin!(timer);
        let mut armed = None;
        loop {
            let deadline = self.core.next_timeout();
            if let Some(at) = deadline
                && armed != deadline
            {
                timer.as_mut().reset(Instant::from_std(at));
                armed = deadline;
            }
            tokio::select! {
                () = self.udp.ready() => {}
                report = self.reports.recv() => {
                    if let Some(report) = report {
                        self.report(report);
                    }
                }
                () = self.door.wake.notified() => {}
                () = timer.as_mut(), if deadline.is_some() => armed = None,
                Some(_) = self.children.join_next() => {}
            }
            self.turn();
            if self.core.stopped && self.core.calls.is_empty() {
                return self.close().await;
            }
        }
    }

    /// Lets connections write what is in their queues, for a moment.
    async fn close(mut self) {
        if let Some(listener) = self.listener {
            listener.abort();
        }
        self.streams.open.clear();
        let children = async { while self.children.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_WORDS, children).await;
    }

    /// Takes what is there, acts on it, and sends.
    fn turn(&mut self) {
        self.udp.flush();
        let now = Instant::now().into_std();
        for _ in 0..BATCH {
            let Some((data, addr)) = self.udp.receive() else { break };
            self.core.datagram(now, Source { addr, transport: Transport::Udp, connection: None }, &data);
        }
        for _ in 0..BATCH {
            let Ok(report) = self.reports.try_recv() else { break };
            self.report(report);
        }
        self.core.commands(now);
        self.core.timeouts(now);
        self.transmit();
    }

    fn report(&mut self, report: Inbound) {
        let now = Instant::now().into_std();
        match report {
            Inbound::Accepted(stream, peer) => self.connection(Some(stream), peer),
            Inbound::Message(source, message) => self.core.message(now, source, *message),
            Inbound::Ping(id) => {
                let _ = self.streams.send(id, (bytes::Bytes::from_static(b"\r\n"), None));
            }
            Inbound::Malformed(source, error) => self.core.malformed(now, source, &error),
            Inbound::Closed { id, unsent } => {
                self.streams.close(id);
                unsent.into_iter().for_each(|client| self.core.transport_failed(now, client));
            }
            Inbound::Resolved { transport, host, port, addr, message } => {
                self.lookups -= 1;
                self.resolved(transport, host, port, addr, message);
            }
        }
    }

    /// Sends everything the core wants sent; what fails tells the core, which may want more sent.
    fn transmit(&mut self) {
        loop {
            let mut out = self.core.take_output();
            if out.is_empty() {
                return self.core.reuse(out);
            }
            for Transmit { target, bytes, client } in out.drain(..) {
                self.send(target, (bytes, client));
            }
            self.core.reuse(out);
        }
    }

    fn send(&mut self, target: Target, message: Outgoing) {
        match target {
            Target::Udp(addr) => match self.udp.send(addr, message.0) {
                Sent::Taken => {}
                Sent::Dropped => self.door.tally.dropped.add(),
                Sent::Refused => self.failed(message.1),
            },
            Target::Tcp { addr, connection } => self.send_stream(addr, connection, message),
            Target::Host { transport, host, port } => self.look_up(transport, host, port, message),
        }
    }

    fn failed(&mut self, client: Option<crate::table::Id>) {
        match client {
            Some(client) => self.core.transport_failed(Instant::now().into_std(), client),
            None => self.door.tally.dropped.add(),
        }
    }

    fn send_stream(&mut self, addr: SocketAddr, connection: Option<ConnectionId>, message: Outgoing) {
        let open = connection.filter(|id| self.streams.open.contains_key(id));
        let id = match open.or_else(|| self.streams.by_peer.get(&addr).copied()) {
            Some(id) => id,
            None => {
                self.connection(None, addr);
                match self.streams.by_peer.get(&addr).copied() {
                    Some(id) => id,
                    None => return self.failed(message.1),
                }
            }
        };
        if let Err(client) = self.streams.send(id, message) {
            self.failed(client);
        }
    }

    /// Starts a connection's task, for a stream that was accepted or one that is to be made.
    fn connection(&mut self, stream: Option<TcpStream>, peer: SocketAddr) {
        if self.streams.open.len() >= self.streams.limit {
            self.door.tally.refused.add();
            return;
        }
        let (sender, queue) = mpsc::channel(WRITE_QUEUE);
        let id = ConnectionId(self.streams.next);
        self.streams.next += 1;
        self.streams.open.insert(id, (peer, sender));
        self.streams.by_peer.insert(peer, id);
        let connection = Connection { id, peer, up: self.up.clone(), queue };
        self.children.spawn(connection.run(stream));
    }

    fn look_up(&mut self, transport: Transport, host: String, port: u16, message: Outgoing) {
        let name = (host, port);
        if let Some((addr, until)) = self.names.get(&name)
            && *until > Instant::now()
        {
            return self.send(Target::new(transport, *addr, None), message);
        }
        if self.lookups >= LOOKUPS {
            return self.failed(message.1);
        }
        self.lookups += 1;
        let (up, ipv4, (host, port)) = (self.up.clone(), self.local.is_ipv4(), name);
        self.children.spawn(async move {
            let found = tokio::time::timeout(LOOKUP_WITHIN, tokio::net::lookup_host((host.as_str(), port))).await;
            let addr = found.ok().and_then(Result::ok).and_then(|mut all| all.find(|a| a.is_ipv4() == ipv4));
            let _ = up.send(Inbound::Resolved { transport, host, port, addr, message }).await;
        });
    }

    fn resolved(&mut self, transport: Transport, host: String, port: u16, addr: Option<SocketAddr>, message: Outgoing) {
        let Some(addr) = addr else { return self.failed(message.1) };
        if self.names.len() >= NAMES {
            self.names.clear();
        }
        self.names.insert((host, port), (addr, Instant::now() + REMEMBER));
        self.send(Target::new(transport, addr, None), message);
    }
}

impl Streams {
    /// Leaves a message in a connection's queue; one that is full is closed.
    fn send(&mut self, id: ConnectionId, message: Outgoing) -> Result<(), Option<crate::table::Id>> {
        let Some((_, queue)) = self.open.get(&id) else { return Err(message.1) };
        match queue.try_send(message) {
            Ok(()) => Ok(()),
            Err(error) => {
                let (_, client) = error.into_inner();
                self.close(id);
                Err(client)
            }
        }
    }

    fn close(&mut self, id: ConnectionId) {
        if let Some((peer, _)) = self.open.remove(&id)
            && self.by_peer.get(&peer) == Some(&id)
        {
            self.by_peer.remove(&peer);
        }
    }
}
