use super::*;
use proptest::prelude::*;

const ALL: [Format; 3] = [Format::Plain, Format::Json, Format::Xml];

fn written(event: &Event, format: Format) -> String {
    let mut out = String::new();
    format.write(event, &mut out);
    out
}

fn note() -> Event {
    Event::custom("app::note")
        .header("Text", "a \"b\"\\c")
        .header("List", "ARRAY::one|:two")
        .header("Event-Name", "CUSTOM")
}

#[test]
fn plain_is_lines_of_encoded_values() {
    assert_eq!(
        written(&note(), Format::Plain),
        "Event-Subclass: app%3A%3Anote\nText: a%20%22b%22%5Cc\nList: ARRAY%3A%3Aone%7C%3Atwo\nEvent-Name: CUSTOM\n\n"
    );
    assert_eq!(
        written(&Event::custom("x").body("one\ntwo é"), Format::Plain),
        "Event-Subclass: x\nContent-Length: 10\n\none\ntwo é"
    );
}

#[test]
fn json_is_one_object_in_order() {
    assert_eq!(
        written(&note(), Format::Json),
        r#"{"Event-Subclass":"app::note","Text":"a \"b\"\\c","List":["one","two"],"Event-Name":"CUSTOM"}"#
    );
    assert_eq!(
        written(&Event::custom("x").body("one\ntwo \u{1}"), Format::Json),
        r#"{"Event-Subclass":"x","Content-Length":"9","_body":"one\ntwo \u0001"}"#
    );
    assert_eq!(written(&Event::new(EventKind::Api), Format::Json), "{}");
}

#[test]
fn xml_is_a_document_of_encoded_values() {
    assert_eq!(
        written(&Event::custom("a::b").header("Angle", "<b>").body("100% <ok> & \r"), Format::Xml),
        "<event>\n  <headers>\n    <Event-Subclass>a%3A%3Ab</Event-Subclass>\n    <Angle>%3Cb%3E</Angle>\n  </headers>\n  \
         <Content-Length>13</Content-Length>\n  <body>100% &lt;ok&gt; &amp; &#13;</body>\n</event>"
    );
}

#[test]
fn a_name_xml_cannot_have_is_an_attribute() {
    let event = Event::custom("x").header("a:b \"c\"", "1").header("1st", "2").header("", "3");
    assert!(written(&event, Format::Xml).contains("<header name=\"a%3Ab%20%22c%22\">1</header>"));
    assert_eq!(Format::Xml.read(&written(&event, Format::Xml)).unwrap(), event);
}

#[test]
fn a_name_cannot_pose_as_another_header() {
    let event = Event::custom("x").header("a\nEvent-Name: API\n\n", "1");
    assert_eq!(written(&event, Format::Plain), "Event-Subclass: x\na%0AEvent-Name%3A API%0A%0A: 1\n\n");
    assert_eq!(Format::Plain.read(&written(&event, Format::Plain)).unwrap(), event);
    let mut event = Event::new(EventKind::ChannelPark);
    event.headers.push("variable_nolocal:far", "f");
    assert!(written(&event, Format::Plain).contains("variable_nolocal:far: f\n"));
}

#[test]
fn what_xml_cannot_say_is_replaced_in_a_body() {
    let event = Event::custom("x").body("a\0b\u{1f}c\u{fffe}");
    let read = Format::Xml.read(&written(&event, Format::Xml)).unwrap();
    assert_eq!(read.body.as_deref(), Some("a\u{fffd}b\u{fffd}c\u{fffd}"));
}

#[test]
fn the_last_name_is_the_kind() {
    let text = "Event-Name: CUSTOM\r\ncontent-length: 33\r\nnonsense\r\nEvent-Name:MODULE_LOAD\r\n\r\n";
    let event = Format::Plain.read(text).unwrap();
    assert_eq!(event.kind, EventKind::ModuleLoad);
    assert_eq!((event.headers.len(), event.body), (3, None));
}

