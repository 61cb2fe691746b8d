mod bridge;
mod late;
mod pair;
mod phone;
mod taps;

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use phone::Phone;
use strowger_media::codec::Codec;
use strowger_media::rtp::Header;
use strowger_media::source::{AudioSource, open};
use strowger_media::telephone_event::{Press, TelephoneEvent};
use tokio::sync::oneshot;

use super::*;

fn engine() -> MediaEngine {
    MediaEngine::start(MediaOptions { threads: 1, rtp_ports: 0..=0 }).unwrap()
}

fn source(spec: &str) -> Box<dyn AudioSource> {
    open(spec, 8000).unwrap()
}

fn ended(played: oneshot::Receiver<Played>) -> Played {
    played.blocking_recv().unwrap()
}

/// Waits until the counters say so: a packet may be heard before it is counted.
fn settled(stream: &Stream, mut wanted: impl FnMut(&RtpStatistics) -> bool) -> RtpStatistics {
    let begun = std::time::Instant::now();
    loop {
        let statistics = stream.statistics();
        if wanted(&statistics) || begun.elapsed() > Duration::from_secs(5) {
            return statistics;
        }
        std::thread::yield_now();
    }
}

#[test]
fn echo_returns_the_very_bytes() {
    let engine = engine();
    let mut phone = Phone::call(&engine);
    phone.stream.echo();
    let mut before: Option<Header> = None;
    for i in 0..20_u32 {
        let payload: Vec<u8> = (0..160).map(|n| (n * 7 + i) as u8).collect();
        phone.say(101, i * 160, &[5, 0, 0, 160]);
        phone.say(0, 5000 + i * 160, &payload);
        let (header, heard) = phone.hear();
        assert_eq!(heard, payload, "the event before it is not echoed");
        assert_eq!((header.payload_type, header.ssrc), (0, phone.stream.ssrc()));
        if let Some(before) = before {
            assert_eq!(header.sequence, before.sequence.wrapping_add(1));
            assert_eq!(header.timestamp, before.timestamp.wrapping_add(160));
        }
        assert_eq!(header.marker, before.is_none(), "the first packet of a talk spurt is marked");
        before = Some(header);
    }
    let statistics = settled(&phone.stream, |statistics| statistics.out_packets == 20);
    assert_eq!((statistics.in_packets, statistics.in_media_packets, statistics.in_dtmf_packets), (40, 20, 20));
    assert_eq!((statistics.out_packets, statistics.out_raw_bytes), (20, 20 * 172));
    assert_eq!(statistics.in_media_bytes, 20 * 172);
    assert!((statistics.mos - 4.5).abs() < 1e-9);
}

#[test]
fn a_tone_arrives_in_time_and_order() {
    let engine = engine();
    let phone = Phone::call(&engine);
    let played = ended(phone.stream.play(source("tone_stream://%(100,0,440)")));
    assert_eq!(played, Played { samples: 800, milliseconds: 100, outcome: Outcome::Done });
    let expected = {
        let mut pcm = vec![0; 800];
        source("tone_stream://%(100,0,440)").fill(&mut pcm);
        pcm
    };
    // A machine that is late leaves frames out; those that are sent have their own time and sound.
    let sent = phone.stream.statistics().out_packets;
    assert!((1..=5).contains(&sent), "{sent} of 5 frames");
    let mut packets = (0..sent).map(|_| phone.hear());
    let (first, _) = packets.next().unwrap();
    assert!(first.marker);
    let mut last = first;
    for (header, payload) in packets {
        assert_eq!((header.sequence, header.marker), (last.sequence.wrapping_add(1), false));
        let at = header.timestamp.wrapping_sub(first.timestamp) as usize;
        assert!(at.is_multiple_of(160) && header.timestamp.wrapping_sub(last.timestamp) >= 160, "{at}");
        let mut heard = Vec::new();
        Codec::Pcmu.decode(&payload, &mut heard);
        assert!(heard.iter().zip(&expected[at..]).all(|(heard, sent)| heard.abs_diff(*sent) < 600));
        last = header;
    }
}

#[test]
fn playing_keeps_real_time() {
    let engine = engine();
    let phone = Phone::call(&engine);
    let begun = std::time::Instant::now();
    ended(phone.stream.play(source("tone_stream://%(300,0,440)")));
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(298), "{took:?}");
}

