//! The cases that a real FreeSWITCH answered, played against us: tests/conformance/README.md tells about them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::process::{Command, Stdio};

use support::{Server, is_there, repository, serve};

/// Plays those cases, by the beginnings of their names, against a switch of their own.
fn check(cases: &[&str]) {
    assert!(is_there("python3"), "python3 is missing: `cargo xtask test` installs what the tests need");
    let (peer, app) = (strowger_bench::free_port(), strowger_bench::free_port());
    let conf = repository("tests/conformance/conf");
    // Cases put scripts there.
    let scripts = concat!(env!("CARGO_TARGET_TMPDIR"), "/conformance-scripts");
    std::fs::create_dir_all(scripts).unwrap();
    let settings = [format!("peer_port={peer}"), format!("app_port={app}"), format!("script_dir={scripts}")];
    let mut command = serve(&conf);
    for setting in settings {
        command.arg("--set").arg(setting);
    }
    let server = Server::start(&mut command);
    let [sip, sip2] = server.ready.sip[..] else { panic!("two SIP profiles are configured: {:?}", server.ready) };
    let mut runner = Command::new("python3");
    // -B: no __pycache__ in the source tree.
    runner.arg("-B").arg(repository("tests/conformance/conform.py")).arg("check").args(cases);
    runner.args(["--esl", &server.ready.esl.to_string(), "--sip", &sip.to_string(), "--sip2", &sip2.to_string()]);
    runner.args(["--uas", &peer.to_string(), "--app", &app.to_string(), "--faults", "20"]);
    let out = runner.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout) + String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{said}");
    server.stop();
}

/// As [`check`], for cases that run sipp.
fn check_calls(cases: &[&str]) {
    assert!(is_there("sipp"), "sipp is missing: `cargo xtask test` installs what the tests need");
    check(cases);
}

#[test]
fn authentication() {
    check(&["010", "011", "012", "013", "015", "016"]);
}

#[test]
fn a_raw_crlf_client() {
    check(&["014"]);
}

#[test]
fn events_and_their_formats() {
    check(&["020", "021", "022", "023", "024", "025", "026", "027", "028", "029"]);
}

#[test]
fn filters() {
    check(&["030", "031", "032"]);
}

#[test]
fn api_commands() {
    check(&["040", "041", "042", "043", "059"]);
}

#[test]
fn modules() {
    check(&["091"]);
}

#[test]
fn calls_on_the_null_endpoint() {
    check(&["050", "051", "052", "056"]);
}

#[test]
fn calls_joined_and_sent_elsewhere() {
    check(&["053", "054", "190", "192", "196"]);
}

#[test]
fn the_dialplan() {
    check(&["188", "189", "191", "193", "194"]);
}

#[test]
fn digits() {
    check(&["058", "150", "160", "161", "162", "163", "194", "195"]);
}

#[test]
fn messages_to_calls() {
    check(&["060", "061", "062", "063", "096"]);
}

#[test]
fn events_of_one_call() {
    check(&["070", "071", "072"]);
}

#[test]
fn outbound_sockets() {
    check(&["080", "081", "082", "083", "084", "085"]);
}

#[test]
fn log_and_reload() {
    check(&["090", "094"]);
}

#[test]
fn tasks_and_heartbeats() {
    check(&["092", "093", "095"]);
}

#[test]
fn sip_calls_that_come_in() {
    check_calls(&["110", "111", "115", "116", "117", "123"]);
}

#[test]
fn sip_calls_that_go_out() {
    check_calls(&["118", "120"]);
}

#[test]
fn recordings_and_what_listens() {
    check(&["057", "169", "185", "186"]);
}

#[test]
fn sip_calls_on_hold() {
    check_calls(&["055", "114", "168"]);
}

#[test]
fn media_and_tcp() {
    check(&["164", "165", "170"]);
}

#[test]
fn scripts_in_lua() {
    check(&["097", "098", "140", "197", "198"]);
}

#[test]
fn scripts_in_python() {
    check(&["099", "199"]);
}
