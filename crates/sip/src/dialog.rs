//! Dialogs (RFC 3261 §12).

use bytes::Bytes;

use crate::message::{HeaderId, Message, NameAddr};

/// The state two user agents share: tags, sequence numbers, remote target and route set.
#[derive(Clone, Debug)]
pub struct Dialog {
    /// Call-ID as it is written.
    pub call_id: Bytes,
    /// The tag of this side.
    pub local_tag: String,
    /// The tag of the far side; empty when it gave none (RFC 2543).
    pub remote_tag: String,
    /// This side's address with its tag: From of requests that are sent.
    pub local: Bytes,
    /// The far side's address with its tag: To of requests that are sent.
    pub remote: Bytes,
    /// The number of the last request sent.
    pub local_seq: u32,
    /// The number of the last request received.
    pub remote_seq: Option<u32>,
    /// The far side's Contact URI.
    pub target: Bytes,
    /// The Route values of requests that are sent, the nearest first.
    pub routes: Vec<Bytes>,
}

/// Where a request within a dialog goes, and what it says about that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The request URI.
    pub uri: Bytes,
    /// The Route values.
    pub routes: Vec<Bytes>,
    /// The URI whose host and port are sent to.
    pub next_hop: Bytes,
}

impl Dialog {
    /// The dialog an INVITE opens on the side it came to (RFC 3261 §12.1.1); `first_seq` counts this side's requests.
    pub fn uas(invite: &Message, local_tag: &str, first_seq: u32) -> Dialog {
        let to = invite.raw(HeaderId::To).cloned().unwrap_or_default();
        Dialog {
            call_id: invite.raw(HeaderId::CallId).cloned().unwrap_or_default(),
            local_tag: local_tag.to_owned(),
            remote_tag: invite.from_tag().unwrap_or_default(),
            local: with_tag(&to, local_tag),
            remote: invite.raw(HeaderId::From).cloned().unwrap_or_default(),
            local_seq: first_seq,
            remote_seq: invite.cseq().map(|c| c.seq),
            target: contact_uri(invite).unwrap_or_default(),
            routes: invite.record_routes(),
        }
    }

    /// The dialog a response to this side's INVITE opens (RFC 3261 §12.1.2). `local` is From as it was sent; without
    /// a Contact in the response, `target` (the request URI) stays.
    pub fn uac(response: &Message, local: &Bytes, local_tag: &str, target: &Bytes) -> Dialog {
        let mut routes = response.record_routes();
        routes.reverse();
        Dialog {
            call_id: response.raw(HeaderId::CallId).cloned().unwrap_or_default(),
            local_tag: local_tag.to_owned(),
            remote_tag: response.to_tag().unwrap_or_default(),
            local: local.clone(),
            remote: response.raw(HeaderId::To).cloned().unwrap_or_default(),
            local_seq: response.cseq().map_or(1, |c| c.seq),
            remote_seq: None,
            target: contact_uri(response).unwrap_or_else(|| target.clone()),
            routes,
        }
    }

    /// Whether a request that came belongs here: Call-ID and the far side's tag agree (this side's tag found it).
    pub fn owns(&self, request: &Message) -> bool {
        request.raw(HeaderId::CallId) == Some(&self.call_id)
            && request.from_tag().unwrap_or_default() == self.remote_tag
    }

    /// Takes the number of a request that came; `false` when it is not above the last one (RFC 3261 §12.2.2: 500).
    pub fn accept_seq(&mut self, seq: u32) -> bool {
        if self.remote_seq.is_some_and(|last| seq <= last) {
            return false;
        }
        self.remote_seq = Some(seq);
        true
    }

    /// Takes the far side's new Contact from a target refresh request or its 2xx (RFC 3261 §12.2).
    pub fn refresh_target(&mut self, message: &Message) {
        if let Some(target) = contact_uri(message) {
            self.target = target;
        }
    }

    /// The next request's number.
    pub fn next_seq(&mut self) -> u32 {
        self.local_seq = self.local_seq.wrapping_add(1) & 0x7fff_ffff;
        self.local_seq
    }

