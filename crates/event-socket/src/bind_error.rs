//! Why the event socket does not listen.

use std::io;
use std::net::SocketAddr;

use crate::tls::TlsError;

/// The event socket cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// An address cannot be had.
    #[error(
        "event socket: cannot listen on {address}: {error} (params {setting}-ip and {setting}-port of \
         event_socket.conf.xml)"
    )]
    Address {
        /// The address asked for.
        address: SocketAddr,
        /// What its params' names begin with: `listen` or `tls-listen`.
        setting: &'static str,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// The TLS listener's files cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}
