use super::*;
use crate::{Command, Framer, reply};
use proptest::prelude::*;
use strowger_event::EventKind;

fn decoded(bytes: &[u8], piece: usize) -> Vec<ServerPacket> {
    let mut decoder = Decoder::default();
    let mut packets = Vec::new();
    for piece in bytes.chunks(piece) {
        decoder.feed(piece);
        while let Some(packet) = decoder.next().unwrap() {
            packets.push(packet);
        }
    }
    packets
}

fn received(bytes: &[u8]) -> crate::Packet {
    let mut framer = Framer::new(Limits::SERVER);
    framer.feed(bytes);
    let packet = framer.next().unwrap().unwrap();
    assert_eq!((framer.next().unwrap(), framer.buffered()), (None, 0));
    packet
}

#[test]
fn what_a_server_sends_is_read() {
    let event = Event::custom("a::b").header("Event-Name", "CUSTOM").body("one\n\ntwo");
    let mut bytes = reply::AUTH_REQUEST.to_vec();
    reply::command("+OK accepted", &[], &mut bytes);
    reply::api("body\n", &mut bytes);
    for format in [Format::Plain, Format::Json, Format::Xml] {
        bytes.extend(strowger_event::packet(&event, format));
    }
    reply::disconnect_notice(None, &mut bytes);
    for piece in [1, 7, bytes.len()] {
        let packets = decoded(&bytes, piece);
        let types: Vec<_> = packets.iter().map(|packet| packet.content_type.as_str()).collect();
        assert_eq!(types[..3], ["auth/request", "command/reply", "api/response"]);
        assert_eq!(packets[1].reply_text(), Some("+OK accepted"));
        assert!(packets[1].event().is_none());
        assert_eq!(packets[2].text(), "body\n");
        for packet in &packets[3..6] {
            assert_eq!(packet.event().unwrap().unwrap(), event);
        }
        assert_eq!(packets[6].text().len(), 67);
    }
}

#[test]
fn a_header_may_be_empty() {
    let packets = decoded(b"Content-Type: log/data\nUser-Data: \nContent-Length: 1\n\nx", 3);
    assert_eq!(packets[0].headers.get("User-Data"), Some(""));
}

#[test]
fn commands_are_what_a_server_reads() {
    let check = |bytes: Vec<u8>, line: &str| assert_eq!(received(&bytes).command, line);
    check(auth("ClueCon"), "auth ClueCon");
    check(user_auth("op", "example.com", "x"), "userauth op@example.com:x");
    check(api("status"), "api status");
    check(events(Format::Json, "ALL"), "event json ALL");
    check(log(6), "log 6");
    check(command("exit\n\napi shutdown"), "exit  api shutdown");
    let console = Command::parse(&received(&console("a;;b")));
    assert_eq!(console, Command::Api { command: "a;;b".to_string(), args: None, console: true });
    assert_eq!(received(&bgapi("x", Some("u"))).headers.get("job-uuid"), Some("u"));
    let named = received(&with_request_id(bgapi("x", Some("u")), "r\n1"));
    assert_eq!(named.headers.iter().collect::<Vec<_>>(), [("X-Request-ID", "r 1"), ("Job-UUID", "u")]);
}

#[test]
fn events_and_messages_have_headers_and_a_body() {
    let event = Event::new(EventKind::Notify).header("profile", "x").header("Content-Length", "9").body("é\n\n");
    let packet = received(&send_event(&event));
    assert_eq!((packet.command.as_str(), packet.body.as_deref()), ("sendevent NOTIFY", Some("é\n\n")));
    assert_eq!(packet.headers.iter().collect::<Vec<_>>(), [("profile", "x"), ("Content-Length", "4")]);
    let headers: Headers = [("call-command", "hangup\nX: y")].into_iter().collect();
    let packet = received(&send_msg("u", &headers, None));
    assert_eq!(packet.headers.iter().collect::<Vec<_>>(), [("call-command", "hangup X: y")]);
}

proptest! {
    #[test]
    fn no_bytes_upset_it(bytes in proptest::collection::vec(any::<u8>(), 0..200), piece in 1..50_usize) {
        let mut decoder = Decoder::new(Limits { head: 100, body: 100 });
        for piece in bytes.chunks(piece) {
            decoder.feed(piece);
            while let Ok(Some(packet)) = decoder.next() {
                let _ = packet.event();
            }
        }
    }
}
