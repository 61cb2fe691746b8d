//! What is said within a call besides its media, by either side.

use strowger_core::indication::{Content, Indication};
use strowger_core::session::{NO_REPLY, join};

use super::*;

/// Lets calls come in and wait, not answered.
struct Waiting;

#[async_trait]
impl Application for Waiting {
    fn about(&self) -> About {
        About { name: "mirror", syntax: "", help: "test", module: "test" }
    }

    async fn run(&self, session: &mut Session, _: &str) -> Result<(), Interrupted> {
        session.park(std::future::pending()).await
    }
}

/// An answered call of the bench's phone, whose INVITE says this besides.
async fn talking_with(headers: &str) -> (Bench, SessionHandle) {
    let mut bench = Bench::new().await;
    bench.send_typed("INVITE", &format!("application/sdp{headers}"), &sdp(4000, 0)).await;
    let response = bench.next().await;
    assert_eq!(response.code(), Some(200));
    bench.to = response.header("To").unwrap().into_owned();
    bench.send("ACK", "").await;
    assert_eq!(bench.ask("INFO", "").await.0, 200, "the ACK has been read");
    let session = bench.switch.sessions().all().remove(0);
    (bench, session)
}

async fn talking() -> (Bench, SessionHandle) {
    talking_with("").await
}

/// Sends a NOTIFY of the package `refer`; the status it gets.
async fn notify(bench: &mut Bench, fragment: &str) -> Option<u16> {
    let headers = "message/sipfrag\r\nEvent: refer;id=2\r\nSubscription-State: active;expires=60";
    bench.send_typed("NOTIFY", headers, fragment).await;
    bench.next().await.code()
}

fn header(message: &Message, name: &str) -> String {
    message.header(name).unwrap_or_default().into_owned()
}

#[tokio::test]
async fn a_caller_is_redirected_before_the_answer() {
    let mut bench = Bench::new().await;
    bench.switch.registries().application(Waiting);
    let mut ends = Ear::new(&bench.switch, "CHANNEL_HANGUP CHANNEL_PARK");
    bench.send("INVITE", &sdp(4000, 0)).await;
    assert_eq!(ends.next().await.kind, EventKind::ChannelPark);
    let session = bench.switch.sessions().all().remove(0);
    session.tell(|session| assert!(session.indicate(&Indication::Redirect("sip:1@a,<sip:2@b>")))).unwrap();
    let response = bench.next().await;
    assert_eq!((response.code(), response.reason().as_ref()), (Some(300), "Multiple Choices"));
    assert_eq!(header(&response, "Contact"), "\"unknown\" <sip:1@a>;q=0.129,<sip:2@b>");
    assert_eq!(ends.next().await.get("Hangup-Cause"), Some("NORMAL_UNSPECIFIED"));
}

#[tokio::test]
async fn who_has_answered_is_not_redirected() {
    let (mut bench, session) = talking().await;
    assert!(session.ask(|session| session.indicate(&Indication::Redirect("sip:1@a"))).await.unwrap());
    assert_eq!(bench.ask("INFO", "").await.0, 200, "the call goes on");
}

