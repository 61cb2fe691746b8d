use super::*;
use proptest::prelude::*;

fn framed(pieces: &[&[u8]]) -> (Vec<Packet>, Option<FrameError>) {
    let mut framer = Framer::new(Limits { head: 64, body: 32 });
    let mut packets = Vec::new();
    for piece in pieces {
        framer.feed(piece);
        loop {
            match framer.next() {
                Ok(Some(packet)) => packets.push(packet),
                Ok(None) => break,
                Err(error) => {
                    assert_eq!(framer.next(), Err(error), "an error stays");
                    return (packets, Some(error));
                }
            }
        }
    }
    (packets, None)
}

fn check(bytes: &[u8], expected: &[Packet]) {
    assert_eq!(framed(&[bytes]), (expected.to_vec(), None));
    let pieces: Vec<_> = bytes.chunks(1).collect();
    assert_eq!(framed(&pieces), (expected.to_vec(), None), "byte by byte");
}

fn packet(command: &str, headers: &[(&str, &str)], body: Option<&str>) -> Packet {
    Packet { command: command.to_string(), headers: headers.iter().copied().collect(), body: body.map(str::to_string) }
}

#[test]
fn an_empty_line_ends_a_packet() {
    check(b"auth x\n\nexit\n\n", &[packet("auth x", &[], None), packet("exit", &[], None)]);
    check(b"\r\n\n\rapi a b\r\n\r\n\n", &[packet("api a b", &[], None)]);
    check(b"a\nB: c\r\nD:e\n\r\nnext", &[packet("a", &[("B", "c"), ("D", "e")], None)]);
}

#[test]
fn lines_are_names_and_values() {
    check(
        b"x\nnothing\nEmpty:\nSpaces:   a  b \nc:d:e\nL: ARRAY::a|:b\nE: %20\n\n",
        &[packet("x", &[("Spaces", "a  b "), ("c", "d:e"), ("L", "ARRAY::a|:b"), ("E", "%20")], None)],
    );
}

#[test]
fn a_length_announces_a_body() {
    check(
        b"x\ncontent-LENGTH: 5\n\na\n\nbcexit\n\n",
        &[packet("x", &[("content-LENGTH", "5")], Some("a\n\nbc")), packet("exit", &[], None)],
    );
    check(b"x\nContent-Length: 0\n\ny\n\n", &[packet("x", &[("Content-Length", "0")], None), packet("y", &[], None)]);
}

#[test]
fn bytes_that_are_no_text_are_kept_as_far_as_they_can_be() {
    check(b"a\0b\nN: \xff\0\n\n", &[packet("a\0b", &[("N", "\u{fffd}\0")], None)]);
    check(b"x\nContent-Length: 3\n\n\0\xc3\n", &[packet("x", &[("Content-Length", "3")], Some("\0\u{fffd}\n"))]);
}

#[test]
fn limits_end_the_stream() {
    let error = |bytes: &[u8]| {
        let all = framed(&[bytes]);
        let pieces: Vec<_> = bytes.chunks(1).collect();
        assert_eq!(framed(&pieces), all);
        (all.0.len(), all.1)
    };
    assert_eq!(error(b"x\nContent-Length: -1\n\n"), (0, Some(FrameError::NegativeLength)));
    assert_eq!(error(b"a\n\nx\nContent-Length: 33\n\n"), (1, Some(FrameError::BodyTooLong { limit: 32 })));
    assert_eq!(error(&[b'x'; 65]), (0, Some(FrameError::HeadTooLong { limit: 64 })));
    assert_eq!(error(&b"x\n".repeat(33)), (0, Some(FrameError::HeadTooLong { limit: 64 })));
    let mut longest = b"x\n".repeat(32);
    assert_eq!(error(&longest), (0, None));
    longest.push(b'\n');
    assert_eq!(error(&longest), (1, None));
}

#[test]
fn limits_may_grow_on_the_way() {
    let mut framer = Framer::new(Limits { head: 8, body: 0 });
    framer.feed(b"auth x\n\n0123456789\n\n");
    assert!(framer.next().unwrap().is_some());
    framer.set_limits(Limits::SERVER);
    assert_eq!(framer.next().unwrap().unwrap().command, "0123456789");
    assert_eq!(framer.buffered(), 0);
}

#[test]
fn many_packets_in_one_piece_are_not_moved_again_and_again() {
    let mut framer = Framer::new(Limits::SERVER);
    framer.feed(&b"exit\n\n".repeat(200_000));
    let mut count = 0;
    while framer.next().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 200_000);
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        Just(b"\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\n\n".to_vec()),
        Just(b"a: b\n".to_vec()),
        (-1..40).prop_map(|length| format!("Content-Length: {length}\n\n").into_bytes()),
        proptest::collection::vec(any::<u8>(), 0..20),
    ];
    proptest::collection::vec(part, 0..30).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_split_gives_the_same_packets(bytes in stream(), cuts in proptest::collection::vec(any::<u16>(), 0..8)) {
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| usize::from(cut) % (bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect();
        prop_assert_eq!(framed(&pieces), framed(&[&bytes]));
        let single: Vec<_> = bytes.chunks(1).collect();
        prop_assert_eq!(framed(&single), framed(&[&bytes]));
    }
}
