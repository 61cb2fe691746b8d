//! Header fields in their order.

use std::borrow::Cow;

use bytes::Bytes;

/// The header names this stack acts on; every other name is [`HeaderId::Other`] and told apart by its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // each is the header of its name
pub enum HeaderId {
    Via,
    From,
    To,
    CallId,
    CSeq,
    Contact,
    MaxForwards,
    Route,
    RecordRoute,
    ContentLength,
    ContentType,
    ContentEncoding,
    Require,
    ProxyRequire,
    Supported,
    Unsupported,
    Allow,
    Accept,
    Event,
    Expires,
    UserAgent,
    Server,
    Subject,
    ReferTo,
    ReferredBy,
    SessionExpires,
    AllowEvents,
    AcceptContact,
    RejectContact,
    RequestDisposition,
    Identity,
    Other,
}

impl HeaderId {
    /// The header a name means; names are case-insensitive and the one-letter forms count (RFC 3261 §7.3.3).
    pub fn of(name: &[u8]) -> HeaderId {
        if let [letter] = name {
            let letter = letter.to_ascii_lowercase();
            return COMPACT.iter().find(|(c, _)| *c == letter).map_or(HeaderId::Other, |(_, id)| *id);
        }
        NAMES.iter().find(|(n, _)| n.as_bytes().eq_ignore_ascii_case(name)).map_or(HeaderId::Other, |(_, id)| *id)
    }

    /// The full name of a header; `None` for [`HeaderId::Other`].
    pub fn name(self) -> Option<&'static str> {
        NAMES.iter().find(|(_, id)| *id == self).map(|(name, _)| *name)
    }
}

/// One header field: its name as it was written and its value, unfolded and without the white space around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the name means.
    pub id: HeaderId,
    /// The name as it was written (maybe compact, maybe in another case).
    pub name: Bytes,
    /// The value's bytes; not always UTF-8.
    pub value: Bytes,
}

impl Header {
    /// The value for people: bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }
}

/// The header fields of a message, in the order they came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(pub(crate) Vec<Header>);

impl Headers {
    /// Adds a field at the end.
    pub fn push(&mut self, name: impl Into<Bytes>, value: impl Into<Bytes>) {
        let name = name.into();
        self.0.push(Header { id: HeaderId::of(&name), name, value: value.into() });
    }

    /// All fields in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Header> {
        self.0.iter()
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first field of a known header.
    pub fn first(&self, id: HeaderId) -> Option<&Header> {
        self.0.iter().find(|h| h.id == id)
    }

    /// Every field of a known header.
    pub fn all(&self, id: HeaderId) -> impl Iterator<Item = &Header> {
        self.0.iter().filter(move |h| h.id == id)
    }

    /// Every field called `name`, whatever its case or (known headers) its compact form.
    pub fn named<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a Header> + use<'a, 'n> {
        let id = HeaderId::of(name.as_bytes());
        self.0.iter().filter(move |h| match id {
            HeaderId::Other => h.id == id && h.name.eq_ignore_ascii_case(name.as_bytes()),
            known => h.id == known,
        })
    }
}

impl<'a> IntoIterator for &'a Headers {
    type Item = &'a Header;
    type IntoIter = std::slice::Iter<'a, Header>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// Splits a header value at its commas, leaving those within quotes and angle brackets alone (RFC 3261 §7.3.1).
pub(crate) fn split_list(value: &Bytes) -> Vec<Bytes> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped, mut depth) = (false, false, 0u32);
    for (at, &b) in value.iter().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' if depth == 0 => quoted = !quoted,
            b'<' if !quoted => depth += 1,
            b'>' if !quoted => depth = depth.saturating_sub(1),
            b',' if !quoted && depth == 0 => {
                parts.push(trimmed(&value.slice(start..at)));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(trimmed(&value.slice(start..)));
    parts.retain(|p| !p.is_empty());
    parts
}

fn trimmed(value: &Bytes) -> Bytes {
    value.slice_ref(value.trim_ascii())
}

const COMPACT: [(u8, HeaderId); 19] = [
    (b'v', HeaderId::Via),
    (b'f', HeaderId::From),
    (b't', HeaderId::To),
    (b'i', HeaderId::CallId),
    (b'm', HeaderId::Contact),
    (b'l', HeaderId::ContentLength),
    (b'c', HeaderId::ContentType),
    (b'e', HeaderId::ContentEncoding),
    (b'k', HeaderId::Supported),
    (b's', HeaderId::Subject),
    (b'o', HeaderId::Event),
    (b'r', HeaderId::ReferTo),
    (b'b', HeaderId::ReferredBy),
    (b'x', HeaderId::SessionExpires),
    (b'u', HeaderId::AllowEvents),
    (b'a', HeaderId::AcceptContact),
    (b'j', HeaderId::RejectContact),
    (b'd', HeaderId::RequestDisposition),
    (b'y', HeaderId::Identity),
];

const NAMES: [(&str, HeaderId); 31] = [
    ("Via", HeaderId::Via),
    ("From", HeaderId::From),
    ("To", HeaderId::To),
    ("Call-ID", HeaderId::CallId),
    ("CSeq", HeaderId::CSeq),
    ("Contact", HeaderId::Contact),
    ("Max-Forwards", HeaderId::MaxForwards),
    ("Route", HeaderId::Route),
    ("Record-Route", HeaderId::RecordRoute),
    ("Content-Length", HeaderId::ContentLength),
    ("Content-Type", HeaderId::ContentType),
    ("Content-Encoding", HeaderId::ContentEncoding),
    ("Require", HeaderId::Require),
    ("Proxy-Require", HeaderId::ProxyRequire),
    ("Supported", HeaderId::Supported),
    ("Unsupported", HeaderId::Unsupported),
    ("Allow", HeaderId::Allow),
    ("Accept", HeaderId::Accept),
    ("Event", HeaderId::Event),
    ("Expires", HeaderId::Expires),
    ("User-Agent", HeaderId::UserAgent),
    ("Server", HeaderId::Server),
    ("Subject", HeaderId::Subject),
    ("Refer-To", HeaderId::ReferTo),
    ("Referred-By", HeaderId::ReferredBy),
    ("Session-Expires", HeaderId::SessionExpires),
    ("Allow-Events", HeaderId::AllowEvents),
    ("Accept-Contact", HeaderId::AcceptContact),
    ("Reject-Contact", HeaderId::RejectContact),
    ("Request-Disposition", HeaderId::RequestDisposition),
    ("Identity", HeaderId::Identity),
];
