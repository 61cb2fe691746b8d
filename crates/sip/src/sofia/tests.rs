//! Whole calls between a phone made for the test and a switch with the `sofia` endpoint, over this machine's sockets.

mod hold;
mod signalling;

use std::net::SocketAddr;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use strowger_core::channel::HangupCause;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session, SessionHandle};
use strowger_event::EventKind;
use strowger_media::rtp::{Header, Packet};
use strowger_media::telephone_event::TelephoneEvent;
use strowger_test_support::Ear;
use tokio::net::UdpSocket;

use super::*;
use crate::message::{Message, Method, parse};

/// Answers and sends back what it hears.
struct Mirror;

#[async_trait]
impl Application for Mirror {
    fn about(&self) -> About {
        About { name: "mirror", syntax: "", help: "test", module: "test" }
    }

    async fn run(&self, session: &mut Session, _: &str) -> Result<(), Interrupted> {
        session.answer()?;
        if let Some(stream) = session.stream() {
            stream.echo();
        }
        session.park(std::future::pending()).await
    }
}

const XML: &str = r#"<document type="freeswitch/xml"><section name="configuration"><configuration name="sofia.conf"><profiles>
    <profile name="p"><domains><domain name="all" alias="true"/></domains><settings><param name="sip-ip" value="127.0.0.1"/>
    <param name="sip-port" value="0"/>PARAMS</settings></profile></profiles></configuration></section>
    <section name="directory"><domain name="home"/></section><section name="dialplan"><context name="default">
    <extension name="all"><condition><action application="mirror"/></condition></extension></context></section></document>"#;

/// A switch, and a phone that talks to it.
struct Bench {
    switch: Arc<Switch>,
    sofia: Arc<Sofia>,
    phone: UdpSocket,
    seq: u32,
    /// To, once there is a dialog.
    to: String,
}

/// How long anything may take that takes no time.
const LIMIT: Duration = Duration::from_secs(10);

impl Bench {
    async fn new() -> Bench {
        Bench::with("").await
    }

    /// With these params in the profile as well.
    async fn with(params: &str) -> Bench {
        let switch = strowger_test_support::switch(&XML.replace("PARAMS", params));
        switch.registries().application(Mirror);
        let sofia = Sofia::start(&switch).await.unwrap();
        let phone = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        phone.connect(sofia.addresses()[0].1).await.unwrap();
        Bench { switch, sofia, phone, seq: 0, to: "<sip:1@127.0.0.1>".to_owned() }
    }

    /// The next message that says nothing of being on the way.
    async fn next(&self) -> Message {
        let mut buffer = [0; 8192];
        loop {
            let length = tokio::time::timeout(LIMIT, self.phone.recv(&mut buffer)).await.unwrap().unwrap();
            let message = parse(&Bytes::copy_from_slice(&buffer[..length])).unwrap();
            if message.code() != Some(100) {
                return message;
            }
        }
    }

    /// Sends a request of the call; an ACK has the number of the last one.
    async fn send(&mut self, method: &str, body: &str) {
        self.send_typed(method, "application/sdp", body).await;
    }