#[tokio::test]
async fn a_far_end_that_is_deflected_says_how_it_went() {
    let (mut bench, session) = talking().await;
    let mut ear = Ear::new(&bench.switch, "CUSTOM CHANNEL_HANGUP");
    let reply = session.ask(|session| session.deflect("1000")).await.unwrap().unwrap();
    let refer = bench.next().await;
    assert_eq!((refer.method(), header(&refer, "Refer-To").as_str()), (Some(&Method::Refer), "<sip:1000@127.0.0.1>"));
    assert!(header(&refer, "Referred-By").starts_with("<sip:mod_sofia@127.0.0.1:"));
    bench.respond(&refer, "202 Accepted", "", "").await;
    assert_eq!(notify(&mut bench, "SIP/2.0 180 Ringing\r\n").await, Some(200));
    let read = |session: &mut Session| {
        ["sip_refer_status_code", "sip_refer_target_provisional_status_code"]
            .map(|name| session.channel.variable(name).map(str::to_owned))
    };
    assert_eq!(session.ask(read).await.unwrap(), [Some("202".to_owned()), Some("180".to_owned())]);
    bench.send_typed("NOTIFY", "message/sipfrag\r\nEvent: refer", "SIP/2.0 200 OK\r\n").await;
    assert_eq!(reply.await.unwrap(), "SIP/2.0 200 OK\r\n");
    let told = [ear.next().await, ear.next().await];
    let names = ["content-type", "event-package", "event-id", "subscription-substate", "subscription-expires", "from"];
    let first = names.map(|name| told[0].get(name).unwrap_or_default());
    assert_eq!(first, ["message/sipfrag", "refer", "2", "active", "60", "2@127.0.0.1"]);
    assert_eq!(told[0].get("Event-Subclass"), Some("sofia::notify_refer"));
    let end = ear.next().await;
    assert_eq!(end.get("Hangup-Cause"), Some("BLIND_TRANSFER"));
    assert_eq!(end.get("variable_sip_refer_target_status_code"), Some("200"));
}

#[tokio::test]
async fn a_far_end_that_refuses_to_be_deflected_has_no_reply() {
    let (bench, session) = talking().await;
    let reply = session.ask(|session| session.deflect("sip:1@example.com")).await.unwrap().unwrap();
    let refer = bench.next().await;
    assert_eq!(header(&refer, "Refer-To"), "<sip:1@example.com>");
    bench.respond(&refer, "603 Decline", "", "").await;
    assert_eq!(reply.await.unwrap(), NO_REPLY);
}

#[tokio::test]
async fn texts_go_to_those_who_take_them() {
    let content = Content { media_type: Some(("text", "x")), body: "hello" };
    let (bench, session) = talking_with("\r\nX-FS-Support: update_display,send_info").await;
    let send = move |session: &mut Session| {
        session.channel.variables.set("sip_info_h_X-Colour", "red");
        session.indicate(&Indication::Message(content));
        session.indicate(&Indication::Info(content));
        session.channel.variables.set("fs_send_unsupported_message", "true");
        session.indicate(&Indication::Message(Content { media_type: None, ..content }));
    };
    session.tell(send).unwrap();
    let (info, message) = (bench.next().await, bench.next().await);
    assert_eq!((info.method(), info.content_type().as_str()), (Some(&Method::Info), "text/x"));
    assert_eq!((header(&info, "X-Colour").as_str(), info.body.as_ref()), ("red", b"hello".as_slice()));
    assert_eq!((message.method(), message.content_type().as_str()), (Some(&Method::Message), "text/plain"));
}

#[tokio::test]
async fn phones_are_told_to_talk_and_to_hold() {
    let (bench, session) = talking().await;
    for (event, expected) in [("", "talk"), ("HOLD", "hold"), ("talk", "talk"), ("jump", "talk")] {
        session.tell(move |session| assert!(session.indicate(&Indication::PhoneEvent(event)))).unwrap();
        let notify = bench.next().await;
        assert_eq!((notify.method(), header(&notify, "Event").as_str()), (Some(&Method::Notify), expected));
        assert_eq!(header(&notify, "Subscription-State"), "active");
        bench.respond(&notify, "200 OK", "", "").await;
    }
}

