//! Calls that come in, and requests outside calls.

use std::time::Duration;

use super::{Bench, codes, invite, methods, request};
use crate::{
    message::{HeaderId, Method},
    transport::Transport,
    ua::{Response, call::CallSink},
};

const TO: &str = "<sip:9196@127.0.0.1>";

#[test]
fn a_call_is_answered_and_ended() {
    let mut bench = Bench::new();
    let (call, events) = bench.called(&request("INVITE", 1, TO, "Record-Route: <sip:p;lr>\nX-Mine: 1\n"));
    call.respond(Response::new(180));
    let ringing = bench.turn();
    assert_eq!(codes(&ringing), [180]);
    assert_eq!(ringing[0].to_tag().as_deref(), Some(call.local_tag()));
    call.respond(Response::new(200).with_sdp("v=0\r\n").with("X-Yours", "2\r\nEvil: 1"));
    let ok = bench.turn();
    assert_eq!(ok[0].header("Contact").unwrap(), "<sip:9196@127.0.0.1:5060;transport=udp>");
    assert_eq!(ok[0].header("Record-Route").unwrap(), "<sip:p;lr>");
    assert_eq!(ok[0].header("X-Yours").unwrap(), "2  Evil: 1");
    assert_eq!(
        (ok[0].body.as_ref(), ok[0].header("Content-Disposition").as_deref()),
        (&b"v=0\r\n"[..], Some("session"))
    );
    let to = ok[0].header("To").unwrap().into_owned();
    assert!(bench.send(&request("ACK", 1, &to, "")).is_empty());
    let bye = request("BYE", 2, &to, "");
    assert_eq!(codes(&bench.send(&bye)), [200]);
    assert_eq!(events.names(), ["acked", "bye"]);
    assert_eq!(codes(&bench.send(&bye)), [200]);
    assert_eq!(codes(&bench.send(&request("BYE", 3, &to, ""))), [481]);
    assert!(bench.wait(Duration::from_secs(64)).is_empty());
    assert_eq!(
        (bench.core.servers.len(), bench.core.calls.len(), bench.core.server_keys.len(), bench.core.tags.len()),
        (0, 0, 0, 0)
    );
}

#[test]
fn an_invite_again_is_answered_from_its_transaction() {
    let mut bench = Bench::new();
    let (call, _events) = bench.called(&invite());
    assert_eq!(codes(&bench.send(&invite())), [100]);
    call.respond(Response::new(183));
    bench.turn();
    assert_eq!(codes(&bench.send(&invite())), [183]);
    call.respond(Response::new(200));
    bench.turn();
    // RFC 6026: the transaction absorbs it, the 2xx has its own timer.
    assert!(bench.send(&invite()).is_empty());
    assert!(bench.calls.0.lock().is_empty());
}

