//! The `socket` application: a program drives the call that the switch connected to it for.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::time::Duration;

use strowger_core::channel::HangupCause;
use strowger_core::session::SessionHandle;
use strowger_test_support::{Put, Wait, becomes, execute, originate, variable};
use tokio::net::TcpListener;

use support::{Client, Server};

/// A call that runs `socket DATA`, then `put after=yes`, then waits.
async fn call(server: &Server, data: &str) -> SessionHandle {
    server.switch.registries().application(Put);
    server.switch.registries().application(Wait);
    let handle = originate(&server.switch, "null/one").await.unwrap();
    execute(&handle, &[("socket", data), ("put", "after=yes"), ("wait", "")]);
    handle
}

async fn program() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

const PUT: &[u8] = b"sendmsg\ncall-command: execute\nexecute-app-name: put\nexecute-app-arg: colour=red\n\n";

#[tokio::test]
async fn the_next_host_is_tried_and_a_synchronous_program_gives_the_call_back() {
    let server = Server::start().await;
    let (listener, address) = program().await;
    let (gone, nobody) = program().await;
    drop(gone);
    let handle = call(&server, &format!("{nobody}|{address} full")).await;
    let mut program = Client::accept(&listener).await;
    program.send(b"connect\n\n").await;
    let data = program.packet().await.unwrap();
    assert_eq!(data.headers.get("Socket-Mode"), Some("static"));
    assert_eq!(data.headers.get("Control"), Some("full"));
    program.send(PUT).await;
    assert_eq!(program.packet().await.unwrap().reply_text(), Some("+OK"));
    // The reply waits for the application's end.
    assert_eq!(program.reply("getvar colour").await, "red");
    assert_eq!(program.reply("getvar nosuch").await, "-ERR command not found");
    assert_eq!(variable(&handle, "after").await, "");
    drop(program);
    becomes(&handle, "after", "yes").await;
}

#[tokio::test]
async fn nobody_there_and_the_dialplan_goes_on() {
    let server = Server::start().await;
    let (gone, nobody) = program().await;
    drop(gone);
    let handle = call(&server, &nobody).await;
    becomes(&handle, "after", "yes").await;
}

#[tokio::test]
async fn an_asynchronous_program_that_vanishes_leaves_the_call_parked() {
    let server = Server::start().await;
    let (listener, address) = program().await;
    let handle = call(&server, &format!("{address} async full")).await;
    let mut program = Client::accept(&listener).await;
    program.send(b"api echo there\n\n").await;
    assert_eq!(program.packet().await.unwrap().text(), "there");
    drop(program);
    handle.tell(|session| session.channel.variables.set("seen", "1")).unwrap();
    becomes(&handle, "seen", "1").await;
    assert_eq!(variable(&handle, "after").await, "");
    handle.hangup(HangupCause::NormalClearing);
    handle.gone().await;
}

#[tokio::test]
async fn resume_sends_the_call_on_in_its_dialplan() {
    let server = Server::start().await;
    let (listener, address) = program().await;
    let handle = call(&server, &format!("{address} async full")).await;
    let mut program = Client::accept(&listener).await;
    assert_eq!(program.reply("resume").await, "+OK");
    drop(program);
    becomes(&handle, "after", "yes").await;
}

#[tokio::test]
async fn without_full_only_the_calls_own_commands_are_there() {
    let server = Server::start().await;
    let (listener, address) = program().await;
    let handle = call(&server, &address).await;
    let mut program = Client::accept(&listener).await;
    assert_eq!(program.reply("api echo no").await, "-ERR command not found");
    program.send(PUT).await;
    assert_eq!(program.packet().await.unwrap().reply_text(), Some("+OK"));
    assert_eq!(variable(&handle, "colour").await, "red");
}

#[tokio::test]
async fn the_connection_ends_with_its_call() {
    let server = Server::start().await;
    let (listener, address) = program().await;
    let handle = call(&server, &format!("{address} async full")).await;
    let mut program = Client::accept(&listener).await;
    assert_eq!(program.reply("myevents").await, "+OK Events Enabled");
    handle.hangup(HangupCause::UserBusy);
    let mut names = Vec::new();
    let notice = loop {
        let packet = program.packet().await.unwrap();
        match packet.event() {
            Some(event) => names.push(event.unwrap().kind.name()),
            None => break packet,
        }
    };
    assert!(names.contains(&"CHANNEL_HANGUP"), "{names:?}");
    assert_eq!(notice.headers.get("Content-Disposition"), Some("disconnect"));
    assert_eq!(notice.headers.get("Controlled-Session-UUID"), Some(handle.uuid()));
    assert!(program.packet().await.is_none());
}

