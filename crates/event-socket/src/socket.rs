//! A connection's socket.

use std::io::{self, IoSlice};

use tokio::net::TcpStream;

/// What bytes come and go through. Nothing here waits but [`Socket::readable`] and [`Socket::writable`].
pub(crate) enum Socket {
    /// TCP as it is.
    Plain(TcpStream),
}

impl Socket {
    /// Waits until there may be something to read.
    ///
    /// # Errors
    /// The socket's error.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.readable().await,
        }
    }

    /// Waits until something may be written.
    ///
    /// # Errors
    /// The socket's error.
    pub(crate) async fn writable(&self) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.writable().await,
        }
    }

    /// Reads what is there; 0 when the peer has closed.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when there is nothing now, else the socket's error.
    pub(crate) fn try_read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.try_read(buffer),
        }
    }

    /// Writes what the socket takes now.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when it takes nothing, else the socket's error.
    pub(crate) fn try_write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.try_write_vectored(slices),
        }
    }
}
