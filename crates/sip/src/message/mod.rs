//! SIP messages (RFC 3261 §7): a tolerant, byte-preserving reader, typed views of the headers, and the writer.

mod cseq;
mod defect;
mod framer;
mod headers;
mod method;
mod name_addr;
mod params;
mod parser;
mod reason;
mod uri;
mod via;
mod writer;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod torture;

use std::borrow::Cow;

use bytes::Bytes;

pub use cseq::CSeq;
pub use defect::Defect;
pub use framer::{Frame, Framer};
pub(crate) use headers::split_list;
pub use headers::{Header, HeaderId, Headers};
pub use method::Method;
pub use name_addr::NameAddr;
pub use params::Params;
pub use parser::{MAX_HEADERS, MAX_MESSAGE, ParseError, parse};
pub use reason::reason_of;
pub use uri::{Scheme, Uri};
pub(crate) use via::COOKIE;
pub use via::Via;

/// The first line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartLine {
    /// A request.
    Request {
        /// The method.
        method: Method,
        /// The request URI as written; [`Message::uri`] reads it.
        uri: Bytes,
        /// The version as written, `SIP/2.0` unless the sender lives in another time.
        version: Bytes,
    },
    /// A response.
    Response {
        /// The status code, 100 to 699.
        code: u16,
        /// The reason phrase as written.
        reason: Bytes,
    },
}

/// A SIP message: start line, headers in order, body. Cheap to clone: all bytes are shared slices of what arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The first line.
    pub start: StartLine,
    /// The header fields.
    pub headers: Headers,
    /// The body, cut to Content-Length.
    pub body: Bytes,
}

impl Message {
    /// Whether this is a request.
    pub fn is_request(&self) -> bool {
        matches!(self.start, StartLine::Request { .. })
    }

    /// The request's method; `None` for a response.
    pub fn method(&self) -> Option<&Method> {
        match &self.start {
            StartLine::Request { method, .. } => Some(method),
            StartLine::Response { .. } => None,
        }
    }

    /// The response's status code; `None` for a request.
    pub fn code(&self) -> Option<u16> {
        match self.start {
            StartLine::Response { code, .. } => Some(code),
            StartLine::Request { .. } => None,
        }
    }

    /// The response's reason phrase, lossy; empty for a request.
    pub fn reason(&self) -> Cow<'_, str> {
        match &self.start {
            StartLine::Response { reason, .. } => String::from_utf8_lossy(reason),
            StartLine::Request { .. } => Cow::Borrowed(""),
        }
    }

    /// The request URI; `None` for a response or when it cannot be read.
    pub fn uri(&self) -> Option<Uri> {
        match &self.start {
            StartLine::Request { uri, .. } => Uri::parse(&String::from_utf8_lossy(uri)).ok(),
            StartLine::Response { .. } => None,
        }
    }

    /// The first header called `name` as text (lossy). For the raw bytes use [`Message::raw`].
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.headers.named(name).next().map(Header::text)
    }

    /// Every header called `name`, one item a field (lossy).
    pub fn headers<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = Cow<'a, str>> + use<'a, 'n> {
        self.headers.named(name).map(Header::text)
    }

    /// The first header's value as it came.
    pub fn raw(&self, id: HeaderId) -> Option<&Bytes> {
        self.headers.first(id).map(|h| &h.value)
    }

    /// The values of a comma-separated header, from all its fields, in order.
    pub fn list(&self, id: HeaderId) -> Vec<Bytes> {
        self.headers.all(id).flat_map(|h| split_list(&h.value)).collect()
    }

    /// The topmost Via.
    pub fn via(&self) -> Option<Via> {
        let value = self.raw(HeaderId::Via)?;
        Via::parse(split_list(value).first()?).ok()
    }

    /// From; [`Message::raw`] gives its bytes.
    pub fn from(&self) -> Option<NameAddr> {
        self.address(HeaderId::From)
    }

    /// To.
    pub fn to(&self) -> Option<NameAddr> {
        self.address(HeaderId::To)
    }

    /// The first Contact; `None` too for `*`.
    pub fn contact(&self) -> Option<NameAddr> {
        NameAddr::parse(self.list(HeaderId::Contact).first()?).ok()
    }

    /// All Contacts that can be read.
    pub fn contacts(&self) -> Vec<NameAddr> {
        self.list(HeaderId::Contact).iter().filter_map(|c| NameAddr::parse(c).ok()).collect()
    }

    /// Call-ID, lossy; empty when there is none.
    pub fn call_id(&self) -> Cow<'_, str> {
        self.raw(HeaderId::CallId).map_or(Cow::Borrowed(""), |v| String::from_utf8_lossy(v))
    }

    /// CSeq.
    pub fn cseq(&self) -> Option<CSeq> {
        CSeq::parse(self.raw(HeaderId::CSeq)?).ok()
    }

    /// Max-Forwards (0-255).
    pub fn max_forwards(&self) -> Option<u8> {
        std::str::from_utf8(self.raw(HeaderId::MaxForwards)?).ok()?.trim().parse().ok()
    }

    /// The Record-Route values in order, as they came.
    pub fn record_routes(&self) -> Vec<Bytes> {
        self.list(HeaderId::RecordRoute)
    }

    /// The media type of the body without parameters, in lower case; empty when there is none.
    pub fn content_type(&self) -> String {
        let value = self.raw(HeaderId::ContentType).map(|v| String::from_utf8_lossy(v).to_ascii_lowercase());
        value.and_then(|v| v.split(';').next().map(|t| t.trim().to_owned())).unwrap_or_default()
    }

    /// The tag of From; `None` when From or the tag is missing.
    pub fn from_tag(&self) -> Option<String> {
        self.from()?.tag().map(str::to_owned)
    }

    /// The tag of To.
    pub fn to_tag(&self) -> Option<String> {
        self.to()?.tag().map(str::to_owned)
    }

    fn address(&self, id: HeaderId) -> Option<NameAddr> {
        NameAddr::parse(self.raw(id)?).ok()
    }
}

/// Why a header's value or a URI cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// A parameter is empty or no parameter.
    #[error("broken parameter")]
    Parameter,
    /// A quote is not closed.
    #[error("quote not closed")]
    Quotes,
    /// An angle bracket is not closed.
    #[error("'<' not closed")]
    Brackets,
    /// A display name needs quotes.
    #[error("display name with ',' or ';' not in quotes")]
    DisplayName,
    /// A URI is broken.
    #[error("broken URI")]
    Uri,
    /// A Via is broken.
    #[error("broken Via")]
    Via,
    /// A CSeq is broken.
    #[error("broken CSeq")]
    CSeq,
}
