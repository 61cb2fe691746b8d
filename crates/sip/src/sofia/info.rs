//! SIP INFO: digits that come and go in it (`application/dtmf-relay`, `application/dtmf`), and its RECV_INFO event.

use bytes::Bytes;
use strowger_core::bus::Origin;
use strowger_core::channel::{Dtmf, DtmfSource};
use strowger_core::session::Session;
use strowger_event::EventKind;

use crate::message::{Message, Method, NameAddr};
use crate::ua::OutgoingRequest;

const ORIGIN: Origin = Origin::new("sofia.c", "sofia_handle_sip_i_info", 9860);

/// What an INFO's digit is in.
const DTMF_RELAY: &str = "application/dtmf-relay";
const DTMF: &str = "application/dtmf";

/// Takes an INFO that came within the call: fires RECV_INFO, and takes in the digit it has.
pub(super) fn received(session: &mut Session, request: &Message) {
    fire(session, request);
    if let Some(dtmf) = digit_of(&request.content_type(), &String::from_utf8_lossy(&request.body)) {
        session.receive_dtmf(dtmf);
    }
}

/// The INFO that sends a digit.
pub(super) fn sending(dtmf: &Dtmf) -> OutgoingRequest {
    let body = format!("Signal={}\r\nDuration={}\r\n", dtmf.digit, dtmf.duration / 8);
    OutgoingRequest {
        id: 0,
        method: Method::Info,
        headers: Vec::new(),
        body: Some((DTMF_RELAY.to_owned(), Bytes::from(body))),
    }
}

fn fire(session: &Session, request: &Message) {
    if !session.switch().bus().wants(EventKind::RecvInfo) {
        return session.switch().bus().skip();
    }
    let mut first = vec![("SIP-Content-Type", request.content_type())];
    let names = [
        (request.from(), "SIP-From-User", "SIP-From-Host"),
        (request.to(), "SIP-To-User", "SIP-To-Host"),
        (request.contact(), "SIP-Contact-User", "SIP-Contact-Host"),
    ];
    for (address, user, host) in names {
        let Some(NameAddr { uri, .. }) = address else { continue };
        first.push((user, uri.user().unwrap_or_default().to_owned()));
        first.push((host, uri.host().to_owned()));
    }
    let first: Vec<_> = first.iter().filter(|(_, value)| !value.is_empty()).map(|(n, v)| (*n, v.as_str())).collect();
    let mut event = session.channel.event(EventKind::RecvInfo, &first);
    event.body = Some(String::from_utf8_lossy(&request.body).into_owned()).filter(|body| !body.is_empty());
    session.publish(event, ORIGIN);
}

/// The digit of a body: `Signal=5` and `Duration=160` (milliseconds), or the signal alone. A signal is a key, or the
/// number of its RFC 4733 event (10 is `*`, 11 is `#`).
fn digit_of(media_type: &str, body: &str) -> Option<Dtmf> {
    let field = |name: &str| {
        let mut lines = body.lines().filter_map(|line| line.split_once('='));
        lines.find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    let (signal, milliseconds) = match media_type {
        DTMF_RELAY => (field("Signal")?, field("Duration").and_then(|text| text.parse::<u32>().ok()).unwrap_or(0)),
        DTMF => (body.trim(), 0),
        _ => return None,
    };
    Some(Dtmf::new(key_of(signal)?, milliseconds.saturating_mul(8), DtmfSource::Endpoint))
}

fn key_of(signal: &str) -> Option<char> {
    let first = signal.chars().next()?;
    if matches!(first, '*' | '#' | 'A'..='D' | 'a'..='d') {
        return Some(first);
    }
    let number: usize = signal.parse().ok()?;
    "0123456789*#ABCD".chars().nth(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(media_type: &str, body: &str, expected: Option<(char, u32)>) {
        let digit = digit_of(media_type, body).map(|dtmf| (dtmf.digit, dtmf.duration));
        assert_eq!(digit, expected, "{media_type} {body}");
    }

    #[test]
    fn digits_of_bodies() {
        check(DTMF_RELAY, "Signal=5\r\nDuration=160\r\n", Some(('5', 1280)));
        check(DTMF_RELAY, "signal = *\nduration= 20", Some(('*', 400)));
        check(DTMF_RELAY, "Signal=11\r\n", Some(('#', 2000)));
        check(DTMF_RELAY, "Signal=D\r\nDuration=-1", Some(('D', 2000)));
        check(DTMF_RELAY, "Signal=16\r\n", None);
        check(DTMF_RELAY, "Duration=100\r\n", None);
        check(DTMF_RELAY, "Signal=\r\n", None);
        check(DTMF, " 7\r\n", Some(('7', 2000)));
        check(DTMF, "10", Some(('*', 2000)));
        check(DTMF, "", None);
        check("text/plain", "Signal=5", None);
    }

    #[test]
    fn what_is_sent_can_be_read() {
        let request = sending(&Dtmf::new('#', 800, DtmfSource::App));
        let (media_type, body) = request.body.unwrap();
        check(&media_type, std::str::from_utf8(&body).unwrap(), Some(('#', 800)));
    }
}