#[test]
fn a_frame_that_ends_early_is_filled_up() {
    let engine = engine();
    let phone = Phone::call(&engine);
    let played = phone.stream.play(source("tone_stream://%(30,0,440)"));
    assert_eq!(phone.hear().1.len(), 160);
    let (_, second) = phone.hear();
    assert_eq!(second[80..], [0xFF; 80]);
    assert_eq!(ended(played), Played { samples: 240, milliseconds: 30, outcome: Outcome::Done });
}

#[test]
fn stop_ends_playing_and_a_new_source_takes_over() {
    let engine = engine();
    let phone = Phone::call(&engine);
    let endless = "tone_stream://%(1000,0,440);loops=-1";
    let first = phone.stream.play(source(endless));
    phone.hear();
    let second = phone.stream.play(source(endless));
    assert_eq!(ended(first).outcome, Outcome::Stopped);
    phone.hear();
    phone.stream.stop();
    assert_eq!(ended(second).outcome, Outcome::Stopped);
    let third = phone.stream.play(source(endless));
    phone.stream.idle();
    assert_eq!(ended(third).outcome, Outcome::Stopped);
}

#[test]
fn the_null_stream_plays_to_its_end() {
    let engine = engine();
    let stream = engine.open_null().unwrap();
    assert_eq!(stream.local_addr(), None);
    let played = ended(stream.play(source("tone_stream://%(60,0,440)")));
    assert_eq!(played, Played { samples: 480, milliseconds: 60, outcome: Outcome::Done });
    assert_eq!(stream.statistics().out_packets, 0);
}

#[test]
fn closing_loses_what_plays() {
    let engine = engine();
    let stream = engine.open_null().unwrap();
    let played = stream.play(source("silence_stream://-1"));
    drop(stream);
    assert_eq!(ended(played).outcome, Outcome::Lost);
    let stream = engine.open_null().unwrap();
    let played = stream.play(source("silence_stream://-1"));
    drop(engine);
    assert_eq!(ended(played).outcome, Outcome::Lost);
    assert_eq!(ended(stream.play(source("silence_stream://-1"))).outcome, Outcome::Lost, "after the end as well");
}

#[test]
fn a_stream_on_hold_sends_nothing() {
    let engine = engine();
    let mut phone = Phone::silent(&engine);
    phone.connect(false, true);
    phone.stream.echo();
    phone.say(0, 0, &[1; 160]);
    ended(phone.stream.play(source("tone_stream://%(60,0,440)")));
    assert_eq!(phone.stream.statistics().out_packets, 0);
    phone.connect(true, true);
    phone.say(0, 160, &[2; 160]);
    assert_eq!(phone.hear().1, [2; 160], "back from hold");
}

#[test]
fn audio_goes_where_packets_come_from() {
    let engine = engine();
    let mut phone = Phone::silent(&engine);
    let elsewhere = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let real = std::mem::replace(&mut phone.socket, elsewhere);
    phone.connect(true, true);
    phone.stream.echo();
    phone.socket = real;
    for i in 0..3 {
        phone.say(0, i * 160, &[i as u8; 160]);
    }
    assert_eq!(phone.hear().1, [1; 160], "the second packet of a sender is believed");
}

