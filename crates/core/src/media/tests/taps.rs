use std::sync::Arc;

use parking_lot::Mutex;

use super::bridge::bridged;
use super::phone::Phone;
use super::*;

/// Tells what passed, and may make it something else.
#[derive(Default)]
struct Spy {
    passed: Mutex<Vec<(Side, i16, usize)>>,
    into: Option<(Side, i16)>,
}

impl Tap for Spy {
    fn pass(&self, frame: &mut [i16], passing: Passing) -> bool {
        self.passed.lock().push((passing.side, frame.first().copied().unwrap_or_default(), frame.len()));
        let Some((_, value)) = self.into.filter(|(side, _)| *side == passing.side) else { return false };
        frame.fill(value);
        true
    }
}

/// µ-law of a level that all of a packet has, and what it is decoded to.
fn level(code: u8) -> ([u8; 160], i16) {
    let mut pcm = Vec::new();
    Codec::Pcmu.decode(&[code], &mut pcm);
    ([code; 160], pcm[0])
}

fn spy(stream: &Stream, into: Option<(Side, i16)>) -> Arc<Spy> {
    let spy = Arc::new(Spy { into, ..Spy::default() });
    stream.tap(vec![Arc::clone(&spy) as Arc<dyn Tap>]);
    spy
}

#[test]
fn a_bridge_passes_by_and_stays_as_it_is() {
    let engine = engine();
    let (mut a, mut b) = bridged(&engine);
    let spy = spy(&a.stream, None);
    a.ready();
    let ((said, heard_level), (answer, said_level)) = (level(0x12), level(0x93));
    a.say(0, 0, &said);
    assert_eq!(b.hear().1, said, "byte for byte");
    b.say(0, 0, &answer);
    assert_eq!(a.hear().1, answer);
    assert_eq!(*spy.passed.lock(), [(Side::Heard, heard_level, 160), (Side::Said, said_level, 160)]);
    a.stream.tap(Vec::new());
    a.ready();
    a.say(0, 160, &said);
    assert_eq!(b.hear().1, said);
    assert_eq!(spy.passed.lock().len(), 2, "it is gone");
}

#[test]
fn what_a_tap_makes_of_it_is_sent_on() {
    let engine = engine();
    let (mut a, mut b) = bridged(&engine);
    let (first, second) = (level(0x20), level(0x30));
    let on_a = spy(&a.stream, Some((Side::Heard, first.1)));
    let on_b = spy(&b.stream, Some((Side::Heard, second.1)));
    a.ready();
    b.ready();
    a.say(0, 0, &[0x55; 160]);
    assert_eq!(b.hear().1, first.0, "changed as it was heard");
    assert_eq!(on_b.passed.lock().as_slice(), [(Side::Said, first.1, 160)], "and so it passes on the way out");
    b.say(0, 0, &[0x55; 160]);
    assert_eq!(a.hear().1, second.0);
    assert_eq!(on_a.passed.lock().last(), Some(&(Side::Said, second.1, 160)));
}

#[test]
fn an_echo_passes_both_ways() {
    let engine = engine();
    let mut phone = Phone::call(&engine);
    phone.stream.echo();
    let (said, value) = level(0x40);
    let (other, changed) = level(0x41);
    let spy = spy(&phone.stream, Some((Side::Said, changed)));
    phone.ready();
    phone.say(0, 0, &said);
    assert_eq!(phone.hear().1, other);
    assert_eq!(*spy.passed.lock(), [(Side::Heard, value, 160), (Side::Said, value, 160)]);
}

#[test]
fn what_plays_passes_even_where_nobody_hears_it() {
    let engine = engine();
    let stream = engine.open_null().unwrap();
    let spy = spy(&stream, None);
    let played = ended(stream.play(source("tone_stream://%(100,0,440)")));
    assert_eq!(played.outcome, Outcome::Done);
    let passed = spy.passed.lock();
    assert_eq!(passed.len(), 5);
    assert!(passed.iter().all(|(side, _, length)| (*side, *length) == (Side::Said, 160)));
}

#[test]
fn on_hold_nothing_passes() {
    let engine = engine();
    let mut phone = Phone::call(&engine);
    phone.connect(false, false);
    phone.stream.echo();
    let spy = spy(&phone.stream, None);
    phone.ready();
    phone.say_and_wait(0, 0, &[1; 160]);
    let played = phone.stream.play(source("tone_stream://%(40,0,440)"));
    assert_eq!(ended(played).outcome, Outcome::Done);
    assert!(spy.passed.lock().is_empty());
}
