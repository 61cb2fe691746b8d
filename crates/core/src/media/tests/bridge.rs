use super::*;

/// Two phones that hear each other.
pub(super) fn bridged(engine: &MediaEngine) -> (Phone, Phone) {
    bridge(Phone::call(engine), Phone::call(engine))
}

fn bridge(a: Phone, b: Phone) -> (Phone, Phone) {
    a.stream.bridge(&b.stream.outlet());
    b.stream.bridge(&a.stream.outlet());
    a.ready();
    b.ready();
    (a, b)
}

/// An engine of two threads, and how to get on with the second of them.
fn two_threads() -> (MediaEngine, impl Fn(&MediaEngine) -> Vec<Stream>) {
    let engine = MediaEngine::start(MediaOptions { threads: 2, rtp_ports: 0..=0 }).unwrap();
    let fill = |engine: &MediaEngine| {
        let room = PACKED - engine.threads[0].inbox.load();
        (0..room).map(|_| engine.open_null().unwrap()).collect()
    };
    (engine, fill)
}

fn payload(seed: u32) -> Vec<u8> {
    (0..160).map(|n| (n * 7 + seed) as u8).collect()
}

#[test]
fn the_very_bytes_arrive_both_ways() {
    let (engine, fill) = two_threads();
    let a = Phone::call(&engine);
    let crowd = fill(&engine);
    let b = Phone::silent(&engine);
    b.stream.connect(RtpParameters { payload_type: 96, ..b.parameters() });
    assert_eq!((engine.threads[0].inbox.load(), engine.threads[1].inbox.load()), (PACKED, 1), "on two threads");
    let (mut a, mut b) = bridge(a, b);
    let mut before: Option<(Header, Header)> = None;
    for i in 0..20_u32 {
        a.marker = i == 7;
        a.say(101, i * 160, &[5, 0, 0, 160]);
        a.say(0, (u32::MAX - 1000).wrapping_add(i * 160), &payload(i));
        b.say(96, 5000 + i * 160, &payload(i + 100));
        let ((at_b, heard_by_b), (at_a, heard_by_a)) = (b.hear(), a.hear());
        assert_eq!((heard_by_b, heard_by_a), (payload(i), payload(i + 100)), "and no event before it");
        assert_eq!((at_b.payload_type, at_b.ssrc), (96, b.stream.ssrc()));
        assert_eq!((at_a.payload_type, at_a.ssrc), (0, a.stream.ssrc()));
        assert_eq!(at_b.marker, i == 0 || i == 7, "the first packet, and the one that was marked");
        for (now, before) in before.iter().flat_map(|(b, a)| [(at_b, b), (at_a, a)]) {
            assert_eq!(now.sequence, before.sequence.wrapping_add(1));
            assert_eq!(now.timestamp, before.timestamp.wrapping_add(160));
        }
        before = Some((at_b, at_a));
    }
    drop(crowd);
    let (at_a, at_b) = [&a, &b].map(|phone| settled(&phone.stream, |statistics| statistics.out_packets == 20)).into();
    assert_eq!((at_a.in_packets, at_a.in_media_packets, at_a.in_dtmf_packets), (40, 20, 20));
    assert_eq!((at_b.in_packets, at_b.in_media_packets, at_b.in_media_bytes), (20, 20, 20 * 172));
    for statistics in [at_a, at_b] {
        assert_eq!((statistics.out_media_packets, statistics.out_raw_bytes), (20, 20 * 172));
        assert_eq!((statistics.out_skipped_packets, statistics.lost), (0, 0));
    }
}

#[test]
fn codecs_are_translated() {
    let engine = engine();
    for (from, to) in Codec::ALL.into_iter().flat_map(|from| Codec::ALL.map(|to| (from, to))) {
        let (mut a, b) = bridge(Phone::with(&engine, from), Phone::with(&engine, to));
        for i in 0..3 {
            let sound = payload(i);
            let (mut pcm, mut expected) = (Vec::new(), Vec::new());
            from.decode(&sound, &mut pcm);
            to.encode(&pcm, &mut expected);
            a.say(from.payload_type(), i * 160, &sound);
            let (header, heard) = b.hear();
            assert_eq!(heard, if from == to { sound } else { expected }, "{from:?} to {to:?}");
            assert_eq!(header.payload_type, to.payload_type());
        }
    }
}