#[test]
fn noise_is_counted_and_survived() {
    let engine = engine();
    let mut phone = Phone::call(&engine);
    phone.stream.echo();
    let address = phone.stream.local_addr().unwrap();
    for noise in [&[][..], &[0x80], &[0; 50], &[0x80, 200, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &[0xFF; 1500]] {
        phone.socket.send_to(noise, address).unwrap();
    }
    phone.say(99, 0, &[1; 160]);
    phone.say(13, 0, &[1]);
    phone.say(0, 0, &[3; 160]);
    assert_eq!(phone.hear().1, [3; 160]);
    let statistics = phone.stream.statistics();
    assert_eq!((statistics.in_skipped_packets, statistics.rtcp_packets, statistics.in_cng_packets), (5, 1, 1));
}

#[test]
fn a_talk_spurt_after_a_pause_is_marked_and_dated() {
    let engine = engine();
    let phone = Phone::call(&engine);
    ended(phone.stream.play(source("tone_stream://%(20,0,440)")));
    let first = phone.hear().0;
    let pause = engine.open_null().unwrap();
    ended(pause.play(source("silence_stream://100")));
    ended(phone.stream.play(source("tone_stream://%(20,0,440)")));
    let second = phone.hear().0;
    assert!(second.marker);
    assert_eq!(second.sequence, first.sequence.wrapping_add(1));
    assert!(second.timestamp.wrapping_sub(first.timestamp) >= 800, "at least the 100 ms of the pause");
}

#[test]
fn many_streams_on_two_threads() {
    let engine = MediaEngine::start(MediaOptions { threads: 2, rtp_ports: 0..=0 }).unwrap();
    let streams: Vec<Stream> = (0..2 * PACKED).map(|_| engine.open_null().unwrap()).collect();
    let played: Vec<_> = streams.iter().map(|stream| stream.play(source("tone_stream://%(60,0,440)"))).collect();
    assert!(played.into_iter().all(|played| ended(played).samples == 480));
}

#[test]
fn a_stream_is_small() {
    let shared = size_of::<mailbox::Mailbox>() + size_of::<output::Output>() + size_of::<counters::Counters>();
    let size = size_of::<Leg>() + shared + size_of::<Stream>();
    assert!(size <= 2048, "{size} bytes, and the sources it plays");
}

fn presses(keys: &str, duration: u32) -> Vec<Press> {
    keys.chars().map(|key| Press::new(key, duration).unwrap()).collect()
}

/// The event packets heard until so many digits have ended, without the audio between them.
fn heard_events(phone: &Phone, digits: usize) -> Vec<(Header, TelephoneEvent)> {
    let mut events: Vec<(Header, TelephoneEvent)> = Vec::new();
    while events.iter().filter(|(_, event)| event.end).count() < 3 * digits {
        let (header, payload) = phone.hear();
        if header.payload_type == 101 {
            events.push((header, TelephoneEvent::parse(&payload).unwrap()));
        }
    }
    events
}

#[test]
fn digits_that_come_are_told() {
    let engine = engine();
    let mut phone = Phone::call(&engine);
    let (told, digits) = std::sync::mpsc::channel();
    phone.stream.listen(Box::new(move |digit| told.send(digit).unwrap()));
    for (timestamp, event, duration) in [(1000, 1, 1280_u16), (4000, 11, 1600)] {
        let payload = |end: bool, duration| TelephoneEvent { event, end, volume: 10, duration }.to_bytes();
        phone.say(101, timestamp, &payload(false, 160));
        (0..3).for_each(|_| phone.say(101, timestamp, &payload(true, duration)));
        // Of another payload type, and so no event.
        phone.say(99, timestamp, &payload(true, duration));
    }
    let digits: Vec<_> = digits.iter().take(2).map(|digit| (digit.digit, digit.duration.as_millis())).collect();
    assert_eq!(digits, [('1', 160), ('#', 200)]);
    assert_eq!(settled(&phone.stream, |statistics| statistics.in_dtmf_packets == 8).in_dtmf_packets, 8);
}

#[test]
fn digits_are_not_heard_on_a_stream_that_does_not_listen() {
    let engine = engine();
    let mut phone = Phone::silent(&engine);
    phone.connect(true, false);
    let (told, digits) = std::sync::mpsc::channel();
    phone.stream.listen(Box::new(move |digit| told.send(digit).unwrap()));
    phone.say(101, 1000, &TelephoneEvent { event: 1, end: true, volume: 10, duration: 800 }.to_bytes());
    settled(&phone.stream, |statistics| statistics.in_dtmf_packets == 1);
    assert!(digits.try_recv().is_err());
}

#[test]
fn digits_are_sent_as_events() {
    let engine = engine();
    let phone = Phone::call(&engine);
    let begun = std::time::Instant::now();
    assert_eq!(phone.stream.press(presses("1#", 800)), 2);
    let events = heard_events(&phone, 2);
    // Five and two packets, four of pause, and again: the last one 340 ms after the first.
    assert!(begun.elapsed() >= Duration::from_millis(330), "{:?}", begun.elapsed());
    assert_eq!(events.len(), 14);
    for (digit, packets) in events.chunks(7).enumerate() {
        let timestamp = packets[0].0.timestamp;
        assert!(packets.iter().all(|(header, _)| header.timestamp == timestamp), "one timestamp for a digit");
        assert!(packets.iter().all(|(_, event)| event.event == [1, 11][digit]));
        let durations: Vec<_> = packets.iter().map(|(_, event)| event.duration).collect();
        assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
        let marks: Vec<_> = packets.iter().map(|(header, _)| header.marker).collect();
        assert_eq!(marks, [true, false, false, false, false, false, false]);
    }
    for pair in events.windows(2) {
        assert_eq!(pair[1].0.sequence, pair[0].0.sequence.wrapping_add(1));
    }
    let between = events[7].0.timestamp.wrapping_sub(events[0].0.timestamp);
    // A machine that is late makes it longer.
    assert!((1600..80_000).contains(&between), "{between} samples in 220 ms or more");
    let statistics = settled(&phone.stream, |statistics| statistics.out_dtmf_packets == 14);
    assert_eq!((statistics.out_dtmf_packets, statistics.out_media_packets), (14, 0));
}

#[test]
fn audio_makes_room_for_a_digit() {
    let engine = engine();
    let phone = Phone::call(&engine);
    let played = phone.stream.play(source("tone_stream://%(400,0,440)"));
    let (first, _) = phone.hear();
    phone.stream.press(presses("5", 800));
    ended(played);
    let statistics = settled(&phone.stream, |statistics| statistics.out_dtmf_packets == 7);
    // A machine that is late leaves frames out.
    assert!((1..=16).contains(&statistics.out_media_packets), "{} of 20 frames", statistics.out_media_packets);
    let mut last = first;
    let mut events = 0;
    for _ in 1..statistics.out_packets {
        let (header, _) = phone.hear();
        assert_eq!(header.sequence, last.sequence.wrapping_add(1));
        assert!(header.timestamp.wrapping_sub(last.timestamp) < 80_000, "time goes on, never back");
        events += u32::from(header.payload_type == 101);
        last = header;
    }
    assert_eq!(events, 7);
    // Twenty frames from first to last, however many of them were heard.
    assert!(last.timestamp.wrapping_sub(first.timestamp) <= 20 * 160 + 160);
}

#[test]
fn digits_nobody_could_hear_are_not_sent() {
    let engine = engine();
    let phone = Phone::silent(&engine);
    let room = phone.stream.press(presses(&"1".repeat(150), 800));
    assert_eq!(room, 100, "so many wait");
    phone.connect(false, true);
    phone.stream.press(presses("2", 800));
    let pause = engine.open_null().unwrap();
    pause.press(presses("3", 800));
    ended(pause.play(source("silence_stream://60")));
    phone.connect(true, true);
    phone.stream.press(presses("7", 400));
    assert!(heard_events(&phone, 1).iter().all(|(_, event)| event.event == 7), "on hold the others were dropped");
}

/// A socket that waits for what it hears, but not for ever.
fn socket() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    socket
}

