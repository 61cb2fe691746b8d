//! What the owner of a user agent is asked.

use std::sync::Arc;

use bytes::Bytes;

use super::Call;
use crate::{
    message::{Message, Method, reason_of},
    transport::Source,
};

/// Takes a user agent's incoming requests. Called on its task: do not block, hand work on.
pub trait UaHandler: Send + Sync {
    /// A new call. 100 Trying is already sent. Answer it with [`Call::respond`]; the call is refused with 480 when
    /// its last [`Call`] handle is dropped before a final response.
    fn invite(&self, call: IncomingCall);

    /// A request outside any call, other than INVITE, ACK, CANCEL and OPTIONS; the answer is sent at once. To-tag,
    /// Via, Call-ID, CSeq, User-Agent and Content-Length are added. BYE, UPDATE and PRACK never come here (481), nor
    /// do methods nobody knows (501).
    ///
    /// The default knows no extension: [`Reply::without_extensions`].
    fn request(&self, request: &Arc<Message>, source: Source) -> Reply {
        let _ = source;
        Reply::without_extensions(request)
    }
}

/// A call that arrived.
#[derive(Clone)]
pub struct IncomingCall {
    /// The handle to answer with.
    pub call: Call,
    /// The INVITE.
    pub request: Arc<Message>,
    /// Who sent it.
    pub source: Source,
}

/// The answer to a request outside a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status code, 200-699.
    pub code: u16,
    /// The reason phrase.
    pub reason: String,
    /// Further headers, in order. One that the user agent would add itself takes its place.
    pub headers: Vec<(String, String)>,
    /// Content-Type and body.
    pub body: Option<(String, Bytes)>,
}

impl Reply {
    /// A reply without headers and body; an empty reason stands for the usual one.
    pub fn new(code: u16) -> Reply {
        Reply { code, reason: reason_of(code).to_owned(), headers: Vec::new(), body: None }
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Reply {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// What a user agent without registrar, presence and messaging answers: INFO 200, NOTIFY 481, PUBLISH and
    /// SUBSCRIBE 489, everything else 501. FreeSWITCH answers the first three the same way.
    pub fn without_extensions(request: &Message) -> Reply {
        Reply::new(match request.method() {
            Some(Method::Info) => 200,
            Some(Method::Notify) => 481,
            Some(Method::Publish | Method::Subscribe) => 489,
            _ => 501,
        })
    }
}
