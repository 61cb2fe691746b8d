//! The task over real sockets of this machine, with ports the system chooses. Time is paused: it moves on only when
//! nobody has anything to do.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
    sync::mpsc,
};

use super::{invite, request, response};
use crate::{
    message::{Frame, Framer, Message, Method, parse},
    transport::Transport,
    ua::{Call, CallEvent, CallSink, IncomingCall, Invite, Response, UaConfig, UaHandler, UserAgent},
};

/// Answers every call and tells of its events.
struct Answering(mpsc::UnboundedSender<(Option<Call>, CallEvent)>);

impl UaHandler for Answering {
    fn invite(&self, call: IncomingCall) {
        call.call.attach(Arc::new(Told(Some(call.call.clone()), self.0.clone())));
        call.call.respond(Response::new(200).with_sdp("v=0\r\n"));
    }
}

struct Told(Option<Call>, mpsc::UnboundedSender<(Option<Call>, CallEvent)>);

impl CallSink for Told {
    fn event(&self, event: CallEvent) {
        let _ = self.1.send((self.0.clone(), event));
    }
}

type Events = mpsc::UnboundedReceiver<(Option<Call>, CallEvent)>;

async fn agent() -> (UserAgent, Events) {
    let (events, told) = mpsc::unbounded_channel();
    let config = UaConfig::new("test", "127.0.0.1".parse().unwrap(), 0);
    (UserAgent::bind(config, Arc::new(Answering(events))).await.unwrap(), told)
}

async fn datagram(socket: &UdpSocket) -> Message {
    let mut buffer = [0; 4096];
    let (n, _) = socket.recv_from(&mut buffer).await.unwrap();
    parse(&Bytes::copy_from_slice(&buffer[..n])).unwrap()
}

/// The next datagram that is not one sent again because paused time ran on.
async fn datagram_with(socket: &UdpSocket, code: u16) -> Message {
    loop {
        let m = datagram(socket).await;
        if m.code() == Some(code) {
            return m;
        }
    }
}

/// The text of a request from `port`.
fn from(text: &str, port: u16) -> String {
    text.replace("5071", &port.to_string()).replace('\n', "\r\n")
}

struct Stream(TcpStream, Framer);

impl Stream {
    async fn connect(to: SocketAddr) -> Stream {
        Stream(TcpStream::connect(to).await.unwrap(), Framer::new())
    }

