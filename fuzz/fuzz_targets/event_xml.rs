//! What reads as an event in its xml form is the same event after it was written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strowger_event::Format;

fuzz_target!(|text: &str| {
    let Ok(mut event) = Format::Xml.read(text) else { return };
    // The reader is more lenient than XML: what no document may have is not written.
    event.body = event.body.map(|body| body.replace(no_xml, "\u{FFFD}"));
    // What is encoded already is not encoded again, so it does not come back as it was.
    let encoded = |text: &str| text.as_bytes().windows(3).any(|at| at[0] == b'%' && at[1..].iter().all(u8::is_ascii_hexdigit));
    if event.headers.iter().any(|(name, value)| encoded(name) || encoded(value)) {
        return;
    }
    let mut written = String::new();
    Format::Xml.write(&event, &mut written);
    let again = Format::Xml.read(&written).expect("what was written is read");
    assert_eq!(again, event, "{written}");

    let packet = strowger_event::packet(&event, Format::Xml);
    let head = format!("Content-Length: {}\nContent-Type: {}\n\n", written.len(), Format::Xml.content_type());
    assert_eq!(packet, (head + &written).into_bytes());
});

fn no_xml(character: char) -> bool {
    matches!(character, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}')
}
