use std::sync::Arc;

use strowger_config::{ClientCertificates, PemFile, Place};

use super::*;
use crate::tls::test_certificates::{Authority, Folder};

fn settings(folder: &Folder) -> TlsSettings {
    let file = |parameter, name| PemFile {
        parameter,
        path: folder.path(name),
        at: Place { file: Arc::from("esl.xml"), line: 7 },
    };
    TlsSettings {
        listen_ip: [127, 0, 0, 1].into(),
        listen_port: 0,
        certificate: file("tls-certificate", "esl.pem"),
        key: file("tls-key", "esl.key"),
        client_ca: None,
        client_certificates: ClientCertificates::None,
    }
}

/// How far a change of the files has come after a poll.
fn polled(certificates: &Certificates) -> (bool, bool) {
    let before = certificates.current();
    certificates.poll();
    (!Arc::ptr_eq(&before, &certificates.current()), certificates.state.lock().doubtful.is_some())
}

const SAME: (bool, bool) = (false, false);
const REPLACED: (bool, bool) = (true, false);
const DOUBTFUL: (bool, bool) = (false, true);

#[test]
fn files_are_read_when_they_have_changed_only() {
    let (folder, authority) = (Folder::new(), Authority::new("A"));
    authority.issue(1, 2090).write(&folder, "esl");
    let certificates = Certificates::load(&settings(&folder)).unwrap();
    assert_eq!(polled(&certificates), SAME);
    authority.issue(2, 2090).write(&folder, "esl");
    assert_eq!(polled(&certificates), REPLACED);
    assert_eq!(polled(&certificates), SAME);
}

#[test]
fn a_pair_that_is_half_written_is_waited_for_once() {
    let (folder, authority) = (Folder::new(), Authority::new("A"));
    authority.issue(1, 2090).write(&folder, "esl");
    let certificates = Certificates::load(&settings(&folder)).unwrap();
    let next = authority.issue(2, 2090);
    folder.write("esl.pem", &next.certificate);
    assert_eq!(polled(&certificates), DOUBTFUL);
    folder.write("esl.key", &next.key);
    assert_eq!(polled(&certificates), REPLACED);
    folder.write("esl.key", "nonsense");
    assert_eq!(polled(&certificates), DOUBTFUL);
    // It has been said now.
    assert_eq!(polled(&certificates), SAME);
    assert_eq!(polled(&certificates), SAME);
    folder.write("esl.key", &next.key);
    assert_eq!(polled(&certificates), REPLACED);
}

#[test]
fn a_reload_says_what_is_wrong_and_keeps_what_there_was() {
    let (folder, authority) = (Folder::new(), Authority::new("A"));
    authority.issue(1, 2090).write(&folder, "esl");
    let certificates = Certificates::load(&settings(&folder)).unwrap();
    let before = certificates.current();
    let mut elsewhere = settings(&folder);
    elsewhere.certificate.path = folder.path("none");
    assert!(certificates.reload(Some(&elsewhere)).unwrap_err().to_string().contains("none"));
    assert!(Arc::ptr_eq(&before, &certificates.current()));
    assert_eq!(certificates.state.lock().settings, settings(&folder));
    certificates.reload(None).unwrap();
    assert!(!Arc::ptr_eq(&before, &certificates.current()));
}
