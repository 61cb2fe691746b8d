//! Event-socket clients of others, unmodified, against us: tests/clients/README.md tells about them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use strowger_bench::Switch;
use support::{PASSWORD, Server, configured, installed, is_there, repository, serve};

/// How long a script may take: each of its checks gives up after 14 s by itself.
const LIMIT: Duration = Duration::from_secs(150);
/// What a client that is missing is told.
const INSTALL: &str = "is not installed: run `cargo xtask test`, which installs what the tests need";

/// Runs a script of tests/clients against a switch of its own, which calls it back from extension 8084.
fn check(program: &Path, script: &str) {
    let back = strowger_bench::free_port();
    let server = Server::start(&mut serve(&configured(script, &extension(back))));
    let mut client = Command::new(program);
    client.arg(repository("crates/strowger/tests/clients").join(script));
    client.arg(server.ready.esl.to_string()).arg(PASSWORD);
    client.env("STROWGER_OUTBOUND_PORT", back.to_string());
    client.env("PYTHONDONTWRITEBYTECODE", "1").env("NODE_NO_WARNINGS", "1");
    client.env("NODE_PATH", installed("node/node_modules"));
    let ended = Switch::spawn(&mut client).unwrap().ended(LIMIT).unwrap_or_else(|error| panic!("{error}"));
    let count = |word: &str| ended.said.lines().filter(|line| line.starts_with(word)).count();
    let good = count("FAIL ") == 0 && count("ok ") > 0 && count("done ") == 1;
    assert!(good, "{script} ({:?}):\n{}", ended.code, ended.said);
    server.stop();
}

fn extension(port: u16) -> String {
    format!(
        r#"<extension name="outbound">
  <condition field="destination_number" expression="^8084$">
    <action application="socket" data="127.0.0.1:{port} async full"/>
  </condition>
</extension>"#
    )
}

fn check_greenswitch(script: &str) {
    let python = installed("python/bin/python");
    assert!(installed("python/installed").exists() && python.exists(), "greenswitch {INSTALL}");
    check(&python, script);
}

fn check_modesl(script: &str) {
    assert!(is_there("node") && installed("node/installed").exists(), "modesl {INSTALL}");
    check(Path::new("node"), script);
}

#[test]
fn greenswitch_inbound() {
    check_greenswitch("greenswitch_inbound.py");
}

#[test]
fn greenswitch_outbound() {
    check_greenswitch("greenswitch_outbound.py");
}

#[test]
fn modesl_inbound() {
    check_modesl("modesl_inbound.js");
}

#[test]
fn modesl_outbound() {
    check_modesl("modesl_outbound.js");
}

#[test]
fn published_examples() {
    assert!(is_there("python3"), "python3 {INSTALL}");
    check(Path::new("python3"), "published_examples.py");
}
