//! Calls that go out.

use std::time::Duration;

use super::{Bench, methods, request, response};
use crate::{
    message::Method,
    ua::{
        Failure,
        call::{CallNo, Hangup},
    },
};

const CONTACT: &str = "Contact: <sip:1001@127.0.0.1:5072>\nRecord-Route: <sip:127.0.0.1:5079;lr>\n";

#[test]
fn the_invite_has_its_headers_in_order() {
    let mut bench = Bench::new();
    let (_call, _events, invite) = bench.call(|i| {
        i.from_display = "Ann \"A\"".to_owned();
        i.sdp = Some("v=0\r\n".to_owned());
        i.contact_user = "gw+peer".to_owned();
        i.contact_params = ";transport=udp;gw=peer".to_owned();
        i.headers = vec![
            ("Max-Forwards".to_owned(), "69".to_owned()),
            ("Remote-Party-ID".to_owned(), "<sip:1000@h>;party=calling".to_owned()),
        ];
    });
    let names: Vec<_> = invite.headers.iter().map(|h| String::from_utf8_lossy(&h.name)).collect();
    let order = "Via Max-Forwards From To Call-ID CSeq Contact User-Agent Allow Supported Allow-Events Content-Type Content-Disposition Content-Length Remote-Party-ID";
    assert_eq!(names.join(" "), order);
    assert!(invite.header("From").unwrap().starts_with("\"Ann A\" <sip:1000@127.0.0.1>;tag="));
    assert_eq!(invite.header("Contact").unwrap(), "<sip:gw+peer@127.0.0.1:5060;transport=udp;gw=peer>");
    assert_eq!((invite.max_forwards(), invite.header("Content-Length").as_deref()), (Some(69), Some("5")));
    assert!(invite.header("Via").unwrap().starts_with("SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bK"));
}

#[test]
fn a_call_is_answered_and_hung_up() {
    let mut bench = Bench::new();
    let (call, events, invite) = bench.call(|_| {});
    bench.send(&response(&invite, 100, "", ""));
    bench.send(&response(&invite, 180, "far", CONTACT));
    let ok = response(&invite, 200, "far", CONTACT);
    let ack = bench.send(&ok);
    assert_eq!(methods(&ack), [Method::Ack]);
    assert_eq!(ack[0].uri().unwrap().as_str(), "sip:1001@127.0.0.1:5072");
    assert_eq!(ack[0].header("Route").unwrap(), "<sip:127.0.0.1:5079;lr>");
    assert_eq!(ack[0].cseq().unwrap().seq, invite.cseq().unwrap().seq);
    assert_eq!(bench.send(&ok), ack);
    assert_eq!(events.names(), ["progress 180", "answered 200"]);
    call.hangup(None, None);
    let bye = bench.turn().remove(0);
    assert_eq!((bye.method(), bye.cseq().unwrap().seq), (Some(&Method::Bye), invite.cseq().unwrap().seq + 1));
    bench.send(&response(&bye, 200, "", ""));
    assert!(bench.core.calls.is_empty() && events.names().is_empty());
    bench.wait(Duration::from_secs(40));
    assert_eq!((bench.core.clients.len(), bench.core.client_keys.len()), (0, 0));
}

#[test]
fn the_far_end_hangs_up() {
    let mut bench = Bench::new();
    let (call, events, invite) = bench.call(|_| {});
    bench.send(&response(&invite, 200, "far", CONTACT));
    let to = invite.header("From").unwrap().into_owned();
    let bye = request("BYE", 9, &to, "").replace("call-1", call.call_id());
    assert_eq!(super::codes(&bench.send(&bye)), [200]);
    assert_eq!(events.names(), ["answered 200", "bye"]);
}

