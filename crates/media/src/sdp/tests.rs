use proptest::prelude::*;

use super::*;
use crate::codec::Codec;

const PHONE: &str = "v=0\r\no=probe 53655765 2353687637 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 8 0 101 13\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
    a=fmtp:101 0-15\r\na=ptime:30\r\na=sendrecv\r\n";

fn local() -> Local {
    Local::new("192.0.2.1".parse().unwrap(), 30_000, 1700, 1701)
}

fn answered(offer: &str) -> Result<Answer, SdpError> {
    answer(&parse(offer)?, &local(), &[Codec::Pcmu, Codec::Pcma], Rule::Generous, 101)
}

fn media(lines: &str) -> String {
    format!("v=0\no=- 1 1 IN IP4 192.0.2.7\ns=-\nc=IN IP4 192.0.2.7\nt=0 0\n{lines}")
}

#[test]
fn reads_a_phones_offer() {
    let description = parse(PHONE).unwrap();
    assert_eq!(description.origin.session_id, "53655765");
    let audio = description.audio().unwrap();
    assert_eq!(audio.address, "192.0.2.7:4000".parse().unwrap());
    assert_eq!((audio.dtmf_pt, audio.ptime_ms, audio.direction), (Some(101), 30, Direction::SendRecv));
    let codecs: Vec<(u8, &str)> = audio.codecs.iter().map(|entry| (entry.payload_type, entry.kind.name())).collect();
    assert_eq!(codecs, [(8, "PCMA"), (0, "PCMU")]);
}

#[test]
fn the_answer_reads_as_freeswitch_writes_it() {
    let answer = answered(PHONE).unwrap();
    assert_eq!(
        answer.sdp,
        "v=0\r\no=Strowger 1700 1701 IN IP4 192.0.2.1\r\ns=Strowger\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
         m=audio 30000 RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
         a=fmtp:101 0-15\r\na=ptime:30\r\n"
    );
    let expected = Negotiated {
        codec: Codec::Pcma,
        pt: 8,
        dtmf_pt: Some(101),
        remote: "192.0.2.7:4000".parse().unwrap(),
        ptime_ms: 30,
        direction: Direction::SendRecv,
    };
    assert_eq!(answer.negotiated, expected);
}

#[test]
fn greedy_prefers_our_order() {
    let offer = parse(PHONE).unwrap();
    let greedy = answer(&offer, &local(), &[Codec::Pcmu, Codec::Pcma], Rule::Greedy, 0).unwrap();
    assert_eq!((greedy.negotiated.codec, greedy.negotiated.dtmf_pt), (Codec::Pcmu, None));
    assert!(!greedy.sdp.contains("telephone-event"));
}

#[test]
fn direction_is_mirrored() {
    for (theirs, ours) in [("sendonly", "recvonly"), ("recvonly", "sendonly"), ("inactive", "inactive")] {
        let answer = answered(&PHONE.replace("sendrecv", theirs)).unwrap();
        assert_eq!(answer.negotiated.direction.name(), ours);
        assert!(answer.sdp.ends_with(&format!("a={ours}\r\n")));
    }
    let held = answered(&PHONE.replace("c=IN IP4 192.0.2.7", "c=IN IP4 0.0.0.0")).unwrap();
    assert_eq!(held.negotiated.direction, Direction::RecvOnly, "the hold of RFC 2543");
    let session_level = PHONE.replace("a=sendrecv\r\n", "").replace("t=0 0", "t=0 0\r\na=inactive");
    assert_eq!(answered(&session_level).unwrap().negotiated.direction, Direction::Inactive);
}

#[test]
fn other_streams_are_refused_in_their_place() {
    let offer = media(
        "m=video 5000 RTP/AVP 96 97\na=rtpmap:96 H264/90000\na=inactive\nm=audio 4000/2 RTP/AVP 0\n\
         m=image 5002 udptl t38\na=T38FaxVersion:0\nm=audio 4002 RTP/AVP 0\n",
    );
    let answer = answered(&offer).unwrap();
    let lines: Vec<&str> = answer.sdp.lines().filter(|line| line.starts_with("m=")).collect();
    let expected = ["m=video 0 RTP/AVP 96 97", "m=audio 30000 RTP/AVP 0", "m=image 0 udptl t38", "m=audio 0 RTP/AVP 0"];
    assert_eq!(lines, expected);
    assert_eq!(answer.negotiated.direction, Direction::SendRecv, "the video's direction is its own");
}

#[test]
fn ipv6_and_addresses_of_streams() {
    let offer = media("m=audio 4000 RTP/AVP 0\nc=IN IP6 2001:db8::7\n");
    let local = Local::new("2001:db8::1".parse().unwrap(), 30_000, 1, 1);
    let answer = answer(&parse(&offer).unwrap(), &local, &[Codec::Pcmu], Rule::Generous, 101).unwrap();
    assert_eq!(answer.negotiated.remote, "[2001:db8::7]:4000".parse().unwrap());
    assert!(answer.sdp.contains("IN IP6 2001:db8::1\r\n"));
}

#[test]
fn dynamic_numbers_are_the_offerers() {
    let offer = media(
        "m=audio 4000 RTP/AVP 111 96 97\na=rtpmap:111 opus/48000/2\na=rtpmap:96 PCMU/8000\na=rtpmap:97 telephone-event/8000\n",
    );
    let answer = answered(&offer).unwrap();
    assert_eq!((answer.negotiated.pt, answer.negotiated.dtmf_pt), (96, Some(97)));
    assert!(answer.sdp.contains("RTP/AVP 96 97\r\na=rtpmap:96 PCMU/8000\r\n"));
}

