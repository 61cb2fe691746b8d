//! What is wrong with a request that could be read, and the answer that says so.

use super::{
    CSeq, FieldError, HeaderId, Message, NameAddr, Scheme, StartLine, Uri, Via, parser::content_length, split_list,
};

/// A fault in a request (RFC 3261 §8.2, §16.3; the cases of RFC 4475 §3.1.2 and §3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// The version is not SIP/2.0.
    #[error("version is not SIP/2.0")]
    Version,
    /// A header every request needs is missing.
    #[error("no {0}")]
    Missing(&'static str),
    /// A header that may be there once is there again.
    #[error("more than one {0}")]
    Repeated(&'static str),
    /// A header cannot be read.
    #[error("{0}: {1}")]
    Header(&'static str, FieldError),
    /// A header's number is out of its range.
    #[error("{0} is out of range")]
    Range(&'static str),
    /// CSeq names another method.
    #[error("CSeq of another method")]
    CSeqMethod,
    /// A header line without a name.
    #[error("header line without a name")]
    Line,
    /// Content-Length is no number or contradicts itself.
    #[error("bad Content-Length")]
    ContentLength,
    /// The request URI is broken.
    #[error("broken request URI")]
    RequestUri,
    /// The request URI has a scheme this stack does not serve.
    #[error("unsupported URI scheme")]
    Scheme,
}

impl Defect {
    /// The status code that answers it: 400, 416 or 505.
    pub fn status(self) -> u16 {
        match self {
            Defect::Version => 505,
            Defect::Scheme => 416,
            _ => 400,
        }
    }

    /// Looks over a request.
    ///
    /// # Errors
    /// The first defect found. Responses have none.
    pub fn check(message: &Message) -> Result<(), Defect> {
        let StartLine::Request { method, uri, version } = &message.start else {
            return Ok(());
        };
        if !version.eq_ignore_ascii_case(b"SIP/2.0") {
            return Err(Defect::Version);
        }
        if message.headers.iter().any(|h| h.name.is_empty()) {
            return Err(Defect::Line);
        }
        for (id, name) in NEEDED {
            needed(message, id, name)?;
        }
        addresses(message)?;
        let cseq = CSeq::parse(message.raw(HeaderId::CSeq).unwrap_or(&EMPTY)).map_err(|e| Defect::Header("CSeq", e))?;
        if cseq.method != *method {
            return Err(Defect::CSeqMethod);
        }
        if message.raw(HeaderId::MaxForwards).is_some() && message.max_forwards().is_none() {
            return Err(Defect::Range("Max-Forwards"));
        }
        content_length(&message.headers).map_err(|_| Defect::ContentLength)?;
        request_uri(uri)
    }
}

fn needed(message: &Message, id: HeaderId, name: &'static str) -> Result<(), Defect> {
    match message.headers.all(id).count() {
        0 => Err(Defect::Missing(name)),
        1 => Ok(()),
        _ if id == HeaderId::Via => Ok(()),
        _ => Err(Defect::Repeated(name)),
    }
}

fn addresses(message: &Message) -> Result<(), Defect> {
    let via = message.raw(HeaderId::Via).unwrap_or(&EMPTY);
    let top = split_list(via);
    Via::parse(top.first().unwrap_or(&EMPTY)).map_err(|e| Defect::Header("Via", e))?;
    for (id, name) in [(HeaderId::From, "From"), (HeaderId::To, "To")] {
        NameAddr::parse(message.raw(id).unwrap_or(&EMPTY)).map_err(|e| Defect::Header(name, e))?;
    }
    for contact in message.list(HeaderId::Contact).iter().filter(|c| c.as_ref() != b"*") {
        NameAddr::parse(contact).map_err(|e| Defect::Header("Contact", e))?;
    }
    Ok(())
}

fn request_uri(uri: &[u8]) -> Result<(), Defect> {
    let uri = Uri::parse(&String::from_utf8_lossy(uri)).map_err(|_| Defect::RequestUri)?;
    if uri.scheme() == Scheme::Other { Err(Defect::Scheme) } else { Ok(()) }
}

static EMPTY: bytes::Bytes = bytes::Bytes::new();

const NEEDED: [(HeaderId, &str); 5] = [
    (HeaderId::Via, "Via"),
    (HeaderId::From, "From"),
    (HeaderId::To, "To"),
    (HeaderId::CallId, "Call-ID"),
    (HeaderId::CSeq, "CSeq"),
];
