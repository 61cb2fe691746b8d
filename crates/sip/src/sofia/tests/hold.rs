//! Calls put on hold, by either side.

use super::*;

/// An answered call, and what is heard of its being on hold.
async fn talking(params: &str) -> (Bench, Ear, String) {
    let mut bench = Bench::with(params).await;
    let (code, answer) = bench.ask("INVITE", &sdp(4000, 0)).await;
    assert_eq!(code, 200);
    bench.send("ACK", "").await;
    assert_eq!(bench.ask("INFO", "").await.0, 200, "the ACK has been read");
    let ear = Ear::new(&bench.switch, "CHANNEL_HOLD CHANNEL_UNHOLD CHANNEL_CALLSTATE");
    (bench, ear, answer)
}

fn session(bench: &Bench) -> SessionHandle {
    bench.switch.sessions().all().remove(0)
}

fn with(direction: &str) -> String {
    format!("{}a={direction}\r\n", sdp(4000, 0))
}

/// The direction of a description; `sendrecv` is not said.
fn direction(sdp: &str) -> &str {
    let all = ["sendonly", "recvonly", "inactive"];
    all.into_iter().find(|direction| sdp.contains(&format!("a={direction}\r\n"))).unwrap_or("sendrecv")
}

fn version(sdp: &str) -> u64 {
    sdp.lines().find_map(|line| line.strip_prefix("o=")).unwrap().split(' ').nth(2).unwrap().parse().unwrap()
}

/// What an event tells: its name, with the call state it changes to.
fn told(events: &[strowger_event::Event]) -> Vec<&str> {
    let state = |event: &strowger_event::Event| match event.kind {
        EventKind::ChannelCallstate => ["HELD", "UNHELD", "ACTIVE", "HANGUP"]
            .into_iter()
            .find(|state| event.get("Channel-Call-State") == Some(state))
            .unwrap_or("another"),
        kind => kind.name(),
    };
    events.iter().map(state).collect()
}

const HELD: [&str; 2] = ["HELD", "CHANNEL_HOLD"];
const TAKEN_BACK: [&str; 3] = ["UNHELD", "CHANNEL_UNHOLD", "ACTIVE"];

async fn next(ear: &mut Ear, count: usize) -> Vec<strowger_event::Event> {
    let mut events = Vec::new();
    while events.len() < count {
        events.push(ear.next().await);
    }
    events
}

#[tokio::test]
async fn a_far_end_that_sends_only_holds_us() {
    let (mut bench, mut ear, answer) = talking("").await;
    let mut last = version(&answer);
    let nowhere = sdp(4000, 0).replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0");
    let offers = [
        ("INVITE", with("sendonly"), "recvonly"),
        ("UPDATE", with("inactive"), "inactive"),
        ("INVITE", nowhere, "recvonly"),
    ];
    for (method, offer, ours) in offers {
        for (body, ours, events) in [(offer, ours, &HELD[..]), (with("sendrecv"), "sendrecv", &TAKEN_BACK)] {
            let (code, answer) = bench.ask(method, &body).await;
            assert_eq!((code, direction(&answer)), (200, ours), "{method} {body}");
            assert_eq!(version(&answer), last + 1);
            last = version(&answer);
            if method == "INVITE" {
                bench.send("ACK", "").await;
            }
            assert_eq!(told(&next(&mut ear, events.len()).await), events);
        }
    }
    assert_eq!(bench.ask("UPDATE", &with("recvonly")).await.0, 200);
    assert_eq!(bench.ask("INFO", "").await.0, 200);
    assert_eq!(told(&ear.now()), [""; 0], "who listens only does not hold us");
}

#[tokio::test]
async fn the_times_of_a_hold_are_told() {
    let (mut bench, mut ear, _) = talking("").await;
    bench.ask("UPDATE", &with("sendonly")).await;
    let events = next(&mut ear, 2).await;
    let time = |event: &strowger_event::Event, name: &str| event.get(name).unwrap().parse::<u64>().unwrap();
    let [first, held] = &events[..] else { panic!("two events") };
    assert_eq!(time(first, "Caller-Channel-Last-Hold"), 0);
    let since = time(held, "Caller-Channel-Last-Hold");
    assert!(since > 0 && time(held, "Caller-Channel-Hold-Accum") == 0);
    assert_eq!(held.get("variable_audio_media_flow"), Some("recvonly"));
    let mut ends = Ear::new(&bench.switch, "CHANNEL_HANGUP_COMPLETE");
    bench.ask("BYE", "").await;
    assert_eq!(told(&next(&mut ear, 3).await), ["UNHELD", "CHANNEL_UNHOLD", "HANGUP"], "who is gone holds nobody");
    let end = ends.next().await;
    let spans = end.get("variable_hold_events").unwrap();
    assert!(spans.starts_with(&format!("{{{{{since},")), "{spans}");
    assert_eq!(end.get("variable_last_hold_uepoch"), Some(since.to_string().as_str()));
    assert_eq!(end.get("variable_hold_accum_usec"), end.get("Caller-Channel-Hold-Accum"));
    assert!(time(&end, "Caller-Channel-Hold-Accum") > 0);
}

