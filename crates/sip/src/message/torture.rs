//! The torture messages of RFC 4475: what is valid is read, what is not gets its status code or silence.

use bytes::Bytes;

use super::{Defect, HeaderId, Message, Method, parse};

const SDP: &str = "v=0\no=mhandley 29739 7272939 IN IP4 192.0.2.3\ns=-\nc=IN IP4 192.0.2.4\nt=0 0\nm=audio 49217 RTP/AVP 0 12\n\
                   m=video 3227 RTP/AVP 31\na=rtpmap:31 LPC\n";

/// A message written with LF, as it goes over the wire.
fn wire(text: &str) -> Bytes {
    Bytes::from(text.replace('\n', "\r\n"))
}

fn good(text: &str) -> Message {
    let message = parse(&wire(text)).unwrap();
    assert_eq!(Defect::check(&message), Ok(()), "{text}");
    assert_eq!(parse(&message.to_bytes()).unwrap(), message);
    message
}

/// A request with a usual head: `line`, then From, To, Via, Call-ID and Max-Forwards, then `rest`.
fn head(line: &str, rest: &str) -> String {
    let method = line.split(' ').next().unwrap();
    format!(
        "{line}\nMax-Forwards: 70\nTo: sip:user@example.com\nFrom: sip:caller@example.net;tag=242etr\nCall-ID: x.0ha0isndaksdj\n\
         CSeq: 8 {method}\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKkdjuw23492\n{rest}\n"
    )
}

fn refused(code: u16, text: &str) {
    let message = parse(&wire(text)).unwrap();
    let status = Defect::check(&message).map_err(Defect::status);
    assert_eq!(status, Err(code), "{text}");
}

fn silent(text: &str) {
    assert!(parse(&wire(text)).is_err(), "{text}");
}

#[test]
fn wsinv_has_every_kind_of_white_space() {
    let m = good(&format!(
        "INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\nTO :\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\n\
         from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\n  ;\n  tag = 98asjd8\nMaX-fOrWaRdS: 0068\n\
         Call-ID: wsinv.ndaksdj@192.0.2.1\nContent-Length   : 150\ncseq: 0009\n  INVITE\nVia  : SIP  /   2.0\n /UDP\n    192.0.2.2;branch=390skdjuw\n\
         s :\nNewFangledHeader:   newfangled value\n continued newfangled value\nUnknownHeaderWithUnusualValue: ;;,,;;,;\n\
         Content-Type: application/sdp\nRoute:\n <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\n\
         v:  SIP  / 2.0  / TCP     spindle.example.com   ;\n  branch  =   z9hG4bK9ikj8  ,\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\n z9hG4bK30239\n\
         m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\n      newvalue ;\n  secondparam ; q = 0.33\n\n{SDP}"
    ));
    assert_eq!(m.to().unwrap().tag(), Some("1918181833n"));
    let from = m.from().unwrap();
    assert_eq!((from.display.as_str(), from.tag()), ("J Rosenberg \\\"", Some("98asjd8")));
    assert_eq!(m.max_forwards(), Some(68));
    assert_eq!(m.cseq().unwrap().seq, 9);
    let via = m.via().unwrap();
    assert_eq!((via.host.as_str(), via.branch(), via.is_rfc3261()), ("192.0.2.2", Some("390skdjuw"), false));
    assert_eq!(m.list(HeaderId::Via).len(), 3);
    assert_eq!(m.header("newfangledheader").unwrap(), "newfangled value continued newfangled value");
    assert_eq!(m.contact().unwrap().params.get("q"), Some("0.33"));
}