#[test]
fn what_cannot_be_used_says_why() {
    assert_eq!(answered(""), Err(SdpError::NoVersion));
    assert_eq!(answered("hello"), Err(SdpError::NoVersion));
    assert_eq!(answered(&media("")), Err(SdpError::NoAudio));
    assert_eq!(answered(&media("m=audio 4000 RTP/SAVP 0\n")), Err(SdpError::NoAudio));
    assert_eq!(answered(&media("m=audio 0 RTP/AVP 0\n")), Err(SdpError::Rejected));
    assert_eq!(answered(&media("m=audio 70000 RTP/AVP 0\n")), Err(SdpError::Line { line: 6, what: "media (m=)" }));
    assert_eq!(answered(&media("m=audio 4 RTP/AVP 0\nc=IN IP4 host.example\n")), Err(SdpError::NoAddress));
    assert_eq!(answered(&media("m=audio 4 RTP/AVP 9 18\n")), Err(SdpError::NoCodec { theirs: "G722, G729".into() }));
    assert_eq!(answered(&media(&"m=x 0 y z\n".repeat(65))), Err(SdpError::TooManyMedia));
    assert_eq!(answered(&"v".repeat(70_000)), Err(SdpError::TooLong(70_000)));
}

#[test]
fn nonsense_in_attributes_is_passed_over() {
    let offer = media(
        "m=audio 4000 RTP/AVP 0 300 x\na=rtpmap\na=rtpmap:x y\na=rtpmap:0\na=ptime:zero\na=ptime:7\na=candidate:\u{fc}\nz\n=\n",
    );
    let answer = answered(&offer).unwrap();
    assert_eq!((answer.negotiated.codec, answer.negotiated.ptime_ms), (Codec::Pcmu, 20));
}

#[test]
fn whoever_holds_the_other_side_hears_nothing_of_it() {
    let holding = Local { direction: Direction::SendOnly, ..local() };
    for (theirs, ours) in [
        ("sendrecv", Direction::SendOnly),
        ("recvonly", Direction::SendOnly),
        ("sendonly", Direction::Inactive),
        ("inactive", Direction::Inactive),
    ] {
        let offer = parse(&media(&format!("m=audio 4000 RTP/AVP 0\na={theirs}\n"))).unwrap();
        let answer = answer(&offer, &holding, &[Codec::Pcmu], Rule::Generous, 101).unwrap();
        assert_eq!(answer.negotiated.direction, ours, "{theirs}");
        assert!(answer.sdp.ends_with(&format!("a={}\r\n", ours.name())), "{theirs}: {}", answer.sdp);
    }
}

#[test]
fn an_answer_to_our_offer() {
    let offer = offer(&local(), &[Codec::Pcmu, Codec::Pcma], 101);
    assert!(offer.contains("m=audio 30000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"));
    let their_answer = parse(&answered(&offer).unwrap().sdp).unwrap();
    let negotiated = accept_answer(&their_answer, &[Codec::Pcmu, Codec::Pcma]).unwrap();
    assert_eq!((negotiated.codec, negotiated.dtmf_pt), (Codec::Pcmu, Some(101)));
    let refused = parse(&media("m=audio 0 RTP/AVP 0\n")).unwrap();
    assert_eq!(accept_answer(&refused, &[Codec::Pcmu]), Err(SdpError::Rejected));
    let holding = Local { direction: Direction::SendOnly, ..local() };
    assert!(super::offer(&holding, &[Codec::Pcmu], 0).ends_with("a=ptime:20\r\na=sendonly\r\n"));
}

fn codecs() -> impl Strategy<Value = Vec<Codec>> {
    proptest::sample::subsequence(Codec::ALL.to_vec(), 1..=3).prop_shuffle()
}

proptest! {
    #[test]
    fn what_we_offer_we_can_answer(prefs in codecs(), dtmf_pt in 0..128_u8, port in 1..u16::MAX, greedy in any::<bool>(), bytes in any::<[u8; 16]>(), v6 in any::<bool>()) {
        prop_assume!(!prefs.iter().any(|codec| codec.payload_type() == dtmf_pt && dtmf_pt != 0));
        let ip = if v6 { std::net::IpAddr::from(bytes) } else { std::net::IpAddr::from([bytes[0], bytes[1], bytes[2], bytes[3]]) };
        let local = Local::new(ip, port, 1, 2);
        let text = offer(&local, &prefs, dtmf_pt);
        let rule = if greedy { Rule::Greedy } else { Rule::Generous };
        let answer = answer(&parse(&text).unwrap(), &local, &Codec::ALL, rule, 101).unwrap();
        prop_assert_eq!(answer.negotiated.remote, std::net::SocketAddr::new(ip, port));
        prop_assert_eq!(answer.negotiated.dtmf_pt, Some(dtmf_pt).filter(|pt| *pt != 0));
        let accepted = accept_answer(&parse(&answer.sdp).unwrap(), &prefs).unwrap();
        prop_assert_eq!(accepted.codec, answer.negotiated.codec);
    }

    #[test]
    fn any_text_is_survived(text in any::<String>(), lines in proptest::collection::vec("[vosctmabz]=[ -~]{0,40}", 0..20)) {
        let _ = answered(&text);
        let _ = answered(&format!("v=0\r\n{}", lines.join("\r\n")));
        let _ = answered(&media(&lines.join("\n")));
    }

    #[test]
    fn answers_have_as_many_streams_as_offers(kinds in proptest::collection::vec("(audio|video|image|application) [0-9]{1,4} (RTP/AVP|udptl) [0-9 ]{1,10}", 0..10)) {
        let lines: String = kinds.iter().map(|kind| format!("m={kind}\n")).collect();
        if let Ok(answer) = answered(&media(&lines)) {
            prop_assert_eq!(parse(&answer.sdp).unwrap().media.len(), kinds.len());
        }
    }
}
