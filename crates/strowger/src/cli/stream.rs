//! What the console's bytes come and go through: TCP as it is, or TLS. One thread may read while another writes.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rustls::ClientConnection;

/// A connection to the switch. Clones are further handles to the same one.
pub enum Stream {
    /// TCP.
    Plain(TcpStream),
    /// TLS over TCP.
    Tls(TlsStream),
}

/// TCP after a TLS handshake.
///
/// Whoever needs both locks takes `out` first. What is read from TCP is read outside of both: that takes as long as it
/// takes, and somebody else may write meanwhile.
pub struct TlsStream {
    incoming: TcpStream,
    /// Encrypted bytes leave in the order in which they were encrypted: this lock is held over both.
    out: Arc<Mutex<TcpStream>>,
    session: Arc<Mutex<ClientConnection>>,
    /// What the handle that reads has not handed out yet.
    decrypted: VecDeque<u8>,
}

impl Stream {
    /// Another handle to the same connection.
    ///
    /// # Errors
    /// The system has no more.
    pub fn try_clone(&self) -> io::Result<Stream> {
        Ok(match self {
            Stream::Plain(stream) => Stream::Plain(stream.try_clone()?),
            Stream::Tls(tls) => Stream::Tls(TlsStream {
                incoming: tls.incoming.try_clone()?,
                out: Arc::clone(&tls.out),
                session: Arc::clone(&tls.session),
                decrypted: VecDeque::new(),
            }),
        })
    }

    /// Limits how long a read may take; `None` takes the limit away.
    ///
    /// # Errors
    /// The system's.
    pub fn set_read_timeout(&self, limit: Option<Duration>) -> io::Result<()> {
        match self {
            Stream::Plain(stream) => stream.set_read_timeout(limit),
            Stream::Tls(tls) => tls.incoming.set_read_timeout(limit),
        }
    }
}

impl TlsStream {
    /// Makes the handshake; TCP's read timeout limits each wait in it.
    ///
    /// # Errors
    /// TCP's, or of kind [`ErrorKind::InvalidData`] with rustls's in it.
    pub fn shake_hands(mut session: ClientConnection, mut stream: TcpStream) -> io::Result<TlsStream> {
        while session.is_handshaking() {
            session.complete_io(&mut stream)?;
        }
        let out = Arc::new(Mutex::new(stream.try_clone()?));
        Ok(TlsStream { incoming: stream, out, session: Arc::new(Mutex::new(session)), decrypted: VecDeque::new() })
    }

    /// Decrypts what came; answers TLS asks for (new keys) are written at once.
    fn take_in(&mut self, mut encrypted: &[u8]) -> io::Result<()> {
        let answers = {
            let mut session = self.session.lock();
            // What the handshake brought along comes first. A session takes no more before its plain text was taken.
            drain(&mut session, &mut self.decrypted)?;
            while !encrypted.is_empty() {
                session.read_tls(&mut encrypted)?;
                session.process_new_packets().map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
                drain(&mut session, &mut self.decrypted)?;
            }
            session.wants_write()
        };
        if answers { self.send(|_| Ok(0)).map(drop) } else { Ok(()) }
    }

    /// Writes what `write` has encrypted, and what waited before it.
    fn send(&self, write: impl FnOnce(&mut ClientConnection) -> io::Result<usize>) -> io::Result<usize> {
        let mut out = self.out.lock();
        let mut encrypted = Vec::new();
        let count = {
            let mut session = self.session.lock();
            let count = write(&mut session)?;
            while session.wants_write() {
                session.write_tls(&mut encrypted)?;
            }
            count
        };
        out.write_all(&encrypted)?;
        Ok(count)
    }
}

fn drain(session: &mut ClientConnection, decrypted: &mut VecDeque<u8>) -> io::Result<()> {
    let count = session.process_new_packets().map_or(0, |state| state.plaintext_bytes_to_read());
    let mut reader = session.reader().take(u64::try_from(count).unwrap_or_default());
    io::copy(&mut reader, decrypted).map(drop)
}

impl Read for TlsStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.take_in(&[])?;
        let mut encrypted = [0; 16 << 10];
        while self.decrypted.is_empty() {
            match self.incoming.read(&mut encrypted)? {
                0 => return Ok(0),
                count => self.take_in(encrypted.get(..count).unwrap_or_default())?,
            }
        }
        self.decrypted.read(buffer)
    }
}

impl Write for TlsStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(|session| session.writer().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for TlsStream {
    /// The last handle says that nothing more comes; the switch sees the end of TCP in any case.
    fn drop(&mut self) {
        if Arc::strong_count(&self.session) == 1 {
            let _ = self.send(|session| {
                session.send_close_notify();
                Ok(0)
            });
            let _ = self.incoming.shutdown(Shutdown::Write);
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.read(buffer),
            Stream::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Plain(stream) => stream.write(bytes),
            Stream::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
