//! Reading, writing and framing.

use bytes::Bytes;
use proptest::prelude::*;

use super::{CSeq, Defect, FieldError, Frame, Framer, HeaderId, Message, NameAddr, ParseError, Uri, Via, parse};

const OPTIONS: &str = "OPTIONS sip:9196@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5071;branch=z9hG4bKx\r\nFrom: <sip:1@h>;tag=a\r\n\
                       To: <sip:2@h>\r\nCall-ID: abc\r\nCSeq: 1 OPTIONS\r\nContent-Length: 3\r\n\r\nabc";

fn read(text: impl Into<Bytes>) -> Message {
    parse(&text.into()).unwrap()
}

#[test]
fn values_that_are_not_utf8_survive() {
    let m = read(b"INVITE sip:a@b SIP/2.0\r\nX-Name: caf\xe9\r\nX-After: yes\r\n\r\n".to_vec());
    assert_eq!(m.header("X-Name").unwrap(), "caf\u{fffd}");
    assert_eq!(m.headers.named("x-name").next().unwrap().value.as_ref(), b"caf\xe9");
    assert_eq!(m.header("x-after").unwrap(), "yes");
    assert_eq!(m.to_bytes().as_ref(), b"INVITE sip:a@b SIP/2.0\r\nX-Name: caf\xe9\r\nX-After: yes\r\n\r\n");
}

#[test]
fn bodies_are_cut_to_content_length() {
    let check = |length: &str, body: &str| {
        read(format!("INVITE sip:a@b SIP/2.0\r\nContent-Length : {length}\r\n\r\n{body}")).body
    };
    assert_eq!(check("2", "abcdef"), "ab");
    assert_eq!(check("500", "abcdef"), "abcdef");
    assert_eq!(check("0", "abcdef"), "");
    assert_eq!(check("-5", "abcdef"), "abcdef");
}

#[test]
fn what_is_no_sip() {
    let check = |data: &[u8]| parse(&Bytes::copy_from_slice(data)).unwrap_err();
    assert_eq!(check(b"\r\n\r\n"), ParseError::KeepAlive);
    assert_eq!(check(b""), ParseError::KeepAlive);
    assert_eq!(check(b"GET / HTTP/1.0\r\n\r\n"), ParseError::StartLine);
    assert_eq!(check(b"OPTIONS sip:9196@127.0.0.1\r\n\r\n"), ParseError::StartLine);
    assert_eq!(check(&[0xff; 70_000]), ParseError::TooLarge);
    let many = "INVITE sip:a@b SIP/2.0\r\n".to_owned() + &"X: y\r\n".repeat(257);
    assert_eq!(check(many.as_bytes()), ParseError::TooManyHeaders);
    let noise: Vec<u8> = (0..=255u8).cycle().take(1024).collect();
    assert_eq!(check(&noise), ParseError::StartLine);
}

/// Found by fuzzing: unfolded and written again, such a line had a name.
#[test]
fn a_folded_line_without_a_name_does_not_gain_one() {
    let message = read(&b"OPTIONS sip:a SIP/2.0\r\n\x85)\r\n :) :)\r\n\r\n"[..]);
    assert_eq!(parse(&message.to_bytes()), Ok(message));
}

#[test]
fn a_line_without_a_name_is_a_defect_and_loses_nothing() {
    let m = read(OPTIONS.replace("CSeq:", "what is this\r\nCSeq:"));
    assert_eq!(Defect::check(&m), Err(Defect::Line));
    assert_eq!(m.cseq().unwrap().seq, 1);
    // Found by the property below: written again, the line must not turn into a header.
    let m = read("INVITE sip:a@b SIP/2.0\r\n\u{c}Via: SIP/2.0/UDP h\r\n\r\n");
    assert_eq!((m.via(), read(m.to_bytes())), (None, m));
}

#[test]
fn uris_in_parts() {
    let uri = Uri::parse("sip:1000:secret@[2001:db8::1]:5070;transport=tcp;lr?Subject=x").unwrap();
    assert_eq!(
        (uri.user(), uri.password(), uri.host(), uri.port()),
        (Some("1000"), Some("secret"), "[2001:db8::1]", Some(5070))
    );
    assert_eq!((uri.param("TRANSPORT"), uri.param("lr"), uri.param("x")), (Some("tcp"), Some(""), None));
    assert_eq!((uri.headers(), uri.params_text()), (Some("Subject=x"), "transport=tcp;lr"));
    assert_eq!(uri.ip().unwrap().to_string(), "2001:db8::1");
    let tel = Uri::parse("tel:+1-201-555-0123;phone-context=x").unwrap();
    assert_eq!((tel.user(), tel.host()), (Some("+1-201-555-0123"), ""));
    for bad in ["", "sip:", "sip:@", "sip:a@", "sip:a@b:99999", "sip:a@b:", "sip:a@b x", "no colon", "sip:a@b,c"] {
        assert_eq!(Uri::parse(bad), Err(FieldError::Uri), "{bad}");
    }
}

#[test]
fn addresses_in_parts() {
    let a = NameAddr::parse(b"\"Doe, \\\"J\\\"\" <sip:j@h;x=y>;tag=1;q=\"a;b\"").unwrap();
    assert_eq!(
        (a.display.as_str(), a.tag(), a.params.get("q"), a.uri.param("x")),
        ("Doe, \"J\"", Some("1"), Some("a;b"), Some("y"))
    );
    let a = NameAddr::parse(b"sip:j@h;tag=1").unwrap();
    assert_eq!((a.tag(), a.uri.as_str()), (Some("1"), "sip:j@h"));
}

