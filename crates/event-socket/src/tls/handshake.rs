//! The handshake: from a TCP connection to an encrypted one, or to a reason why not.

use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use rustls::{AlertDescription, Error, PeerIncompatible, ServerConfig, ServerConnection};
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::stream::{BUFFER, TlsSocket, receive, send};

/// How long a handshake may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a peer that was refused may take to hear why.
const FAREWELL: Duration = Duration::from_secs(1);

/// The content type of a handshake's records (RFC 8446 §5.1): what every client begins with.
const HANDSHAKE: u8 = 22;

/// Why there was no handshake; displays as what the client did.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandshakeError {
    #[error("has made no TLS handshake in {PATIENCE:?}")]
    Timeout,
    #[error("has left before the TLS handshake was through")]
    Closed,
    #[error("speaks plain text to the TLS port; it must speak TLS, or connect to listen-port")]
    PlainText,
    #[error("shows no certificate, and tls-client-certificates is required")]
    NoCertificate,
    #[error("shows a certificate that is refused: {0}")]
    BadCertificate(Error),
    #[error("refuses the switch's certificate (TLS alert {0:?})")]
    Refused(AlertDescription),
    #[error("has nothing in common with the switch: {0:?}")]
    Incompatible(PeerIncompatible),
    #[error("breaks TLS: {0}")]
    Tls(Error),
    #[error("is lost: {0}")]
    Io(io::Error),
}

impl HandshakeError {
    /// Whether it says no more than that somebody looked whether there is a port.
    pub(crate) fn is_harmless(&self) -> bool {
        matches!(self, Self::Closed | Self::Io(_))
    }
}

/// Makes the server's side of a handshake.
///
/// # Errors
/// Why there is none; the client has been told what TLS has a word for.
pub(crate) async fn accept(stream: TcpStream, config: Arc<ServerConfig>) -> Result<TlsSocket, HandshakeError> {
    match timeout(PATIENCE, shake(&stream, config)).await {
        Ok(Ok(session)) => Ok(TlsSocket::new(stream, session)),
        Ok(Err(error)) => {
            // A peer that does not take the reason in time does not get it.
            let _ = timeout(FAREWELL, part(&stream)).await;
            Err(error)
        }
        Err(_) => Err(HandshakeError::Timeout),
    }
}

async fn shake(stream: &TcpStream, config: Arc<ServerConfig>) -> Result<ServerConnection, HandshakeError> {
    let mut first = [0];
    match stream.peek(&mut first).await {
        Ok(0) => return Err(HandshakeError::Closed),
        Ok(_) if first != [HANDSHAKE] => return Err(HandshakeError::PlainText),
        outcome => outcome.map_err(HandshakeError::Io)?,
    };
    let mut session = ServerConnection::new(config).map_err(HandshakeError::Tls)?;
    session.set_buffer_limit(Some(BUFFER));
    loop {
        match send(stream, &mut session) {
            Ok(()) if !session.is_handshaking() => return Ok(session),
            Ok(()) => read(stream, &mut session).await?,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                stream.writable().await.map_err(HandshakeError::Io)?;
            }
            Err(error) => return Err(HandshakeError::Io(error)),
        }
    }
}

async fn read(stream: &TcpStream, session: &mut ServerConnection) -> Result<(), HandshakeError> {
    stream.readable().await.map_err(HandshakeError::Io)?;
    match receive(stream, session) {
        Ok(0) => Err(HandshakeError::Closed),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(reason(error)),
    }
}

/// Waits until the peer has closed: input that is not read when the socket closes makes the system reset the connection,
/// and the peer may lose the alert that says why.
async fn part(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).shutdown(Shutdown::Write)?;
    let mut discarded = [0; 4096];
    for _ in 0..MAX_DISCARDED {
        stream.readable().await?;
        match stream.try_read(&mut discarded) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Times that input is read and thrown away, 4 KiB each.
const MAX_DISCARDED: usize = 64;

fn reason(error: io::Error) -> HandshakeError {
    match error.downcast::<Error>() {
        Ok(Error::NoCertificatesPresented) => HandshakeError::NoCertificate,
        Ok(error @ Error::InvalidCertificate(_)) => HandshakeError::BadCertificate(error),
        Ok(Error::AlertReceived(alert)) => HandshakeError::Refused(alert),
        Ok(Error::PeerIncompatible(why)) => HandshakeError::Incompatible(why),
        Ok(error) => HandshakeError::Tls(error),
        Err(error) => HandshakeError::Io(error),
    }
}

#[cfg(test)]
mod tests {
    use rustls::{CertificateError, InvalidMessage};

    use super::*;

    #[test]
    fn reasons_are_for_people() {
        let check = |error: Error, expected: &str| {
            assert_eq!(reason(io::Error::new(ErrorKind::InvalidData, error)).to_string(), expected);
        };
        check(Error::NoCertificatesPresented, "shows no certificate, and tls-client-certificates is required");
        check(
            Error::InvalidCertificate(CertificateError::UnknownIssuer),
            "shows a certificate that is refused: invalid peer certificate: UnknownIssuer",
        );
        check(
            Error::AlertReceived(AlertDescription::UnknownCA),
            "refuses the switch's certificate (TLS alert UnknownCA)",
        );
        check(
            Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon),
            "has nothing in common with the switch: NoCipherSuitesInCommon",
        );
        check(
            Error::InvalidMessage(InvalidMessage::InvalidCertRequest),
            "breaks TLS: received corrupt message of type InvalidCertRequest",
        );
        assert_eq!(HandshakeError::Timeout.to_string(), "has made no TLS handshake in 10s");
        assert!(reason(ErrorKind::ConnectionReset.into()).is_harmless());
    }
}
