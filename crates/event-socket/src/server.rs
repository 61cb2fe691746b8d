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

use crate::bind_error::BindError;
use crate::connection::Connection;
use crate::listeners::{Kind, Listeners};
use crate::outbound::SocketApplication;
use crate::socket::Socket;
use crate::status::EventSocketCommand;
use crate::tls::{self, Certificates, HandshakeError, TlsError};

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
    tls: Option<Tls>,
    switch: Arc<Switch>,
    listeners: Arc<Listeners>,
}

/// The TLS listener.
struct Tls {
    address: SocketAddr,
    certificates: Arc<Certificates>,
    acceptor: JoinHandle<()>,
    watcher: JoinHandle<()>,
}

impl EventSocket {
    /// Listens where event_socket.conf.xml says, and for TLS too when that is on.
    ///
    /// # Errors
    /// [`BindError`] names the address, or what is wrong with the certificate, and whose setting it is.
    pub async fn bind(switch: &Arc<Switch>) -> Result<Self, BindError> {
        let settings = switch.config().event_socket.clone();
        let bound = |ip, port, setting| {
            let address = SocketAddr::new(ip, port);
            let listener = listen(address).and_then(|listener| Ok((listener.local_addr()?, listener)));
            listener.map_err(|error| BindError::Address { address, setting, error })
        };
        let (address, listener) = bound(settings.listen_ip, settings.listen_port, "listen")?;
        let encrypted = match &settings.tls {
            Some(settings) => {
                let certificates = Arc::new(Certificates::load(settings)?);
                Some((bound(settings.listen_ip, settings.listen_port, "tls-listen")?, certificates))
            }
            None => None,
        };
        let (stop, stopped) = watch::channel(false);
        let listeners = Arc::new(Listeners::default());
        switch.registries().application(SocketApplication::new(stopped.clone(), Arc::clone(&listeners)));
        let tls_address = encrypted.as_ref().map(|((address, _), _)| *address);
        switch.registries().command(EventSocketCommand::new(address, tls_address, Arc::clone(&listeners)));
        let door = Door { switch: Arc::clone(switch), stopped, listeners: Arc::clone(&listeners), certificates: None };
        let tls = encrypted.map(|((address, listener), certificates)| {
            let door = Door { certificates: Some(Arc::clone(&certificates)), ..door.clone() };
            let watcher = tokio::spawn(tls::watch(Arc::clone(switch), Arc::clone(&certificates)));
            Tls { address, certificates, acceptor: tokio::spawn(door.accept(listener)), watcher }
        });
        let acceptor = tokio::spawn(door.accept(listener));
        Ok(Self { address, stop, acceptor, tls, switch: Arc::clone(switch), listeners })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens for TLS, if it does.
    pub fn tls_addr(&self) -> Option<SocketAddr> {
        self.tls.as_ref().map(|tls| tls.address)
    }

    /// Reads the TLS certificate again, from where the configuration now says, without waiting until its files are next
    /// looked at; connections that are open are not touched.
    ///
    /// # Errors
    /// What is wrong with the files; new handshakes go on with the certificate there was.
    pub fn reload_certificates(&self) -> Result<(), TlsError> {
        let config = self.switch.config();
        self.tls.as_ref().map_or(Ok(()), |tls| tls.certificates.reload(config.event_socket.tls.as_ref()))
    }

    /// Accepts nobody any more; every listener gets the events published so far, the disconnect notice, and is closed.
    /// Waits for that, for 2 s at the most.
    pub async fn shutdown(self) {
        self.acceptor.abort();
        if let Some(tls) = &self.tls {
            tls.acceptor.abort();
            tls.watcher.abort();
        }
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

/// Where one listening socket's connections come in.
#[derive(Clone)]
struct Door {
    switch: Arc<Switch>,
    stopped: watch::Receiver<bool>,
    listeners: Arc<Listeners>,
    /// For TLS.
    certificates: Option<Arc<Certificates>>,
}

impl Door {
    async fn accept(self, listener: TcpListener) {
        let mut refused = Refused::default();
        loop {
            match listener.accept().await {
                Ok((_, peer)) if self.listeners.len() >= MAX_CONNECTIONS => {
                    self.listeners.refuse();
                    refused.note(peer);
                }
                Ok((stream, peer)) => self.welcome(stream, peer),
                Err(error) => {
                    tracing::warn!("event socket: accept: {error}");
                    // Out of file descriptors, most likely: trying at once again would only burn time.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    fn welcome(&self, stream: TcpStream, peer: SocketAddr) {
        if let Err(error) = prepare(&stream) {
            tracing::debug!("event socket: {peer}: {error}");
        }
        let allowed = is_allowed(&self.switch, peer.ip());
        if !allowed {
            self.listeners.refuse();
        }
        let kind = if self.certificates.is_some() { Kind::Tls } else { Kind::Inbound };
        let entry = self.listeners.enter(peer, kind);
        let Self { switch, stopped, certificates, .. } = self.clone();
        tokio::spawn(async move {
            if !allowed {
                tracing::warn!("event socket: {peer} refused by apply-inbound-acl");
                // Nobody shakes hands with whom it does not let in: it would have to listen to a stranger's TLS for that.
                if certificates.is_none() {
                    Connection::new(switch, Socket::Plain(stream), entry).reject().await;
                }
                return;
            }
            let socket = match certificates {
                Some(certificates) => encrypt(stream, peer, &certificates, stopped.clone()).await,
                None => Some(Socket::Plain(stream)),
            };
            if let Some(socket) = socket {
                Connection::new(switch, socket, entry).serve(stopped).await;
            }
        });
    }
}

/// Makes the TLS handshake, unless everything ends first; nothing comes of it when it fails, and the log says why.
async fn encrypt(
    stream: TcpStream,
    peer: SocketAddr,
    certificates: &Certificates,
    mut stopped: watch::Receiver<bool>,
) -> Option<Socket> {
    let accepted = tokio::select! {
        accepted = tls::accept(stream, certificates.current()) => accepted,
        _ = stopped.wait_for(|stop| *stop) => return None,
    };
    match accepted {
        Ok(socket) => Some(Socket::Tls(Box::new(socket))),
        Err(error) => {
            log_failure(peer, &error);
            None
        }
    }
}

fn log_failure(peer: SocketAddr, error: &HandshakeError) {
    if error.is_harmless() {
        tracing::info!("event socket: {peer} {error}");
    } else {
        tracing::warn!("event socket: {peer} {error}");
    }
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
