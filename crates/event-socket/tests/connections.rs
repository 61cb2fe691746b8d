//! Whole connections over loopback: what a client gets for what it sends.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use support::Server;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_esl::client;
use strowger_event::{Event, EventKind, Format};
use strowger_event_socket::EventSocket;
use tokio::io::AsyncWriteExt;

/// Answers with 1 MiB, and counts.
struct Long(Arc<std::sync::atomic::AtomicUsize>);

#[async_trait]
impl ApiCommand for Long {
    fn about(&self) -> About {
        About { name: "long", syntax: "", help: "test", module: "test" }
    }

    async fn run(&self, _: ApiCall<'_>) -> String {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        "x".repeat(1 << 20)
    }
}

#[tokio::test]
async fn commands_written_back_to_back_are_answered_in_order() {
    let server = Server::start().await;
    let mut client = server.open().await;
    client.send(b"auth secret\r\n\r\napi echo one\n\nfrobnicate\n\napi echo two\n\n").await;
    assert_eq!(client.packet().await.unwrap().reply_text(), Some("+OK accepted"));
    assert_eq!(client.packet().await.unwrap().text(), "one");
    assert_eq!(client.packet().await.unwrap().reply_text(), Some("-ERR command not found"));
    assert_eq!(client.packet().await.unwrap().text(), "two");
}

#[tokio::test]
async fn a_slow_command_holds_up_its_own_reply_and_no_event() {
    let server = Server::start().await;
    let mut client = server.login().await;
    assert_eq!(client.reply("event plain NOTIFY").await, "+OK event listener enabled plain");
    client.send(b"api slow first\n\napi echo second\n\n").await;
    // The command runs once its event could be published behind it.
    server.fire(Event::new(EventKind::Notify).header("mark", "1"));
    let event = client.packet().await.unwrap();
    assert_eq!(event.event().unwrap().unwrap().get("mark"), Some("1"));
    server.go_on.notify_one();
    assert_eq!(client.packet().await.unwrap().text(), "first");
    assert_eq!(client.packet().await.unwrap().text(), "second");
}

#[tokio::test]
async fn bgapi_replies_before_its_event() {
    let server = Server::start().await;
    let mut client = server.login().await;
    client.reply("event json BACKGROUND_JOB").await;
    client.send(&client::bgapi("echo a b", Some("my-job"))).await;
    assert_eq!(client.packet().await.unwrap().reply_text(), Some("+OK Job-UUID: my-job"));
    let event = client.packet().await.unwrap().event().unwrap().unwrap();
    assert_eq!((event.get("Job-UUID"), event.get("Job-Command-Arg")), (Some("my-job"), Some("a b")));
    assert_eq!(event.body.as_deref(), Some("a b"));
}

#[tokio::test]
async fn a_job_without_an_answer_has_an_empty_body() {
    let server = Server::start().await;
    let mut client = server.login().await;
    client.reply("event plain BACKGROUND_JOB").await;
    assert!(client.reply("bgapi echo").await.starts_with("+OK Job-UUID: "));
    let event = client.packet().await.unwrap().event().unwrap().unwrap();
    assert_eq!((event.get("Job-Command-Arg"), event.body.as_deref()), (None, Some("")));
    client.send(b"api echo\n\n").await;
    assert_eq!(client.packet().await.unwrap().text(), "-ERR no reply\n");
}

#[tokio::test(start_paused = true)]
async fn too_many_jobs_hold_up_the_commands_behind_them() {
    let server = Server::start().await;
    let mut client = server.login().await;
    let large = "x".repeat(1 << 19);
    for _ in 0..40 {
        client.send(format!("bgapi slow {large}\n\n").as_bytes()).await;
    }
    client.send(b"api echo behind\n\n").await;
    // 31 of them fit into the 16 MiB that all may take; the one behind them is answered too, and waits for room.
    for _ in 0..32 {
        assert!(client.packet().await.unwrap().reply_text().unwrap().starts_with("+OK Job-UUID: "));
    }
    assert!(tokio::time::timeout(Duration::from_secs(1), client.packet()).await.is_err());
    for _ in 32..40 {
        server.go_on.notify_one();
        assert!(client.packet().await.unwrap().reply_text().unwrap().starts_with("+OK Job-UUID: "));
    }
    server.go_on.notify_one();
    assert_eq!(client.packet().await.unwrap().text(), "behind");
}