#[test]
fn a_refusal_is_acknowledged_on_its_branch() {
    let mut bench = Bench::new();
    let (_call, events, invite) = bench.call(|_| {});
    let busy = response(&invite, 486, "far", "");
    let ack = bench.send(&busy);
    assert_eq!(
        (methods(&ack), ack[0].via(), ack[0].to_tag().as_deref()),
        (vec![Method::Ack], invite.via(), Some("far"))
    );
    assert_eq!(bench.send(&busy), ack);
    assert_eq!(events.names(), ["refused 486"]);
    assert!(bench.core.calls.is_empty());
}

#[test]
fn no_answer_is_a_failure() {
    let mut bench = Bench::new();
    let (_call, events, _invite) = bench.call(|_| {});
    let sent: Vec<u128> = bench.wait(Duration::from_secs(33)).into_iter().map(|(ms, _)| ms).collect();
    assert_eq!(sent, [500, 1500, 3500, 7500, 15_500, 31_500]);
    assert_eq!(events.names(), ["failed: no response"]);
    let (_call, events, invite) = bench.call(|_| {});
    let id = bench.core.client_keys[invite.via().unwrap().branch().unwrap()];
    bench.core.transport_failed(bench.now, id);
    assert_eq!(events.names(), ["failed: transport failed"]);
}

#[test]
fn cancel_waits_for_a_provisional_response() {
    let mut bench = Bench::new();
    let (call, events, invite) = bench.call(|_| {});
    call.hangup(Some("Q.850;cause=16".to_owned()), None);
    assert!(bench.turn().is_empty());
    let cancel = bench.send(&response(&invite, 180, "far", ""));
    assert_eq!(
        (methods(&cancel), cancel[0].via(), cancel[0].header("Reason").as_deref()),
        (vec![Method::Cancel], invite.via(), Some("Q.850;cause=16"))
    );
    bench.send(&response(&cancel[0], 200, "far", ""));
    assert_eq!(methods(&bench.send(&response(&invite, 487, "far", ""))), [Method::Ack]);
    assert!(events.names().is_empty() && bench.core.calls.is_empty());
}

#[test]
fn an_answer_that_crosses_the_cancel_is_ended_with_bye() {
    let mut bench = Bench::new();
    let (call, events, invite) = bench.call(|_| {});
    bench.send(&response(&invite, 180, "far", CONTACT));
    assert_eq!(events.names(), ["progress 180"]);
    call.hangup(None, None);
    assert_eq!(methods(&bench.turn()), [Method::Cancel]);
    let sent = bench.send(&response(&invite, 200, "far", CONTACT));
    assert_eq!(methods(&sent), [Method::Ack, Method::Bye]);
    bench.send(&response(&sent[1], 200, "", ""));
    assert!(events.names().is_empty() && bench.core.calls.is_empty());
}

#[test]
fn another_branch_that_answers_is_ended() {
    let mut bench = Bench::new();
    let (_call, events, invite) = bench.call(|_| {});
    bench.send(&response(&invite, 200, "one", CONTACT));
    let sent = bench.send(&response(&invite, 200, "two", CONTACT));
    assert_eq!(methods(&sent), [Method::Ack, Method::Bye]);
    assert!(sent.iter().all(|m| m.to_tag().as_deref() == Some("two")));
    assert_eq!(events.names(), ["answered 200"]);
    assert_eq!(bench.core.calls.len(), 1);
}

#[test]
fn a_host_that_is_a_name_is_looked_up() {
    let mut bench = Bench::new();
    let uri = crate::message::Uri::parse("sip:a@example.com;transport=tcp").unwrap();
    let target = crate::ua::outgoing::target_of(&uri, crate::transport::Transport::Udp, None).unwrap();
    assert_eq!(
        target,
        crate::transport::Target::Host {
            transport: crate::transport::Transport::Tcp,
            host: "example.com".to_owned(),
            port: 5060
        }
    );
    let (_call, events, _) = bench.call(|i| i.destination = Some("127.0.0.1:5071".parse().unwrap()));
    bench.core.stop(bench.now);
    assert_eq!(events.names(), [format!("failed: {}", Failure::Shutdown)]);
    bench.core.hangup(bench.now, CallNo(99), Hangup::default());
}
