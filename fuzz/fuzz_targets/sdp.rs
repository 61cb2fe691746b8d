//! Any text read as SDP: no panic, an answer as long as its offer, and our own answers can be read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strowger_media::codec::Codec;
use strowger_media::sdp::{Local, Rule, accept_answer, answer, parse};

fuzz_target!(|text: &str| {
    let Ok(offer) = parse(text) else { return };
    let _ = accept_answer(&offer, &Codec::ALL);
    let local = Local::new(std::net::Ipv4Addr::LOCALHOST.into(), 30_000, 1, 1);
    for rule in [Rule::Generous, Rule::Greedy] {
        let Ok(answer) = answer(&offer, &local, &Codec::ALL, rule, 101) else { continue };
        let read = parse(&answer.sdp).expect("our own answer");
        assert_eq!(read.media.len(), offer.media.len());
        assert_eq!(accept_answer(&read, &Codec::ALL).expect("our own answer").codec, answer.negotiated.codec);
    }
});