#[tokio::test]
async fn answers_that_nobody_takes_hold_up_the_commands_behind_them() {
    let server = Server::start().await;
    let ran = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    server.switch.registries().command(Long(Arc::clone(&ran)));
    let mut client = server.login().await;
    client.send("api long\n\n".repeat(100).as_bytes()).await;
    let mut other = server.login().await;
    assert_eq!(other.reply("noevents").await, "-ERR not listening for events");
    assert!(ran.load(std::sync::atomic::Ordering::Relaxed) < 50, "{ran:?}");
    for _ in 0..100 {
        assert_eq!(client.packet().await.unwrap().text().len(), 1 << 20);
    }
    assert_eq!(client.reply("noevents").await, "-ERR not listening for events");
}

#[tokio::test]
async fn sendevent_reaches_every_listener_in_its_own_form() {
    let server = Server::start().await;
    let mut clients = Vec::new();
    for format in [Format::Plain, Format::Json, Format::Xml] {
        let mut client = server.login().await;
        client.send(&client::events(format, "CUSTOM a::b")).await;
        client.packet().await.unwrap();
        clients.push((format, client));
    }
    let mut sender = server.login().await;
    sender.send(b"sendevent CUSTOM\nEvent-Subclass: a::b\nnote: 100% & more\n\n").await;
    assert!(sender.packet().await.unwrap().reply_text().unwrap().starts_with("+OK "));
    for (format, client) in &mut clients {
        let packet = client.packet().await.unwrap();
        assert_eq!(packet.content_type, format.content_type());
        assert_eq!(packet.event().unwrap().unwrap().get("note"), Some("100% & more"));
    }
}

#[tokio::test]
async fn a_user_may_do_what_its_directory_entry_says() {
    let server = Server::start().await;
    let mut client = server.open().await;
    assert_eq!(client.reply("userauth op@example.com:pw").await, "+OK accepted");
    assert_eq!(client.reply("event plain CHANNEL_CREATE").await, "-ERR permission denied");
    assert_eq!(client.reply("event plain NOTIFY").await, "+OK event listener enabled plain");
    assert_eq!(client.reply("api slow").await, "-ERR permission denied");
    assert_eq!(client.reply("log 7").await, "-ERR permission denied");
    let mut other = server.open().await;
    assert_eq!(other.reply("userauth op@example.com:wrong").await, "-ERR invalid");
    assert_eq!(other.packet().await.unwrap().content_type, "text/disconnect-notice");
    assert!(other.packet().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_says_nothing_is_dropped_after_25_seconds() {
    let server = Server::start().await;
    let mut silent = server.open().await;
    let before = tokio::time::Instant::now();
    assert_eq!(silent.packet().await.unwrap().content_type, "text/disconnect-notice");
    assert!(silent.packet().await.is_none());
    let waited = before.elapsed();
    assert!(waited >= Duration::from_secs(24) && waited <= Duration::from_secs(26), "{waited:?}");
}

#[tokio::test]
async fn what_breaks_the_framing_closes_the_connection_and_no_other() {
    let server = Server::start().await;
    let mut other = server.login().await;
    let mut client = server.login().await;
    client.send(b"sendevent NOTIFY\nContent-Length: -5\n\n").await;
    assert!(client.packet().await.unwrap().reply_text().unwrap().starts_with("-ERR "));
    assert!(client.packet().await.is_none());
    assert_eq!(other.reply("noevents").await, "-ERR not listening for events");
}

#[tokio::test]
async fn a_client_that_stops_sending_still_gets_its_answers() {
    let server = Server::start().await;
    let mut client = server.open().await;
    client.send(b"auth secret\n\napi echo last\n\n").await;
    client.stream.shutdown().await.unwrap();
    assert_eq!(client.packet().await.unwrap().reply_text(), Some("+OK accepted"));
    assert_eq!(client.packet().await.unwrap().text(), "last");
    assert!(client.packet().await.is_none());
}

#[tokio::test]
async fn the_last_event_comes_before_the_notice() {
    let server = Server::start().await;
    let mut client = server.login().await;
    client.reply("event plain SHUTDOWN").await;
    server.fire(Event::new(EventKind::Shutdown));
    server.socket.shutdown().await;
    let event = client.packet().await.unwrap().event().unwrap().unwrap();
    assert_eq!(event.kind, EventKind::Shutdown);
    assert_eq!(client.packet().await.unwrap().content_type, "text/disconnect-notice");
    assert!(client.packet().await.is_none());
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let server = Server::start().await;
    let taken = server.socket.local_addr();
    let second = strowger_test_support::switch(&format!(
        r#"<document type="freeswitch/xml"><section name="configuration"><configuration name="event_socket.conf"><settings>
        <param name="listen-ip" value="127.0.0.1"/><param name="listen-port" value="{}"/></settings></configuration></section></document>"#,
        taken.port()
    ));
    let error = EventSocket::bind(&second).await.err().unwrap().to_string();
    assert!(error.contains(&taken.to_string()) && error.contains("listen-port"), "{error}");
}