#[tokio::test]
async fn a_hold_may_be_ignored() {
    let (mut bench, mut ear, _) = talking("<param name=\"disable-hold\" value=\"true\"/>").await;
    let (code, answer) = bench.ask("UPDATE", &with("sendonly")).await;
    assert_eq!((code, direction(&answer)), (200, "recvonly"));
    assert_eq!(bench.ask("INFO", "").await.0, 200);
    assert_eq!(told(&ear.now()), [""; 0]);
}

/// Takes our re-INVITE, answers it, and takes the ACK of that; its description.
async fn answer(bench: &Bench, status: &str, body: &str) -> String {
    let invite = bench.next().await;
    assert_eq!(invite.method(), Some(&Method::Invite));
    bench.respond(&invite, status, "Content-Type: application/sdp\r\n", body).await;
    assert_eq!(bench.next().await.method(), Some(&Method::Ack));
    String::from_utf8_lossy(&invite.body).into_owned()
}

#[tokio::test]
async fn we_hold_by_reinvite() {
    let (bench, mut ear, first) = talking("").await;
    let session = session(&bench);
    session.tell(|session| session.hold(true)).unwrap();
    let offer = answer(&bench, "200 OK", &with("recvonly")).await;
    assert_eq!((direction(&offer), version(&offer), audio(&offer)), ("sendonly", version(&first) + 1, audio(&first)));
    session.tell(Session::toggle_hold).unwrap();
    let offer = answer(&bench, "200 OK", &with("sendrecv")).await;
    assert_eq!((direction(&offer), version(&offer)), ("sendrecv", version(&first) + 2));
    assert_eq!(told(&next(&mut ear, 5).await), [&HELD[..], &TAKEN_BACK].concat());
}

#[tokio::test]
async fn who_is_held_is_not_listened_to() {
    let mut bench = Bench::new().await;
    let (socket, port) = rtp().await;
    let (_, answered) = bench.ask("INVITE", &sdp(port, 0)).await;
    bench.send("ACK", "").await;
    assert_eq!(echoed(&socket, audio(&answered), 0).await, 0);
    let session = session(&bench);
    session.tell(|session| session.hold(true)).unwrap();
    // This far end goes on sending: its answer must not have us listen.
    answer(&bench, "200 OK", &sdp(port, 0)).await;
    assert!(falls_silent(&socket, audio(&answered)).await);
    session.tell(Session::unhold).unwrap();
    answer(&bench, "200 OK", &sdp(port, 0)).await;
    assert_eq!(echoed(&socket, audio(&answered), 0).await, 0);
}

/// Whether there comes a time when what is sent is not sent back.
async fn falls_silent(socket: &UdpSocket, to: SocketAddr) -> bool {
    let mut buffer = [0; 2048];
    for number in 0..100 {
        let packet = [&[0x80, 0, 1, number, 0, 0, number, 160, 0, 0, 0, 0], &[0x55; 160][..]].concat();
        socket.send_to(&packet, to).await.unwrap();
        if tokio::time::timeout(Duration::from_millis(100), socket.recv(&mut buffer)).await.is_err() {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn what_is_asked_for_meanwhile_waits_for_the_answer() {
    let (bench, _, _) = talking("").await;
    let session = session(&bench);
    session.tell(|session| session.hold(true)).unwrap();
    let invite = bench.next().await;
    session.ask(Session::unhold).await.unwrap();
    bench.respond(&invite, "200 OK", "", &with("recvonly")).await;
    assert_eq!(bench.next().await.method(), Some(&Method::Ack));
    assert_eq!(direction(&answer(&bench, "200 OK", &with("sendrecv")).await), "sendrecv");
}

#[tokio::test]
async fn both_sides_at_once_try_again() {
    let (mut bench, _, _) = talking("").await;
    let session = session(&bench);
    session.tell(|session| session.hold(true)).unwrap();
    let ours = bench.next().await;
    for method in ["INVITE", "UPDATE"] {
        assert_eq!(bench.ask(method, &with("sendonly")).await.0, 491, "{method}");
    }
    bench.respond(&ours, "491 Request Pending", "", "").await;
    assert_eq!(direction(&again(&bench).await), "sendonly");
}

/// Our next re-INVITE, answered; ACKs before it are those of refusals.
async fn again(bench: &Bench) -> String {
    loop {
        let message = bench.next().await;
        if message.method() == Some(&Method::Invite) {
            bench.respond(&message, "200 OK", "", &with("recvonly")).await;
            return String::from_utf8_lossy(&message.body).into_owned();
        }
    }
}

#[tokio::test]
async fn a_refusal_leaves_the_call_as_it_is_unless_it_is_not_known() {
    let (bench, _, _) = talking("").await;
    let session = session(&bench);
    for (status, over) in [("488 Not Acceptable Here", false), ("481 Call/Transaction Does Not Exist", true)] {
        session.tell(|session| session.hold(true)).unwrap();
        answer(&bench, status, "").await;
        if over {
            session.down().await;
        }
        assert_eq!(session.hangup_cause().is_some(), over, "{status}");
    }
}
