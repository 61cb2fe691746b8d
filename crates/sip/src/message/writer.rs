//! Writing a message.

use bytes::{BufMut, Bytes, BytesMut};

use super::{Header, Message, StartLine};

impl Message {
    /// The message as bytes. Headers are written as they stand: Content-Length is the caller's to set.
    pub fn to_bytes(&self) -> Bytes {
        let size = 64 + self.body.len() + self.headers.iter().map(|h| h.name.len() + h.value.len() + 4).sum::<usize>();
        let mut out = BytesMut::with_capacity(size);
        match &self.start {
            StartLine::Request { method, uri, version } => {
                for part in [method.as_str().as_bytes(), b" ", uri, b" ", version, b"\r\n"] {
                    out.put_slice(part);
                }
            }
            StartLine::Response { code, reason } => {
                for part in [b"SIP/2.0 ", code.to_string().as_bytes(), b" ", reason.as_ref(), b"\r\n"] {
                    out.put_slice(part);
                }
            }
        }
        for header in &self.headers {
            put_header(&mut out, header);
        }
        out.put_slice(b"\r\n");
        out.put_slice(&self.body);
        out.freeze()
    }
}

/// A header line that had no name is written as it came.
fn put_header(out: &mut BytesMut, header: &Header) {
    if !header.name.is_empty() {
        out.put_slice(&header.name);
        out.put_slice(b": ");
    }
    out.put_slice(&header.value);
    out.put_slice(b"\r\n");
}
