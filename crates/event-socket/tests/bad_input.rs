//! What peers may send: whatever it is, it is bounded, answered or refused clearly, and felt by nobody else.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use strowger_event::Event;
use support::{Client, Server};
use tokio::net::TcpStream;

/// The largest body a client may send, bytes.
const LARGEST: usize = 16 << 20;

async fn error(client: &mut Client) -> String {
    let reply = client.packet().await.unwrap();
    assert!(client.packet().await.is_none(), "closed behind it");
    reply.reply_text().unwrap().to_owned()
}

async fn next_event(client: &mut Client) -> Event {
    let packet = client.packet().await.unwrap();
    packet.event().unwrap().unwrap()
}

async fn listener(server: &Server, format: &str) -> Client {
    let mut client = server.login().await;
    client.reply(&format!("event {format} NOTIFY")).await;
    client
}

#[tokio::test]
async fn a_body_of_16_mib_arrives_and_one_byte_more_is_refused() {
    let server = Server::start().await;
    let (mut hears, mut sends) = (listener(&server, "json").await, server.login().await);
    let body = "b".repeat(LARGEST);
    sends.send(format!("sendevent NOTIFY\nContent-Length: {LARGEST}\n\n{body}").as_bytes()).await;
    assert!(sends.packet().await.unwrap().reply_text().unwrap().starts_with("+OK "));
    assert_eq!(next_event(&mut hears).await.body.map(|body| body.len()), Some(LARGEST));
    sends.send(format!("sendevent NOTIFY\nContent-Length: {}\n\n", LARGEST + 1).as_bytes()).await;
    assert_eq!(error(&mut sends).await, "-ERR packet body longer than 16777216 bytes");
    assert_eq!(hears.reply("noevents").await, "+OK no longer listening for events");
}

#[tokio::test]
async fn a_length_that_lies_ends_the_body_where_it_says() {
    let server = Server::start().await;
    let (mut hears, mut sends) = (listener(&server, "plain").await, server.login().await);
    sends.send(b"sendevent NOTIFY\nContent-Length: 4\n\nbodyapi echo rest\n\n").await;
    assert!(sends.packet().await.unwrap().reply_text().unwrap().starts_with("+OK "));
    assert_eq!(sends.packet().await.unwrap().text(), "rest");
    assert_eq!(next_event(&mut hears).await.body.as_deref(), Some("body"));
    // Too long: the packet is never complete, and nothing of it happens.
    sends.send(b"sendevent NOTIFY\nContent-Length: 400\n\nshort\n\napi echo swallowed\n\n").await;
    drop(sends);
    hears.until_listeners(1).await;
    assert_eq!(hears.reply("noevents").await, "+OK no longer listening for events", "no event came in between");
}

#[tokio::test]
async fn a_head_without_an_end_is_refused_at_its_limit() {
    let server = Server::start().await;
    let mut client = server.login().await;
    client.send(b"sendevent NOTIFY\n").await;
    // The server closes in the middle of it: what follows may fail to be written.
    for _ in 0..80 {
        if tokio::io::AsyncWriteExt::write_all(&mut client.stream, "name: value\n".repeat(1365).as_bytes())
            .await
            .is_err()
        {
            break;
        }
    }
    let mut other = server.login().await;
    other.until_listeners(1).await;
}

#[tokio::test]
async fn a_stranger_may_send_little() {
    let server = Server::start().await;
    let mut stranger = server.open().await;
    stranger.send(format!("auth {}\n\n", "x".repeat(20_000)).as_bytes()).await;
    assert_eq!(error(&mut stranger).await, "-ERR packet head longer than 16384 bytes");
}

#[tokio::test]
async fn nul_bytes_and_broken_utf_8_reach_listeners_as_text() {
    let server = Server::start().await;
    let mut sends = server.login().await;
    let mut listeners = Vec::new();
    for format in ["plain", "json", "xml"] {
        listeners.push(listener(&server, format).await);
    }
    sends.send(b"sendevent NOTIFY\nnul: a\0b\nbroken: \xFF\xC3(\nContent-Length: 4\n\n\0\xFE\xFFz").await;
    assert!(sends.packet().await.unwrap().reply_text().unwrap().starts_with("+OK "));
    for client in &mut listeners {
        // The decoder takes nothing that is not UTF-8, and JSON and XML only when they are well-formed.
        let event = next_event(client).await;
        assert_eq!(event.get("broken"), Some("\u{FFFD}\u{FFFD}("));
        assert!(event.get("nul").unwrap().starts_with('a'));
        assert!(event.body.unwrap().ends_with('z'));
    }
}

#[tokio::test]
async fn noise_is_no_command() {
    let server = Server::start().await;
    let mut client = server.login().await;
    client.send(b"\0\x01\x02\n\n:::\n\n \n \n\nGET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    for _ in 0..4 {
        let reply = client.packet().await.unwrap();
        assert_eq!(reply.reply_text(), Some("-ERR command not found"));
    }
}

#[tokio::test]
async fn peers_that_send_nothing_are_nobodys_burden() {
    const SILENT: usize = 1_000;
    let server = Server::start().await;
    let (mut hears, mut sends) = (listener(&server, "plain").await, server.login().await);
    let mut silent = Vec::new();
    for _ in 0..SILENT {
        silent.push(TcpStream::connect(server.socket.local_addr()).await.unwrap());
    }
    sends.until_listeners(SILENT + 2).await;
    sends.send(b"sendevent NOTIFY\nmark: 1\n\n").await;
    assert!(sends.packet().await.unwrap().reply_text().unwrap().starts_with("+OK "));
    assert_eq!(next_event(&mut hears).await.get("mark"), Some("1"));
    drop(silent);
    sends.until_listeners(2).await;
}

#[tokio::test]
async fn connections_that_come_and_go_leave_nothing_behind() {
    let server = Server::start().await;
    let mut stays = listener(&server, "plain").await;
    for round in 0..300 {
        let mut client = server.login().await;
        match round % 3 {
            0 => drop(client.reply("event json ALL").await),
            1 => drop(client.reply("exit").await),
            _ => client.send(b"api echo unread\n\nsendevent NOT").await,
        }
    }
    stays.until_listeners(1).await;
    assert_eq!(server.switch.bus().subscribers(), 1);
}

#[tokio::test]
async fn headers_without_number_are_refused() {
    let server = Server::start().await;
    let mut client = server.login().await;
    client.send(format!("sendevent NOTIFY\n{}\n", "a: b\n".repeat(4096)).as_bytes()).await;
    assert!(client.packet().await.unwrap().reply_text().unwrap().starts_with("+OK "));
    client.send(format!("sendevent NOTIFY\n{}\n", "a: b\n".repeat(4097)).as_bytes()).await;
    assert_eq!(error(&mut client).await, "-ERR packet with more than 4096 headers");
}