    async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.1.next_frame().unwrap() {
                return Some(frame);
            }
            if self.0.read_buf(self.1.buffer()).await.unwrap() == 0 {
                return None;
            }
        }
    }

    async fn message(&mut self) -> Message {
        match self.next().await {
            Some(Frame::Message(m)) => m,
            other => panic!("no message: {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_by_udp() {
    let (agent, mut events) = agent().await;
    let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = phone.local_addr().unwrap().port();
    phone.connect(agent.local_addr()).await.unwrap();
    phone.send(from(&invite(), port).as_bytes()).await.unwrap();
    assert_eq!(datagram(&phone).await.code(), Some(100));
    let ok = datagram_with(&phone, 200).await;
    let to = ok.header("To").unwrap();
    phone.send(from(&request("ACK", 1, &to, ""), port).as_bytes()).await.unwrap();
    assert!(matches!(events.recv().await, Some((_, CallEvent::Acked(_)))));
    phone.send(from(&request("BYE", 2, &to, ""), port).as_bytes()).await.unwrap();
    assert!(matches!(events.recv().await, Some((_, CallEvent::Bye(_)))));
    assert_eq!(datagram_with(&phone, 200).await.cseq().unwrap().seq, 2);
    assert_eq!(agent.counters().dialogs, 0);
}

#[tokio::test(start_paused = true)]
async fn a_call_by_tcp_in_small_pieces() {
    let (agent, mut events) = agent().await;
    let mut phone = Stream::connect(agent.local_addr()).await;
    let text = from(&request("INVITE", 1, "<sip:9196@127.0.0.1>", "Content-Length: 0\n"), 5071).replace("UDP", "TCP");
    for piece in text.as_bytes().chunks(7) {
        phone.0.write_all(piece).await.unwrap();
    }
    assert_eq!(phone.message().await.code(), Some(100));
    let ok = phone.message().await;
    assert_eq!((ok.code(), ok.body.as_ref()), (Some(200), &b"v=0\r\n"[..]));
    let to = ok.header("To").unwrap();
    let rest = from(&(request("ACK", 1, &to, "") + &request("BYE", 2, &to, "")), 5071);
    phone.0.write_all(rest.as_bytes()).await.unwrap();
    assert_eq!(phone.message().await.code(), Some(200));
    assert!(matches!(events.recv().await, Some((_, CallEvent::Acked(_)))));
    assert!(matches!(events.recv().await, Some((_, CallEvent::Bye(_)))));
    phone.0.write_all(b"\r\n\r\n").await.unwrap();
    let mut pong = [0; 2];
    phone.0.read_exact(&mut pong).await.unwrap();
    assert_eq!(&pong, b"\r\n");
}

#[tokio::test(start_paused = true)]
async fn a_hangup_goes_by_the_connection_the_call_came_on() {
    let (agent, mut events) = agent().await;
    let mut phone = Stream::connect(agent.local_addr()).await;
    // The Contact's port is one nobody listens on.
    let text = from(&request("INVITE", 1, "<sip:9196@127.0.0.1>", ""), 1).replace("UDP", "TCP");
    phone.0.write_all(text.as_bytes()).await.unwrap();
    phone.message().await;
    let to = phone.message().await.header("To").unwrap().into_owned();
    phone.0.write_all(from(&request("ACK", 1, &to, ""), 1).as_bytes()).await.unwrap();
    let (call, _) = events.recv().await.unwrap();
    call.unwrap().hangup(None, None);
    assert_eq!(phone.message().await.method(), Some(&Method::Bye));
}

#[tokio::test(start_paused = true)]
async fn a_call_out_by_udp_and_its_shutdown() {
    let (agent, _) = agent().await;
    let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (sender, mut events) = mpsc::unbounded_channel();
    let uri = format!("sip:1001@{}", phone.local_addr().unwrap());
    let call = agent.call(Invite::new(&uri, "sip:1000@127.0.0.1"), Arc::new(Told(None, sender)));
    let invite = datagram(&phone).await;
    phone.connect(agent.local_addr()).await.unwrap();
    let ok = response(&invite, 200, "far", &format!("Contact: <{uri}>\n")).replace('\n', "\r\n");
    phone.send(ok.as_bytes()).await.unwrap();
    assert!(matches!(events.recv().await, Some((_, CallEvent::Answered(_)))));
    let stop = agent.shutdown(Duration::from_secs(5));
    let answer = async {
        loop {
            let m = datagram(&phone).await;
            if m.method() == Some(&Method::Bye) {
                return phone.send(response(&m, 200, "", "").replace('\n', "\r\n").as_bytes()).await.unwrap();
            }
        }
    };
    tokio::join!(stop, answer);
    assert!(matches!(events.recv().await, Some((_, CallEvent::Failed(_)))));
    drop(call);
}

#[tokio::test(start_paused = true)]
async fn a_call_out_by_tcp() {
    let (agent, _) = agent().await;
    let phone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (sender, mut events) = mpsc::unbounded_channel();
    let uri = format!("sip:1001@{};transport=tcp", phone.local_addr().unwrap());
    let mut invite = Invite::new(uri, "sip:1000@127.0.0.1");
    invite.transport = Transport::Tcp;
    let _call = agent.call(invite, Arc::new(Told(None, sender)));
    let mut phone = Stream(phone.accept().await.unwrap().0, Framer::new());
    let invite = phone.message().await;
    assert!(invite.header("Via").unwrap().starts_with("SIP/2.0/TCP"));
    phone.0.write_all(response(&invite, 486, "far", "l: 0\n").replace('\n', "\r\n").as_bytes()).await.unwrap();
    assert!(matches!(events.recv().await, Some((_, CallEvent::Refused(_)))));
    assert_eq!(phone.message().await.method(), Some(&Method::Ack));
}

#[tokio::test]
async fn a_connection_nobody_takes_is_a_failure() {
    let (agent, _) = agent().await;
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (sender, mut events) = mpsc::unbounded_channel();
    let mut invite = Invite::new(format!("sip:1@{gone}"), "sip:1000@127.0.0.1");
    invite.transport = Transport::Tcp;
    let _call = agent.call(invite, Arc::new(Told(None, sender)));
    assert!(matches!(events.recv().await, Some((_, CallEvent::Failed(crate::ua::Failure::Transport)))));
}

#[tokio::test(start_paused = true)]
async fn silent_and_foreign_connections_are_closed() {
    let (agent, _) = agent().await;
    let mut silent = Stream::connect(agent.local_addr()).await;
    let before = tokio::time::Instant::now();
    assert_eq!(silent.next().await, None);
    assert_eq!(before.elapsed().as_secs(), 25);
    let mut foreign = Stream::connect(agent.local_addr()).await;
    foreign.0.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
    assert_eq!(foreign.next().await, None);
    assert_eq!(agent.counters().malformed, 1);
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let (agent, _) = agent().await;
    let config = UaConfig::new("second", "127.0.0.1".parse().unwrap(), agent.local_addr().port());
    let (events, _told) = mpsc::unbounded_channel();
    let error = UserAgent::bind(config, Arc::new(Answering(events))).await.err().unwrap();
    let text = format!("profile second: cannot listen on UDP {}: address in use", agent.local_addr());
    assert_eq!(error.to_string(), text);
}

#[tokio::test(start_paused = true)]
async fn keep_alives_alone_do_not_hold_a_connection() {
    let (agent, _told) = agent().await;
    let begun = tokio::time::Instant::now();
    let mut stream = TcpStream::connect(agent.local_addr()).await.unwrap();
    stream.write_all(b"\r\n\r\n").await.unwrap();
    let mut read = Vec::new();
    stream.read_to_end(&mut read).await.unwrap();
    assert_eq!((read.as_slice(), begun.elapsed().as_secs()), (&b"\r\n"[..], 25));
}
