//! Who may log in, and what they may do then.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strowger_config::Document;
use strowger_core::lookup::{DocumentSource, Question, Section};
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_core::session::SessionHandle;
use strowger_esl::client;
use strowger_event::{Event, EventKind};
use strowger_test_support::{Put, originate};
use tokio::time::{Instant, timeout};

use support::{Client, Server};

/// `uuid_say UUID`.
struct UuidSay;

#[async_trait]
impl ApiCommand for UuidSay {
    fn about(&self) -> About {
        About { name: "uuid_say", syntax: "<uuid>", help: "test", module: "test" }
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        format!("said {}", call.arguments)
    }
}

/// A call with that accountcode.
async fn call(server: &Server, account: &'static str) -> SessionHandle {
    let handle = originate(&server.switch, "null/one").await.unwrap();
    handle.ask(move |session| session.channel.variables.set("accountcode", account)).await.unwrap();
    handle
}

/// What the answer to a password was, and how long it took.
async fn try_password(server: &Server, line: &str) -> (String, Duration) {
    let mut client = server.open().await;
    let before = Instant::now();
    let reply = client.reply(line).await;
    (reply, before.elapsed())
}

async fn is_within(line: &str, server: &Server, expected: &str, from: u64, to: u64) {
    let (reply, took) = try_password(server, line).await;
    assert_eq!(reply, expected);
    assert!(took >= Duration::from_millis(from) && took < Duration::from_millis(to), "{line}: {took:?}");
}

async fn tenant(server: &Server) -> Client {
    let mut client = server.open().await;
    assert_eq!(client.reply("userauth tenant@example.com:pw").await, "+OK accepted");
    client
}

#[tokio::test(start_paused = true)]
async fn wrong_passwords_are_answered_later_and_later() {
    let server = Server::start().await;
    for _ in 0..3 {
        is_within("auth wrong", &server, "-ERR invalid", 0, 200).await;
    }
    is_within("auth wrong", &server, "-ERR invalid", 250, 450).await;
    is_within("userauth op@example.com:wrong", &server, "-ERR invalid", 500, 700).await;
    is_within("userauth nobody@example.com:wrong", &server, "-ERR invalid", 1000, 1200).await;
    // The right one waits too, and does not clear what was done to others' accounts.
    is_within("auth secret", &server, "+OK accepted", 2000, 2200).await;
    is_within("auth secret", &server, "+OK accepted", 2000, 2200).await;
    let mut client = server.open().await;
    client.send(b"auth secret\n\napi event_socket status json\n\n").await;
    assert_eq!(client.packet().await.unwrap().reply_text(), Some("+OK accepted"));
    let status = client.packet().await.unwrap();
    for part in ["\"wrong_passwords\":6", "\"addresses_slowed\":1", "\"delayed\":0"] {
        assert!(status.text().contains(part), "{}", status.text());
    }
}

#[tokio::test(start_paused = true)]
async fn a_right_password_makes_up_for_wrong_ones() {
    let server = Server::start().await;
    for delay in [0, 0, 0, 250] {
        is_within("auth wrong", &server, "-ERR invalid", delay, delay + 200).await;
    }
    is_within("auth secret", &server, "+OK accepted", 500, 700).await;
    is_within("auth secret", &server, "+OK accepted", 0, 200).await;
}

