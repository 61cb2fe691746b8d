//! Writing requests and responses, headers in the order mod_sofia puts them.

use std::net::SocketAddr;

use bytes::{BufMut, Bytes, BytesMut};

use super::config::UaConfig;
use crate::{
    dialog::with_tag,
    message::{HeaderId, Message, Method, Via, reason_of, split_list},
    transport::{Source, Target, Transport},
};

/// Knows who this user agent is.
pub(crate) struct Builder {
    /// `host:port` of Via and Contact.
    pub(crate) sent_by: String,
    user_agent: String,
    allow: String,
    supported: String,
    allow_events: String,
}

/// What a request is made of. `headers` and the capability headers are left out of ACK and CANCEL by giving none.
pub(crate) struct RequestParts<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a [u8],
    pub(crate) branch: &'a str,
    pub(crate) transport: Transport,
    pub(crate) routes: &'a [Bytes],
    pub(crate) from: &'a [u8],
    pub(crate) to: &'a [u8],
    pub(crate) call_id: &'a [u8],
    pub(crate) seq: u32,
    pub(crate) contact: Option<&'a [u8]>,
    /// Allow, Supported, Allow-Events.
    pub(crate) capabilities: bool,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: Option<(&'a str, &'a [u8])>,
}

/// What a response adds to what it takes from its request.
#[derive(Default)]
pub(crate) struct ResponseParts<'a> {
    pub(crate) code: u16,
    /// Empty for the usual one.
    pub(crate) reason: &'a str,
    pub(crate) to_tag: Option<&'a str>,
    pub(crate) contact: Option<&'a [u8]>,
    /// Record-Route of the request (dialog-forming responses, RFC 3261 §12.1.1).
    pub(crate) routes: bool,
    /// Allow, Supported, Allow-Events.
    pub(crate) capabilities: bool,
    /// Accept: application/sdp.
    pub(crate) accept: bool,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: Option<(&'a str, &'a [u8])>,
}

impl Builder {
    pub(crate) fn new(config: &UaConfig, local: SocketAddr) -> Builder {
        let host = match &config.advertise {
            Some(host) => host.clone(),
            None if local.is_ipv6() => format!("[{}]", local.ip()),
            None => local.ip().to_string(),
        };
        Builder {
            sent_by: format!("{host}:{}", local.port()),
            user_agent: config.user_agent.clone(),
            allow: config.allow.clone(),
            supported: config.supported.clone(),
            allow_events: config.allow_events.clone(),
        }
    }

    /// The Contact of this side: `<sip:user@host:port;params>`.
    pub(crate) fn contact(&self, user: &str, params: &str) -> Bytes {
        let at = if user.is_empty() { "" } else { "@" };
        Bytes::from(format!("<sip:{user}{at}{}{params}>", self.sent_by))
    }

    pub(crate) fn request(&self, parts: &RequestParts<'_>) -> Bytes {
        let mut out = Out::new(parts.headers, 900 + parts.body.map_or(0, |b| b.1.len()));
        out.raw(&[parts.method.as_str().as_bytes(), b" ", parts.uri, b" SIP/2.0\r\n"]);
        let via = format!("SIP/2.0/{} {};rport;branch={}", parts.transport.as_str(), self.sent_by, parts.branch);
        out.line("Via", via.as_bytes());
        parts.routes.iter().for_each(|r| out.line("Route", r));
        out.own("Max-Forwards", b"70");
        out.line("From", parts.from);
        out.line("To", parts.to);
        out.line("Call-ID", parts.call_id);
        out.line("CSeq", format!("{} {}", parts.seq, parts.method).as_bytes());
        if let Some(contact) = parts.contact {
            out.own("Contact", contact);
        }
        out.own("User-Agent", self.user_agent.as_bytes());
        if parts.capabilities {
            self.capabilities(&mut out);
        }
        out.finish(parts.body)
    }

    /// Answers `request`; Via gets `received` and `rport` (RFC 3261 §18.2.1, RFC 3581 §4).
    pub(crate) fn response(&self, request: &Message, source: Source, parts: &ResponseParts<'_>) -> Bytes {
        let mut out = Out::new(parts.headers, 900 + parts.body.map_or(0, |b| b.1.len()));
        let reason = if parts.reason.is_empty() { reason_of(parts.code) } else { parts.reason };
        out.raw(&[b"SIP/2.0 ", parts.code.to_string().as_bytes(), b" "]);
        out.clean(reason.as_bytes());
        out.raw(&[b"\r\n"]);
        vias(&mut out, request, source);
        if parts.routes {
            request.headers.all(HeaderId::RecordRoute).for_each(|r| out.line("Record-Route", &r.value));
        }
        copied(&mut out, request, parts.to_tag);
        match parts.contact {
            Some(contact) => out.own("Contact", contact),
            None => out.given("Contact"),
        }
        out.own("User-Agent", self.user_agent.as_bytes());
        if parts.accept {
            out.own("Accept", b"application/sdp");
        }
        if parts.capabilities {
            self.capabilities(&mut out);
        }
        out.finish(parts.body)
    }

    fn capabilities(&self, out: &mut Out<'_>) {
        out.own("Allow", self.allow.as_bytes());
        out.own("Supported", self.supported.as_bytes());
        if !self.allow_events.is_empty() {
            out.own("Allow-Events", self.allow_events.as_bytes());
        }
    }
}