#[test]
fn intmeth_has_every_character() {
    let text = b"!interesting-Method0123456789_*+`.%indeed'~ sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0\r\n\
        Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\r\n\
        To: \"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\" <sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>\r\n\
        From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"\xd1\x80\xd0\xb0\";tag=_token~1'+`*%!-.\r\n\
        Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\nCSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\r\n\
        Max-Forwards: 255\r\nextensionHeader-!.%*+_`'~:\xef\xbb\xbf\xe5\xa4\xa7\xe5\x81\x9c\xe9\x9b\xbb\r\nContent-Length: 0\r\n\r\n";
    let m = parse(&Bytes::from_static(text)).unwrap();
    assert_eq!(Defect::check(&m), Ok(()));
    assert!(matches!(m.method(), Some(Method::Other(_))));
    assert_eq!(m.uri().unwrap().host(), "example.com");
    assert_eq!(m.uri().unwrap().user(), Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));
    assert_eq!(m.from().unwrap().tag(), Some("_token~1'+`*%!-."));
    assert_eq!(m.header("extensionHeader-!.%*+_`'~").unwrap(), "\u{feff}大停電");
}

#[test]
fn valid_uris_and_escapes() {
    let m = good(&head(
        "INVITE sip:sips%3Auser%40example.com@example.net SIP/2.0",
        "C: application/sdp\nContact:\n  <sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31>\nContent-Length: 0\n",
    ));
    assert_eq!(m.uri().unwrap().user(), Some("sips%3Auser%40example.com"));
    let m = good(&head(
        "REGISTER sip:example.com SIP/2.0",
        "Contact: <sip:%00@host5.example.com>\nContact: <sip:%00%00@host5.example.com>\nL:0\n",
    ));
    assert_eq!(m.contacts().len(), 2);
    let m = good(&head(
        "RE%47IST%45R sip:registrar.example.com SIP/2.0",
        "C%6Fntact: <sip:alias2@host2.example.com>\nContact: <sip:alias3@host3.example.com>\nl: 0\n",
    ));
    assert_eq!(m.method().unwrap().as_str(), "RE%47IST%45R");
    assert_eq!(m.contacts().len(), 1);
    let m = good(&head("OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0", "Accept: application/sdp\nl: 0\n"));
    assert_eq!(m.uri().unwrap().user(), Some("user;par=u%40example.net"));
    good(&head(
        "REGISTER sip:example.com SIP/2.0",
        "Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>\nl: 0\n",
    ));
}

#[test]
fn lwsdisp_and_quoted_names() {
    let text = head("OPTIONS sip:user@example.com SIP/2.0", "l: 0\n")
        .replace("From: sip:caller@example.net", "From: caller<sip:caller@example.com>");
    assert_eq!(good(&text).from().unwrap().display, "caller");
}

#[test]
fn longreq_has_long_values() {
    let uri = format!("sip:{}@example.com", "a".repeat(500));
    let vias = (0..34).map(|n| format!("v: SIP/2.0/TCP sip{n}.example.com;branch=z9hG4bK{n}\n")).collect::<String>();
    let rest = format!("Unknown-{}: unknown-{}\n{vias}l: 0\n", "Long".repeat(60), "value".repeat(200));
    let m = good(&head(&format!("INVITE {uri} SIP/2.0"), &rest));
    assert_eq!(m.list(HeaderId::Via).len(), 35);
}

#[test]
fn dblreq_leaves_what_follows_the_first() {
    let second = head("INVITE sip:joe@example.com SIP/2.0", "Content-Length: 0\n");
    let m = good(&(head("REGISTER sip:example.com SIP/2.0", "Content-Length: 0\n") + &second));
    assert_eq!((m.method(), m.body.len()), (Some(&Method::Register), 0));
}

#[test]
fn transports_names_unknown_ones() {
    let vias = "Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKklasjdhf\nVia: SIP/2.0/TLS t3.example.com;branch=z9hG4bK2980unddj\nVia: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKasd0f3en\nl: 0\n";
    assert_eq!(good(&head("OPTIONS sip:user@example.com SIP/2.0", vias)).list(HeaderId::Via).len(), 4);
}