#[test]
fn packets_are_as_long_as_they_came() {
    let engine = engine();
    let (mut a, b) = bridged(&engine);
    let mut timestamp: Option<u32> = None;
    for (i, length) in [(0_u8, 240), (1, 80), (2, 480), (3, 160)] {
        static SAID: [u32; 4] = [0, 240, 320, 800];
        a.say(0, SAID[usize::from(i)], &vec![i; length]);
        let (header, heard) = b.hear();
        assert_eq!(heard, vec![i; length]);
        assert_eq!(header.timestamp, *timestamp.get_or_insert(header.timestamp));
        timestamp = timestamp.map(|timestamp| timestamp.wrapping_add(length as u32));
    }
}

#[test]
fn what_plays_is_heard_instead_and_the_other_way_goes_on() {
    let engine = engine();
    let (mut a, mut b) = bridged(&engine);
    a.say(0, 0, &[1; 160]);
    let (before, _) = b.hear();
    let played = b.stream.play(source("tone_stream://%(1000,0,440);loops=-1"));
    let mut last = b.hear().0;
    assert!(last.marker && last.timestamp.wrapping_sub(before.timestamp) >= 160);
    for i in 1..5 {
        a.say_and_wait(0, i * 160, &[2; 160]);
        b.say(0, i * 160, &[3; 160]);
        assert_eq!(a.hear().1, [3; 160], "the other way goes on");
        let (header, heard) = b.hear();
        assert_ne!(heard, [2; 160]);
        assert_eq!((header.sequence, header.marker), (last.sequence.wrapping_add(1), false));
        last = header;
    }
    b.stream.stop();
    assert_eq!(ended(played).outcome, Outcome::Stopped);
    a.ready();
    a.say(0, 800, &[4; 160]);
    let (header, _) = std::iter::repeat_with(|| b.hear()).find(|(_, heard)| *heard == [4; 160]).unwrap();
    assert!(header.marker, "a new talk spurt");
    assert!(header.timestamp.wrapping_sub(last.timestamp) < 8000, "after what was played");
}

#[test]
fn digits_that_are_sent_come_before_what_is_relayed() {
    let engine = engine();
    let (mut a, b) = bridged(&engine);
    a.say(0, 0, &[1; 160]);
    let (before, _) = b.hear();
    b.stream.press(presses("5", 800));
    let (first, _) = b.hear();
    assert_eq!(first.payload_type, 101);
    assert!(first.timestamp.wrapping_sub(before.timestamp) >= 160);
    a.say_and_wait(0, 160, &[2; 160]);
    let rest: Vec<Header> = (1..7).map(|_| b.hear().0).collect();
    assert!(rest.iter().all(|header| header.payload_type == 101), "no audio while the key is held");
    a.say(0, 320, &[3; 160]);
    let (after, heard) = b.hear();
    assert_eq!(heard, [3; 160]);
    assert!(after.marker);
    assert_eq!(after.sequence, before.sequence.wrapping_add(8));
    assert_eq!(after.timestamp, before.timestamp.wrapping_add(320), "by their clock");
}

#[test]
fn the_null_stream_gives_nothing_and_takes_everything() {
    let engine = engine();
    let mut a = Phone::call(&engine);
    let null = engine.open_null().unwrap();
    null.bridge(&a.stream.outlet());
    a.stream.bridge(&null.outlet());
    a.ready();
    ended(null.play(source("tone_stream://%(40,0,440)")));
    a.say_and_wait(0, 0, &[1; 160]);
    a.stream.echo();
    a.ready();
    a.say(0, 160, &[2; 160]);
    assert_eq!(a.hear().1, [2; 160], "the first it hears");
    let statistics = null.statistics();
    assert_eq!((statistics.in_packets, statistics.out_packets, statistics.out_skipped_packets), (0, 0, 0));
}

#[test]
fn comfort_noise_is_relayed_where_both_have_it() {
    let engine = engine();
    let (mut a, b) = bridged(&engine);
    a.say(0, 0, &[1; 160]);
    let (first, _) = b.hear();
    for (at_a, at_b) in [(false, false), (true, false), (false, true)] {
        a.stream.comfort_noise(at_a);
        b.stream.comfort_noise(at_b);
        a.ready();
        a.say_and_wait(13, 160, &[99]);
    }
    a.stream.comfort_noise(true);
    a.ready();
    a.say(19, 160, &[40, 1]);
    let (noise, heard) = b.hear();
    assert_eq!((noise.payload_type, noise.marker, heard), (13, false, vec![40, 1]));
    assert_eq!(noise.timestamp, first.timestamp.wrapping_add(160));
    a.marker = true;
    a.say(0, 1600, &[2; 160]);
    let (spurt, _) = b.hear();
    assert!(spurt.marker);
    assert_eq!(spurt.timestamp, first.timestamp.wrapping_add(1600));
    assert_eq!(spurt.sequence, first.sequence.wrapping_add(2));
    let statistics = settled(&b.stream, |statistics| statistics.out_packets == 3);
    assert_eq!((statistics.out_media_packets, statistics.out_cng_packets), (2, 1));
    assert_eq!(a.stream.statistics().in_cng_packets, 4);
}

