//! The event socket's TLS as its user sets it up: a certificate made with openssl, `serve`, `check`, and `cli --tls`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use strowger_bench::Ended;
use support::{Server, configuration, folder, is_there, run, serve, strowger};

/// Makes the self-signed certificate of docs/event-socket.md.
fn certificate(folder: &Path, name: &str) {
    make(folder, name, &["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
}

/// Makes NAME.pem and NAME.key.
fn make(folder: &Path, name: &str, more: &[&str]) {
    assert!(is_there("openssl"), "openssl is missing: `cargo xtask test` installs what the tests need");
    let mut openssl = Command::new("openssl");
    openssl.args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 365 -subj /CN=esl".split(' '));
    openssl.args(more).current_dir(folder);
    openssl.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")]);
    let ended = run(&mut openssl);
    assert_eq!(ended.code, Some(0), "{}", ended.said);
}

/// A configuration with TLS, and `more` params of event_socket.conf.
fn configured(name: &str, more: &str) -> PathBuf {
    let conf = folder(name);
    certificate(&conf, "esl");
    let params = format!(
        r#"<param name="tls" value="true"/><param name="tls-listen-port" value="0"/>
        <param name="tls-certificate" value="esl.pem"/><param name="tls-key" value="esl.key"/>{more}
        <param name="password""#
    );
    fs::write(conf.join("freeswitch.xml"), configuration("").replace(r#"<param name="password""#, &params)).unwrap();
    conf
}

fn start(conf: &Path) -> (Server, SocketAddr) {
    let server = Server::start(serve(conf).arg("--set").arg(format!("certs_dir={}", conf.display())));
    let tls = server.ready.tls.unwrap();
    (server, tls)
}

/// `strowger cli --tls` with `options`, in which `@` is the configuration's folder.
fn cli(address: SocketAddr, conf: &Path, options: &str) -> Command {
    let mut command = strowger();
    command.args(["cli", "--tls", "-H", &address.ip().to_string(), "-P", &address.port().to_string()]);
    command.args(options.split_whitespace().map(|word| word.replace('@', &format!("{}/", conf.display()))));
    command
}

fn asked(address: SocketAddr, conf: &Path, options: &str) -> Ended {
    run(cli(address, conf, options).args(["-x", "echo over TLS"]))
}

#[test]
fn the_console_trusts_whom_it_is_told_to() {
    let conf = configured("tls_trust", "");
    certificate(&conf, "other");
    let (server, tls) = start(&conf);
    let check = |options: &str, code: i32, part: &str| {
        let ended = asked(tls, &conf, options);
        assert_eq!(ended.code, Some(code), "{options}: {}", ended.said);
        assert!(ended.said.contains(part), "{options}: {part} is not in {}", ended.said);
    };
    check("--tls-ca @esl.pem", 0, "over TLS");
    check("--tls-insecure", 0, "warning: --tls-insecure");
    check("--tls-ca @other.pem", 1, "--tls-ca FILE trusts one");
    check("--tls-ca @none.pem", 1, "--tls-ca");
    check("--tls-ca @esl.key", 1, "holds no PEM certificate");
    // The port for plain text.
    let ended = asked(server.ready.esl, &conf, "--tls-ca @esl.pem");
    assert!(ended.code == Some(1) && ended.said.contains("is it the TLS port?"), "{}", ended.said);
    server.stop();
}

#[test]
fn the_console_reads_while_it_writes() {
    let conf = configured("tls_session", "");
    let (server, tls) = start(&conf);
    let mut command = cli(tls, &conf, "--tls-ca @esl.pem");
    let mut console = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let lines = "status\n/event plain CUSTOM\nshow api\necho the last\n/exit\n";
    console.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = console.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
    for part in ["UP 0 years", "event listener enabled plain", "uuid_kill,", "the last"] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
    server.stop();
}

#[test]
fn the_console_shows_a_certificate() {
    let more =
        r#"<param name="tls-client-ca" value="clients.pem"/><param name="tls-client-certificates" value="required"/>"#;
    let conf = configured("tls_client", more);
    make(&conf, "clients", &[]);
    let signed = ["-CA", "clients.pem", "-CAkey", "clients.key", "-addext", "basicConstraints=critical,CA:FALSE"];
    make(&conf, "me", &signed);
    let (server, tls) = start(&conf);
    let check = |options: &str, code: i32, part: &str| {
        let ended = asked(tls, &conf, &format!("--tls-ca @esl.pem {options}"));
        assert!(ended.code == Some(code) && ended.said.contains(part), "{options}: {}", ended.said);
    };
    check("--tls-cert @me.pem --tls-key @me.key", 0, "over TLS");
    check("", 1, "--tls-cert FILE shows one");
    check("--tls-cert @esl.pem --tls-key @esl.key", 1, "it refuses the certificate of --tls-cert");
    check("--tls-cert @me.pem", 1, "--tls-key");
    server.stop();
}

#[test]
fn files_that_cannot_be_used_keep_the_switch_from_starting() {
    let conf = configured("tls_files", "");
    let check = |part: &str| {
        for command in ["serve", "check"] {
            let mut switch = strowger();
            switch.arg(command).arg("--conf").arg(&conf);
            switch.args(["--set", "esl_port=0", "--set", "sip_port=0", "--set"]);
            let ended = run(switch.arg(format!("certs_dir={}", conf.display())));
            assert_eq!(ended.code, Some(2), "{command}: {}", ended.said);
            for part in ["freeswitch.xml:", part] {
                assert!(ended.said.contains(part), "{command}: {part} is not in {}", ended.said);
            }
        }
    };
    certificate(&conf, "other");
    fs::copy(conf.join("other.key"), conf.join("esl.key")).unwrap();
    check("esl.key is not that of the first certificate in");
    fs::remove_file(conf.join("esl.key")).unwrap();
    check("tls-key: cannot read");
}