    /// Request URI, Route and next hop of a request (RFC 3261 §12.2.1.1), strict routers included.
    pub fn path(&self) -> Path {
        let first = self.routes.first().and_then(|r| NameAddr::parse(r).ok());
        match first {
            None => Path { uri: self.target.clone(), routes: Vec::new(), next_hop: self.target.clone() },
            Some(first) if first.uri.param("lr").is_some() => Path {
                uri: self.target.clone(),
                routes: self.routes.clone(),
                next_hop: Bytes::copy_from_slice(first.uri.as_str().as_bytes()),
            },
            Some(strict) => {
                let uri = Bytes::copy_from_slice(strict.uri.as_str().as_bytes());
                let mut routes = self.routes.get(1..).unwrap_or_default().to_vec();
                routes.push(bracketed(&self.target));
                Path { next_hop: uri.clone(), uri, routes }
            }
        }
    }
}

/// An address header with `tag` added, unless it has one.
pub(crate) fn with_tag(address: &Bytes, tag: &str) -> Bytes {
    if NameAddr::parse(address).is_ok_and(|a| a.tag().is_some()) {
        return address.clone();
    }
    Bytes::from([address.as_ref(), b";tag=", tag.as_bytes()].concat())
}

/// The URI of the first Contact as it came.
fn contact_uri(message: &Message) -> Option<Bytes> {
    let contact = NameAddr::parse(message.list(HeaderId::Contact).first()?).ok()?;
    Some(Bytes::from(contact.uri.as_str().to_owned()))
}

fn bracketed(uri: &Bytes) -> Bytes {
    Bytes::from([b"<", uri.as_ref(), b">"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::parse;

    fn invite(extra: &str) -> Message {
        let text = format!(
            "INVITE sip:9196@h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:1@h>;tag=far\r\nTo: \"X\" <sip:9196@h>\r\nCall-ID: c\r\n\
             CSeq: 7 INVITE\r\nContact: <sip:1@10.0.0.1:5071>;q=1\r\n{extra}\r\n"
        );
        parse(&Bytes::from(text)).unwrap()
    }

    #[test]
    fn the_called_side() {
        let mut d = Dialog::uas(&invite("Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\n"), "near", 100);
        assert_eq!(d.local, "\"X\" <sip:9196@h>;tag=near");
        assert_eq!(
            (d.remote_tag.as_str(), d.remote_seq, d.target.as_ref()),
            ("far", Some(7), &b"sip:1@10.0.0.1:5071"[..])
        );
        assert_eq!(d.routes, ["<sip:p1;lr>", "<sip:p2;lr>"]);
        assert_eq!((d.next_seq(), d.accept_seq(7), d.accept_seq(9), d.accept_seq(8)), (101, false, true, false));
        assert!(d.owns(&invite("")));
    }

    #[test]
    fn the_calling_side_turns_the_route_round() {
        let text = "SIP/2.0 200 OK\r\nRecord-Route: <sip:p2;lr>\r\nRecord-Route: <sip:p1;lr>\r\nTo: <sip:9196@h>;tag=far\r\nCall-ID: c\r\n\
                    CSeq: 7 INVITE\r\n\r\n";
        let d = Dialog::uac(
            &parse(&Bytes::from(text)).unwrap(),
            &Bytes::from_static(b"<sip:1@h>;tag=near"),
            "near",
            &Bytes::from_static(b"sip:9196@h"),
        );
        let path = d.path();
        assert_eq!((path.uri.as_ref(), path.next_hop.as_ref()), (&b"sip:9196@h"[..], &b"sip:p1;lr"[..]));
        assert_eq!(path.routes, ["<sip:p1;lr>", "<sip:p2;lr>"]);
    }

    #[test]
    fn strict_routers_take_the_request_uri() {
        let d = Dialog::uas(&invite("Record-Route: <sip:p1>, <sip:p2;lr>\r\n"), "near", 1);
        let path = d.path();
        assert_eq!((path.uri.as_ref(), path.next_hop.as_ref()), (&b"sip:p1"[..], &b"sip:p1"[..]));
        assert_eq!(path.routes, ["<sip:p2;lr>", "<sip:1@10.0.0.1:5071>"]);
    }
}