#[tokio::test]
async fn phones_are_shown_whom_they_talk_with_once() {
    let (bench, session) = talking_with("\r\nAllow: INVITE, UPDATE\r\nUser-Agent: Yealink T1").await;
    let mut ear = Ear::new(&bench.switch, "CALL_UPDATE");
    for _ in 0..2 {
        session.tell(|session| assert!(session.display("Ann \"x", "1000"))).unwrap();
    }
    let update = bench.next().await;
    assert_eq!(update.method(), Some(&Method::Update));
    assert_eq!(header(&update, "P-Asserted-Identity"), "\"Ann x\" <sip:1000@127.0.0.1>");
    bench.respond(&update, "200 OK", "", "").await;
    session.tell(|session| assert!(session.display("Bob", ""))).unwrap();
    assert_eq!(header(&bench.next().await, "P-Asserted-Identity"), "\"Bob\" <sip:1@127.0.0.1>");
    let told = [ear.next().await, ear.next().await];
    let names = ["Direction", "Sent-Callee-ID-Name", "Sent-Callee-ID-Number"];
    assert_eq!(names.map(|name| told[0].get(name).unwrap()), ["SEND", "Ann \"x", "1000"]);
    assert_eq!(names.map(|name| told[1].get(name).unwrap()), ["SEND", "Bob", "1"]);
}

/// Takes our re-INVITE, answers it, and takes the ACK of that; its description.
async fn reinvited(bench: &Bench, status: &str, body: &str) -> String {
    let invite = bench.next().await;
    assert_eq!(invite.method(), Some(&Method::Invite));
    bench.respond(&invite, status, "Content-Type: application/sdp\r\n", body).await;
    assert_eq!(bench.next().await.method(), Some(&Method::Ack));
    String::from_utf8_lossy(&invite.body).into_owned()
}

fn origin(sdp: &str) -> &str {
    sdp.lines().find(|line| line.starts_with("o=")).unwrap().split(' ').nth(1).unwrap()
}

async fn codec(session: &SessionHandle) -> String {
    strowger_test_support::variable(session, "rtp_use_codec_name").await
}

#[tokio::test]
async fn another_codec_is_agreed_on() {
    let (mut bench, session) = talking().await;
    let renegotiate =
        |codecs: &'static str| session.ask(move |session| session.indicate(&Indication::Renegotiate(Some(codecs))));
    assert!(!renegotiate("nonsense").await.unwrap());
    assert!(renegotiate("=PCMA@20i,PCMU").await.unwrap());
    assert!(!renegotiate("PCMU").await.unwrap(), "one is under way");
    let offer = reinvited(&bench, "200 OK", &sdp(4000, 8)).await;
    assert!(offer.contains("RTP/AVP 8 0"), "{offer}");
    assert_eq!(bench.ask("INFO", "").await.0, 200);
    assert_eq!(codec(&session).await, "PCMA");
    assert!(renegotiate("PCMU").await.unwrap());
    assert!(reinvited(&bench, "488 Not Acceptable Here", "").await.contains("RTP/AVP 0"));
    assert_eq!(bench.ask("INFO", "").await.0, 200);
    assert_eq!(codec(&session).await, "PCMA", "what was agreed on holds");
}

#[tokio::test]
async fn media_goes_around_us_and_comes_back() {
    let (mut bench, session) = talking().await;
    assert!(!session.ask(Session::end_bypass).await.unwrap(), "it is here");
    let other = sdp(5555, 0);
    assert!(session.ask(move |session| session.bypass(&other)).await.unwrap());
    let around = reinvited(&bench, "200 OK", &sdp(4000, 0)).await;
    assert_eq!(audio(&around).port(), 5555);
    assert_eq!(bench.ask("INFO", "").await.0, 200);
    assert!(session.ask(Session::end_bypass).await.unwrap());
    let back = reinvited(&bench, "200 OK", &sdp(4000, 0)).await;
    assert_ne!(audio(&back).port(), 5555);
    assert_eq!(origin(&around), origin(&back), "both are of our session");
    assert!(!session.ask(Session::end_bypass).await.unwrap());
}

