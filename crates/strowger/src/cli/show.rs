//! What a switch sends, as text for people.

use strowger_core::log::LogLevel;
use strowger_esl::client::ServerPacket;
use strowger_event::Event;

use crate::paint;

/// The answer to a command: an API command's body, else the reply's text. Always ends its line.
pub fn answer(packet: &ServerPacket) -> String {
    let text = packet.reply_text().unwrap_or_else(|| packet.text());
    if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") }
}

/// A packet that came by itself: a log line, an event, a notice.
pub fn unasked(packet: &ServerPacket, coloured: bool) -> String {
    if packet.content_type == "log/data" {
        let level = packet.headers.get("Log-Level").and_then(LogLevel::parse).unwrap_or(LogLevel::Console);
        return paint::log_line(level, packet.text(), coloured);
    }
    match packet.event() {
        Some(Ok(event)) => paint::clean(&self::event(&event)).into_owned(),
        Some(Err(error)) => format!("an event that cannot be read: {error}\n"),
        None => paint::clean(&answer(packet)).into_owned(),
    }
}

/// An event's name, its headers below, indented, and its body.
fn event(event: &Event) -> String {
    let mut out = match event.subclass() {
        Some(subclass) => format!("EVENT {} {subclass}\n", event.kind),
        None => format!("EVENT {}\n", event.kind),
    };
    for (name, value) in event.headers.iter() {
        out += &format!("  {name}: {value}\n");
    }
    if let Some(body) = &event.body {
        out += &format!("\n{}\n", body.trim_end_matches('\n'));
    }
    out
}

#[cfg(test)]
mod tests {
    use strowger_esl::client::Decoder;

    use super::*;

    fn check(bytes: &str, expected: &str) {
        let mut decoder = Decoder::default();
        decoder.feed(bytes.as_bytes());
        let packet = decoder.next().unwrap().unwrap();
        assert_eq!(unasked(&packet, true), expected);
    }

    #[test]
    fn a_log_line_has_its_colour() {
        check("Content-Type: log/data\nContent-Length: 2\nLog-Level: 3\n\nx\n", "\x1b[31mx\x1b[0m\n");
    }

    #[test]
    fn an_event_is_decoded() {
        let event = "Event-Name: CUSTOM\nEvent-Subclass: a%3A%3Ab\nContent-Length: 2\n\nhi";
        check(
            &format!("Content-Length: {}\nContent-Type: text/event-plain\n\n{event}", event.len()),
            "EVENT CUSTOM a::b\n  Event-Name: CUSTOM\n  Event-Subclass: a::b\n\nhi\n",
        );
    }

    #[test]
    fn an_answer_ends_its_line() {
        let packet = ServerPacket { body: Some("host".to_owned()), ..ServerPacket::default() };
        assert_eq!(answer(&packet), "host\n");
        assert_eq!(answer(&ServerPacket::default()), "");
    }
}
