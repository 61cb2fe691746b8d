//! Calls and connections that end, or are asked for, at the wrong moment or by the wrong one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use strowger_core::channel::HangupCause;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::session::SessionHandle;
use strowger_event::{Event, EventKind};
use strowger_test_support::{Put, Wait, becomes, execute, originate};
use tokio::net::TcpListener;

use support::{Client, Server};

/// Says that it was called.
struct Mark(Arc<AtomicBool>);

#[async_trait]
impl ApiCommand for Mark {
    fn about(&self) -> About {
        About { name: "mark", syntax: "", help: "test", module: "test" }
    }

    async fn run(&self, _: ApiCall<'_>) -> String {
        self.0.store(true, Ordering::Relaxed);
        "+OK\n".to_owned()
    }
}

/// A call that runs `socket` with these flags, then `put after=yes`; and the program at the other end.
async fn driven(server: &Server, flags: &str) -> (SessionHandle, Client) {
    server.switch.registries().application(Put);
    server.switch.registries().application(Wait);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let handle = originate(&server.switch, "null/one").await.unwrap();
    let data = format!("{} {flags}", listener.local_addr().unwrap());
    execute(&handle, &[("socket", &data), ("put", "after=yes"), ("wait", "")]);
    let program = Client::accept(&listener).await;
    (handle, program)
}

/// What comes before the disconnect notice.
async fn until_notice(program: &mut Client) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        let packet = program.packet().await.unwrap();
        match packet.event() {
            Some(event) => events.push(event.unwrap()),
            None if packet.headers.get("Content-Disposition") == Some("disconnect") => return events,
            None => {}
        }
    }
}

/// Waits until the oldest connection of this kind has given so many commands.
async fn until_begun(client: &mut Client, kind: &str, commands: &str) {
    let begun = |status: &str| {
        let row = status.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        row.into_iter().find(|row| row.get(2) == Some(&kind)).is_some_and(|row| row.get(6) == Some(&commands))
    };
    while !begun(&client.api("event_socket status").await) {}
}

#[tokio::test]
async fn a_program_without_full_stays_with_its_own_call() {
    let server = Server::start().await;
    let other = originate(&server.switch, "null/two").await.unwrap();
    let (handle, mut program) = driven(&server, "async").await;
    assert_eq!(program.reply(&format!("myevents {}", other.uuid())).await, "+OK Events Enabled");
    assert_eq!(program.reply("api echo no").await, "-ERR command not found");
    handle.hangup(HangupCause::NormalClearing);
    let events = until_notice(&mut program).await;
    assert!(!events.is_empty() && events.iter().all(|event| event.get("Unique-ID") == Some(handle.uuid())));
}

#[tokio::test]
async fn connect_is_answered_whenever_it_is_said() {
    let server = Server::start().await;
    let (_handle, mut program) = driven(&server, "async full").await;
    for _ in 0..2 {
        program.send(b"connect\n\n").await;
        assert_eq!(program.packet().await.unwrap().headers.get("Control"), Some("full"));
    }
}

#[tokio::test]
async fn no_variables_name_poses_as_a_header() {
    let server = Server::start().await;
    let (handle, mut program) = driven(&server, "async full").await;
    handle.ask(|session| session.channel.variables.set("a: b\n\nContent-Length", "5")).await.unwrap();
    program.send(b"connect\n\n").await;
    let data = program.packet().await.unwrap();
    assert_eq!(data.headers.get("Content-Length"), None);
    assert_eq!(data.headers.get("Control"), Some("full"));
}

#[tokio::test(start_paused = true)]
async fn a_program_that_says_nothing_gives_the_call_back_after_25_seconds() {
    let server = Server::start().await;
    let (handle, mut program) = driven(&server, "full").await;
    assert!(until_notice(&mut program).await.is_empty());
    becomes(&handle, "after", "yes").await;
}

#[tokio::test(start_paused = true)]
async fn a_program_that_has_spoken_may_be_silent() {
    let server = Server::start().await;
    let (_handle, mut program) = driven(&server, "full").await;
    assert_eq!(program.reply("linger").await, "+OK will linger");
    tokio::time::sleep(Duration::from_secs(3600)).await;
    assert_eq!(program.reply("nolinger").await, "+OK will not linger");
}

