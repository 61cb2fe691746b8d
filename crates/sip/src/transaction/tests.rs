//! The machines against a clock that is a number.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Heard, InviteClient, InviteServer, OtherClient, OtherServer, T1_64, Tick, cancelled_key, server_key};
use crate::message::{Message, parse};

const BYTES: Bytes = Bytes::from_static(b"x");

/// When each tick came, in milliseconds, until the transaction ended.
fn run(
    start: Instant,
    deadline: impl Fn(&Machine) -> Option<Instant>,
    machine: &mut Machine,
) -> (Vec<u128>, Option<(u128, Tick)>) {
    let mut again = Vec::new();
    while let Some(at) = deadline(machine) {
        let ms = (at - start).as_millis();
        match machine.poll(at) {
            Tick::Idle => {}
            Tick::Retransmit(_) => again.push(ms),
            end => return (again, Some((ms, end))),
        }
    }
    (again, None)
}

enum Machine {
    InviteServer(InviteServer),
    OtherServer(OtherServer),
    InviteClient(InviteClient),
    OtherClient(OtherClient),
}

impl Machine {
    fn poll(&mut self, now: Instant) -> Tick {
        match self {
            Machine::InviteServer(m) => m.poll(now),
            Machine::OtherServer(m) => m.poll(now),
            Machine::InviteClient(m) => m.poll(now),
            Machine::OtherClient(m) => m.poll(now),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        match self {
            Machine::InviteServer(m) => m.deadline(),
            Machine::OtherServer(m) => m.deadline(),
            Machine::InviteClient(m) => m.deadline(),
            Machine::OtherClient(m) => m.deadline(),
        }
    }
}

fn check(start: Instant, mut machine: Machine, again: &[u128], end: Option<(u128, Tick)>) {
    assert_eq!(run(start, Machine::deadline, &mut machine), (again.to_vec(), end));
}

#[test]
fn invite_client_sends_again_and_gives_up() {
    let now = Instant::now();
    let timed_out = Some((32_000, Tick::TimedOut));
    check(
        now,
        Machine::InviteClient(InviteClient::new(now, false, BYTES)),
        &[500, 1500, 3500, 7500, 15_500, 31_500],
        timed_out.clone(),
    );
    check(now, Machine::InviteClient(InviteClient::new(now, true, BYTES)), &[], timed_out);
}

#[test]
fn invite_client_states() {
    let now = Instant::now();
    let mut m = InviteClient::new(now, false, BYTES);
    assert!(!m.is_proceeding());
    assert_eq!(m.response(now, 100), Heard::New);
    assert!(m.is_proceeding() && m.deadline().is_none());
    assert_eq!(m.response(now, 486), Heard::New);
    assert_eq!(
        (m.response(now, 486), m.response(now, 200), m.response(now, 180)),
        (Heard::Again, Heard::Ignore, Heard::Ignore)
    );
    check(now, Machine::InviteClient(m), &[], Some((32_000, Tick::Terminated)));
    let mut m = InviteClient::new(now, true, BYTES);
    assert_eq!((m.response(now, 404), m.deadline()), (Heard::New, Some(now)));
    let mut m = InviteClient::new(now, true, BYTES);
    assert_eq!(
        (m.response(now, 200), m.response(now, 200), m.response(now, 486)),
        (Heard::New, Heard::Again, Heard::Ignore)
    );
    assert_eq!(m.deadline(), Some(now + T1_64));
}

#[test]
fn a_cancelled_invite_client_does_not_wait_for_ever() {
    let now = Instant::now();
    let mut m = InviteClient::new(now, false, BYTES);
    m.response(now, 180);
    m.cancelled(now);
    m.response(now + Duration::from_secs(1), 180);
    check(now, Machine::InviteClient(m), &[], Some((32_000, Tick::TimedOut)));
}

#[test]
fn other_client_sends_again_and_gives_up() {
    let now = Instant::now();
    let again = [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    check(now, Machine::OtherClient(OtherClient::new(now, false, BYTES)), &again, Some((32_000, Tick::TimedOut)));
    let mut m = OtherClient::new(now, false, BYTES);
    assert_eq!(m.response(now, 100), Heard::New);
    assert_eq!(m.deadline(), Some(now + Duration::from_secs(4)));
    assert_eq!((m.response(now, 200), m.response(now, 200)), (Heard::New, Heard::Again));
    check(now, Machine::OtherClient(m), &[], Some((5_000, Tick::Terminated)));
}

#[test]
fn invite_server_sends_its_refusal_until_the_ack() {
    let now = Instant::now();
    let refused = || {
        let mut m = InviteServer::new(false);
        assert!(m.respond(now, 100, Bytes::from_static(b"100")));
        assert_eq!(m.again(), Some(Bytes::from_static(b"100")));
        assert!(m.respond(now, 486, BYTES) && !m.respond(now, 200, BYTES));
        m
    };
    let again = [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    check(now, Machine::InviteServer(refused()), &again, Some((32_000, Tick::TimedOut)));
    let mut m = refused();
    m.ack(now);
    assert_eq!(m.again(), None);
    check(now, Machine::InviteServer(m), &[], Some((5_000, Tick::Terminated)));
}

#[test]
fn invite_server_absorbs_the_invite_after_a_2xx() {
    let now = Instant::now();
    let mut m = InviteServer::new(false);
    assert!(m.respond(now, 200, BYTES));
    assert_eq!((m.again(), m.is_proceeding(), m.wants_ack()), (None, false, false));
    check(now, Machine::InviteServer(m), &[], Some((32_000, Tick::Terminated)));
}

#[test]
fn other_server_answers_again_for_64_t1() {
    let now = Instant::now();
    let mut m = OtherServer::new(false);
    assert_eq!((m.again(), m.deadline()), (None, None));
    assert!(m.respond(now, 200, BYTES) && !m.respond(now, 500, BYTES));
    assert_eq!(m.again(), Some(BYTES));
    check(now, Machine::OtherServer(m), &[], Some((32_000, Tick::Terminated)));
    let mut m = OtherServer::new(true);
    m.respond(now, 200, BYTES);
    assert_eq!(m.deadline(), Some(now));
}

fn request(method: &str, via: &str) -> Message {
    let text = format!(
        "{method} sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP {via}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: x\r\nCSeq: 1 {method}\r\n\r\n"
    );
    parse(&Bytes::from(text)).unwrap()
}

#[test]
fn keys_name_transactions() {
    let key = |method: &str, via: &str| {
        let m = request(method, via);
        server_key(&m, &m.via().unwrap())
    };
    let via = "h:5060;branch=z9hG4bK1";
    assert_eq!(key("INVITE", via), key("ACK", via));
    assert_ne!(key("INVITE", via), key("CANCEL", via));
    assert_ne!(key("INVITE", via), key("INVITE", "other:5060;branch=z9hG4bK1"));
    assert_ne!(key("INVITE", via), key("INVITE", "h:5060;branch=z9hG4bK2"));
    let cancel = request("CANCEL", via);
    assert_eq!(cancelled_key(&cancel, &cancel.via().unwrap()), key("INVITE", via));
    // RFC 2543: no branch worth the name.
    assert_eq!(key("INVITE", "h"), key("ACK", "h"));
    assert_ne!(key("INVITE", "h"), key("INVITE", "h2"));
}
