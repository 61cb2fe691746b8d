//! Requests within a call, from either side.

use std::time::Duration;

use bytes::Bytes;

use super::{Bench, codes, invite, methods, request, response};
use crate::{
    message::Method,
    ua::{OutgoingRequest, Response},
};

#[test]
fn a_reinvite_is_reported_and_answered() {
    let mut bench = Bench::new();
    let (call, events, to) = bench.answered(&invite());
    let again = request("INVITE", 2, &to, "").replace("1000@127.0.0.1:5071>", "1000@127.0.0.1:5099>");
    assert_eq!(codes(&bench.send(&again)), [100]);
    call.respond_to(events.token(), Response::new(200).with_sdp("v=0\r\n"));
    assert_eq!(codes(&bench.turn()), [200]);
    assert_eq!(bench.wait(Duration::from_secs(1)).len(), 1);
    bench.send(&request("ACK", 2, &to, ""));
    assert!(bench.wait(Duration::from_secs(40)).is_empty());
    assert_eq!(events.names(), ["request INVITE", "acked"]);
    call.hangup(None, None);
    assert_eq!(bench.turn()[0].uri().unwrap().port(), Some(5099));
}

#[test]
fn a_request_nobody_answers_gets_500() {
    let mut bench = Bench::new();
    let (_call, events, to) = bench.answered(&invite());
    assert!(bench.send(&request("INFO", 2, &to, "")).is_empty());
    let sent = bench.wait(Duration::from_secs(6));
    assert_eq!((sent[0].0, sent[0].1.code()), (5000, Some(500)));
    assert_eq!(events.names(), ["request INFO"]);
}

#[test]
fn order_and_dialog_are_checked() {
    let mut bench = Bench::new();
    let (_call, events, to) = bench.answered(&invite());
    assert_eq!(codes(&bench.send(&request("OPTIONS", 10, &to, ""))), [200]);
    assert_eq!(codes(&bench.send(&request("INFO", 9, &to, ""))), [500]);
    assert_eq!(codes(&bench.send(&request("INFO", 11, &to, "").replace("tag=far", "tag=else"))), [481]);
    assert_eq!(codes(&bench.send(&request("INFO", 11, &to, "").replace("call-1", "call-2"))), [481]);
    assert_eq!(codes(&bench.send(&request("INFO", 12, "<sip:x@y>;tag=none", ""))), [481]);
    assert_eq!(codes(&bench.send(&request("FROB", 13, &to, ""))), [501]);
    assert_eq!(codes(&bench.send(&request("INFO", 14, &to, "Require: quantum\n"))), [420]);
    assert!(events.names().is_empty());
}

#[test]
fn only_so_many_requests_wait() {
    let mut bench = Bench::new();
    let (_call, _events, to) = bench.answered(&invite());
    for seq in 2..10 {
        assert!(bench.send(&request("INFO", seq, &to, "")).is_empty());
    }
    assert_eq!(codes(&bench.send(&request("INFO", 10, &to, ""))), [500]);
    // The end of the call answers those that wait.
    let ended = bench.send(&request("BYE", 11, &to, ""));
    assert_eq!(codes(&ended), [200, 487, 487, 487, 487, 487, 487, 487, 487]);
}

#[test]
fn a_second_invite_waits_its_turn() {
    let mut bench = Bench::new();
    let (_call, _events, to) = bench.answered(&invite());
    assert_eq!(codes(&bench.send(&request("INVITE", 2, &to, ""))), [100]);
    assert_eq!(codes(&bench.send(&request("INVITE", 3, &to, ""))), [500]);
    assert_eq!(codes(&bench.send(&request("CANCEL", 2, &to, ""))), [200, 487]);
}

fn outgoing(id: u64, method: Method) -> OutgoingRequest {
    OutgoingRequest {
        id,
        method,
        headers: Vec::new(),
        body: Some(("application/dtmf-relay".to_owned(), Bytes::from_static(b"Signal=1\r\n"))),
    }
}

#[test]
fn this_side_asks_too() {
    let mut bench = Bench::new();
    let (call, events, to) = bench.answered(&invite());
    call.request(outgoing(7, Method::Info));
    let info = bench.turn().remove(0);
    assert_eq!(
        (info.method(), info.header("From").as_deref(), info.content_type().as_str()),
        (Some(&Method::Info), Some(to.as_str()), "application/dtmf-relay")
    );
    bench.send(&response(&info, 200, "", ""));
    assert_eq!(events.names(), ["requested 7: 200"]);
    call.request(outgoing(8, Method::Update));
    bench.turn();
    bench.wait(Duration::from_secs(33));
    assert_eq!(events.names(), ["requested 8: no response"]);
}

#[test]
fn this_side_sends_a_reinvite() {
    let mut bench = Bench::new();
    let (call, events, to) = bench.answered(&invite());
    call.request(outgoing(1, Method::Invite));
    call.request(outgoing(2, Method::Invite));
    let sent = bench.turn();
    assert_eq!(methods(&sent), [Method::Invite]);
    // Both sides at once: 491 (RFC 3261 §14.2).
    assert_eq!(codes(&bench.send(&request("INVITE", 2, &to, ""))), [491]);
    let ok = response(&sent[0], 200, "", "Contact: <sip:new@127.0.0.1:5088>\n");
    let ack = bench.send(&ok);
    assert_eq!((methods(&ack), ack[0].uri().unwrap().port()), (vec![Method::Ack], Some(5088)));
    assert_eq!(methods(&bench.send(&ok)), [Method::Ack]);
    assert_eq!(events.names(), ["requested 2: no dialog", "requested 1: 200"]);
    call.request(outgoing(3, Method::Invite));
    let third = bench.turn().remove(0);
    let ack = bench.send(&response(&third, 488, "", ""));
    assert_eq!((methods(&ack), ack[0].via().unwrap().branch()), (vec![Method::Ack], third.via().unwrap().branch()));
    assert_eq!(events.names(), ["requested 3: 488"]);
}