#[tokio::test]
async fn diverted_input_goes_to_who_diverts_it_and_to_nobody_else() {
    let server = Server::start().await;
    let (listener, address) = program().await;
    let handle = call(&server, &format!("{address} async full")).await;
    let mut program = Client::accept(&listener).await;
    let mut other = server.login().await;
    other.reply("event plain DTMF NOTIFY").await;
    assert_eq!(program.reply("divert_events").await, "-ERR missing value.");
    assert_eq!(program.reply("divert_events on").await, "+OK events diverted");
    handle.tell(|session| session.receive_digits("7")).unwrap();
    // It waits until the program listens to anything.
    assert_eq!(program.reply("event json HEARTBEAT").await, "+OK event listener enabled json");
    let event = program.packet().await.unwrap().event().unwrap().unwrap();
    assert_eq!((event.kind.name(), event.get("DTMF-Digit")), ("DTMF", Some("7")));
    assert_eq!(program.reply("divert_events off").await, "+OK events not diverted");
    handle.tell(|session| session.receive_digits("8")).unwrap();
    let event = other.packet().await.unwrap().event().unwrap().unwrap();
    assert_eq!(event.get("DTMF-Digit"), Some("8"), "the first the others hear of");
    program.reply("divert_events on").await;
    drop(program);
    // One that left without a word does not keep the input to itself.
    other.until_listeners(1).await;
    handle.tell(|session| session.receive_digits("9")).unwrap();
    let event = other.packet().await.unwrap().event().unwrap().unwrap();
    assert_eq!(event.get("DTMF-Digit"), Some("9"));
}

#[tokio::test]
async fn a_message_that_was_carried_out_is_told_of() {
    let server = Server::start().await;
    let (listener, address) = program().await;
    let handle = call(&server, &format!("{address} async full")).await;
    let mut program = Client::accept(&listener).await;
    program.reply("event json PRIVATE_COMMAND").await;
    let said =
        "sendmsg\ncall-command: xferext\napplication: put a=1\napplication: put b=two words\napplication: wait\n\n";
    for message in [PUT, said.as_bytes()] {
        program.send(message).await;
        assert_eq!(program.packet().await.unwrap().reply_text(), Some("+OK"));
        let event = program.packet().await.unwrap().event().unwrap().unwrap();
        let names: Vec<_> = event.headers.iter().map(|(name, _)| name).collect();
        assert_eq!((names[0], names[1]), ("Command", "call-command"));
        assert_eq!((event.get("Command"), event.get("Unique-ID")), (Some("sendmsg"), Some(handle.uuid())));
    }
    becomes(&handle, "b", "two words").await;
    assert_eq!(variable(&handle, "a").await, "1");
}

#[tokio::test]
async fn a_synchronous_program_need_not_wait_for_every_application() {
    let server = Server::start().await;
    let (listener, address) = program().await;
    let handle = call(&server, &address).await;
    let mut program = Client::accept(&listener).await;
    program.send(b"sendmsg\ncall-command: execute\nexecute-app-name: wait\nasync: true\n\n").await;
    assert_eq!(program.packet().await.unwrap().reply_text(), Some("+OK"));
    program.send(b"sendmsg\ncall-command: execute\nexecute-app-name: put\n").await;
    program.send(b"content-type: text/plain\ncontent-length: 10\n\ncolour=red").await;
    assert_eq!(program.packet().await.unwrap().reply_text(), Some("+OK"), "within the wait of the other");
    assert_eq!(variable(&handle, "colour").await, "red");
}

#[tokio::test]
async fn unicast_takes_its_port_for_as_long_as_the_call_is_there() {
    let server = Server::start().await;
    let (listener, address) = program().await;
    let handle = call(&server, &format!("{address} async full")).await;
    let mut program = Client::accept(&listener).await;
    let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let message = |headers: &str| format!("sendmsg\ncall-command: unicast\n{headers}\n\n");
    program.send(message(&format!("local-port: {port}\nremote-port: 9")).as_bytes()).await;
    // What cannot be is said in the log: FreeSWITCH's answer is this one.
    for wrong in ["local-port: 99999", "remote-ip: nowhere", "transport: tcp"] {
        program.send(message(wrong).as_bytes()).await;
    }
    for _ in 0..4 {
        assert_eq!(program.packet().await.unwrap().reply_text(), Some("+OK"));
    }
    assert_eq!(variable(&handle, "uuid").await, handle.uuid());
    assert!(std::net::UdpSocket::bind(("127.0.0.1", port)).is_err(), "taken");
    handle.hangup(HangupCause::NormalClearing);
    handle.gone().await;
    let beginning = std::time::Instant::now();
    while std::net::UdpSocket::bind(("127.0.0.1", port)).is_err() {
        assert!(beginning.elapsed() < Duration::from_secs(20), "given back");
        tokio::task::yield_now().await;
    }
}
