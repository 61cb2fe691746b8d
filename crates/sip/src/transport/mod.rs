//! UDP and TCP sockets.

pub(crate) mod tcp;
pub(crate) mod udp;

use std::{fmt, net::SocketAddr};

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
}

impl Transport {
    /// As Via writes it: `UDP`, `TCP`.
    pub fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        }
    }

    /// As a URI's `transport` parameter writes it: `udp`, `tcp`.
    pub fn param(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
        }
    }

    /// Whether the transport itself sends again what was lost.
    pub fn is_reliable(self) -> bool {
        self == Transport::Tcp
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a message came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// The sender's address.
    pub addr: SocketAddr,
    /// The protocol it came by.
    pub transport: Transport,
    /// The connection it came by (TCP).
    pub(crate) connection: Option<ConnectionId>,
}

/// Names a TCP connection of one user agent; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ConnectionId(pub(crate) u64);

/// Where a message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A datagram.
    Udp(SocketAddr),
    /// The named connection when it is open, else any to `addr`, else a new one.
    Tcp { addr: SocketAddr, connection: Option<ConnectionId> },
    /// A host whose address is looked up first.
    Host { transport: Transport, host: String, port: u16 },
}

impl Target {
    pub(crate) fn transport(&self) -> Transport {
        match self {
            Target::Udp(_) => Transport::Udp,
            Target::Tcp { .. } => Transport::Tcp,
            Target::Host { transport, .. } => *transport,
        }
    }

    pub(crate) fn new(transport: Transport, addr: SocketAddr, connection: Option<ConnectionId>) -> Target {
        match transport {
            Transport::Udp => Target::Udp(addr),
            Transport::Tcp => Target::Tcp { addr, connection },
        }
    }
}