#[test]
fn a_2xx_is_sent_until_its_ack_and_then_given_up() {
    let mut bench = Bench::new();
    let (call, events) = bench.called(&invite());
    call.respond(Response::new(200));
    bench.turn();
    let sent = bench.wait(Duration::from_secs(33));
    let again: Vec<u128> = sent.iter().filter(|(_, m)| m.code() == Some(200)).map(|(ms, _)| *ms).collect();
    assert_eq!(again, [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    let (ms, bye) = sent.iter().find(|(_, m)| m.method() == Some(&Method::Bye)).unwrap();
    assert_eq!((*ms, bye.uri().unwrap().as_str()), (32_000, "sip:1000@127.0.0.1:5071"));
    assert_eq!(events.names(), ["failed: no ACK"]);
}

#[test]
fn nothing_is_sent_again_on_a_stream() {
    let mut bench = Bench::new();
    bench.transport = Transport::Tcp;
    let (call, events) = bench.called(&invite());
    call.respond(Response::new(200));
    bench.turn();
    let sent = bench.wait(Duration::from_secs(33));
    assert_eq!(
        sent.iter().map(|(ms, m)| (*ms, m.method().cloned())).collect::<Vec<_>>(),
        [(32_000, Some(Method::Bye))]
    );
    assert_eq!(events.names(), ["failed: no ACK"]);
}

#[test]
fn cancel_gives_200_and_487() {
    let mut bench = Bench::new();
    let (call, events) = bench.called(&invite());
    call.respond(Response::new(180));
    bench.turn();
    assert_eq!(codes(&bench.send(&request("CANCEL", 1, TO, "Reason: SIP;cause=200\n"))), [200, 487]);
    assert_eq!(events.names(), ["cancelled"]);
    assert_eq!(bench.wait(Duration::from_millis(600)).len(), 1);
    let ack = request("ACK", 1, &format!("{TO};tag={}", call.local_tag()), "").replace("z9hG4bKACK", "z9hG4bKINVITE");
    assert!(bench.send(&ack).is_empty());
    assert!(bench.wait(Duration::from_secs(64)).is_empty());
    call.respond(Response::new(200));
    assert!(bench.turn().is_empty());
}

#[test]
fn cancel_of_nothing_and_too_late() {
    let mut bench = Bench::new();
    assert_eq!(codes(&bench.send(&request("CANCEL", 1, TO, ""))), [481]);
    let mut bench = Bench::new();
    let (call, events) = bench.called(&invite());
    call.respond(Response::new(200));
    bench.turn();
    assert_eq!(codes(&bench.send(&request("CANCEL", 1, TO, ""))), [200]);
    assert!(events.names().is_empty());
}

#[test]
fn hanging_up_refuses_a_call_that_is_not_answered() {
    let mut bench = Bench::new();
    let (call, events) = bench.called(&invite());
    call.hangup(Some("Q.850;cause=17;text=\"USER_BUSY\"".to_owned()), Some((486, "Busy Here".to_owned())));
    let refused = bench.turn();
    assert_eq!((codes(&refused), refused[0].reason().into_owned()), (vec![486], "Busy Here".to_owned()));
    assert_eq!(refused[0].header("Reason").unwrap(), "Q.850;cause=17;text=\"USER_BUSY\"");
    let ack = request("ACK", 1, TO, "").replace("z9hG4bKACK", "z9hG4bKINVITE");
    bench.send(&ack);
    assert!(bench.wait(Duration::from_secs(40)).is_empty());
    assert!(events.names().is_empty());
}

#[test]
fn a_bye_waits_for_the_ack() {
    let mut bench = Bench::new();
    let (call, events) = bench.called(&invite());
    call.respond(Response::new(200));
    call.hangup(Some("Q.850;cause=16".to_owned()), None);
    let sent = bench.turn();
    assert_eq!(codes(&sent), [200]);
    let to = sent[0].header("To").unwrap().into_owned();
    let bye = bench.send(&request("ACK", 1, &to, ""));
    assert_eq!(methods(&bye), [Method::Bye]);
    assert_eq!(
        (bye[0].header("Reason").as_deref(), bye[0].header("From").as_deref()),
        (Some("Q.850;cause=16"), Some(to.as_str()))
    );
    assert_eq!(bye[0].header("To").unwrap(), "\"Probe\" <sip:1000@127.0.0.1>;tag=far");
    bench.send(&super::response(&bye[0], 200, "", ""));
    assert!(events.names().is_empty() && bench.core.calls.is_empty());
}

#[test]
fn a_call_nobody_holds_is_refused() {
    let mut bench = Bench::new();
    bench.send(&invite());
    bench.calls.0.lock().clear();
    assert_eq!(codes(&bench.turn()), [480]);
    assert!(bench.core.calls.is_empty());
}

#[test]
fn events_before_the_sink_are_kept() {
    let mut bench = Bench::new();
    bench.send(&invite());
    let call = bench.calls.0.lock().pop().unwrap().call;
    bench.send(&request("CANCEL", 1, TO, ""));
    assert!(bench.core.calls.is_empty());
    let events = std::sync::Arc::new(super::Events::default());
    call.attach(std::sync::Arc::clone(&events) as std::sync::Arc<dyn CallSink>);
    assert_eq!(events.names(), ["cancelled"]);
}

#[test]
fn limits_are_kept() {
    let mut bench = Bench::with(|c| c.limits.calls = 1);
    let _call = bench.called(&invite());
    let refused = bench.send(&invite().replace("z9hG4bK", "z9hG4bKother").replace("call-1", "call-2"));
    assert_eq!((codes(&refused), refused[0].header("Retry-After").as_deref()), (vec![503], Some("10")));
    let mut bench = Bench::with(|c| c.limits.transactions = 2);
    assert_eq!(codes(&bench.send(&request("OPTIONS", 1, TO, ""))), [200]);
    assert_eq!(codes(&bench.send(&request("OPTIONS", 2, TO, ""))), [200]);
    assert_eq!(codes(&bench.send(&request("OPTIONS", 3, TO, ""))), [503]);
    assert_eq!(codes(&bench.send(&request("OPTIONS", 2, TO, ""))), [200]);
    bench.wait(Duration::from_secs(33));
    assert_eq!(codes(&bench.send(&request("OPTIONS", 3, TO, ""))), [200]);
}

#[test]
fn requests_outside_a_call() {
    let mut bench = Bench::new();
    let check = |bench: &mut Bench, method: &str| codes(&bench.send(&request(method, 1, TO, "")));
    let answers = ["OPTIONS", "BYE", "INFO", "UPDATE", "PRACK", "NOTIFY", "PUBLISH", "FROBNICATE"]
        .map(|m| check(&mut bench, m)[0]);
    assert_eq!(answers, [200, 481, 200, 481, 481, 481, 489, 501]);
    let options = bench.send(&request("OPTIONS", 2, TO, ""));
    assert_eq!(options[0].header("Accept").unwrap(), "application/sdp");
    assert!(
        options[0].to_tag().is_some() && options[0].header("Allow-Events").unwrap().ends_with("message-summary, refer")
    );
    let bad = bench.send(&request("OPTIONS", 3, TO, "Require: timer, quantum\n"));
    assert_eq!((codes(&bad), bad[0].header("Unsupported").as_deref()), (vec![420], Some("quantum")));
    assert!(bench.send(&request("ACK", 9, TO, "")).is_empty());
}

#[test]
fn broken_requests_are_answered_by_their_fault() {
    let mut bench = Bench::new();
    let text = request("OPTIONS", 1, TO, "");
    let check = |bench: &mut Bench, from: &str, to: &str| codes(&bench.send(&text.replace(from, to)));
    assert_eq!(check(&mut bench, "SIP/2.0\nVia", "SIP/3.0\nVia"), [505]);
    assert_eq!(check(&mut bench, "sip:9196@127.0.0.1 SIP", "gopher:x@y SIP"), [416]);
    assert_eq!(check(&mut bench, "Call-ID: call-1\n", ""), [400]);
    assert_eq!(check(&mut bench, "CSeq: 1 OPTIONS", "CSeq: 1 INVITE"), [400]);
    assert_eq!(check(&mut bench, "Via", "X-Via"), [] as [u16; 0]);
    assert!(bench.send("GET / HTTP/1.0\n\n").is_empty());
    assert!(bench.send("\n\n").is_empty());
    assert_eq!(bench.core.door.tally.snapshot().malformed, 6);
}

#[test]
fn vias_are_stamped_with_where_a_request_came_from() {
    let mut bench = Bench::new();
    let text = request("OPTIONS", 1, TO, "")
        .replace("UDP 127.0.0.1:5071;", "UDP 10.9.9.9;rport;")
        .replace("\nFrom", ", SIP/2.0/UDP next\nFrom");
    let ok = bench.send(&text);
    let vias = ok[0].list(HeaderId::Via);
    assert_eq!(vias, ["SIP/2.0/UDP 10.9.9.9;rport=5071;branch=z9hG4bKOPTIONS1;received=127.0.0.1", "SIP/2.0/UDP next"]);
}
