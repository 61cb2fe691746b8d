//! The user agent's core against a clock that is a number and a network that is a list.

mod incoming;
mod outgoing;
mod sockets;
mod within;

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use parking_lot::Mutex;

use super::{
    Call, CallEvent, CallSink, IncomingCall, Invite, Response, UaConfig, UaHandler,
    call::RequestToken,
    core::Core,
    door::{Command, Door},
    ids,
};
use crate::{
    message::{Message, Method, parse},
    transport::{ConnectionId, Source, Transport},
};

/// A core, the far end's address, and everything that has been sent.
pub(super) struct Bench {
    pub(super) core: Core,
    door: Arc<Door>,
    pub(super) now: Instant,
    pub(super) calls: Arc<Calls>,
    pub(super) transport: Transport,
}

/// A handler that keeps the calls.
#[derive(Default)]
pub(super) struct Calls(pub(super) Mutex<Vec<IncomingCall>>);

impl UaHandler for Calls {
    fn invite(&self, call: IncomingCall) {
        self.0.lock().push(call);
    }
}

/// A sink that keeps the events.
#[derive(Default)]
pub(super) struct Events(Mutex<Vec<CallEvent>>);

impl CallSink for Events {
    fn event(&self, event: CallEvent) {
        self.0.lock().push(event);
    }
}

impl Events {
    /// The events since the last look: their names, with the code of a response or the method of a request.
    pub(super) fn names(&self) -> Vec<String> {
        let named = |name: &str, m: &Message| {
            format!("{name} {}", m.code().map_or_else(|| m.method().unwrap().to_string(), |c| c.to_string()))
        };
        let name = |event: &CallEvent| match event {
            CallEvent::Progress(m) => named("progress", m),
            CallEvent::Answered(m) => named("answered", m),
            CallEvent::Refused(m) => named("refused", m),
            CallEvent::Failed(f) => format!("failed: {f}"),
            CallEvent::Acked(_) => "acked".to_owned(),
            CallEvent::Cancelled(_) => "cancelled".to_owned(),
            CallEvent::Bye(_) => "bye".to_owned(),
            CallEvent::Request { request, .. } => named("request", request),
            CallEvent::Requested { id, outcome: Ok(m) } => named(&format!("requested {id}:"), m),
            CallEvent::Requested { id, outcome: Err(f) } => format!("requested {id}: {f}"),
        };
        self.0.lock().drain(..).map(|e| name(&e)).collect()
    }

    /// The token of the last request.
    pub(super) fn token(&self) -> RequestToken {
        let token = self.0.lock().iter().rev().find_map(|e| match e {
            CallEvent::Request { token, .. } => Some(*token),
            _ => None,
        });
        token.unwrap()
    }
}

impl Bench {
    pub(super) fn new() -> Bench {
        Bench::with(|_| {})
    }

    pub(super) fn with(change: impl FnOnce(&mut UaConfig)) -> Bench {
        let mut config = UaConfig::new("test", "127.0.0.1".parse().unwrap(), 5060);
        change(&mut config);
        let (calls, door) = (Arc::new(Calls::default()), Arc::new(Door::default()));
        let local: SocketAddr = "127.0.0.1:5060".parse().unwrap();
        let core = Core::new(Arc::new(config), local, Arc::clone(&calls) as Arc<dyn UaHandler>, Arc::clone(&door));
        Bench { core, door, now: Instant::now(), calls, transport: Transport::Udp }
    }

    /// The far end sends; gives what came back.
    pub(super) fn send(&mut self, text: &str) -> Vec<Message> {
        let connection = (self.transport == Transport::Tcp).then_some(ConnectionId(1));
        let source = Source { addr: "127.0.0.1:5071".parse().unwrap(), transport: self.transport, connection };
        self.core.datagram(self.now, source, &Bytes::from(text.replace('\n', "\r\n")));
        self.turn()
    }