#[test]
fn mpart01_has_a_binary_body() {
    let mut bytes = wire(&head(
        "MESSAGE sip:kumiko@example.org SIP/2.0",
        "Content-Type: multipart/mixed;boundary=7a9cbec02ceef655\nContent-Length: 9\n",
    ))
    .to_vec();
    bytes.extend_from_slice(b"--\x00\xff\xfe\r\n\r\n");
    let m = parse(&Bytes::from(bytes)).unwrap();
    assert_eq!(&m.body[..], b"--\x00\xff\xfe\r\n\r\n");
    assert_eq!(m.content_type(), "multipart/mixed");
}

#[test]
fn responses_with_odd_reasons() {
    let rest = "Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923\nCall-ID: unreason.1234ksdfak3j2erwedfsASdf\nCSeq: 35 INVITE\nFrom: sip:user@example.com;tag=11141343\nTo: sip:user@example.edu;tag=2229\nContent-Length: 0\n\n";
    let m = good(&format!("SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое\n{rest}"));
    assert_eq!((m.code(), m.reason().starts_with("= 2**3")), (Some(200), true));
    assert_eq!(good(&format!("SIP/2.0 100 \n{rest}")).reason(), "");
    silent(&format!("SIP/2.0 4294967301 better not break the receiver\n{rest}"));
    silent(&format!("SIP/2.0 9.9 \n{rest}"));
}

#[test]
fn badinv01_has_empty_parameters() {
    refused(400, &head("INVITE sip:user@example.com SIP/2.0", "Contact: \"Joe\" <sip:joe@example.org>;;;;\nl: 0\n"));
    let text = head("INVITE sip:user@example.com SIP/2.0", "l: 0\n");
    refused(400, &text.replace("SIP/2.0/UDP 192.0.2.1;branch", "SIP/2.0/UDP 192.0.2.15;;,;,,;branch"));
}

#[test]
fn content_lengths() {
    // clerr: a datagram is taken for what it holds, as FreeSWITCH does.
    assert_eq!(good(&head("INVITE sip:user@example.com SIP/2.0", "Content-Length: 9999\n\nabc")).body.len(), 5);
    refused(400, &head("INVITE sip:user@example.com SIP/2.0", "Content-Length: -999\n"));
    refused(
        400,
        &head(
            "OPTIONS sip:user@example.com SIP/2.0",
            "Content-Length: 13\nContent-Length: 5\n\nThere's no way to know",
        ),
    );
}

#[test]
fn scalars_out_of_range() {
    let text = head("REGISTER sip:example.com SIP/2.0", "Expires: 1000000000000000000000\nl: 0\n");
    good(&text);
    refused(400, &text.replace("CSeq: 8 ", "CSeq: 36893488147419103232 "));
    refused(400, &text.replace("Max-Forwards: 70", "Max-Forwards: 300"));
    let rest = "Via: SIP/2.0/TCP h;branch=z9hG4bK1\nCall-ID: scalarlg\nCSeq: 9292394834772304023312 OPTIONS\n\n";
    assert!(parse(&wire(&format!("SIP/2.0 503 Service Unavailable\n{rest}"))).unwrap().cseq().is_none());
}

#[test]
fn broken_names_and_request_lines() {
    let text = head("INVITE sip:user@example.com SIP/2.0", "l: 0\n");
    let to = |value: &str| text.replace("To: sip:user@example.com", &format!("To: {value}"));
    refused(400, &to("\"Mr. J. User <sip:j.user@example.com>"));
    refused(400, &to("Bell, Alexander <sip:a.g.bell@example.com>"));
    refused(400, &to("<sip:user@example.com"));
    refused(400, &head("INVITE <sip:user@example.com> SIP/2.0", "l: 0\n"));
    refused(400, &head("INVITE sip:user@example.com; lr SIP/2.0", "l: 0\n"));
    refused(400, &head("INVITE  sip:user@example.com  SIP/2.0", "l: 0\n"));
    good(&head("OPTIONS sip:remote-target@example.com SIP/2.0  ", "l: 0\n"));
    good(&head("INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0", "l: 0\n"));
    good(&head("INVITE sip:user@example.com SIP/2.0", "Date: Fri, 01 Jan 2010 16:00:00 EST\nl: 0\n"));
}

