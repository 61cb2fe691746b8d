use std::time::Instant;

use super::*;

/// A program that hears what a stream receives, as linear PCM, and speaks on it.
struct Program {
    socket: UdpSocket,
    address: std::net::SocketAddr,
}

impl Program {
    fn on(stream: &Stream) -> Program {
        let socket = socket();
        let unicast = Unicast::bind((Ipv4Addr::LOCALHOST, 0).into(), socket.local_addr().unwrap(), false).unwrap();
        let address = unicast.local_addr().unwrap();
        stream.unicast(Some(unicast));
        Program { socket, address }
    }

    fn hear(&self) -> Vec<i16> {
        let mut datagram = [0; 1024];
        let length = self.socket.recv(&mut datagram).unwrap();
        datagram[..length].chunks(2).map(|pair| i16::from_ne_bytes([pair[0], pair[1]])).collect()
    }

    fn speak(&self, samples: &[i16]) {
        let sound: Vec<u8> = samples.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
        self.socket.send_to(&sound, self.address).unwrap();
    }
}

fn tone(milliseconds: usize) -> (Box<dyn AudioSource>, Vec<i16>) {
    let spec = format!("tone_stream://%({milliseconds},0,440)");
    let mut samples = vec![0; milliseconds * 8];
    source(&spec).fill(&mut samples);
    (source(&spec), samples)
}

#[test]
fn what_one_end_plays_the_other_receives() {
    let engine = engine();
    let (x, y) = engine.open_pair().unwrap();
    assert_eq!((x.local_addr(), y.local_addr()), (None, None));
    let program = Program::on(&y);
    let pause = engine.open_null().unwrap();
    for milliseconds in [100, 60] {
        let (tone, samples) = tone(milliseconds);
        let played = x.play(tone);
        let heard: Vec<Vec<i16>> = (0..milliseconds / 20).map(|_| program.hear()).collect();
        assert!(heard.iter().all(|frame| frame.len() == 160), "packets of 20 ms");
        assert_eq!(heard.concat(), samples);
        assert_eq!(ended(played).outcome, Outcome::Done);
        // So long that the other end has stopped looking, the next time round.
        ended(pause.play(source("silence_stream://200")));
    }
    let (sent, received) = (x.statistics(), settled(&y, |statistics| statistics.in_packets == 8));
    assert_eq!((sent.out_media_packets, sent.out_media_bytes), (8, 8 * 332));
    assert_eq!((received.in_media_packets, received.in_media_bytes, received.lost), (8, 8 * 332, 0));
    assert_eq!((sent.in_packets, received.out_packets), (0, 0));
}

#[test]
fn an_echo_comes_back() {
    let engine = engine();
    let (x, y) = engine.open_pair().unwrap();
    y.echo();
    let program = Program::on(&x);
    let (source, samples) = tone(60);
    x.play(source);
    assert_eq!([program.hear(), program.hear(), program.hear()].concat(), samples);
}

#[test]
fn two_phones_talk_through_a_pair() {
    let engine = engine();
    let (x, y) = engine.open_pair().unwrap();
    let (mut a, mut b) = (Phone::call(&engine), Phone::with(&engine, Codec::Pcma));
    for (phone, end) in [(&a, &x), (&b, &y)] {
        phone.stream.bridge(&end.outlet());
        end.bridge(&phone.stream.outlet());
    }
    a.ready();
    let mut before: Option<Header> = None;
    for i in 0..10 {
        // Silence of either law and what it becomes in the other.
        let level = [0x55_u8, 0xD5, 0x34, 0x12][i as usize % 4];
        let (mut pcm, mut expected) = (Vec::new(), Vec::new());
        Codec::Pcmu.decode(&[level; 160], &mut pcm);
        Codec::Pcma.encode(&pcm, &mut expected);
        a.say(0, i * 160, &[level; 160]);
        let (header, heard) = b.hear();
        assert_eq!((header.payload_type, heard), (8, expected));
        if let Some(before) = before.replace(header) {
            assert_eq!(header.sequence, before.sequence.wrapping_add(1));
            let step = header.timestamp.wrapping_sub(before.timestamp);
            assert!(step >= 160 && step % 40 == 0, "{step}");
        }
    }
    b.say(8, 0, &[0xD5; 240]);
    b.say(8, 240, &[0xD5; 80]);
    assert_eq!((a.hear().1.len(), a.hear().1.len()), (160, 160), "frames of 20 ms whatever came");
    b.say(8, 320, &[0xD5; 80]);
    assert_eq!(a.hear().1.len(), 160, "half a frame is filled up when nothing follows");
}

#[test]
fn a_program_speaks_across() {
    let engine = engine();
    let (x, y) = engine.open_pair().unwrap();
    let (near, far) = (Program::on(&x), Program::on(&y));
    let samples: Vec<i16> = (0..480).collect();
    near.speak(&samples);
    assert_eq!([far.hear(), far.hear(), far.hear()].concat(), samples);
    far.speak(&samples[..160]);
    assert_eq!(near.hear(), samples[..160]);
}

#[test]
fn a_circle_turns_no_faster_than_time() {
    let engine = engine();
    let (x, y) = engine.open_pair().unwrap();
    x.echo();
    y.echo();
    let begun = Instant::now();
    Program::on(&x).speak(&[1000; 160]);
    let statistics = settled(&x, |statistics| statistics.in_packets >= 5);
    assert!(statistics.in_packets >= 5 && begun.elapsed() >= Duration::from_millis(80), "{:?}", begun.elapsed());
    assert!(statistics.in_packets <= begun.elapsed().as_millis() as u64 / 20 + 1);
}

#[test]
fn one_end_is_on_hold_and_then_gone() {
    let engine = engine();
    let (x, y) = engine.open_pair().unwrap();
    let hold = Phone::silent(&engine).parameters();
    x.connect(RtpParameters { send: false, ..hold });
    ended(x.play(tone(40).0));
    assert_eq!(x.statistics().out_packets, 0);
    x.connect(hold);
    ended(x.play(tone(40).0));
    assert_eq!(settled(&y, |statistics| statistics.in_packets == 2).in_packets, 2);
    assert_eq!(x.press(presses("5", 800)), 1, "taken, and nobody to send it to");
    drop(y);
    ended(x.play(tone(200).0));
    assert_eq!(x.statistics().out_dtmf_packets, 0);
}
