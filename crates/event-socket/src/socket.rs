//! A connection's socket.

use std::io::{self, IoSlice};

use tokio::net::TcpStream;

use crate::tls::TlsSocket;

/// What bytes come and go through. Nothing here waits but [`Socket::readable`] and [`Socket::writable`].
pub(crate) enum Socket {
    /// TCP as it is.
    Plain(TcpStream),
    /// TLS, after its handshake.
    Tls(Box<TlsSocket>),
}

impl Socket {
    /// Waits until there may be something to read.
    ///
    /// # Errors
    /// The socket's error.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.readable().await,
            Self::Tls(stream) => stream.readable().await,
        }
    }

    /// Waits until something may be written.
    ///
    /// # Errors
    /// The socket's error.
    pub(crate) async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.writable().await,
            Self::Tls(stream) => stream.writable().await,
        }
    }

    /// Reads what is there; 0 when the peer has closed.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when there is nothing now, else the socket's error.
    pub(crate) fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.try_read(buffer),
            Self::Tls(stream) => stream.try_read(buffer),
        }
    }

    /// Writes what the socket takes now.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when it takes nothing, else the socket's error.
    pub(crate) fn try_write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.try_write_vectored(slices),
            Self::Tls(stream) => stream.try_write_vectored(slices),
        }
    }

    /// Whether bytes that were written still wait for the system to take them.
    pub(crate) fn wants_write(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(stream) => stream.wants_write(),
        }
    }

    /// Hands the system what it takes now of bytes that were written.
    ///
    /// # Errors
    /// The socket's error.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(stream) => stream.flush().map(drop),
        }
    }

    /// Says that nothing more is written, where there is a way to; true when that is on its way, false when it waits.
    ///
    /// # Errors
    /// The socket's error.
    pub(crate) fn close(&mut self) -> io::Result<bool> {
        match self {
            Self::Plain(_) => Ok(true),
            Self::Tls(stream) => stream.close(),
        }
    }
}
