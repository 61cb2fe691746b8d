//! The handle to one call, and what passes through it.

use std::{fmt, net::SocketAddr, sync::Arc};

use bytes::Bytes;

use super::door::{CallShared, Command};
use crate::{
    message::{Message, Method, reason_of},
    transport::Transport,
};

/// Names a call within its user agent; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallNo(pub(crate) u64);

impl fmt::Display for CallNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One INVITE dialog, incoming or outgoing. Cheap to clone; every method only leaves a command and returns.
///
/// A call's command queue takes 64 commands; what goes over is dropped and counted as overflowed, except
/// [`Call::attach`] and [`Call::hangup`], which always have their place. When the last handle is dropped the call is
/// hung up. Commands for a call that has ended do nothing.
#[derive(Clone)]
pub struct Call(Arc<Handle>);

/// Notices when nobody holds the call any more.
struct Handle(Arc<CallShared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.hangup(Hangup::default());
    }
}

impl Call {
    pub(crate) fn new(shared: Arc<CallShared>) -> Call {
        Call(Arc::new(Handle(shared)))
    }

    /// Its number in this user agent.
    pub fn id(&self) -> CallNo {
        self.0.0.no
    }

    /// The tag on this side: of To when the call came in, of From when it goes out.
    pub fn local_tag(&self) -> &str {
        &self.0.0.local_tag
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &str {
        &self.0.0.call_id
    }

    /// Sends this call's events to `sink`, first those kept so far (at most 32; the oldest go first when more come).
    pub fn attach(&self, sink: Arc<dyn CallSink>) {
        self.0.0.attach(sink);
    }

    /// Answers the INVITE of an incoming call. After a final response further ones do nothing.
    pub fn respond(&self, response: Response) {
        self.0.0.command(Command::Respond(response));
    }

    /// Answers a request within the call that was reported by [`CallEvent::Request`].
    pub fn respond_to(&self, request: RequestToken, response: Response) {
        self.0.0.command(Command::RespondTo(request, response));
    }

    /// Sends a request within the call (INFO, re-INVITE, UPDATE, REFER, NOTIFY, …); its final response comes back as
    /// [`CallEvent::Requested`] with the same `id`. ACK is sent by itself. Before the dialog is there it fails.
    pub fn request(&self, request: OutgoingRequest) {
        self.0.0.command(Command::Request(request));
    }

    /// Ends the call: BYE when it is answered (after the ACK has come), CANCEL when it goes out and rings (after the
    /// first provisional response), a final response when it came in and is not answered.
    ///
    /// `reason` is a Reason header's value such as `Q.850;cause=16;text="NORMAL_CLEARING"`; `refuse` the final
    /// response's code and reason, 480 when `None`. No events come after it.
    pub fn hangup(&self, reason: Option<String>, refuse: Option<(u16, String)>) {
        self.0.0.hangup(Hangup { reason, refuse });
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("no", &self.id()).field("call_id", &self.call_id()).finish()
    }
}

/// Takes a call's events, in order. Called on the user agent's task: do not block. Commands may be given from here.
pub trait CallSink: Send + Sync {
    /// One event.
    fn event(&self, event: CallEvent);
}

/// What happens to a call.
#[derive(Clone, Debug)]
pub enum CallEvent {
    /// A provisional response other than 100 to the outgoing INVITE.
    Progress(Arc<Message>),
    /// The outgoing INVITE's 2xx; ACK is sent.
    Answered(Arc<Message>),
    /// The outgoing INVITE's final response of 300 and more; ACK is sent. The call is over.
    Refused(Arc<Message>),
    /// The call failed. It is over.
    Failed(Failure),
    /// The ACK for this side's 2xx (of the first INVITE or a later one).
    Acked(Arc<Message>),
    /// The caller cancelled; 200 and 487 are sent. The CANCEL is given when it is known. The call is over.
    Cancelled(Option<Arc<Message>>),
    /// The far end hung up; 200 is sent. The call is over.
    Bye(Arc<Message>),
    /// A request within the call (re-INVITE, INFO, UPDATE, REFER, NOTIFY, MESSAGE, PRACK, …; OPTIONS is answered by
    /// the user agent). It must be answered with [`Call::respond_to`]; after 5 s the user agent answers 500.
    Request {
        /// The request.
        request: Arc<Message>,
        /// What to answer it by.
        token: RequestToken,
    },
    /// The final response to [`Call::request`].
    Requested {
        /// The number given with the request.
        id: u64,
        /// The response, or why there is none.
        outcome: Result<Arc<Message>, Failure>,
    },
}

/// Why there was no final response, or why a call ended without anyone's wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nothing came within 64*T1 (32 s): as 408.
    #[error("no response")]
    Timeout,
    /// It could not be sent: as 503.
    #[error("transport failed")]
    Transport,
    /// The ACK for this side's 2xx never came; BYE is sent.
    #[error("no ACK")]
    NoAck,
    /// There is no dialog to send the request in.
    #[error("no dialog")]
    NoDialog,
    /// A limit of this user agent is reached: as 503.
    #[error("too many calls or transactions")]
    Limit,
    /// The user agent is shutting down.
    #[error("user agent shut down")]
    Shutdown,
}