    async fn send_typed(&mut self, method: &str, content_type: &str, body: &str) {
        self.seq += u32::from(method != "ACK");
        let (seq, port, to) = (self.seq, self.phone.local_addr().unwrap().port(), &self.to);
        let text = format!(
            "{method} sip:1@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{method}{seq}\r\n\
             From: \"${{x}}\" <sip:2@127.0.0.1>;tag=far\r\nTo: {to}\r\nCall-ID: one\r\nCSeq: {seq} {method}\r\n\
             Contact: <sip:2@127.0.0.1:{port}>\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.phone.send(text.as_bytes()).await.unwrap();
    }

    /// Sends a request and takes its final response; a 2xx to an INVITE is not acknowledged yet.
    async fn ask(&mut self, method: &str, body: &str) -> (u16, String) {
        self.send(method, body).await;
        let response = self.next().await;
        self.to = response.header("To").unwrap().into_owned();
        (response.code().unwrap(), String::from_utf8_lossy(&response.body).into_owned())
    }

    async fn originate(&self, timeout: Duration) -> Result<SessionHandle, HangupCause> {
        let port = self.phone.local_addr().unwrap().port();
        let dial_string = format!("{{ignore_early_media=true}}sofia/home/2@127.0.0.1:{port}");
        strowger_test_support::originate_within(&self.switch, &dial_string, timeout).await
    }

    /// Answers a request that came.
    async fn respond(&self, request: &Message, status: &str, headers: &str, body: &str) {
        let copied = ["Via", "From", "Call-ID", "CSeq"]
            .map(|name| format!("{name}: {}\r\n", request.header(name).unwrap()))
            .concat();
        let (to, port) = (request.header("To").unwrap(), self.phone.local_addr().unwrap().port());
        let to = if to.contains("tag=") { to.into_owned() } else { format!("{to};tag=phone") };
        let text = format!(
            "SIP/2.0 {status}\r\n{copied}To: {to}\r\nContact: <sip:2@127.0.0.1:{port}>\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.phone.send(text.as_bytes()).await.unwrap();
    }
}

async fn rtp() -> (UdpSocket, u16) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    (socket, port)
}

fn sdp(port: u16, codec: u8) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP {codec}\r\n"
    )
}

/// The port of a description's audio.
fn audio(sdp: &str) -> SocketAddr {
    let line = sdp.lines().find_map(|line| line.strip_prefix("m=audio ")).unwrap();
    SocketAddr::from(([127, 0, 0, 1], line.split(' ').next().unwrap().parse().unwrap()))
}

/// Sends packets until one comes back; its payload type.
async fn echoed(socket: &UdpSocket, to: SocketAddr, codec: u8) -> u8 {
    let mut buffer = [0; 2048];
    for number in 0..=u8::MAX {
        let packet = [&[0x80, codec, 0, number, 0, 0, number, 160, 0, 0, 0, codec], &[0x55; 160][..]].concat();
        socket.send_to(&packet, to).await.unwrap();
        let heard = tokio::time::timeout(Duration::from_millis(100), socket.recv(&mut buffer)).await;
        if heard.is_ok() {
            return buffer[1] & 0x7f;
        }
    }
    panic!("nothing comes back");
}

#[tokio::test]
async fn what_a_caller_writes_runs_nothing() {
    let mut bench = Bench::new().await;
    let (_media, port) = rtp().await;
    assert_eq!(bench.ask("INVITE", &sdp(port, 0)).await.0, 200);
    let call = bench.switch.sessions().all().pop().unwrap();
    for name in ["sip_from_display", "caller_id_name"] {
        assert_eq!(strowger_test_support::variable(&call, name).await, "%{x}", "{name}");
    }
}

#[tokio::test]
async fn an_invite_without_offer_is_offered_to_and_heard() {
    let mut bench = Bench::new().await;
    let (socket, port) = rtp().await;
    let (code, offer) = bench.ask("INVITE", "").await;
    assert_eq!(code, 200);
    bench.send("ACK", &sdp(port, 0)).await;
    assert_eq!(echoed(&socket, audio(&offer), 0).await, 0);
}

#[tokio::test]
async fn an_offer_of_ours_that_is_not_answered_ends_the_call() {
    let mut bench = Bench::new().await;
    assert_eq!(bench.ask("INVITE", "").await.0, 200);
    bench.send("ACK", "").await;
    let bye = bench.next().await;
    assert_eq!(bye.method(), Some(&Method::Bye));
    assert!(bye.header("Reason").unwrap().starts_with("Q.850;cause=88;"));
}

#[tokio::test]
async fn a_reinvite_without_offer_moves_media_by_its_ack() {
    let mut bench = Bench::new().await;
    let ((first, first_port), (second, second_port)) = (rtp().await, rtp().await);
    let (_, answer) = bench.ask("INVITE", &sdp(first_port, 0)).await;
    bench.send("ACK", "").await;
    assert_eq!(echoed(&first, audio(&answer), 0).await, 0);
    let (code, offer) = bench.ask("INVITE", "").await;
    assert_eq!((code, audio(&offer)), (200, audio(&answer)));
    bench.send("ACK", &sdp(second_port, 0)).await;
    assert_eq!(echoed(&second, audio(&offer), 0).await, 0);
}