#[tokio::test]
async fn a_text_is_an_event() {
    let mut bench = Bench::new().await;
    let mut ear = Ear::new(&bench.switch, "MESSAGE");
    bench.send_typed("MESSAGE", "text/plain", "hello ${x}").await;
    assert_eq!(bench.next().await.code(), Some(202));
    let event = ear.next().await;
    let names = ["proto", "from", "to", "type", "subject", "sip_profile"];
    let told = names.map(|name| event.get(name).unwrap());
    assert_eq!(told, ["sip", "2@127.0.0.1", "1@127.0.0.1", "text/plain", "SIMPLE MESSAGE", "p"]);
    assert_eq!(event.body.as_deref(), Some("hello ${x}"));
    let (mut bench, session) = talking().await;
    let mut ear = Ear::new(&bench.switch, "MESSAGE");
    assert_eq!(bench.ask("MESSAGE", "hello").await.0, 202);
    assert_eq!(ear.next().await.get("Unique-ID"), Some(session.uuid()));
}

/// Asks for a transfer, and takes the NOTIFY that tells how it went.
async fn transferred(bench: &mut Bench, to: &str) -> String {
    let (state, fragment) = transfer(bench, to).await;
    assert_eq!(state, OVER);
    fragment
}

const OVER: &str = "terminated;reason=noresource";

/// Asks for a transfer; the first NOTIFY about it.
async fn transfer(bench: &mut Bench, to: &str) -> (String, String) {
    bench.send_typed("REFER", &format!("text/plain\r\nRefer-To: {to}\r\nReferred-By: <sip:2@b>"), "").await;
    let messages = [bench.next().await, bench.next().await];
    let accepted = messages.iter().find(|message| message.code().is_some()).unwrap();
    assert_eq!(accepted.code(), Some(202));
    read_notify(bench, messages.iter().find(|message| message.code().is_none()).unwrap()).await
}

/// Answers the NOTIFY about a transfer; the state and the fragment in it.
async fn read_notify(bench: &Bench, notify: &Message) -> (String, String) {
    assert_eq!(notify.method(), Some(&Method::Notify));
    assert!(header(notify, "Event").starts_with("refer;id="));
    bench.respond(notify, "200 OK", "", "").await;
    (header(notify, "Subscription-State"), String::from_utf8_lossy(&notify.body).into_owned())
}

#[tokio::test]
async fn who_talks_with_nobody_transfers_nobody() {
    let (mut bench, _) = talking().await;
    assert_eq!(transferred(&mut bench, "<sip:1000@a>").await, "SIP/2.0 403 Forbidden\r\n");
    assert_eq!(bench.ask("REFER", "").await.0, 400);
    assert_eq!(bench.ask("INFO", "").await.0, 200, "the call goes on");
}

/// A null call, joined with that one.
async fn partner(bench: &Bench, session: &SessionHandle) -> SessionHandle {
    let mut joined = Ear::new(&bench.switch, "CHANNEL_BRIDGE");
    let other = strowger_test_support::originate(&bench.switch, "null/other").await.unwrap();
    join(session, &other).await.unwrap();
    joined.next().await;
    other
}

#[tokio::test]
async fn a_far_end_transfers_the_one_it_talks_with() {
    let (mut bench, session) = talking().await;
    let other = partner(&bench, &session).await;
    assert_eq!(transferred(&mut bench, "<sip:7@a>").await, "SIP/2.0 200 OK\r\n");
    strowger_test_support::becomes(&other, "destination_number", "7").await;
    assert_eq!(strowger_test_support::variable(&other, "sip_h_Referred-By").await, "<sip:2@b>");
}

