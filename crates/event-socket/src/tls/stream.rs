//! An encrypted socket that never waits: rustls does the cryptography, TCP's readiness says when.

use std::io::{self, ErrorKind, IoSlice, Read, Write};

use rustls::ServerConnection;
use tokio::net::TcpStream;

/// Encrypted bytes that wait for TCP at the most; more is not taken.
pub(super) const BUFFER: usize = 64 << 10;

/// TCP is read so often at the most before somebody else has a turn: a peer may send records without content for ever.
const TURNS: usize = 32;

/// A TCP connection after its TLS handshake.
pub(crate) struct TlsSocket {
    stream: TcpStream,
    session: ServerConnection,
    /// There may be decrypted bytes that nobody has read: TCP will not tell.
    decrypted: bool,
}

impl TlsSocket {
    pub(super) fn new(stream: TcpStream, session: ServerConnection) -> Self {
        // A client may send its first command with the end of the handshake.
        Self { stream, session, decrypted: true }
    }

    pub(crate) async fn readable(&self) -> io::Result<()> {
        if self.decrypted {
            return Ok(());
        }
        self.stream.readable().await
    }

    pub(crate) async fn writable(&self) -> io::Result<()> {
        self.stream.writable().await
    }

    /// Whether encrypted bytes wait for TCP to take them.
    pub(crate) fn wants_write(&self) -> bool {
        self.session.wants_write()
    }

    pub(crate) fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for _ in 0..TURNS {
            match self.session.reader().read(buffer) {
                Ok(count) => {
                    self.decrypted = count == buffer.len();
                    return Ok(count);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.decrypted = false,
                // TCP has ended without TLS having said so. A command that was cut off is not run in any case.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                Err(error) => return Err(error),
            }
            receive(&self.stream, &mut self.session)?;
        }
        // There may be more, and TCP has not been asked to tell.
        Err(ErrorKind::WouldBlock.into())
    }

    pub(crate) fn try_write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if !self.flush()? {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = self.session.writer().write_vectored(slices)?;
        self.flush()?;
        Ok(count)
    }

    /// Hands TCP what it takes now; whether that was all.
    pub(crate) fn flush(&mut self) -> io::Result<bool> {
        match send(&self.stream, &mut self.session) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Says that nothing more comes (RFC 8446 §6.1); whether that is on its way.
    pub(crate) fn close(&mut self) -> io::Result<bool> {
        self.session.send_close_notify();
        self.flush()
    }
}

/// Takes from TCP what is there, once, and decrypts it; 0 when TCP has ended.
///
/// # Errors
/// [`ErrorKind::WouldBlock`] when there is nothing; [`ErrorKind::InvalidData`] holds rustls's error.
pub(super) fn receive(stream: &TcpStream, session: &mut ServerConnection) -> io::Result<usize> {
    let count = session.read_tls(&mut Tcp(stream))?;
    if let Err(error) = session.process_new_packets() {
        // The peer is told why, if TCP takes it.
        let _ = send(stream, session);
        return Err(io::Error::new(ErrorKind::InvalidData, error));
    }
    Ok(count)
}

/// Hands everything to TCP.
///
/// # Errors
/// [`ErrorKind::WouldBlock`] when it does not take all of it now.
pub(super) fn send(stream: &TcpStream, session: &mut ServerConnection) -> io::Result<()> {
    while session.wants_write() {
        if session.write_tls(&mut Tcp(stream))? == 0 {
            return Err(ErrorKind::WriteZero.into());
        }
    }
    Ok(())
}

/// TCP as rustls wants to see it.
struct Tcp<'a>(&'a TcpStream);

impl Read for Tcp<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.try_read(buffer)
    }
}

impl Write for Tcp<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
