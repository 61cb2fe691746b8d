//! Digits as sound on a call: heard in it, and put into it (`inband_dtmf_callback`, `inband_dtmf_generate_callback` of
//! switch_ivr_async.c).

use std::collections::VecDeque;

use parking_lot::Mutex;
use strowger_media::source::AudioSource;
use strowger_media::telephone_event::InbandReceiver;
use strowger_media::tone::ToneStream;

use super::digits::DigitSink;
use super::tap::{Passing, Side, Tap};

/// A tap that hears digits in what the far end says.
pub struct KeyEar(Mutex<(InbandReceiver, DigitSink)>);

impl KeyEar {
    /// Tells `sink` of each.
    pub fn new(sink: DigitSink) -> KeyEar {
        KeyEar(Mutex::new((InbandReceiver::default(), sink)))
    }
}

impl Tap for KeyEar {
    fn pass(&self, frame: &mut [i16], passing: Passing) -> bool {
        if passing.side == Side::Heard {
            let (receiver, sink) = &mut *self.0.lock();
            receiver.hear(frame, sink);
        }
        false
    }
}

/// A tap that puts digits into one way of a call, in place of what passes there.
pub struct KeyVoice {
    side: Side,
    line: Mutex<Line>,
}

/// The digits that wait, and what is heard of them.
#[derive(Default)]
struct Line {
    waiting: VecDeque<ToneStream>,
    sounding: Option<ToneStream>,
    /// Frames that pass before the first of them.
    lead: u32,
}

impl KeyVoice {
    /// Puts digits into what goes that way.
    pub fn new(side: Side) -> KeyVoice {
        KeyVoice { side, line: Mutex::default() }
    }

    /// The way they go.
    pub fn side(&self) -> Side {
        self.side
    }

    /// Puts in a digit of so many samples at 8 kHz, behind those that wait; `false` when a hundred of them do, or it is no
    /// key.
    pub fn press(&self, digit: char, samples: u32) -> bool {
        let text = format!("{}({},{PAUSE_MS})", digit.to_ascii_uppercase(), (samples / 8).max(1));
        let Ok(tones) = ToneStream::parse(&text) else { return false };
        let mut line = self.line.lock();
        if line.waiting.len() >= MAX_WAITING {
            return false;
        }
        if line.sounding.is_none() && line.waiting.is_empty() {
            line.lead = LEAD;
        }
        line.waiting.push_back(tones);
        true
    }
}

impl Tap for KeyVoice {
    fn pass(&self, frame: &mut [i16], passing: Passing) -> bool {
        if passing.side != self.side {
            return false;
        }
        let mut line = self.line.lock();
        if line.lead > 0 {
            line.lead -= 1;
            return false;
        }
        if line.sounding.is_none() {
            line.sounding = line.waiting.pop_front();
        }
        let Some(tones) = &mut line.sounding else { return false };
        let filled = tones.fill(frame);
        if filled < frame.len() {
            line.sounding = None;
        }
        frame.iter_mut().skip(filled).for_each(|sample| *sample = 0);
        true
    }
}

/// Silence behind a digit: teletone's 500 samples.
const PAUSE_MS: u32 = 62;
/// Digits that wait.
const MAX_WAITING: usize = 100;
/// Frames between a digit and its sound, when none was heard before.
const LEAD: u32 = 10;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;

    #[test]
    fn what_one_puts_in_the_other_hears() {
        let heard: Arc<Mutex<String>> = Arc::default();
        let list = Arc::clone(&heard);
        let ear = KeyEar::new(Box::new(move |digit| list.lock().push(digit.digit)));
        let voice = KeyVoice::new(Side::Heard);
        let pressed = "159d*".chars().all(|digit| voice.press(digit, 800));
        assert!(pressed && !voice.press('x', 800));
        let mut changed = 0;
        for frame in 0..100 {
            for side in [Side::Heard, Side::Said] {
                let passing = Passing { side, at: Instant::now(), timestamp: None };
                let mut sound = [7; 160];
                let was_changed = voice.pass(&mut sound, passing);
                assert!(!was_changed || (side == Side::Heard && frame >= LEAD));
                changed += u32::from(was_changed);
                ear.pass(&mut sound, passing);
            }
        }
        assert_eq!(*heard.lock(), "159D*");
        assert!((40..50).contains(&changed), "{changed} frames of 810 ms");
    }

    #[test]
    fn only_so_many_wait() {
        let voice = KeyVoice::new(Side::Said);
        assert_eq!((0..1000).filter(|_| voice.press('1', 192_000)).count(), MAX_WAITING);
    }
}
