//! The `socket` application: the switch connects to a program that drives the call.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};
use strowger_esl::Control;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::connection::{Connection, Left};
use crate::controlled::Controlled;
use crate::listeners::{Kind, Listeners};
use crate::server::prepare;
use crate::socket::Socket;

/// The dialplan application that this crate adds to a switch.
pub const APPLICATION: &str = "socket";

/// The port of a host that names none.
const DEFAULT_PORT: u16 = 8084;

/// How long a host may take to accept.
const CONNECT: Duration = Duration::from_secs(10);

/// `socket`.
pub(crate) struct SocketApplication {
    stopped: watch::Receiver<bool>,
    listeners: Arc<Listeners>,
}

impl SocketApplication {
    pub(crate) fn new(stopped: watch::Receiver<bool>, listeners: Arc<Listeners>) -> Self {
        Self { stopped, listeners }
    }

    /// Connects to the first of the hosts that is there.
    async fn connect(session: &mut Session, hosts: &str) -> Result<Option<(TcpStream, SocketAddr)>, Interrupted> {
        for host in hosts.split('|') {
            let (name, port) = split_port(host);
            session.channel.variables.set("socket_host", name);
            let address = format!("{name}:{port}");
            let connecting = tokio::time::timeout(CONNECT, TcpStream::connect(address.clone()));
            match session.attend(connecting).await? {
                Ok(Ok(stream)) => match stream.peer_addr() {
                    Ok(peer) => return Ok(Some((stream, peer))),
                    Err(error) => tracing::warn!(uuid = %session.channel.uuid, "socket: {address}: {error}"),
                },
                Ok(Err(error)) => tracing::warn!(uuid = %session.channel.uuid, "socket: {address}: {error}"),
                Err(_) => {
                    tracing::warn!(uuid = %session.channel.uuid, "socket: {address}: no connection in {CONNECT:?}");
                }
            }
        }
        Ok(None)
    }
}

#[async_trait]
impl Application for SocketApplication {
    fn about(&self) -> About {
        About {
            name: APPLICATION,
            syntax: "<host>[:<port>][|<host>[:<port>]...] [async] [full]",
            help: "Connects to a program that drives the call over the event socket; nobody there, and the dialplan goes on.",
            module: "mod_event_socket",
        }
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let mut words = data.split_whitespace();
        let Some(hosts) = words.next() else {
            tracing::error!(uuid = %session.channel.uuid, "Parse Error!");
            return Ok(());
        };
        let flags: Vec<&str> = words.collect();
        let has = |flag: &str| flags.iter().any(|word| word.eq_ignore_ascii_case(flag));
        let (asynchronous, full) = (has("async"), has("full"));
        let Some((stream, peer)) = Self::connect(session, hosts).await? else { return Ok(()) };
        if let Err(error) = prepare(&stream) {
            tracing::debug!("socket: {peer}: {error}");
        }
        let control = if full { Control::Full } else { Control::SingleChannel };
        let controlled = Controlled::new(session.handle().clone(), session.channel.name.clone(), !asynchronous);
        let (socket, entry) = (Socket::Plain(stream), self.listeners.enter(peer, Kind::Outbound));
        let connection = Connection::outbound(Arc::clone(session.switch()), socket, entry, control, controlled);
        let served = tokio::spawn(connection.serve(self.stopped.clone()));
        if !asynchronous {
            return session.attend(served).await.map(|_| ());
        }
        // The call waits for what the program has it do, also when the program has left, unless it said `resume`.
        session
            .park(async move {
                if !served.await.is_ok_and(|left| left == Left::Resumed) {
                    std::future::pending::<()>().await;
                }
            })
            .await
    }
}

/// A host and its port.
fn split_port(host: &str) -> (&str, u16) {
    let named = host.rsplit_once(':').and_then(|(name, port)| Some((name, port.parse().ok()?)));
    named.unwrap_or((host, DEFAULT_PORT))
}
