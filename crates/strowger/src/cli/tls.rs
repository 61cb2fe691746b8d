//! Which switches the console trusts over TLS, and who it says it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::arguments::TlsArguments;

/// Why TLS cannot be set up from what the command line says.
#[derive(Debug, thiserror::Error)]
pub enum TlsSetupError {
    /// A file cannot be read.
    #[error("{option} {path}: {error}", path = .path.display())]
    Read {
        /// The option that names it.
        option: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file is not PEM, or holds something else.
    #[error("{option} {path}: {problem}", path = .path.display())]
    Content {
        /// The option that names it.
        option: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// No CA is known.
    #[error("this machine knows no certificate authorities; --tls-ca FILE names the switch's")]
    NoAuthorities,
    /// rustls refuses the settings.
    #[error("TLS cannot be set up: {0}")]
    Rustls(#[from] Error),
}

/// A session for the switch at `host`.
///
/// # Errors
/// What is wrong with the files, or with the host's name.
pub fn session(arguments: &TlsArguments, host: &str) -> Result<ClientConnection, TlsSetupError> {
    let provider = Arc::new(ring::default_provider());
    let trust = Trust::new(arguments, Arc::clone(&provider))?;
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = builder.dangerous().with_custom_certificate_verifier(Arc::new(trust));
    let config = match &arguments.tls_cert {
        None => builder.with_no_client_auth(),
        Some(certificate) => {
            // One file may hold both.
            let key = arguments.tls_key.as_deref().unwrap_or(certificate);
            builder.with_client_auth_cert(certificates("--tls-cert", certificate)?, private_key(key)?)?
        }
    };
    let name = ServerName::try_from(host.to_owned()).map_err(|error| Error::General(format!("{host}: {error}")))?;
    Ok(ClientConnection::new(Arc::new(config), name)?)
}

fn certificates(option: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsSetupError> {
    let text = read(option, path)?;
    let problem = |problem: String| TlsSetupError::Content { option, path: path.to_owned(), problem };
    let found = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, PemError>>();
    let found = found.map_err(|error| problem(format!("the PEM is broken: {error}")))?;
    if found.is_empty() { Err(problem("holds no PEM certificate".to_owned())) } else { Ok(found) }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsSetupError> {
    const OPTION: &str = "--tls-key";
    PrivateKeyDer::from_pem_slice(&read(OPTION, path)?).map_err(|error| TlsSetupError::Content {
        option: OPTION,
        path: path.to_owned(),
        problem: format!("holds no PEM private key without a password: {error}"),
    })
}

fn read(option: &'static str, path: &Path) -> Result<Vec<u8>, TlsSetupError> {
    fs::read(path).map_err(|error| TlsSetupError::Read { option, path: path.to_owned(), error })
}

/// Whom the console talks to.
#[derive(Debug)]
struct Trust {
    provider: Arc<CryptoProvider>,
    /// Certificates that are trusted themselves, whatever name they are for and however long: a self-signed one needs no
    /// more than to be known.
    known: Vec<CertificateDer<'static>>,
    /// The authorities; `None` trusts everybody.
    authorities: Option<Arc<WebPkiServerVerifier>>,
}

impl Trust {
    fn new(arguments: &TlsArguments, provider: Arc<CryptoProvider>) -> Result<Trust, TlsSetupError> {
        if arguments.tls_insecure {
            return Ok(Trust { provider, known: Vec::new(), authorities: None });
        }
        let mut roots = RootCertStore::empty();
        let known = match &arguments.tls_ca {
            Some(path) => certificates("--tls-ca", path)?,
            None => Vec::new(),
        };
        if known.is_empty() {
            // What of the system's cannot be read is not trusted; others may do.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        } else {
            for certificate in &known {
                roots.add(certificate.clone())?;
            }
        }
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let authorities = builder.build().map_err(|_| TlsSetupError::NoAuthorities)?;
        Ok(Trust { provider, known, authorities: Some(authorities) })
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.authorities {
            Some(authorities) if !self.known.iter().any(|known| known == end_entity) => {
                authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