#[test]
fn a_body_that_is_not_whole_is_an_error() {
    let read = |text| Format::Plain.read(text).unwrap_err().to_string();
    assert_eq!(read("Content-Length: 3\n\nab"), "body truncated: 2 of 3 bytes");
    assert_eq!(read("Content-Length: 1\n\né"), "the body's length of 1 bytes ends inside a character");
}

#[test]
fn other_documents_are_errors() {
    for (format, text) in [
        (Format::Json, "[]"),
        (Format::Json, r#"{"a":{"b":"c"}}"#),
        (Format::Json, ""),
        (Format::Xml, ""),
        (Format::Xml, "<events/>"),
        (Format::Xml, "<event><headers></event>"),
        (Format::Xml, "<event>"),
    ] {
        assert!(format.read(text).is_err(), "{text}");
    }
}

#[test]
fn json_numbers_are_taken_as_text() {
    let event = Format::Json.read(r#"{"Event-Name":"API","a":1,"b":true,"c":[-2,null],"_body":"x"}"#).unwrap();
    let pairs: Vec<_> = event.headers.iter().collect();
    assert_eq!(pairs, [("Event-Name", "API"), ("a", "1"), ("b", "true"), ("c", "ARRAY::-2|:null")]);
    assert_eq!((event.kind, event.body.as_deref()), (EventKind::Api, Some("x")));
}

#[test]
fn a_format_has_a_name_and_a_type() {
    for format in ALL {
        assert_eq!(Format::parse(&format.name().to_uppercase()), Some(format));
        assert_eq!(Format::of_content_type(format.content_type()), Some(format));
    }
    assert_eq!(Format::parse("yaml"), None);
}

#[test]
fn a_packet_says_how_long_it_is() {
    for length in [0, 1, 500, 800, 880, 900, 1000, 9000, 9990] {
        for format in ALL {
            let event = Event::custom("x").header("long", &"=".repeat(length));
            let text = written(&event, format);
            let head = format!("Content-Length: {}\nContent-Type: {}\n\n", text.len(), format.content_type());
            assert_eq!(String::from_utf8(packet(&event, format)).unwrap(), head + &text);
        }
    }
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[ -~]{0,20}", "ARRAY::[a-c|:]{0,6}"].prop_map(|text| unescaped(&text))
}

/// What is encoded already is not encoded again, so it does not come back as it was: a blank behind each `%`.
fn unescaped(text: &str) -> String {
    text.replace('%', "% ")
}

fn event() -> impl Strategy<Value = Event> {
    let name = prop_oneof![4 => "[A-Za-z_][A-Za-z0-9_-]{0,12}", 1 => any::<String>().prop_map(|name| unescaped(&name))];
    let headers = proptest::collection::vec((name, value()), 0..12);
    let kind = (0..EventKind::COUNT).prop_map(|at| EventKind::all().nth(at).unwrap());
    (kind, headers, proptest::option::of(any::<String>())).prop_map(|(kind, headers, body)| {
        let mut event = Event { kind, headers: headers.into_iter().collect(), body };
        event.headers.remove("Event-Name");
        event.header("Event-Name", kind.name())
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(event in event()) {
        for format in [Format::Plain, Format::Json] {
            prop_assert_eq!(&format.read(&written(&event, format)).unwrap(), &event);
        }
    }

    #[test]
    fn what_xml_can_say_is_read(event in event()) {
        let mut event = event;
        event.body = event.body.map(|body| body.replace(|c: char| c.is_control() && !"\r\n\t\u{7f}".contains(c)
            && (c as u32) < 0x80 || matches!(c, '\u{FFFE}' | '\u{FFFF}'), ""));
        prop_assert_eq!(Format::Xml.read(&written(&event, Format::Xml)).unwrap(), event);
    }

    #[test]
    fn no_text_upsets_a_reader(text in any::<String>(), tail in "(<event>|</?headers>|<a>|&#1;|&x;|[{}\":,]|: |\n){0,20}") {
        for format in ALL {
            let _ = format.read(&text);
            let _ = format.read(&tail);
        }
    }
}
