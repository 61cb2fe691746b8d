//! Why a certificate cannot be used.

use std::io;
use std::path::PathBuf;

use strowger_config::Place;

/// Why the files of the TLS listener cannot be used. Displays as `FILE:LINE: PARAM: what is wrong, what was expected`.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{at}: {parameter}: cannot read {path}: {error}", path = .path.display())]
    Read {
        /// Where the file is named.
        at: Place,
        /// The param that names it.
        parameter: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{at}: {parameter}: {path} {problem}, expected {expected}", path = .path.display())]
    Content {
        /// Where the file is named.
        at: Place,
        /// The param that names it.
        parameter: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// The key is not that of the certificate.
    #[error(
        "{at}: tls-key: the key in {key} is not that of the first certificate in {certificate}, expected the two to \
         belong together",
        key = .key.display(), certificate = .certificate.display()
    )]
    Mismatch {
        /// Where the key's file is named.
        at: Place,
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
    },
}
