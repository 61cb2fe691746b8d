//! Listeners that do not take their events: what they lose, what they are told, and what others feel of it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::BTreeSet;

use strowger_event::{Event, EventKind};
use support::{Client, Server};

/// Events fired before the attentive listener is waited for: fewer than its queue holds.
const CHUNK: u64 = 1_000;

fn fire(server: &Server, count: u64) {
    (0..count).for_each(|_| server.fire(Event::new(EventKind::Notify).header("text", &"x".repeat(500))));
}

/// The next event's subclass, if any, and its own numbers: one, or those of a gap.
async fn next(client: &mut Client) -> Option<(u64, u64, u64)> {
    let packet = client.packet().await?;
    let event = packet.event()?.unwrap();
    let number = |name: &str| event.get(name).unwrap().parse().unwrap();
    if event.get("Event-Subclass") == Some("strowger::gap") {
        return Some((number("First-Lost-Sequence"), number("Last-Lost-Sequence"), number("Lost-Events")));
    }
    let sequence = number("Event-Sequence");
    Some((sequence, sequence, 0))
}

/// Fires `count` events while `attentive` reads them all.
async fn flood(server: &Server, attentive: &mut Client, count: u64) {
    for _ in 0..count / CHUNK {
        fire(server, CHUNK);
        for _ in 0..CHUNK {
            assert_eq!(next(attentive).await.unwrap().2, 0, "it loses nothing");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listener_that_stops_reading_is_told_exactly_what_it_lost() {
    const EVENTS: u64 = 200_000;
    let server = Server::start().await;
    let (mut attentive, mut slow) = (server.login().await, server.login().await);
    attentive.reply("event json NOTIFY").await;
    slow.reply("event json NOTIFY CUSTOM strowger::gap").await;
    let first = server.switch.bus().sequence() + 1;
    flood(&server, &mut attentive, EVENTS).await;

    let mut status = server.login().await;
    let figures: serde_json::Value = serde_json::from_str(&status.api("event_socket status json").await).unwrap();
    let listener = &figures["listeners"][1];
    assert!(listener["waiting_bytes"].as_u64().unwrap() <= 8 << 20, "{listener}");
    let lost = listener["lost"].as_u64().unwrap();
    assert!(lost > EVENTS / 2, "{listener}");

    let (mut expected, mut told) = (first, 0);
    let mut gaps = BTreeSet::new();
    while expected < first + EVENTS {
        let (from, to, lost) = next(&mut slow).await.unwrap();
        assert_eq!(from, expected, "neither a hole nor a double");
        assert!(lost == 0 || lost == to - from + 1);
        if lost > 0 {
            gaps.insert(from);
        }
        told += lost;
        expected = to + 1;
    }
    assert_eq!((told, gaps.len()), (lost, 1), "one gap, and all of it");
    fire(&server, 1);
    assert_eq!(next(&mut slow).await.unwrap().2, 0, "it has caught up");
    drop((attentive, slow));
    status.until_listeners(1).await;
    assert_eq!(server.switch.bus().subscribers(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_policy_disconnect_it_gets_what_waits_for_it_and_the_gap() {
    let server = Server::start_with(r#"<param name="queue-policy" value="disconnect"/>"#).await;
    let (mut attentive, mut slow) = (server.login().await, server.login().await);
    attentive.reply("event json NOTIFY").await;
    slow.reply("event json NOTIFY CUSTOM strowger::gap").await;
    let first = server.switch.bus().sequence() + 1;
    flood(&server, &mut attentive, 50_000).await;
    let mut expected = first;
    let last = loop {
        match next(&mut slow).await {
            Some((from, to, lost)) => {
                assert_eq!(from, expected);
                expected = to + 1;
                assert!(lost == 0 || to - from + 1 == lost);
            }
            None => break slow.packet().await,
        }
    };
    assert!(last.is_none(), "closed behind the notice");
    assert!(expected < first + 50_000);
    attentive.reply("noevents").await;
    attentive.until_listeners(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_in_freeswitch_it_may_be_killed_after_so_many_losses() {
    let params = r#"<param name="kill-after-losses" value="500"/><param name="max-queue-bytes" value="65536"/>"#;
    let server = Server::start_with(params).await;
    let (mut status, mut slow) = (server.login().await, server.login().await);
    slow.reply("event json NOTIFY").await;
    // Fired faster than anybody could read.
    fire(&server, 20_000);
    let mut heard = 0;
    while next(&mut slow).await.is_some() {
        heard += 1;
    }
    assert!(heard < 20_000, "{heard}");
    status.until_listeners(1).await;
    assert_eq!(server.switch.bus().subscribers(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_takes_no_byte_is_given_up() {
    let server = Server::start_with(r#"<param name="write-timeout" value="1"/>"#).await;
    let (mut status, mut dead) = (server.login().await, server.login().await);
    dead.reply("event json NOTIFY").await;
    fire(&server, 20_000);
    status.until_listeners(1).await;
    drop(dead);
}

#[tokio::test]
async fn the_status_tells_who_is_there() {
    let server = Server::start().await;
    let mut client = server.login().await;
    client.reply("event plain NOTIFY").await;
    fire(&server, 3);
    for _ in 0..3 {
        next(&mut client).await.unwrap();
    }
    let mut other = server.login().await;
    let text = other.api("event_socket status").await;
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(format!("Listening on {}", server.socket.local_addr()).as_str()));
    assert_eq!(lines.next(), Some("2 connected now, 2 since the start, 0 refused"));
    let rows: Vec<Vec<&str>> = lines.skip(2).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0][..4], ["number", "address", "kind", "user"]);
    assert_eq!((rows[1][2], rows[1][4], rows[1][7]), ("inbound", "plain", "3"), "{text}");
    let figures: serde_json::Value = serde_json::from_str(&other.api("event_socket status json").await).unwrap();
    assert_eq!((&figures["connected"], &figures["listeners"][0]["events"]), (&2.into(), &3.into()));
    assert_eq!(other.api("event_socket").await, "-USAGE: status [json]\n");
}