    /// Carries out what the handles asked for; gives what was sent.
    pub(super) fn turn(&mut self) -> Vec<Message> {
        self.core.commands(self.now);
        self.core.timeouts(self.now);
        self.core.take_output().into_iter().map(|t| parse(&t.bytes).unwrap()).collect()
    }

    /// Lets time pass; gives what was sent and when, in milliseconds since the start of the wait.
    pub(super) fn wait(&mut self, length: Duration) -> Vec<(u128, Message)> {
        let (begin, end) = (self.now, self.now + length);
        let mut all = Vec::new();
        while let Some(next) = self.core.next_timeout().filter(|at| *at <= end) {
            self.now = next.max(self.now);
            let ms = (self.now - begin).as_millis();
            all.extend(self.turn().into_iter().map(|m| (ms, m)));
        }
        self.now = end;
        all
    }

    /// A call comes in and gets its sink.
    pub(super) fn called(&mut self, text: &str) -> (Call, Arc<Events>) {
        assert_eq!(codes(&self.send(text)), [100]);
        let call = self.calls.0.lock().pop().unwrap().call;
        let events = Arc::new(Events::default());
        call.attach(Arc::clone(&events) as Arc<dyn CallSink>);
        (call, events)
    }

    /// A call that is answered and acknowledged; the To header it has.
    pub(super) fn answered(&mut self, text: &str) -> (Call, Arc<Events>, String) {
        let (call, events) = self.called(text);
        call.respond(Response::new(200).with_sdp("v=0\r\n"));
        let ok = self.turn();
        let to = ok[0].header("To").unwrap().into_owned();
        assert!(self.send(&request("ACK", 1, &to, "")).is_empty());
        assert_eq!(events.names(), ["acked"]);
        (call, events, to)
    }

    /// A call that goes out: its handle, its events and its INVITE.
    pub(super) fn call(&mut self, change: impl FnOnce(&mut Invite)) -> (Call, Arc<Events>, Message) {
        let mut invite = Invite::new("sip:1001@127.0.0.1:5071", "sip:1000@127.0.0.1");
        change(&mut invite);
        let shared = self.door.open(100, ids::call_id(), ids::tag()).unwrap();
        let (call, events) = (Call::new(Arc::clone(&shared)), Arc::new(Events::default()));
        call.attach(Arc::clone(&events) as Arc<dyn CallSink>);
        shared.command(Command::Start(Box::new(invite)));
        let sent = self.turn();
        assert_eq!(sent.len(), 1);
        (call, events, sent.into_iter().next().unwrap())
    }
}

pub(super) fn codes(messages: &[Message]) -> Vec<u16> {
    messages.iter().map(|m| m.code().unwrap_or(0)).collect()
}

pub(super) fn methods(messages: &[Message]) -> Vec<Method> {
    messages.iter().filter_map(|m| m.method().cloned()).collect()
}

/// A request of the far end's dialog; its branch is made of method and number.
pub(super) fn request(method: &str, seq: u32, to: &str, rest: &str) -> String {
    let branch = if method == "CANCEL" { "INVITE" } else { method };
    format!(
        "{method} sip:9196@127.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:5071;branch=z9hG4bK{branch}{seq}\nFrom: \"Probe\" <sip:1000@127.0.0.1>;tag=far\n\
         To: {to}\nCall-ID: call-1\nCSeq: {seq} {method}\nContact: <sip:1000@127.0.0.1:5071>\nMax-Forwards: 70\n{rest}\n"
    )
}

pub(super) fn invite() -> String {
    request("INVITE", 1, "<sip:9196@127.0.0.1>", "")
}

/// A response of the far end to `request`.
pub(super) fn response(request: &Message, code: u16, tag: &str, rest: &str) -> String {
    let copied =
        ["Via", "From", "Call-ID", "CSeq"].map(|name| format!("{name}: {}\n", request.header(name).unwrap())).concat();
    let mut to = request.header("To").unwrap().into_owned();
    if !tag.is_empty() && !to.contains("tag=") {
        to += &format!(";tag={tag}");
    }
    format!("SIP/2.0 {code} Reason\n{copied}To: {to}\n{rest}\n")
}
