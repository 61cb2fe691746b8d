//! However a byte stream is cut, the same packets come out, on both sides; every command of theirs gets an answer; what a
//! client writes is one packet.
#![no_main]

use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use strowger_esl::client::{self, Decoder};
use strowger_esl::{Framer, Limits, Listener, Packet};

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, bytes) = (usize::from(input.0) + 1, input.1);
    let packets = framed(bytes, bytes.len().max(1));
    assert_eq!(framed(bytes, piece), packets);
    assert_eq!(decoded(bytes, piece), decoded(bytes, bytes.len().max(1)));

    let mut listener = Listener::inbound(Instant::now());
    listener.password_checked(true);
    for packet in packets {
        let sent = client::command(&packet.command);
        let _ = listener.handle(packet, || "uuid".to_string());
        assert!(framed(&sent, 1).len() <= 1);
    }
});

fn framed(bytes: &[u8], piece: usize) -> Vec<Packet> {
    let mut framer = Framer::new(LIMITS);
    let mut packets = Vec::new();
    for piece in bytes.chunks(piece) {
        framer.feed(piece);
        while let Ok(Some(packet)) = framer.next() {
            packets.push(packet);
        }
    }
    packets
}

fn decoded(bytes: &[u8], piece: usize) -> Vec<client::ServerPacket> {
    let mut decoder = Decoder::new(LIMITS);
    let mut packets = Vec::new();
    for piece in bytes.chunks(piece) {
        decoder.feed(piece);
        while let Ok(Some(packet)) = decoder.next() {
            packets.push(packet);
        }
    }
    packets
}

const LIMITS: Limits = Limits { head: 4096, body: 4096 };