#[test]
fn directions_are_kept() {
    let engine = engine();
    let (mut a, mut b) = bridged(&engine);
    a.connect(true, false);
    a.ready();
    a.say_and_wait(0, 0, &[1; 160]);
    b.say(0, 0, &[9; 160]);
    assert_eq!(a.hear().1, [9; 160], "it may still be sent to");
    a.connect(true, true);
    b.connect(false, true);
    a.ready();
    a.say_and_wait(0, 160, &[2; 160]);
    b.connect(false, false);
    a.ready();
    a.say_and_wait(0, 320, &[3; 160]);
    b.say_and_wait(0, 160, &[9; 160]);
    b.connect(true, true);
    a.ready();
    a.say(0, 480, &[4; 160]);
    b.say(0, 320, &[5; 160]);
    assert_eq!((b.hear().1, a.hear().1), (vec![4; 160], vec![5; 160]), "what came before is not heard");
    assert_eq!(settled(&b.stream, |statistics| statistics.out_packets == 1).out_packets, 1);
}

#[test]
fn a_call_is_negotiated_anew_while_bridged() {
    let engine = engine();
    let (mut a, mut b) = bridged(&engine);
    a.say(0, 0, &[0x34; 160]);
    let (first, _) = b.hear();
    b.socket = socket();
    let (codec, payload_type) = (Codec::Pcma, Codec::Pcma.payload_type());
    b.stream.connect(RtpParameters { codec, payload_type, ..b.parameters() });
    a.ready();
    let (mut pcm, mut expected) = (Vec::new(), Vec::new());
    Codec::Pcmu.decode(&[0x34; 160], &mut pcm);
    codec.encode(&pcm, &mut expected);
    a.say(0, 160, &[0x34; 160]);
    let (second, heard) = b.hear();
    assert_eq!((second.payload_type, heard), (8, expected.clone()), "at the new address, in the new codec");
    assert_eq!(second.sequence, first.sequence.wrapping_add(1));
    assert_eq!(second.timestamp, first.timestamp.wrapping_add(160));
    a.stream.connect(RtpParameters { codec, payload_type, ..a.parameters() });
    a.ready();
    a.say(8, 320, &expected);
    assert_eq!(b.hear().1, expected, "one codec again");
}

#[test]
fn timestamps_stay_sane_when_the_source_changes() {
    let engine = engine();
    let (mut a, b) = bridged(&engine);
    let mut last: Option<Header> = None;
    let mut relayed = |a: &mut Phone, timestamp: u32| {
        a.say(0, timestamp, &[1; 160]);
        let (header, _) = b.hear();
        let step = last.map(|last| header.timestamp.wrapping_sub(last.timestamp));
        assert!(last.is_none_or(|last| header.sequence == last.sequence.wrapping_add(1)));
        last = Some(header);
        (step.unwrap_or_default(), header.marker)
    };
    relayed(&mut a, 1000);
    assert_eq!(relayed(&mut a, 1160), (160, false));
    assert_eq!(relayed(&mut a, 1160 + 480), (480, false), "two packets were lost");
    assert_eq!(relayed(&mut a, 1160 + 320), (160_u32.wrapping_neg(), false), "one of them is late");
    assert_eq!(relayed(&mut a, 1160 + 640), (320, false), "which turns nothing back");
    for jump in [4_000_000_000, 77, 3_000_000_000, 2_000_000_000, 1_000_000_000, 900_000_000] {
        // The slowest machine is not ten seconds between two packets.
        let (step, marker) = relayed(&mut a, jump);
        assert!(marker && (160..80_000).contains(&step), "{step} at {jump}");
        assert_eq!(relayed(&mut a, jump.wrapping_add(160)), (160, false));
    }
    a.ssrc = 78;
    let (step, marker) = relayed(&mut a, 900_000_320);
    assert!(marker && (160..80_000).contains(&step), "{step} of another sender");
    assert_eq!(relayed(&mut a, 900_000_480), (160, false));
}

