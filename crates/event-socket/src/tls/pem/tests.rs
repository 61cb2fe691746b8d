use std::path::PathBuf;
use std::sync::Arc;

use strowger_config::Place;

use super::*;
use crate::tls::test_certificates::{Authority, Folder};

fn file(parameter: &'static str, path: PathBuf) -> PemFile {
    PemFile { parameter, path, at: Place { file: Arc::from("esl.xml"), line: 7 } }
}

fn settings(certificate: PathBuf, key: PathBuf, client_ca: Option<PathBuf>) -> TlsSettings {
    TlsSettings {
        listen_ip: [127, 0, 0, 1].into(),
        listen_port: 0,
        certificate: file("tls-certificate", certificate),
        key: file("tls-key", key),
        client_ca: client_ca.map(|path| file("tls-client-ca", path)),
        client_certificates: ClientCertificates::Required,
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let (folder, authority) = (Folder::new(), Authority::new("A"));
    let (certificate, key) = authority.issue(1, 2090).write(&folder, "first");
    let (_, other_key) = authority.issue(2, 2090).write(&folder, "second");
    let good = server_config(&settings(certificate.clone(), key.clone(), Some(folder.write("ca", &authority.pem()))));
    assert_eq!(good.unwrap().1.until(), "2090-01-01T00:00:00Z");
    let check = |certificate: &PathBuf, key: &PathBuf, client_ca: Option<PathBuf>, parts: &[&str]| {
        let error = server_config(&settings(certificate.clone(), key.clone(), client_ca)).unwrap_err().to_string();
        for part in ["esl.xml:7: "].iter().chain(parts) {
            assert!(error.contains(part), "{part} is not in {error}");
        }
    };
    check(&folder.path("none"), &key, None, &["tls-certificate: cannot read /", "/none: No such file"]);
    check(&key, &key, None, &["tls-certificate: ", "first.key holds no certificate, expected PEM"]);
    check(&certificate, &certificate, None, &["tls-key: ", "first.pem holds no private key, expected PEM"]);
    check(&certificate, &other_key, None, &["tls-key: ", "second.key is not that of the first certificate in /"]);
    let locked =
        folder.write("locked", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMA==\n-----END ENCRYPTED PRIVATE KEY-----\n");
    check(&certificate, &locked, None, &["tls-key: ", "locked holds a key that asks for a password"]);
    let text = authority.issue(3, 2090).certificate;
    let half = folder.write("half", &text[..text.len() / 2]);
    check(&half, &key, None, &["tls-certificate: ", "half is broken ("]);
    let nonsense = folder.write("nonsense", "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n");
    check(&nonsense, &key, None, &["tls-certificate: ", "nonsense cannot be used ("]);
    check(&certificate, &key, Some(nonsense), &["tls-client-ca: ", "nonsense cannot be used ("]);
    let large = folder.write("large", &"x".repeat((1 << 20) + 1));
    check(&large, &key, None, &["large: it is larger than 1 MiB"]);
    check(&folder.path("."), &key, None, &["tls-certificate: cannot read "]);
}