#[tokio::test]
async fn a_far_end_waits_to_hear_how_its_transfer_went() {
    for is_done in [true, false] {
        let (mut bench, session) = talking().await;
        let other = partner(&bench, &session).await;
        let mut joined = Ear::new(&bench.switch, "CHANNEL_BRIDGE");
        session.ask(|session| session.channel.variables.set("confirm_blind_transfer", "true")).await.unwrap();
        let first = transfer(&mut bench, "<sip:7@a>").await;
        assert_eq!(first, ("active;expires=60".to_owned(), "SIP/2.0 100 Trying\r\n".to_owned()));
        strowger_test_support::becomes(&other, "destination_number", "7").await;
        assert!(other.ask(move |session| session.acknowledge_transfer(is_done)).await.unwrap());
        let told = read_notify(&bench, &bench.next().await).await;
        let fragment = if is_done { "SIP/2.0 200 OK\r\n" } else { "SIP/2.0 403 Forbidden\r\n" };
        assert_eq!(told, (OVER.to_owned(), fragment.to_owned()));
        if !is_done {
            assert_eq!(joined.next().await.get("Unique-ID"), Some(other.uuid()), "both talk again");
        }
        assert!(!other.ask(|session| session.acknowledge_transfer(true)).await.unwrap(), "it is told once");
    }
}

#[tokio::test]
async fn a_transfer_whose_call_ends_did_not_work() {
    let (mut bench, session) = talking().await;
    let other = partner(&bench, &session).await;
    session.ask(|session| session.channel.variables.set("confirm_blind_transfer", "true")).await.unwrap();
    transfer(&mut bench, "<sip:7@a>").await;
    strowger_test_support::becomes(&other, "destination_number", "7").await;
    other.hangup(HangupCause::NormalClearing);
    let told = read_notify(&bench, &bench.next().await).await;
    assert_eq!(told, (OVER.to_owned(), "SIP/2.0 403 Forbidden\r\n".to_owned()));
    assert_eq!(bench.ask("INFO", "").await.0, 200, "the call goes on");
}

#[tokio::test]
async fn codecs_of_an_offer_are_left_out() {
    let mut bench = Bench::new().await;
    bench.switch.registries().application(Waiting);
    let mut parked = Ear::new(&bench.switch, "CHANNEL_PARK");
    let both = sdp(4000, 0).replace("RTP/AVP 0", "RTP/AVP 0 8");
    bench.send("INVITE", &both).await;
    parked.next().await;
    let session = bench.switch.sessions().all().remove(0);
    let filter = |session: &mut Session| session.indicate(&Indication::FilterCodecs("G722,PCMA"));
    assert!(session.ask(filter).await.unwrap());
    session.tell(|session| session.answer().unwrap()).unwrap();
    let response = bench.next().await;
    let body = String::from_utf8_lossy(&response.body).into_owned();
    assert!(body.contains("RTP/AVP 8\r\n"), "{body}");
    assert!(!session.ask(filter).await.unwrap(), "it is answered");
}

#[tokio::test]
async fn a_far_end_joins_those_it_talks_with() {
    let (mut bench, first) = talking().await;
    let phone = async {
        let invite = bench.next().await;
        bench.respond(&invite, "200 OK", "", &sdp(4000, 0)).await;
        assert_eq!(bench.next().await.method(), Some(&Method::Ack));
        invite
    };
    let (second, invite) = tokio::join!(bench.originate(LIMIT), phone);
    let second = second.unwrap();
    let (one, two) = (partner(&bench, &first).await, partner(&bench, &second).await);
    let tag = invite.from().unwrap().tag().unwrap().to_owned();
    let nobody = format!("<sip:1@a?Replaces={}%3Bto-tag%3Dnobody>", invite.call_id());
    assert_eq!(transferred(&mut bench, &nobody).await, "SIP/2.0 403 Forbidden\r\n");
    let target = format!("<sip:1@a?Replaces={}%3Bto-tag%3D{tag}%3Bfrom-tag%3Dphone>", invite.call_id());
    assert_eq!(transferred(&mut bench, &target).await, "SIP/2.0 200 OK\r\n");
    for call in [&first, &second] {
        call.down().await;
        assert_eq!(call.hangup_cause(), Some(HangupCause::AttendedTransfer));
    }
    let joined = one.ask(|session| session.partner().map(|other| other.uuid().to_owned())).await.unwrap();
    assert_eq!(joined.as_deref(), Some(two.uuid()));
}
