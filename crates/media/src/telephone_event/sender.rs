//! The packets that digits are sent in, without the clock that paces them.

use std::collections::VecDeque;

use super::{DIGITS, TelephoneEvent};

/// What is to be sent: a key held, or a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Press {
    /// The event (RFC 4733 §3.2: 0 to 15 are keys, 16 is a hook flash); `None` is a pause.
    pub event: Option<u8>,
    /// How long, in samples at 8 kHz. A key is held for [`MAX_HELD`] at the longest.
    pub duration: u32,
}

impl Press {
    /// A key (`0`-`9`, `*`, `#`, `A`-`D`), a hook flash (`F`), half a second (`w`) or a second (`W`) of pause; `None` for
    /// anything else. `duration` counts samples at 8 kHz; a pause has its own.
    pub fn new(digit: char, duration: u32) -> Option<Press> {
        let event = match digit {
            'w' => return Some(Press { event: None, duration: 4000 }),
            'W' => return Some(Press { event: None, duration: 8000 }),
            'F' | 'f' => 16,
            digit => DIGITS.iter().zip(0_u8..).find(|(key, _)| char::from(**key) == digit.to_ascii_uppercase())?.1,
        };
        Some(Press { event: Some(event), duration: duration.clamp(STEP_SAMPLES, MAX_HELD) })
    }
}

/// Sends digits, one after the other: asked every [`STEP_SAMPLES`] samples, it says what to send then.
///
/// A digit is told of every 20 ms, its end three times, all under the timestamp of its beginning (RFC 4733 §2.5.1); a
/// pause parts it from the next.
#[derive(Debug, Clone, Default)]
pub struct DtmfSender {
    queue: VecDeque<Press>,
    state: State,
}

/// What one step sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// An event packet; `first` begins a digit: it is marked, and its timestamp is that of all the digit's packets.
    Packet {
        /// The payload.
        payload: [u8; 4],
        /// Whether a digit begins.
        first: bool,
    },
    /// Nothing, for now.
    Silence,
    /// Nothing any more.
    Done,
}

#[derive(Debug, Clone, Copy, Default)]
enum State {
    #[default]
    Idle,
    /// A key is held.
    Held { event: u8, total: u32, elapsed: u32, ends: u8 },
    /// Nothing is sent for so many samples.
    Pause { left: u32 },
}

impl DtmfSender {
    /// Adds to what is to be sent; `false` when [`MAX_QUEUED`] wait already.
    pub fn push(&mut self, press: Press) -> bool {
        let room = self.queue.len() < MAX_QUEUED;
        if room {
            self.queue.push_back(press);
        }
        room
    }

    /// Whether there is nothing to send.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, State::Idle) && self.queue.is_empty()
    }

    /// Whether a key is held: no audio is sent meanwhile.
    pub fn is_held(&self) -> bool {
        matches!(self.state, State::Held { .. })
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = DtmfSender::default();
    }

    /// What is to be sent now. To be called every [`STEP_SAMPLES`] samples until it says [`Step::Done`].
    pub fn step(&mut self) -> Step {
        if let State::Pause { left } = self.state {
            let left = left.saturating_sub(STEP_SAMPLES);
            self.state = if left == 0 { State::Idle } else { State::Pause { left } };
            return Step::Silence;
        }
        if let State::Idle = self.state {
            match self.queue.pop_front() {
                None => return Step::Done,
                Some(Press { event: None, duration }) => {
                    self.state = State::Pause { left: duration };
                    return self.step();
                }
                Some(Press { event: Some(event), duration }) => {
                    self.state = State::Held { event, total: duration, elapsed: 0, ends: 0 };
                }
            }
        }
        let State::Held { event, total, elapsed, ends } = self.state else { return Step::Done };
        let first = elapsed == 0;
        let elapsed = (elapsed + STEP_SAMPLES).min(total);
        let end = elapsed == total;
        let ends = ends + u8::from(end);
        self.state =
            if ends == ENDS { State::Pause { left: GAP } } else { State::Held { event, total, elapsed, ends } };
        let duration = u16::try_from(elapsed).unwrap_or(u16::MAX);
        Step::Packet { payload: TelephoneEvent { event, end, volume: VOLUME, duration }.to_bytes(), first }
    }
}

/// Samples between two packets: 20 ms at 8 kHz.
pub const STEP_SAMPLES: u32 = 160;
/// The longest a key is held, in samples: more does not go into an event's duration.
pub const MAX_HELD: u32 = 409 * STEP_SAMPLES;
/// Presses that may wait, as many as FreeSWITCH's `dtmf_queue` takes.
pub const MAX_QUEUED: usize = 100;
/// The pause after a digit, so that it and the next are two (ITU-T Q.24: at least 65 ms).
const GAP: u32 = 4 * STEP_SAMPLES;
/// How often an end is told.
const ENDS: u8 = 3;
/// In -dBm0.
const VOLUME: u8 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(keys: &str, duration: u32) -> DtmfSender {
        let mut sender = DtmfSender::default();
        keys.chars().for_each(|key| assert!(sender.push(Press::new(key, duration).unwrap())));
        sender
    }

    fn packets(sender: &mut DtmfSender) -> Vec<(u64, TelephoneEvent, bool)> {
        let mut packets = Vec::new();
        for step in 0.. {
            match sender.step() {
                Step::Packet { payload, first } => {
                    packets.push((step, TelephoneEvent::parse(&payload).unwrap(), first));
                }
                Step::Silence => {}
                Step::Done => break,
            }
        }
        packets
    }

    #[test]
    fn a_digit_grows_and_ends_three_times() {
        let mut sender = sender("#", 800);
        let packets = packets(&mut sender);
        let told: Vec<_> = packets.iter().map(|(_, event, first)| (event.duration, event.end, *first)).collect();
        let ends = [(800, true, false); 3];
        assert_eq!(told[..4], [(160, false, true), (320, false, false), (480, false, false), (640, false, false)]);
        assert_eq!(told[4..], ends);
        assert!(packets.iter().all(|(_, event, _)| event.event == 11 && event.volume == 10));
        assert!(sender.is_idle());
    }

    #[test]
    fn pauses_part_digits() {
        let begins = |keys, duration| -> Vec<u64> {
            packets(&mut sender(keys, duration)).iter().filter(|(.., first)| *first).map(|(step, ..)| *step).collect()
        };
        // Five steps held, two more ends, four of pause; `w` is 25 steps, `W` 50.
        assert_eq!(begins("12", 800), [0, 11]);
        assert_eq!(begins("w1W2", 800), [25, 25 + 11 + 50]);
    }

    #[test]
    fn a_duration_that_is_no_multiple_or_too_long() {
        let last =
            |duration| packets(&mut sender("d", duration)).last().map(|(_, event, _)| (event.event, event.duration));
        assert_eq!(last(408), Some((15, 408)));
        assert_eq!(last(192_000), Some((15, 65_440)));
        assert_eq!(last(1), Some((15, 160)), "its begin and end in one");
        assert_eq!(packets(&mut sender("5", 160)).len(), 3);
    }

    #[test]
    fn only_so_many_wait() {
        let mut sender = sender("1", 800);
        let pushed = (0..2 * MAX_QUEUED).filter(|_| sender.push(Press { event: None, duration: 1 })).count();
        assert_eq!(pushed, MAX_QUEUED - 1);
        sender.clear();
        assert_eq!(sender.step(), Step::Done);
        assert_eq!(Press::new('x', 800), None);
        assert_eq!(Press::new('F', 800).unwrap().event, Some(16));
    }
}
