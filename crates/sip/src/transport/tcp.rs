//! TCP connections: one task each, which reads frames and writes a bounded queue.

use std::{io, net::SocketAddr, time::Duration};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};

use super::{ConnectionId, Source, Transport};
use crate::{
    message::{Frame, Framer, Message, ParseError},
    table::Id,
};

/// Messages a connection's write queue takes; one that is full is closed.
pub(crate) const WRITE_QUEUE: usize = 256;
/// A connection must bring its first message in this time.
const FIRST_MESSAGE: Duration = Duration::from_secs(25);
/// It is closed when it has brought nothing for this time.
const IDLE: Duration = Duration::from_secs(30 * 60);
/// How long a new connection may take, and a write.
const PATIENCE: Duration = Duration::from_secs(10);
/// Read at one time.
const READ_SIZE: usize = 8 * 1024;

/// Bytes to write and the transaction to tell when they cannot be.
pub(crate) type Outgoing = (Bytes, Option<Id>);

/// What connections (and look-ups) report to the task.
pub(crate) enum Inbound {
    /// Someone connected.
    Accepted(TcpStream, SocketAddr),
    /// A message.
    Message(Source, Box<Message>),
    /// A keep-alive that wants its answer.
    Ping(ConnectionId),
    /// Something that is no SIP; the connection closes.
    Malformed(Source, ParseError),
    /// The connection is closed; `unsent` was not written.
    Closed { id: ConnectionId, unsent: Vec<Id> },
    /// A name was looked up.
    Resolved { transport: Transport, host: String, port: u16, addr: Option<SocketAddr>, message: Outgoing },
}

/// Listens on `addr`.
pub(crate) fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(1024)
}

/// Takes connections and hands them on; ends with the task.
pub(crate) async fn accept(listener: TcpListener, up: mpsc::Sender<Inbound>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                if up.send(Inbound::Accepted(stream, peer)).await.is_err() {
                    return;
                }
            }
            // Out of file descriptors, most likely: wait for some to be closed.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// One connection's task.
pub(crate) struct Connection {
    pub(crate) id: ConnectionId,
    pub(crate) peer: SocketAddr,
    pub(crate) up: mpsc::Sender<Inbound>,
    pub(crate) queue: mpsc::Receiver<Outgoing>,
}

impl Connection {
    /// Serves a connection that is there, or makes it first when `stream` is `None`.
    pub(crate) async fn run(mut self, stream: Option<TcpStream>) {
        let accepted = stream.is_some();
        let stream = match stream {
            Some(stream) => Some(stream),
            None => timeout(PATIENCE, TcpStream::connect(self.peer)).await.ok().and_then(Result::ok),
        };
        let mut unsent = Vec::new();
        if let Some(stream) = stream {
            let _ = stream.set_nodelay(true);
            let (reader, writer) = stream.into_split();
            let source = Source { addr: self.peer, transport: Transport::Tcp, connection: Some(self.id) };
            tokio::select! {
                () = read(reader, source, &self.up, accepted) => {}
                lost = write(writer, &mut self.queue) => unsent.extend(lost),
            }
        }
        self.queue.close();
        while let Ok((_, client)) = self.queue.try_recv() {
            unsent.extend(client);
        }
        let _ = self.up.send(Inbound::Closed { id: self.id, unsent }).await;
    }
}

/// Reads until the far end closes, is silent too long, or sends what is no SIP.
async fn read(mut reader: OwnedReadHalf, source: Source, up: &mpsc::Sender<Inbound>, accepted: bool) {
    let mut framer = Framer::new();
    // Keep-alives alone do not make somebody a SIP peer.
    let mut known = !accepted;
    let mut deadline = Instant::now() + if known { IDLE } else { FIRST_MESSAGE };
    loop {
        framer.buffer().reserve(READ_SIZE);
        match timeout_at(deadline, reader.read_buf(framer.buffer())).await {
            Ok(Ok(n)) if n > 0 => {}
            _ => return,
        }
        loop {
            let report = match framer.next_frame() {
                Ok(Some(Frame::Message(message))) => Inbound::Message(source, Box::new(message)),
                Ok(Some(Frame::Ping)) => Inbound::Ping(ConnectionId(source.connection.map_or(0, |c| c.0))),
                Ok(None) => break,
                Err(error) => {
                    let _ = up.send(Inbound::Malformed(source, error)).await;
                    return;
                }
            };
            known |= matches!(report, Inbound::Message(..));
            if known {
                deadline = Instant::now() + IDLE;
            }
            if up.send(report).await.is_err() {
                return;
            }
        }
    }
}

/// Writes the queue until it ends or the far end takes no more; gives the transaction whose message was lost.
async fn write(mut writer: OwnedWriteHalf, queue: &mut mpsc::Receiver<Outgoing>) -> Option<Id> {
    while let Some((bytes, client)) = queue.recv().await {
        match timeout(PATIENCE, writer.write_all(&bytes)).await {
            Ok(Ok(())) => {}
            _ => return client,
        }
    }
    None
}
