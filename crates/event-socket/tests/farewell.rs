//! The events that tell of a connection's end.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use strowger_core::channel::HangupCause;
use strowger_core::session::SessionHandle;
use strowger_event::Event;
use strowger_test_support::{execute, originate};
use tokio::net::TcpListener;

use support::{Client, Server};

async fn watcher(server: &Server) -> Client {
    let mut watcher = server.login().await;
    let reply = watcher.reply("event plain CLIENT_DISCONNECTED SERVER_DISCONNECTED").await;
    assert_eq!(reply, "+OK event listener enabled plain");
    watcher
}

async fn heard(watcher: &mut Client) -> Event {
    watcher.packet().await.unwrap().event().unwrap().unwrap()
}

/// A call whose program runs at the other end of the connection, which is returned.
async fn call(server: &Server) -> (SessionHandle, Client, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let handle = originate(&server.switch, "null/one").await.unwrap();
    execute(&handle, &[("socket", &format!("{address} async full"))]);
    let mut program = Client::accept(&listener).await;
    // Answered, it is served: a call that ends before has no connection that could end.
    assert_eq!(program.reply("noevents").await, "-ERR not listening for events");
    (handle, program, address.port().to_string())
}

#[tokio::test]
async fn a_client_leaves() {
    let server = Server::start().await;
    let mut watcher = watcher(&server).await;
    let mut polite = server.open().await;
    assert_eq!(polite.reply("userauth op@example.com:pw").await, "+OK accepted");
    assert_eq!(polite.reply("exit").await, "+OK bye");
    let event = heard(&mut watcher).await;
    assert_eq!((event.kind.name(), event.get("Client-Address")), ("CLIENT_DISCONNECTED", Some("127.0.0.1")));
    assert_eq!(event.get("Client-Port"), Some(polite.stream.local_addr().unwrap().port().to_string().as_str()));
    assert_eq!(event.get("Client-User"), Some("op@example.com"));
    assert_eq!((event.get("Disconnect-Reason"), event.get("Events-Lost")), (Some("exit"), Some("0")));
    drop(server.login().await);
    let event = heard(&mut watcher).await;
    assert_eq!((event.get("Client-User"), event.get("Disconnect-Reason")), (None, Some("closed")));
    let mut broken = server.login().await;
    broken.send(b"sendevent X\nContent-Length: -1\n\n").await;
    assert_eq!(heard(&mut watcher).await.get("Disconnect-Reason"), Some("bad-input"));
}

#[tokio::test]
async fn nobody_is_told_of_a_stranger() {
    let server = Server::start().await;
    let mut watcher = watcher(&server).await;
    let mut stranger = server.open().await;
    assert_eq!(stranger.reply("auth wrong").await, "-ERR invalid");
    while stranger.packet().await.is_some() {}
    drop(server.open().await);
    drop(server.login().await);
    assert_eq!(heard(&mut watcher).await.get("Disconnect-Reason"), Some("closed"));
}

#[tokio::test]
async fn a_program_leaves_its_call() {
    let server = Server::start().await;
    let mut watcher = watcher(&server).await;
    let (call, program, port) = call(&server).await;
    drop(program);
    let event = heard(&mut watcher).await;
    assert_eq!((event.kind.name(), event.get("Server-Address")), ("SERVER_DISCONNECTED", Some("127.0.0.1")));
    assert_eq!((event.get("Server-Port"), event.get("Unique-ID")), (Some(port.as_str()), Some(call.uuid())));
    assert_eq!(event.get("Disconnect-Reason"), Some("closed"));
}

#[tokio::test]
async fn a_call_leaves_its_program() {
    let server = Server::start().await;
    let mut watcher = watcher(&server).await;
    let (call, _program, _) = call(&server).await;
    call.hangup(HangupCause::NormalClearing);
    assert_eq!(heard(&mut watcher).await.get("Disconnect-Reason"), Some("call-ended"));
}

#[tokio::test]
async fn a_stop_is_told_by_shutdown_alone() {
    let server = Server::start().await;
    let mut watcher = watcher(&server).await;
    let _other = server.login().await;
    server.socket.shutdown().await;
    assert_eq!(watcher.packet().await.unwrap().content_type, "text/disconnect-notice");
}
