//! SIP: any datagram and any stream, cut anywhere; what is read is written and read again the same.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use strowger_sip::message::{Defect, Framer, parse};

fuzz_target!(|data: &[u8]| {
    let mut framer = Framer::new();
    let (first, second) = data.split_at(data.len() / 2);
    for part in [first, second] {
        framer.push(part);
        while let Ok(Some(_)) = framer.next_frame() {}
    }
    let Ok(message) = parse(&Bytes::copy_from_slice(data)) else { return };
    let _ = (Defect::check(&message), message.via(), message.from(), message.to(), message.contacts(), message.cseq());
    let _ = (message.uri(), message.max_forwards(), message.record_routes(), message.content_type());
    assert_eq!(parse(&message.to_bytes()), Ok(message));
});
