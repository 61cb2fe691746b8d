//! The listening socket: who may connect, and the end of all connections.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::{SockRef, TcpKeepalive};
use strowger_core::Switch;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::connection::Connection;
use crate::listeners::{Kind, Listeners};
use crate::outbound::SocketApplication;
use crate::socket::Socket;
use crate::status::EventSocketCommand;

/// Connections at the most; more are closed at once, and the log says so.
const MAX_CONNECTIONS: usize = 20_000;

/// A peer that is gone without a word is found out by probes, 30 s apart, as FreeSWITCH's outbound sockets do it.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// How often the log says that connections are refused because there are too many.
const COMPLAINT: Duration = Duration::from_secs(10);

/// How long connections have to take their last events when the switch stops.
const FAREWELL: Duration = Duration::from_secs(2);

/// The inbound event socket.
pub struct EventSocket {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    acceptor: JoinHandle<()>,
    listeners: Arc<Listeners>,
}

/// The event socket's address cannot be had.
#[derive(Debug, thiserror::Error)]
#[error(
    "event socket: cannot listen on {address}: {error} (params listen-ip and listen-port of event_socket.conf.xml)"
)]
pub struct BindError {
    /// The address asked for.
    pub address: SocketAddr,
    /// What the system says.
    #[source]
    pub error: io::Error,
}

impl EventSocket {
    /// Listens where event_socket.conf.xml says.
    ///
    /// # Errors
    /// [`BindError`] names the address and whose setting it is.
    pub async fn bind(switch: &Arc<Switch>) -> Result<Self, BindError> {
        let settings = switch.config().event_socket.clone();
        let address = SocketAddr::new(settings.listen_ip, settings.listen_port);
        let listener = listen(address).map_err(|error| BindError { address, error })?;
        let address = listener.local_addr().map_err(|error| BindError { address, error })?;
        let (stop, stopped) = watch::channel(false);
        let listeners = Arc::new(Listeners::default());
        switch.registries().application(SocketApplication::new(stopped.clone(), Arc::clone(&listeners)));
        switch.registries().command(EventSocketCommand::new(address, Arc::clone(&listeners)));
        let acceptor = tokio::spawn(accept(Arc::clone(switch), listener, stopped, Arc::clone(&listeners)));
        Ok(Self { address, stop, acceptor, listeners })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Accepts nobody any more; every listener gets the events published so far, the disconnect notice, and is closed.
    /// Waits for that, for 2 s at the most.
    pub async fn shutdown(self) {
        self.acceptor.abort();
        self.stop.send_replace(true);
        let gone = async {
            while self.listeners.len() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        if tokio::time::timeout(FAREWELL, gone).await.is_err() {
            tracing::warn!("{} event-socket listeners did not take their last events", self.listeners.len());
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart shall not wait for the connections of the run before to time out.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}

async fn accept(switch: Arc<Switch>, listener: TcpListener, stopped: watch::Receiver<bool>, listeners: Arc<Listeners>) {
    let mut refused = Refused::default();
    loop {
        match listener.accept().await {
            Ok((_, peer)) if listeners.len() >= MAX_CONNECTIONS => {
                listeners.refuse();
                refused.note(peer);
            }
            Ok((stream, peer)) => welcome(&switch, stream, peer, &stopped, &listeners),
            Err(error) => {
                tracing::warn!("event socket: accept: {error}");
                // Out of file descriptors, most likely: trying at once again would only burn time.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn welcome(
    switch: &Arc<Switch>,
    stream: TcpStream,
    peer: SocketAddr,
    stopped: &watch::Receiver<bool>,
    listeners: &Arc<Listeners>,
) {
    if let Err(error) = prepare(&stream) {
        tracing::debug!("event socket: {peer}: {error}");
    }
    let allowed = is_allowed(switch, peer.ip());
    if !allowed {
        listeners.refuse();
    }
    let entry = listeners.enter(peer, Kind::Inbound);
    let connection = Connection::new(Arc::clone(switch), Socket::Plain(stream), entry);
    let stopped = stopped.clone();
    tokio::spawn(async move {
        if allowed {
            connection.serve(stopped).await;
        } else {
            tracing::warn!("event socket: {peer} refused by apply-inbound-acl");
            connection.reject().await;
        }
    });
}

/// What every connection's socket is set to, inbound and outbound.
///
/// # Errors
/// The system's, which the connection survives.
pub(crate) fn prepare(stream: &TcpStream) -> io::Result<()> {
    // Small replies shall not wait for earlier ones to be acknowledged.
    stream.set_nodelay(true)?;
    let probes = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE);
    SockRef::from(stream).set_tcp_keepalive(&probes)
}

/// Connections refused since the log last said so: a flood of them must not become one of log lines.
#[derive(Default)]
struct Refused {
    count: u64,
    said: Option<Instant>,
}

impl Refused {
    fn note(&mut self, peer: SocketAddr) {
        self.count += 1;
        if self.said.is_none_or(|said| said.elapsed() >= COMPLAINT) {
            let count = std::mem::take(&mut self.count);
            self.said = Some(Instant::now());
            tracing::warn!(
                "event socket: {MAX_CONNECTIONS} connections are open: {count} refused, the last from {peer}"
            );
        }
    }
}

/// Every list of `apply-inbound-acl` must allow the address; a list that does not exist allows nobody.
fn is_allowed(switch: &Switch, ip: IpAddr) -> bool {
    let config = switch.config();
    let lists = &config.event_socket.apply_inbound_acl;
    if lists.is_empty() {
        return config.acl.check("loopback.auto", ip).unwrap_or(false);
    }
    lists.iter().all(|list| config.acl.check(list, ip).unwrap_or(false))
}