#[tokio::test(start_paused = true)]
async fn trying_many_at_once_is_no_faster() {
    let server = Server::start().await;
    for _ in 0..3 {
        try_password(&server, "auth wrong").await;
    }
    let mut clients = Vec::new();
    for _ in 0..17 {
        let mut client = server.open().await;
        client.send(b"auth guess\n\n").await;
        clients.push(client);
    }
    // One too many is turned away at once, also with the right one.
    let (reply, took) = try_password(&server, "auth secret").await;
    assert_eq!(reply, "-ERR invalid");
    assert!(took < Duration::from_millis(250), "{took:?}");
    let before = Instant::now();
    for client in &mut clients {
        assert_eq!(client.packet().await.unwrap().reply_text(), Some("-ERR invalid"));
        assert_eq!(client.packet().await.unwrap().content_type, "text/disconnect-notice");
        assert!(client.packet().await.is_none());
    }
    assert!(before.elapsed() > Duration::from_secs(7), "{:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn nothing_behind_a_wrong_password_is_done() {
    let server = Server::start().await;
    for _ in 0..4 {
        let mut client = server.open().await;
        client.send(b"auth wrong\n\nauth secret\n\napi echo x\n\n").await;
        assert_eq!(client.packet().await.unwrap().reply_text(), Some("-ERR invalid"));
        assert_eq!(client.packet().await.unwrap().content_type, "text/disconnect-notice");
        assert!(client.packet().await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn three_wrong_commands_and_no_more() {
    let server = Server::start().await;
    let mut client = server.open().await;
    for line in ["api echo x", "log 7", "event plain ALL"] {
        assert_eq!(client.reply(line).await, "-ERR command not found");
    }
    assert_eq!(client.reply("sendevent X").await, "-ERR command not found");
    assert_eq!(client.packet().await.unwrap().content_type, "text/disconnect-notice");
    assert!(client.packet().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_request_id_comes_back_with_the_reply() {
    let server = Server::start().await;
    for _ in 0..3 {
        try_password(&server, "auth wrong").await;
    }
    let mut client = server.open().await;
    // The answers to auth (delayed) and slow come later than they are asked for.
    let lines =
        ["auth secret", "api slow x", "api echo y", "bgapi echo", "sendevent NOTIFY", "frobnicate", "sendmsg no"];
    for (number, line) in lines.iter().enumerate() {
        client.send(&client::with_request_id(client::command(line), &format!("id {number}"))).await;
    }
    client.send(b"noevents\n\nnoevents\nX-Request-ID: a\tb\n\n").await;
    client.send(&client::with_request_id(client::command("exit"), "last")).await;
    server.go_on.notify_one();
    for number in 0..lines.len() {
        let packet = client.packet().await.unwrap();
        assert_eq!(packet.request_id(), Some(format!("id {number}").as_str()), "{packet:?}");
        assert_eq!(packet.headers.iter().next_back().unwrap().0, "X-Request-ID");
    }
    for _ in 0..2 {
        assert_eq!(client.packet().await.unwrap().headers.len(), 2);
    }
    assert_eq!(client.packet().await.unwrap().request_id(), Some("last"));
    assert_eq!(client.packet().await.unwrap().request_id(), None, "the notice is no reply");
}

#[tokio::test]
async fn the_users_own_params_win_over_its_groups_and_domains() {
    let server = Server::start().await;
    let mut client = server.open().await;
    client.send(b"userauth sender@example.com:domain\n\n").await;
    let reply = client.packet().await.unwrap();
    assert_eq!(reply.headers.get("Allowed-API"), Some("echo uuid_say bgapi expand"));
    assert_eq!(reply.headers.get("Allowed-Commands"), Some("sendevent,events"));
    for line in ["api echo x", "bgapi echo x", "sendmsg u", "myevents u", "log 7", "filter a b"] {
        assert_eq!(client.reply(line).await, "-ERR permission denied", "{line}");
    }
    assert_eq!(client.reply("event plain NOTIFY").await, "+OK event listener enabled plain");
    assert!(client.reply("sendevent NOTIFY").await.starts_with("+OK "));
}

/// A service that knows a user of its own, and of nobody else.
struct Service;

#[async_trait]
impl DocumentSource for Service {
    fn serves(&self, section: Section) -> bool {
        section == Section::Directory
    }

    async fn ask(&self, question: &Question) -> Option<Arc<Document>> {
        assert_eq!(question.params.get("action"), Some("event_socket_auth"));
        // Others are served meanwhile.
        tokio::task::yield_now().await;
        let text = r#"<d><section name="directory"><domain name="served"><user id="op"><params>
            <param name="esl-password" value="pw"/><param name="esl-allowed-api" value="echo"/></params></user></domain>
            </section></d>"#;
        Some(Arc::new(Document::parse(text, "service", Vec::new()).unwrap()))
    }
}

#[tokio::test]
async fn a_service_may_know_the_users() {
    let server = Server::start().await;
    server.switch.lookups().bind(Arc::new(Service));
    let mut client = server.open().await;
    assert_eq!(client.reply("userauth op@served:pw").await, "+OK accepted");
    assert_eq!(client.api("echo hi").await, "hi");
    for (line, reply) in [("tenant@example.com:pw", "+OK accepted"), ("nobody@served:pw", "-ERR invalid")] {
        assert_eq!(server.open().await.reply(&format!("userauth {line}")).await, reply, "{line}");
    }
}

#[tokio::test]
async fn a_user_drives_the_calls_it_may_and_no_others() {
    let server = Server::start().await;
    server.switch.registries().command(UuidSay);
    server.switch.registries().application(Put);
    let (mine, other) = (call(&server, "acme").await, call(&server, "other").await);
    let (mine, other) = (mine.uuid(), other.uuid());
    let mut client = tenant(&server).await;
    let denied = "-ERR permission denied";
    for line in [
        format!("sendmsg {other}\ncall-command: hangup"),
        format!("sendmsg {mine}\ncall-command: execute\nexecute-app-name: put\nexecute-app-arg: a={other}"),
        format!("sendmsg {mine}\ncall-command: xferext\napplication: put a={other}"),
        format!("sendmsg\nsession-id: {other}\ncall-command: hangup"),
        format!("myevents {other}"),
        format!("api uuid_say {other}"),
        format!("api uuid_say off {other}"),
        format!("api uuid_say {mine} {other}"),
        format!("bgapi uuid_say {other}"),
        format!("api bgapi uuid_say {other}"),
        format!("api expand uuid_say {}${{x}}", other.split_at(8).0),
        format!("sendevent NOTIFY\nUnique-ID: {other}"),
        "sendevent NOTIFY\nUnique-ID: nosuch".to_owned(),
    ] {
        client.send(format!("{line}\n\n").as_bytes()).await;
        assert_eq!(client.packet().await.unwrap().reply_text(), Some(denied), "{line}");
    }
    client.send(format!("api uuid_say {mine}\n\n").as_bytes()).await;
    assert_eq!(client.packet().await.unwrap().text(), format!("said {mine}"));
    assert!(client.reply(&format!("bgapi uuid_say {mine}")).await.starts_with("+OK Job-UUID: "));
    client.send(format!("sendevent NOTIFY\nUnique-ID: {mine}\nX-Request-ID: 7\n\n").as_bytes()).await;
    assert_eq!(client.packet().await.unwrap().request_id(), Some("7"));
    let put = format!("sendmsg {mine}\ncall-command: execute\nexecute-app-name: put\nexecute-app-arg: a=b\n\n");
    client.send(put.as_bytes()).await;
    assert_eq!(client.packet().await.unwrap().reply_text(), Some("+OK"));
    assert_eq!(client.reply("sendmsg nosuch").await, "-ERR invalid session id [nosuch]");
    assert_eq!(client.reply(&format!("myevents {mine}")).await, "+OK Events Enabled");
}

#[tokio::test]
async fn a_user_hears_the_calls_it_may_and_no_others() {
    let server = Server::start().await;
    let mut client = tenant(&server).await;
    assert_eq!(client.reply("event plain ALL").await, "+OK event listener enabled plain");
    let answer = |account: &str| {
        Event::new(EventKind::ChannelAnswer).header("Unique-ID", "u").header("variable_accountcode", account)
    };
    server.fire(answer("other"));
    server.fire(answer("acme"));
    server.fire(Event::new(EventKind::Heartbeat));
    let first = client.packet().await.unwrap().event().unwrap().unwrap();
    assert_eq!(first.get("variable_accountcode"), Some("acme"));
    assert_eq!(client.packet().await.unwrap().event().unwrap().unwrap().kind, EventKind::Heartbeat);
}

#[tokio::test]
async fn the_console_takes_several_commands_a_line() {
    let server = Server::start().await;
    let mut client = server.login().await;
    client.send(&client::console("echo a;;nosuch b ;; echo c")).await;
    assert_eq!(client.packet().await.unwrap().text(), "a-ERR nosuch Command not found!\nc");
    client.send(&client::api("echo a;;b")).await;
    assert_eq!(client.packet().await.unwrap().text(), "a;;b");
    client.send(&client::console(" ")).await;
    assert!(timeout(Duration::from_secs(5), client.packet()).await.is_ok());
}