#[test]
fn a_program_hears_the_call_and_speaks_on_it() {
    let engine = engine();
    let mut phone = Phone::call(&engine);
    let program = socket();
    let stranger = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let local = (Ipv4Addr::LOCALHOST, 0).into();
    for native in [false, true] {
        let unicast = Unicast::bind(local, program.local_addr().unwrap(), native).unwrap();
        let address = unicast.local_addr().unwrap();
        phone.stream.unicast(Some(unicast));
        phone.ready();
        let code = if native { 0x12 } else { 0x34 };
        let mut decoded = Vec::new();
        Codec::Pcmu.decode(&[code; 160], &mut decoded);
        let linear: Vec<u8> = decoded.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
        let sound = if native { vec![code; 160] } else { linear };
        let mut heard = [0; 1024];
        phone.say(0, 160, &[code; 160]);
        let length = program.recv(&mut heard).unwrap();
        assert_eq!(heard[..length], sound);
        // Two packets' worth in one datagram.
        program.send_to(&sound.repeat(2), address).unwrap();
        for _ in 0..2 {
            assert_eq!(phone.hear().1, [code; 160]);
        }
        assert_eq!(stranger.send_to(&[], address).unwrap(), 0, "an empty datagram is nothing");
    }
    phone.stream.unicast(None);
    phone.ready();
    phone.say(0, 480, &[0x56; 160]);
    settled(&phone.stream, |statistics| statistics.in_media_packets == 3);
    program.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    assert!(program.recv(&mut [0; 1024]).is_err(), "it hears no more");
}
