//! What reads as an event in its json form is the same event after it was written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strowger_event::Format;

fuzz_target!(|text: &str| {
    let Ok(event) = Format::Json.read(text) else { return };
    let mut written = String::new();
    Format::Json.write(&event, &mut written);
    let again = Format::Json.read(&written).expect("what was written is read");
    assert_eq!(again, event, "{written}");

    let packet = strowger_event::packet(&event, Format::Json);
    let head = format!("Content-Length: {}\nContent-Type: {}\n\n", written.len(), Format::Json.content_type());
    assert_eq!(packet, (head + &written).into_bytes());
});
