//! TLS 1.2 and 1.3 for connections to the event socket: certificates that are read again when their files change, the
//! handshake, and the encrypted socket.

mod certificates;
mod error;
mod handshake;
mod pem;
mod stream;
mod validity;
mod watch;

pub(crate) use certificates::Certificates;
pub use error::TlsError;
pub(crate) use handshake::{HandshakeError, accept};
pub(crate) use stream::TlsSocket;
pub(crate) use watch::watch;

use strowger_config::TlsSettings;

/// Reads the files of the TLS listener as the start of the switch does.
///
/// # Errors
/// What is wrong with them, and which param names them.
pub fn check_tls(settings: &TlsSettings) -> Result<(), TlsError> {
    pem::server_config(settings).map(|_| ())
}

#[cfg(test)]
#[path = "../tests/support/certificates.rs"]
mod test_certificates;