/// Names a request within a call that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestToken(pub(crate) u64);

/// A response to an INVITE or to a request within a call.
///
/// Via, Record-Route, From, To with its tag, Call-ID, CSeq, Contact, User-Agent, Allow, Supported and the content
/// headers are added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code, 101-699.
    pub code: u16,
    /// The reason phrase.
    pub reason: String,
    /// Further headers, in order. One that would be added takes its place.
    pub headers: Vec<(String, String)>,
    /// The session description.
    pub sdp: Option<String>,
}

impl Response {
    /// A response with the usual reason, no further headers and no body.
    pub fn new(code: u16) -> Response {
        Response { code, reason: reason_of(code).to_owned(), headers: Vec::new(), sdp: None }
    }

    /// Adds a session description.
    #[must_use]
    pub fn with_sdp(mut self, sdp: impl Into<String>) -> Response {
        self.sdp = Some(sdp.into());
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Response {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// A request to send within a call.
#[derive(Clone, Debug)]
pub struct OutgoingRequest {
    /// The caller's number for it, given back in [`CallEvent::Requested`].
    pub id: u64,
    /// The method.
    pub method: Method,
    /// Further headers, in order.
    pub headers: Vec<(String, String)>,
    /// Content-Type and body.
    pub body: Option<(String, Bytes)>,
}

/// An outgoing call.
#[derive(Clone, Debug)]
pub struct Invite {
    /// The request URI, as `sip:1001@host:port;transport=tcp`.
    pub request_uri: String,
    /// To, without tag: `<sip:1001@host>` or with a display name.
    pub to: String,
    /// The display name of From; empty for none. Quotes are added.
    pub from_display: String,
    /// The URI of From, as `sip:1000@host`.
    pub from_uri: String,
    /// The user of Contact, as `mod_sofia` or `gw+peer`; empty for none.
    pub contact_user: String,
    /// The parameters of Contact's URI, with their `;`, as `;transport=udp;gw=peer`.
    pub contact_params: String,
    /// Where to send to; `None` resolves the first route, or the request URI.
    pub destination: Option<SocketAddr>,
    /// The transport.
    pub transport: Transport,
    /// Route values, in order.
    pub routes: Vec<String>,
    /// The Call-ID; a fresh one when `None`.
    pub call_id: Option<String>,
    /// Further headers, in order, after Content-Length (as FreeSWITCH puts them). One that would be added takes its
    /// place.
    pub headers: Vec<(String, String)>,
    /// The offer.
    pub sdp: Option<String>,
}

impl Invite {
    /// An INVITE to `uri` from `from_uri` by UDP, with nothing else.
    pub fn new(uri: impl Into<String>, from_uri: impl Into<String>) -> Invite {
        let request_uri = uri.into();
        Invite {
            to: format!("<{request_uri}>"),
            request_uri,
            from_display: String::new(),
            from_uri: from_uri.into(),
            contact_user: "mod_sofia".to_owned(),
            contact_params: String::new(),
            destination: None,
            transport: Transport::Udp,
            routes: Vec::new(),
            call_id: None,
            headers: Vec::new(),
            sdp: None,
        }
    }
}

/// How a call is to be ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hangup {
    pub(crate) reason: Option<String>,
    pub(crate) refuse: Option<(u16, String)>,
}