#[test]
fn vias_and_cseqs_in_parts() {
    let via = Via::parse(b"SIP/2.0/UDP [::1]:5061;branch=z9hG4bK1;rport;received=10.0.0.1").unwrap();
    assert_eq!((via.host.as_str(), via.port, via.params.get("rport")), ("[::1]", Some(5061), Some("")));
    assert!(Via::parse(b"SIP/2.0/UDP").is_err());
    assert!(CSeq::parse(b"x OPTIONS").is_err());
    assert!(CSeq::parse(b"1OPTIONS").is_err());
    assert!(CSeq::parse(b"4294967296 OPTIONS").is_err());
}

/// All frames of a stream cut at `cuts`.
fn frames(data: &[u8], cuts: &[usize]) -> Result<Vec<Frame>, ParseError> {
    let (mut framer, mut found, mut start) = (Framer::new(), Vec::new(), 0);
    let mut cuts: Vec<usize> = cuts.iter().map(|c| c % (data.len() + 1)).chain([data.len()]).collect();
    cuts.sort_unstable();
    for cut in cuts {
        framer.push(&data[start..cut]);
        start = cut;
        while let Some(frame) = framer.next_frame()? {
            found.push(frame);
        }
    }
    Ok(found)
}

#[test]
fn streams_are_cut_at_content_length() {
    let data = format!("\r\n{OPTIONS}\r\n\r\n{OPTIONS}");
    let whole = Frame::Message(read(OPTIONS));
    assert_eq!(frames(data.as_bytes(), &[]), Ok(vec![whole.clone(), Frame::Ping, whole]));
    // Found by the property below: where the stream is cut must not matter to what is a ping.
    for cut in 0..6 {
        assert_eq!(frames(b"\n\r\n\r\n", &[cut]), Ok(vec![Frame::Ping]));
    }
    assert_eq!(frames(OPTIONS.replace("h: 3", "h: x").as_bytes(), &[]), Err(ParseError::ContentLength));
    assert_eq!(frames(OPTIONS.replace("h: 3", "h: 99999999").as_bytes(), &[]), Err(ParseError::TooLarge));
    assert_eq!(frames(&[b'x'; 70_000], &[]), Err(ParseError::TooLarge));
}

/// Text that is often nearly SIP.
fn nearly() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "INVITE sip:a@b SIP/2.0",
        "SIP/2.0 200 OK",
        "\r\n",
        "\r\n\r\n",
        "\n",
        "Via: SIP/2.0/UDP h;branch=z9hG4bK1",
        "v:",
        ":",
        " ",
        "\t",
        "From: \"",
        "<sip:",
        ">",
        ";tag=",
        ",",
        "Content-Length: 5",
        "l: 0",
        "CSeq: 1 INVITE",
        "Contact: *",
        "\\",
        "é",
    ]);
    prop::collection::vec(
        prop_oneof![4 => pieces.prop_map(|p| p.as_bytes().to_vec()), 1 => prop::collection::vec(any::<u8>(), 0..8)],
        0..40,
    )
    .prop_map(|parts| parts.concat())
}

/// Messages within the grammar.
fn messages() -> impl Strategy<Value = String> {
    let header = ("[A-Za-z][A-Za-z0-9-]{0,12}", "[!-~]([ -~]{0,30}[!-~])?")
        .prop_filter("length is set", |(n, _)| HeaderId::of(n.as_bytes()) != HeaderId::ContentLength);
    ("[A-Z]{1,10}", "sip:[a-z0-9]{1,10}@[a-z]{1,10}", prop::collection::vec(header, 0..20), "[ -~\r\n]{0,100}")
        .prop_map(|(method, uri, headers, body)| {
            let headers: String = headers.into_iter().map(|(n, v)| format!("{n}: {v}\r\n")).collect();
            format!("{method} {uri} SIP/2.0\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
        })
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(data in prop_oneof![nearly(), prop::collection::vec(any::<u8>(), 0..300)]) {
        if let Ok(m) = parse(&Bytes::from(data.clone())) {
            prop_assert_eq!(&parse(&m.to_bytes()), &Ok(m.clone()));
            let _ = (Defect::check(&m), m.via(), m.from(), m.to(), m.contacts(), m.cseq(), m.uri(), m.record_routes(), m.content_type());
        }
        let _ = frames(&data, &[]);
        let text = String::from_utf8_lossy(&data);
        let _ = (Uri::parse(&text), NameAddr::parse(&data), Via::parse(&data), CSeq::parse(&data));
    }

    #[test]
    fn writing_gives_back_what_was_read(text in messages()) {
        let m = read(text.clone());
        prop_assert_eq!(m.to_bytes(), text.as_bytes());
    }

    #[test]
    fn any_split_of_a_stream_gives_the_same_frames(all in prop::collection::vec(messages(), 1..5), cuts in prop::collection::vec(any::<usize>(), 0..20)) {
        let data = all.concat();
        let whole: Vec<Frame> = all.iter().map(|text| Frame::Message(read(text.clone()))).collect();
        prop_assert_eq!(frames(data.as_bytes(), &cuts), Ok(whole));
    }

    #[test]
    fn broken_streams_split_anywhere_end_the_same(data in nearly(), cuts in prop::collection::vec(any::<usize>(), 0..8)) {
        prop_assert_eq!(frames(&data, &cuts), frames(&data, &[]));
    }
}
