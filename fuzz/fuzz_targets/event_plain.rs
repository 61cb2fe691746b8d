//! What reads as an event in its plain form is the same event after it was written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strowger_event::Format;

fuzz_target!(|text: &str| {
    let Ok(event) = Format::Plain.read(text) else { return };
    // A last header of that name is the length of a body to every reader, also when the event has none.
    if event.body.is_none() && event.headers.iter().next_back().is_some_and(|(name, _)| name == "Content-Length") {
        return;
    }
    // What is encoded already is not encoded again, so it does not come back as it was.
    let encoded = |text: &str| text.as_bytes().windows(3).any(|at| at[0] == b'%' && at[1..].iter().all(u8::is_ascii_hexdigit));
    if event.headers.iter().any(|(name, value)| encoded(name) || encoded(value)) {
        return;
    }
    let mut written = String::new();
    Format::Plain.write(&event, &mut written);
    let again = Format::Plain.read(&written).expect("what was written is read");
    assert_eq!(again, event, "{written}");

    let packet = strowger_event::packet(&event, Format::Plain);
    let head = format!("Content-Length: {}\nContent-Type: {}\n\n", written.len(), Format::Plain.content_type());
    assert_eq!(packet, (head + &written).into_bytes());
});
