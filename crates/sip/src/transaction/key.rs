//! What names a server transaction.

use crate::message::{HeaderId, Message, Method, StartLine, Via};

/// The key of the transaction a request belongs to (RFC 3261 §17.2.3): branch, sent-by and method, an ACK counting as
/// its INVITE. A request without an RFC 3261 branch is known by Call-ID, CSeq number, From tag and its top Via.
pub fn server_key(request: &Message, via: &Via) -> Vec<u8> {
    let method = match request.method() {
        Some(Method::Ack) | None => "INVITE",
        Some(method) => method.as_str(),
    };
    key(request, via, method)
}

/// The key of the INVITE transaction a CANCEL cancels (RFC 3261 §9.2).
pub fn cancelled_key(cancel: &Message, via: &Via) -> Vec<u8> {
    key(cancel, via, "INVITE")
}

fn key(request: &Message, via: &Via, method: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(96);
    let mut put = |part: &[u8]| {
        key.extend_from_slice(part);
        key.push(b'\n');
    };
    put(method.as_bytes());
    if via.is_rfc3261() {
        put(via.branch().unwrap_or_default().as_bytes());
        put(via.host.as_bytes());
        put(&via.port.unwrap_or(0).to_be_bytes());
        return key;
    }
    put(request.raw(HeaderId::CallId).map_or(b"", |v| v));
    put(request.from_tag().unwrap_or_default().as_bytes());
    put(&request.cseq().map_or(0, |c| c.seq).to_be_bytes());
    put(request.raw(HeaderId::Via).map_or(b"", |v| v));
    if let StartLine::Request { uri, .. } = &request.start {
        put(uri);
    }
    key
}