#[tokio::test]
async fn a_reinvite_may_change_the_codec() {
    let mut bench = Bench::new().await;
    let (socket, port) = rtp().await;
    bench.ask("INVITE", &sdp(port, 0)).await;
    bench.send("ACK", "").await;
    let (code, answer) = bench.ask("INVITE", &sdp(port, 8)).await;
    assert_eq!(code, 200);
    bench.send("ACK", "").await;
    assert_eq!(echoed(&socket, audio(&answer), 8).await, 8);
    assert_eq!(bench.ask("INVITE", &sdp(port, 18)).await.0, 488);
}

#[tokio::test]
async fn requests_that_change_no_media_carry_none_and_promise_nothing() {
    let mut bench = Bench::new().await;
    bench.ask("INVITE", &sdp(4000, 0)).await;
    bench.send("ACK", "").await;
    assert_eq!(bench.ask("UPDATE", "").await, (200, String::new()));
    assert_eq!(bench.ask("INFO", "").await.0, 200);
    assert_eq!(bench.ask("REFER", "").await.0, 400);
    assert_eq!(bench.ask("BYE", "").await.0, 200);
}

#[tokio::test]
async fn media_goes_where_the_answer_says_not_where_the_announcement_was() {
    let bench = Bench::new().await;
    let phone = async {
        let invite = bench.next().await;
        bench.respond(&invite, "183 Session Progress", "", &sdp(4000, 0)).await;
        bench.respond(&invite, "200 OK", "", &sdp(5000, 8)).await;
        assert_eq!(bench.next().await.method(), Some(&Method::Ack));
    };
    let (handle, ()) = tokio::join!(bench.originate(LIMIT), phone);
    let variables = ["remote_media_port", "rtp_use_codec_name"];
    let read = move |session: &mut Session| variables.map(|name| session.channel.variable(name).unwrap().to_owned());
    assert_eq!(handle.unwrap().ask(read).await.unwrap(), ["5000", "PCMA"]);
}

#[tokio::test]
async fn a_refusal_s_reason_is_the_cause() {
    let bench = Bench::new().await;
    let phone = async {
        let invite = bench.next().await;
        bench.respond(&invite, "503 Service Unavailable", "Reason: Q.850;cause=34\r\n", "").await;
    };
    let (outcome, ()) = tokio::join!(bench.originate(LIMIT), phone);
    assert_eq!(outcome.err(), Some(HangupCause::NormalCircuitCongestion));
}

#[tokio::test]
async fn an_answer_that_comes_too_late_is_acknowledged_and_ended() {
    let bench = Bench::new().await;
    let outcome = bench.originate(Duration::ZERO).await;
    assert_eq!(outcome.err(), Some(HangupCause::NoAnswer));
    let invite = bench.next().await;
    bench.respond(&invite, "200 OK", "", &sdp(4000, 0)).await;
    assert_eq!(bench.next().await.method(), Some(&Method::Ack));
    assert_eq!(bench.next().await.method(), Some(&Method::Bye));
}

#[tokio::test]
async fn the_end_of_the_switch_tells_phones_why() {
    let mut bench = Bench::new().await;
    bench.ask("INVITE", &sdp(4000, 0)).await;
    bench.send("ACK", "").await;
    assert_eq!(bench.ask("INFO", "").await.0, 200, "the ACK has been read");
    for session in bench.switch.sessions().all() {
        session.hangup(HangupCause::SystemShutdown);
        session.gone().await;
    }
    let (bye, ()) = tokio::join!(bench.next(), bench.sofia.shutdown());
    assert!(bye.header("Reason").unwrap().contains("SYSTEM_SHUTDOWN"));
}

/// An answered call whose digits are taken as they come, and its RTP.
struct Dialled {
    bench: Bench,
    heard: Ear,
    socket: UdpSocket,
    media: SocketAddr,
}