#[tokio::test]
async fn a_command_that_runs_when_the_call_ends_is_answered() {
    let server = Server::start().await;
    let (handle, mut program) = driven(&server, "async full").await;
    program.reply("event plain CHANNEL_HANGUP_COMPLETE").await;
    program.send(b"api slow x\n\n").await;
    until_begun(&mut server.login().await, "outbound", "2").await;
    handle.hangup(HangupCause::NormalClearing);
    // Events do not wait for it.
    assert_eq!(program.packet().await.unwrap().event().unwrap().unwrap().kind, EventKind::ChannelHangupComplete);
    handle.gone().await;
    server.go_on.notify_one();
    assert_eq!(program.packet().await.unwrap().text(), "x");
    assert!(until_notice(&mut program).await.is_empty());
}

#[tokio::test]
async fn a_command_whose_connection_breaks_is_not_broken_off() {
    let server = Server::start().await;
    let marked = Arc::new(AtomicBool::new(false));
    server.switch.registries().command(Mark(Arc::clone(&marked)));
    let mut client = server.login().await;
    client.reply("event plain NOTIFY").await;
    client.send(b"api slow x;;mark\nconsole_execute: true\n\n").await;
    let mut other = server.login().await;
    until_begun(&mut other, "inbound", "3").await;
    socket2::SockRef::from(&client.stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(client);
    // The connection is found to be broken when something is to be sent on it.
    while other.api("event_socket status json").await.contains("\"connected\":2,") {
        server.fire(Event::new(EventKind::Notify));
    }
    assert!(!marked.load(Ordering::Relaxed));
    server.go_on.notify_one();
    tokio::time::timeout(Duration::from_secs(20), async {
        while !marked.load(Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn who_lingers_hears_everything_but_the_destruction_of_its_own_call() {
    let server = Server::start().await;
    for round in 0..20 {
        let (handle, mut program) = driven(&server, "async full").await;
        program.reply("event plain ALL").await;
        program.reply("linger 0").await;
        // Behind the call's end the connection may be closed at any time.
        let other = Event::new(EventKind::ChannelDestroy).header("Unique-ID", "other");
        server.fire(other.header("Channel-State-Number", "12"));
        handle.hangup(HangupCause::NormalClearing);
        let events = until_notice(&mut program).await;
        let of = |uuid: &str| events.iter().filter(|event| event.get("Unique-ID") == Some(uuid)).count();
        assert_eq!(of("other"), 1, "round {round}");
        let own = events.iter().find(|event| {
            event.get("Unique-ID") == Some(handle.uuid()) && event.get("Channel-State-Number") == Some("12")
        });
        assert!(own.is_none(), "round {round}: {own:?}");
    }
}

#[tokio::test]
async fn messages_for_a_busy_call_are_bounded() {
    let server = Server::start().await;
    let (_handle, mut program) = driven(&server, "async full").await;
    program.send(b"sendmsg\ncall-command: execute\nexecute-app-name: wait\nevent-lock: true\n\n").await;
    assert_eq!(program.packet().await.unwrap().reply_text(), Some("+OK"));
    let body = "x".repeat(8 << 20);
    let mut replies = Vec::new();
    for _ in 0..5 {
        let head = format!(
            "sendmsg\ncall-command: execute\nexecute-app-name: put\nContent-Type: text/plain\nContent-Length: {}\n\n",
            body.len()
        );
        program.send(head.as_bytes()).await;
        program.send(body.as_bytes()).await;
        replies.push(program.packet().await.unwrap().reply_text().unwrap().to_owned());
    }
    assert_eq!(replies.first().map(String::as_str), Some("+OK"));
    assert_eq!(replies.last().map(String::as_str), Some("-ERR memory error"));
}

#[tokio::test]
async fn a_switch_that_calls_itself_is_soon_done_with_it() {
    let server = Server::start().await;
    server.switch.registries().application(Put);
    server.switch.registries().application(Wait);
    let handle = originate(&server.switch, "null/one").await.unwrap();
    let data = format!("{} full", server.socket.local_addr());
    execute(&handle, &[("socket", &data), ("put", "after=yes"), ("wait", "")]);
    becomes(&handle, "after", "yes").await;
    server.login().await.until_listeners(1).await;
}