#[test]
fn a_bridge_ends_as_it_is_told() {
    let engine = engine();
    let (mut a, b) = bridged(&engine);
    let played = a.stream.play(source("silence_stream://-1"));
    a.stream.unbridge();
    a.ready();
    a.say_and_wait(0, 0, &[1; 160]);
    a.stream.bridge(&b.stream.outlet());
    a.ready();
    a.say(0, 160, &[2; 160]);
    assert_eq!(b.hear().1, [2; 160]);
    a.stream.idle();
    assert_eq!(ended(played).outcome, Outcome::Stopped, "and not lost, so unbridge left it alone");
    a.ready();
    a.say_and_wait(0, 320, &[3; 160]);
    a.stream.bridge(&b.stream.outlet());
    a.ready();
    a.say(0, 480, &[4; 160]);
    assert_eq!(b.hear().1, [4; 160]);
    a.stream.echo();
    a.stream.unbridge();
    a.ready();
    a.say(0, 640, &[5; 160]);
    let echoed = std::iter::repeat_with(|| a.hear()).find(|(_, heard)| *heard == [5; 160]);
    assert!(echoed.is_some(), "what is not bridged is not unbridged");
    a.stream.bridge(&b.stream.outlet());
    a.stream.unbridge();
    a.ready();
    a.say_and_wait(0, 800, &[6; 160]);
    b.stream.bridge(&b.stream.outlet());
    a.stream.bridge(&b.stream.outlet());
    a.ready();
    a.say(0, 960, &[7; 160]);
    assert_eq!(b.hear().1, [7; 160], "and nothing before it");
}

#[test]
fn either_end_may_go() {
    let (engine, fill) = two_threads();
    let a = Phone::call(&engine);
    let _crowd = fill(&engine);
    let (mut a, b) = bridge(a, Phone::call(&engine));
    a.say(0, 0, &[1; 160]);
    b.hear();
    let port = b.stream.local_addr().unwrap();
    drop(b.stream);
    let mut free = false;
    settled(&a.stream, |_| {
        free = UdpSocket::bind(port).is_ok();
        free
    });
    assert!(free, "although a bridge leads there");
    a.say_and_wait(0, 160, &[2; 160]);
    let mut c = Phone::call(&engine);
    a.stream.bridge(&c.stream.outlet());
    c.stream.bridge(&a.stream.outlet());
    a.ready();
    c.ready();
    a.say(0, 320, &[3; 160]);
    assert_eq!(c.hear().1, [3; 160], "the one that is left goes on");
    drop(a);
    c.say_and_wait(0, 0, &[4; 160]);
    c.say_and_wait(0, 160, &[4; 160]);
}

#[test]
fn a_hundred_bridges_lose_nothing() {
    const PAIRS: usize = 100;
    const ROUNDS: u32 = 25;
    const BURST: u32 = 12;
    let (engine, fill) = two_threads();
    let callers: Vec<Phone> = (0..PAIRS).map(|_| Phone::call(&engine)).collect();
    let _crowd = fill(&engine);
    let callees: Vec<Phone> = (0..PAIRS).map(|_| Phone::call(&engine)).collect();
    let mut pairs: Vec<(Phone, Phone)> = callers.into_iter().zip(callees).map(|(a, b)| bridge(a, b)).collect();
    let mut last = [[None::<Header>; 2]; PAIRS];
    for round in 0..ROUNDS {
        let numbers = round * BURST..(round + 1) * BURST;
        for (a, b) in &mut pairs {
            for number in numbers.clone() {
                a.say(0, number * 160, &number.to_be_bytes().repeat(40));
                b.say(0, number * 160, &number.to_be_bytes().repeat(40));
            }
        }
        for ((a, b), last) in pairs.iter().zip(&mut last) {
            for (phone, last) in [a, b].into_iter().zip(last) {
                for number in numbers.clone() {
                    let (header, heard) = phone.hear();
                    assert_eq!(heard, number.to_be_bytes().repeat(40), "all of them in order");
                    if let Some(last) = last.replace(header) {
                        assert_eq!(header.sequence, last.sequence.wrapping_add(1));
                        assert_eq!(header.timestamp, last.timestamp.wrapping_add(160));
                    }
                }
            }
        }
    }
    let all = u64::from(ROUNDS * BURST);
    for phone in pairs.iter().flat_map(|(a, b)| [a, b]) {
        let statistics = settled(&phone.stream, |statistics| statistics.out_packets == all);
        assert_eq!((statistics.in_packets, statistics.out_packets, statistics.lost), (all, all, 0));
    }
}
