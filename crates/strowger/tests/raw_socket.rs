//! The client of the raw-socket example: it writes its password and its event back to back, lines ended by CRLF, and
//! reads nothing. Its event reaches whoever listens.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::process::Command;

use strowger_bench::{Conn, Packet};
use support::{Server, configured, repository, serve};

const SUBSCRIBE: &str = "event json CUSTOM calltest1::calltest1_sub";
const RAW: &str = "auth ClueCon\r\n\r\nsendevent CUSTOM\r\nEvent-Name: CUSTOM\r\n\
    Event-Subclass: calltest1::calltest1_sub\r\ncallee_uuid: 42e36a32-d6c9-4fac-841d-95bbab9ce2f5\r\n\
    caller_num: 1000\r\nfailed_reason: pytest reason\r\n\r\n";

fn server(name: &str) -> Server {
    Server::start(&mut serve(&configured(name, "")))
}

fn assert_the_event(event: &Packet) {
    assert_eq!(event.kind, "text/event-json");
    for text in ["calltest1::calltest1_sub", "\"failed_reason\":\"pytest reason\"", "\"caller_num\":\"1000\""] {
        assert!(event.has(text), "{text} is not in {}", event.text());
    }
}

#[test]
fn auth_and_sendevent_in_one_write() {
    let server = server("raw_one_write");
    let mut listener = server.login();
    listener.command(SUBSCRIBE).unwrap();
    let mut raw = Conn::connect(server.ready.esl).unwrap();
    raw.send(RAW).unwrap();
    assert_eq!(raw.packet().unwrap().reply, "+OK accepted");
    assert!(raw.packet().unwrap().reply.starts_with("+OK "));
    assert_the_event(&listener.event().unwrap());
    server.stop();
}

#[test]
fn a_writer_that_hangs_up_at_once() {
    let server = server("raw_hangs_up");
    let mut listener = server.login();
    listener.command(SUBSCRIBE).unwrap();
    let mut raw = Conn::connect(server.ready.esl).unwrap();
    raw.send(RAW).unwrap();
    drop(raw);
    assert_the_event(&listener.event().unwrap());
    server.stop();
}

#[test]
fn a_byte_at_a_time() {
    let server = server("raw_bytes");
    let mut listener = server.login();
    listener.command(SUBSCRIBE).unwrap();
    let mut raw = Conn::connect(server.ready.esl).unwrap();
    for at in 0..RAW.len() {
        raw.send(&RAW[at..=at]).unwrap();
    }
    assert_the_event(&listener.event().unwrap());
    server.stop();
}

#[test]
fn the_published_example() {
    let server = server("raw_example");
    let mut listener = server.login();
    listener.command(SUBSCRIBE).unwrap();
    let mut example = Command::new("python3");
    let ended = support::run(example.arg(repository("examples/raw_socket.py")).arg(server.ready.esl.to_string()));
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    assert_the_event(&listener.event().unwrap());
    server.stop();
}
