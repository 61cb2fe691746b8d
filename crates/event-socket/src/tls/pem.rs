//! From PEM files to what rustls serves with.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{Error, InconsistentKeys, RootCertStore, ServerConfig};
use strowger_config::{ClientCertificates, PemFile, TlsSettings};

use super::error::TlsError;
use super::validity::Validity;

/// A PEM file is no larger: the CAs of all the world are a quarter of it.
const MAX_FILE: u64 = 1 << 20;

const CERTIFICATES: &str = "PEM: -----BEGIN CERTIFICATE----- and what follows it";
const KEY: &str = "PEM: a private key (PKCS #8, PKCS #1 or SEC 1) without a password";

/// What new handshakes go by, and when its certificate is good.
///
/// # Errors
/// What is wrong with the files.
pub(super) fn server_config(settings: &TlsSettings) -> Result<(ServerConfig, Validity), TlsError> {
    let chain = certificates(&settings.certificate)?;
    let validity = chain.first().map(|first| Validity::of(first)).unwrap_or_default();
    let key = private_key(&settings.key)?;
    let provider = Arc::new(ring::default_provider());
    let verifier = client_verifier(settings, &provider)?;
    let unusable = |error: Error| match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => TlsError::Mismatch {
            at: settings.key.at.clone(),
            key: settings.key.path.clone(),
            certificate: settings.certificate.path.clone(),
        },
        Error::InvalidCertificate(_) => {
            content(&settings.certificate, format!("cannot be used ({error})"), CERTIFICATES)
        }
        error => content(&settings.key, format!("cannot be used ({error})"), "a key of RSA, ECDSA or Ed25519"),
    };
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(unusable)?;
    let builder = match verifier {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    Ok((builder.with_single_cert(chain, key).map_err(unusable)?, validity))
}

fn client_verifier(
    settings: &TlsSettings,
    provider: &Arc<CryptoProvider>,
) -> Result<Option<Arc<dyn ClientCertVerifier>>, TlsError> {
    let Some(file) = &settings.client_ca else { return Ok(None) };
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|error| content(file, format!("cannot be used ({error})"), CERTIFICATES))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    let builder = match settings.client_certificates {
        ClientCertificates::None => return Ok(None),
        ClientCertificates::Optional => builder.allow_unauthenticated(),
        ClientCertificates::Required => builder,
    };
    builder.build().map(Some).map_err(|error| content(file, format!("cannot be used ({error})"), CERTIFICATES))
}

fn certificates(file: &PemFile) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(file)?;
    let found = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, PemError>>();
    let found = found.map_err(|error| content(file, format!("is broken ({error})"), CERTIFICATES))?;
    if found.is_empty() {
        return Err(content(file, "holds no certificate".to_owned(), CERTIFICATES));
    }
    Ok(found)
}

fn private_key(file: &PemFile) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read(file)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
        let problem = match error {
            _ if text.windows(9).any(|word| word == b"ENCRYPTED") => "holds a key that asks for a password".to_owned(),
            PemError::NoItemsFound => "holds no private key".to_owned(),
            error => format!("is broken ({error})"),
        };
        content(file, problem, KEY)
    })
}

fn read(file: &PemFile) -> Result<Vec<u8>, TlsError> {
    let mut text = Vec::new();
    let outcome = File::open(&file.path).and_then(|opened| opened.take(MAX_FILE + 1).read_to_end(&mut text));
    let outcome = outcome.and_then(|_| match u64::try_from(text.len()) {
        Ok(length) if length <= MAX_FILE => Ok(()),
        _ => Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 1 MiB")),
    });
    outcome.map_err(|error| TlsError::Read {
        at: file.at.clone(),
        parameter: file.parameter,
        path: file.path.clone(),
        error,
    })?;
    Ok(text)
}

fn content(file: &PemFile, problem: String, expected: &'static str) -> TlsError {
    TlsError::Content { at: file.at.clone(), parameter: file.parameter, path: file.path.clone(), problem, expected }
}

#[cfg(test)]
mod tests;