/// Where a response to `request` goes (RFC 3261 §18.2.2, RFC 3581). `maddr` is not followed: it would let a stranger
/// choose whom this side sends to.
pub(crate) fn response_target(request: &Message, source: Source) -> Target {
    let via = request.via();
    let mut addr = source.addr;
    if let Some(via) = via.filter(|v| !v.params.contains("rport")) {
        addr.set_port(via.port.unwrap_or(5060));
    }
    Target::new(source.transport, addr, source.connection)
}

fn vias(out: &mut Out<'_>, request: &Message, source: Source) {
    for (n, header) in request.headers.all(HeaderId::Via).enumerate() {
        let values = split_list(&header.value);
        for (m, value) in values.iter().enumerate() {
            match Via::parse(value) {
                Ok(via) if n == 0 && m == 0 => out.line("Via", &stamped(value, &via, source)),
                _ => out.line("Via", value),
            }
        }
    }
}

fn stamped(value: &[u8], via: &Via, source: Source) -> Vec<u8> {
    let asked = via.params.get("rport").is_some_and(str::is_empty);
    let moved = via.ip() != Some(source.addr.ip());
    let mut out = Vec::with_capacity(value.len() + 48);
    for (n, part) in value.split(|&b| b == b';').enumerate() {
        let name = part.split(|&b| b == b'=').next().unwrap_or_default().trim_ascii();
        if n > 0 && (asked || moved) && name.eq_ignore_ascii_case(b"received") {
            continue;
        }
        if n > 0 {
            out.push(b';');
        }
        out.extend_from_slice(part);
        if asked && n > 0 && name.eq_ignore_ascii_case(b"rport") {
            out.extend_from_slice(format!("={}", source.addr.port()).as_bytes());
        }
    }
    if moved || asked {
        out.extend_from_slice(format!(";received={}", source.addr.ip()).as_bytes());
    }
    out
}

/// From, To, Call-ID and CSeq as they came; what was missing stays missing.
fn copied(out: &mut Out<'_>, request: &Message, to_tag: Option<&str>) {
    for (id, name) in
        [(HeaderId::From, "From"), (HeaderId::To, "To"), (HeaderId::CallId, "Call-ID"), (HeaderId::CSeq, "CSeq")]
    {
        match (request.raw(id), to_tag) {
            (Some(to), Some(tag)) if id == HeaderId::To => out.line(name, &with_tag(to, tag)),
            (Some(value), _) => out.line(name, value),
            (None, _) => {}
        }
    }
}

/// A message being written.
struct Out<'a> {
    bytes: BytesMut,
    extra: &'a [(String, String)],
}

impl<'a> Out<'a> {
    fn new(extra: &'a [(String, String)], size: usize) -> Out<'a> {
        Out { bytes: BytesMut::with_capacity(size), extra }
    }

    fn raw(&mut self, parts: &[&[u8]]) {
        parts.iter().for_each(|part| self.bytes.put_slice(part));
    }

    /// Bytes that must not end the line: a line end in a variable would let its writer add headers.
    fn clean(&mut self, value: &[u8]) {
        for part in value.split_inclusive(|b| matches!(b, b'\r' | b'\n')) {
            match part.split_last() {
                Some((b'\r' | b'\n', rest)) => self.raw(&[rest, b" "]),
                _ => self.bytes.put_slice(part),
            }
        }
    }

    fn line(&mut self, name: &str, value: &[u8]) {
        self.clean(name.as_bytes());
        self.bytes.put_slice(b": ");
        self.clean(value);
        self.bytes.put_slice(b"\r\n");
    }

    /// A header of this side, unless the caller gives one of that name: then the caller's stands here.
    fn own(&mut self, name: &str, value: &[u8]) {
        let extra = self.extra;
        match extra.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            Some((_, theirs)) => self.line(name, theirs.as_bytes()),
            None => self.line(name, value),
        }
    }

    /// A header that only the caller has.
    fn given(&mut self, name: &str) {
        if let Some((_, theirs)) = self.extra.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            self.line(name, theirs.as_bytes());
        }
    }

    fn finish(mut self, body: Option<(&str, &[u8])>) -> Bytes {
        let extra = self.extra;
        let rest = || extra.iter().filter(|(name, _)| !OWN.iter().any(|own| own.eq_ignore_ascii_case(name)));
        rest().filter(|(name, _)| !comes_last(name)).for_each(|(n, v)| self.line(n, v.as_bytes()));
        if let Some((kind, _)) = body {
            self.line("Content-Type", kind.as_bytes());
            if kind.eq_ignore_ascii_case("application/sdp") {
                self.own("Content-Disposition", b"session");
            }
        }
        let body = body.map_or(&b""[..], |b| b.1);
        self.line("Content-Length", body.len().to_string().as_bytes());
        rest().filter(|(name, _)| comes_last(name)).for_each(|(n, v)| self.line(n, v.as_bytes()));
        self.raw(&[b"\r\n", body]);
        self.bytes.freeze()
    }
}

/// Headers Sofia does not know stand after Content-Length.
fn comes_last(name: &str) -> bool {
    let start = |prefix: &str| name.get(..prefix.len()).is_some_and(|n| n.eq_ignore_ascii_case(prefix));
    start("X-") || start("P-") || start("Remote-Party-ID")
}

/// Headers written in their own place; the caller's Content-Length and dialog headers are not taken.
const OWN: [&str; 17] = [
    "Via",
    "Route",
    "Record-Route",
    "Max-Forwards",
    "From",
    "To",
    "Call-ID",
    "CSeq",
    "Contact",
    "User-Agent",
    "Accept",
    "Allow",
    "Supported",
    "Allow-Events",
    "Content-Type",
    "Content-Disposition",
    "Content-Length",
];