#[test]
fn versions_schemes_and_methods() {
    refused(505, &head("OPTIONS sip:t.watson@example.org SIP/7.0", "l: 0\n"));
    refused(416, &head("OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0", "l: 0\n"));
    refused(416, &head("OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0", "l: 0\n"));
    let unksm2 = head("REGISTER sip:example.com SIP/2.0", "Contact: <name:John_Smith>\nl: 0\n");
    good(&unksm2.replace("To: sip:user@example.com", "To: isbn:2983792873"));
    let mismatch = head("OPTIONS sip:user@example.com SIP/2.0", "l: 0\n");
    refused(400, &mismatch.replace("8 OPTIONS", "8 INVITE"));
    refused(400, &head("NEWMETHOD sip:user@example.com SIP/2.0", "l: 0\n").replace("8 NEWMETHOD", "8 INVITE"));
}

#[test]
fn badbranch_is_no_transaction_name() {
    let m = good(&head("OPTIONS sip:user@example.com SIP/2.0", "l: 0\n").replace("z9hG4bKkdjuw23492", "z9hG4bK"));
    assert!(!m.via().unwrap().is_rfc3261());
    let m = good(&head("INVITE sip:UserB@example.com SIP/2.0", "l: 0\n").replace(";branch=z9hG4bKkdjuw23492", ""));
    assert_eq!(m.via().unwrap().branch(), None);
}

#[test]
fn missing_and_repeated_headers() {
    refused(
        400,
        "INVITE sip:user@example.com SIP/2.0\nCSeq: 193942 INVITE\nVia: SIP/2.0/UDP 192.0.2.95;branch=z9hG4bKkdj.insuf\nContent-Length: 0\n\n",
    );
    let rest =
        "CSeq: 59 INVITE\nCall-ID: multi01.98asdh@192.0.2.2\nFrom: sip:a@b;tag=1\nTo: sip:c@d\nMax-Forwards: 5\nl: 0\n";
    refused(400, &head("INVITE sip:user@company.com SIP/2.0", rest));
}

#[test]
fn semantics_are_left_to_the_user_agent() {
    let m = good(&head(
        "OPTIONS sip:user@example.com SIP/2.0",
        "Require: nothingSupportsThis, nothingSupportsThisEither\nProxy-Require: noProxiesSupportThis\nl: 0\n",
    ));
    assert_eq!(m.list(HeaderId::Require).len(), 2);
    good(&head(
        "INVITE sip:user@example.com SIP/2.0",
        "Contact: <sip:caller@host5.example.net>\nContent-Type: application/unknownformat\nContent-Length: 0\n",
    ));
    good(&head("REGISTER sip:example.com SIP/2.0", "Authorization: NoOneKnowsThisScheme opaque-data=here\nl:0\n"));
    assert_eq!(
        good(&head("OPTIONS sip:user@example.com SIP/2.0", "l: 0\n").replace("Forwards: 70", "Forwards: 0"))
            .max_forwards(),
        Some(0)
    );
    let m = good(&head(
        "REGISTER sip:example.com SIP/2.0",
        "Contact: sip:+19725552222@gw1.example.net;unknownparam\nl: 0\n",
    ));
    assert!(m.contact().unwrap().params.contains("unknownparam"));
    let m = good(&head(
        "REGISTER sip:example.com SIP/2.0",
        "Contact: <sip:+19725552222@gw1.example.net;unknownparam>\nl: 0\n",
    ));
    assert_eq!(m.contact().unwrap().uri.param("unknownparam"), Some(""));
    good(&head("OPTIONS sip:user@example.com SIP/2.0", "Accept: text/nobodyKnowsThis\nl: 0\n"));
}
