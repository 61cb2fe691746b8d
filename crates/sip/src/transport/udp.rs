//! The UDP socket.

use std::{collections::VecDeque, io, net::SocketAddr};

use bytes::Bytes;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

/// Datagrams kept while the socket takes none; over it they are dropped (the sender's timers send them again).
const BACKLOG: usize = 4096;
/// What the system is asked to hold for us between two reads.
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;
/// The largest datagram.
const LARGEST: usize = 65_536;

/// A bound socket with its backlog.
pub(crate) struct Udp {
    socket: UdpSocket,
    scratch: Vec<u8>,
    backlog: VecDeque<(SocketAddr, Bytes)>,
}

/// What became of a datagram.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// Sent, or kept to be sent.
    Taken,
    /// The backlog is full.
    Dropped,
    /// The system refuses it.
    Refused,
}

impl Udp {
    pub(crate) fn bind(addr: SocketAddr) -> io::Result<Udp> {
        let socket = Socket::new(Domain::for_address(addr), Type::DGRAM, Some(Protocol::UDP))?;
        // A smaller buffer than asked for is no error: it only drops sooner.
        let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
        socket.set_nonblocking(true)?;
        socket.bind(&addr.into())?;
        let socket = UdpSocket::from_std(socket.into())?;
        Ok(Udp { socket, scratch: vec![0; LARGEST], backlog: VecDeque::new() })
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Waits until there is something to read, or, with a backlog, to write.
    pub(crate) async fn ready(&self) {
        if self.backlog.is_empty() {
            let _ = self.socket.readable().await;
        } else {
            let _ = self.socket.ready(tokio::io::Interest::READABLE | tokio::io::Interest::WRITABLE).await;
        }
    }

    /// The next datagram, when one is there.
    pub(crate) fn receive(&mut self) -> Option<(Bytes, SocketAddr)> {
        let (length, from) = self.socket.try_recv_from(&mut self.scratch).ok()?;
        Some((Bytes::copy_from_slice(self.scratch.get(..length)?), from))
    }

    pub(crate) fn send(&mut self, to: SocketAddr, bytes: Bytes) -> Sent {
        if self.backlog.is_empty() {
            match self.socket.try_send_to(&bytes, to) {
                Ok(_) => return Sent::Taken,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Sent::Refused,
            }
        }
        if self.backlog.len() == BACKLOG {
            return Sent::Dropped;
        }
        self.backlog.push_back((to, bytes));
        Sent::Taken
    }

    /// Sends what was kept, as far as the socket takes it.
    pub(crate) fn flush(&mut self) {
        while let Some((to, bytes)) = self.backlog.front() {
            match self.socket.try_send_to(bytes, *to) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
                _ => self.backlog.pop_front(),
            };
        }
    }
}