impl Dialled {
    async fn new(codecs: &str, params: &str) -> Dialled {
        let mut bench = Bench::with(params).await;
        let heard = Ear::new(&bench.switch, "DTMF RECV_INFO");
        let (socket, port) = rtp().await;
        let offer = sdp(port, 0).replace("AVP 0", &format!("AVP 0{codecs}"));
        let (code, answer) = bench.ask("INVITE", &offer).await;
        assert_eq!(code, 200);
        bench.send("ACK", "").await;
        let media = audio(&answer);
        Dialled { bench, heard, socket, media }
    }

    fn send_digits(&self, digits: &'static str) {
        let session = self.bench.switch.sessions().all().remove(0);
        session.tell(move |session| session.send_digits(digits)).unwrap();
    }
}

const EVENTS: &str = " 96\r\na=rtpmap:96 telephone-event/8000";

#[tokio::test]
async fn an_rtp_event_is_a_digit() {
    let mut call = Dialled::new(EVENTS, "").await;
    let payload = TelephoneEvent { event: 11, end: true, volume: 10, duration: 1280 }.to_bytes();
    for number in 0..3 {
        let header = Header { marker: number == 0, payload_type: 96, sequence: number, timestamp: 160, ssrc: 5 };
        call.socket.send_to(&[&header.to_bytes()[..], &payload].concat(), call.media).await.unwrap();
    }
    let event = call.heard.next().await;
    let told = ["DTMF-Digit", "DTMF-Duration", "DTMF-Source"].map(|name| event.get(name).unwrap());
    assert_eq!(told, ["#", "1280", "RTP"]);
}

#[tokio::test]
async fn digits_go_out_as_rtp_events_of_the_type_agreed_on() {
    let call = Dialled::new(EVENTS, "").await;
    call.send_digits("9@100");
    let mut buffer = [0; 2048];
    for duration in [160, 320, 480, 640, 800, 800, 800] {
        let length = tokio::time::timeout(LIMIT, call.socket.recv(&mut buffer)).await.unwrap().unwrap();
        let packet = Packet::parse(&buffer[..length]).unwrap();
        let event = TelephoneEvent::parse(packet.payload).unwrap();
        assert_eq!((packet.header.payload_type, event.event, event.duration), (96, 9, duration));
        assert_eq!((packet.header.marker, event.end), (duration == 160, duration == 800));
    }
}

#[tokio::test]
async fn an_info_is_told_of_and_its_digit_is_taken() {
    let mut call = Dialled::new("", "").await;
    for (content_type, body, digit) in [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", Some(("5", "1280"))),
        ("Application/DTMF", "10", Some(("*", "2000"))),
        ("text/plain", "hello info\r\n", None),
    ] {
        call.bench.send_typed("INFO", content_type, body).await;
        let event = call.heard.next().await;
        assert_eq!(event.kind, EventKind::RecvInfo);
        let names = ["Content-Type", "From-User", "From-Host", "To-User", "To-Host", "Contact-User", "Contact-Host"];
        let headers = names.map(|name| event.get(&format!("SIP-{name}")).unwrap());
        assert_eq!(headers[0], content_type.to_lowercase());
        assert_eq!(headers[1..], ["2", "127.0.0.1", "1", "127.0.0.1", "2", "127.0.0.1"]);
        assert_eq!((event.body.as_deref(), event.get("variable_uuid")), (Some(body), None));
        if let Some((digit, duration)) = digit {
            let event = call.heard.next().await;
            let told = ["DTMF-Digit", "DTMF-Duration", "DTMF-Source"].map(|name| event.get(name).unwrap());
            assert_eq!(told, [digit, duration, "ENDPOINT"]);
        }
        assert_eq!(call.bench.next().await.code(), Some(200));
    }
}

#[tokio::test]
async fn digits_go_out_as_info_where_the_profile_says_so() {
    let call = Dialled::new(EVENTS, "<param name=\"dtmf-type\" value=\"info\"/>").await;
    call.send_digits("1w#@100");
    for body in ["Signal=1\r\nDuration=100\r\n", "Signal=#\r\nDuration=100\r\n"] {
        let info = call.bench.next().await;
        assert_eq!((info.method(), info.content_type().as_str()), (Some(&Method::Info), "application/dtmf-relay"));
        assert_eq!(String::from_utf8_lossy(&info.body), body);
        call.bench.respond(&info, "200 OK", "", "").await;
    }
}
