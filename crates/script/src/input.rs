//! What comes in for a call while it does something for a script: shown to the script, which says what is to come of it
//! (`switch_input_args_t`, `switch_ivr_process_fh`).

use std::sync::Arc;

use parking_lot::Mutex;
use strowger_core::Switch;
use strowger_core::bus::{QueueLimits, Subscription};
use strowger_core::session::Session;
use strowger_event::Event;
use strowger_media::steer::Steering;
use tokio::sync::mpsc;

/// Something that came in.
#[derive(Clone, Debug)]
pub enum Input {
    /// A digit.
    Digit {
        /// Which.
        digit: char,
        /// How long it was pressed, in samples at 8 kHz.
        duration: u32,
    },
    /// Speech that was understood, or a message to the call.
    Event(Box<Event>),
}

/// A script's callback: is given what came in, and says what is to come of it.
pub type React<'a> = &'a mut dyn FnMut(Input) -> String;

/// What a callback wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Nothing changes.
    GoOn,
    /// What goes on ends.
    Break,
    /// It pauses, or goes on when it was paused.
    Pause,
    /// It begins anew.
    Restart,
    /// It goes on so many milliseconds further on, or back.
    SeekBy(i64),
    /// It goes on at so many milliseconds from its beginning.
    SeekTo(u64),
    /// It is louder or softer by so many steps.
    LouderBy(i64),
    /// It is as loud as that step says.
    Loudness(i64),
}

impl Reaction {
    /// What the text that a callback returns means; what is unknown, `false` and `break` among it, ends what goes on.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (word, argument) = text.split_once(':').unwrap_or((text, ""));
        let number = argument.parse::<i64>();
        let is_step = argument.starts_with(['+', '-']);
        // A step that is no number is the usual one.
        let step = |usual| number.clone().ok().filter(|step| *step != 0).unwrap_or(usual);
        match word.to_ascii_lowercase().as_str() {
            "" | "true" | "undefined" | "speed" => Self::GoOn,
            "pause" => Self::Pause,
            "restart" => Self::Restart,
            "seek" if is_step => Self::SeekBy(step(1000)),
            "seek" => Self::SeekTo(number.unwrap_or(0).unsigned_abs()),
            "volume" if is_step => Self::LouderBy(step(1)),
            "volume" => Self::Loudness(number.unwrap_or(0)),
            _ => Self::Break,
        }
    }

    /// Does it; whether what goes on is to end.
    fn steer(self, steering: &Steering) -> bool {
        let samples = |milliseconds: u64| milliseconds.saturating_mul(u64::from(PLAY_RATE)) / 1000;
        match self {
            Self::GoOn => {}
            Self::Break => return true,
            Self::Pause => steering.toggle_pause(),
            Self::Restart => steering.seek(0),
            Self::SeekTo(milliseconds) => steering.seek(samples(milliseconds)),
            Self::SeekBy(milliseconds) => {
                let by = samples(milliseconds.unsigned_abs());
                let from = steering.position();
                steering.seek(if milliseconds < 0 { from.saturating_sub(by) } else { from.saturating_add(by) });
            }
            Self::LouderBy(steps) => steering.set_volume(i64::from(steering.volume()).saturating_add(steps)),
            Self::Loudness(step) => steering.set_volume(step),
        }
        false
    }
}

/// The call's side of a callback: whoever plays or waits asks it whether it is to end.
pub struct Inputs {
    listening: Option<Listening>,
    steering: Arc<Steering>,
}

struct Listening {
    turn: Arc<Mutex<Turn>>,
    asks: mpsc::Sender<Input>,
    events: Subscription,
    waiting: Vec<Event>,
}

/// Where the script stands with what it was shown last.
#[derive(Default)]
enum Turn {
    /// It may be shown something.
    #[default]
    Free,
    /// It thinks about it.
    Asked,
    /// It wants this.
    Answered(Reaction),
}

/// The script's side.
pub(crate) struct Asked {
    turn: Arc<Mutex<Turn>>,
    asked: mpsc::Receiver<Input>,
}

/// The rate that what plays is counted at, in Hz.
const PLAY_RATE: u32 = 8000;

/// Events that may wait for a callback; more are lost, and counted by their queue.
const MAX_EVENTS: QueueLimits = QueueLimits { items: 256, bytes: 1 << 20, losses: None };

impl Inputs {
    /// Nobody is shown anything: digits stay where they are, and only a break ends what goes on.
    pub(crate) fn none() -> Self {
        Self { listening: None, steering: Arc::default() }
    }

    pub(crate) fn new(switch: &Switch) -> (Self, Asked) {
        // One at a time.
        let (asks, asked) = mpsc::channel(1);
        let turn: Arc<Mutex<Turn>> = Arc::default();
        let events = switch.bus().subscribe(MAX_EVENTS);
        let listening = Listening { turn: Arc::clone(&turn), asks, events, waiting: Vec::new() };
        (Self { listening: Some(listening), steering: Arc::default() }, Asked { turn, asked })
    }

    /// Begins so many samples into what plays.
    pub(crate) fn from(mut self, samples: u64) -> Self {
        self.steering = Arc::new(Steering::from(samples));
        self
    }

    /// What the callback changes of what plays.
    pub fn steering(&self) -> &Arc<Steering> {
        &self.steering
    }

    /// Is told what comes in besides digits, from now on.
    pub fn open(&self, session: &mut Session) {
        if let Some(listening) = &self.listening {
            session.tell_visitor(Some(listening.events.inlet()));
        }
    }

    /// Whether what goes on is to end; shows the script the next thing that came in, when it has an answer to the last.
    pub fn ends(&mut self, session: &mut Session) -> bool {
        if session.take_break() {
            return true;
        }
        let Some(listening) = &mut self.listening else { return false };
        loop {
            let turn = std::mem::take(&mut *listening.turn.lock());
            match turn {
                Turn::Asked => {
                    *listening.turn.lock() = Turn::Asked;
                    return false;
                }
                Turn::Answered(reaction) if reaction.steer(&self.steering) => return true,
                // A place to go on from is looked for first.
                Turn::Answered(_) if self.steering.is_seeking() => return false,
                Turn::Answered(_) | Turn::Free => {}
            }
            let Some(input) = listening.next(session) else { return false };
            *listening.turn.lock() = Turn::Asked;
            if listening.asks.try_send(input).is_err() {
                // The script has left.
                return true;
            }
        }
    }
}

impl Listening {
    fn next(&mut self, session: &mut Session) -> Option<Input> {
        if let Some(dtmf) = session.take_digit() {
            return Some(Input::Digit { digit: dtmf.digit, duration: dtmf.duration });
        }
        if self.waiting.is_empty() {
            let mut batch = Vec::new();
            self.events.take_now(&mut batch);
            self.waiting.extend(batch.iter().map(|one| one.event().clone()));
        }
        if self.waiting.is_empty() { None } else { Some(Input::Event(Box::new(self.waiting.remove(0)))) }
    }
}

impl Asked {
    /// What comes in next.
    pub(crate) async fn next(&mut self) -> Input {
        match self.asked.recv().await {
            Some(input) => input,
            // The piece is done: its answer comes by another way.
            None => std::future::pending().await,
        }
    }

    /// What the script says to it.
    pub(crate) fn answer(&self, text: &str) {
        *self.turn.lock() = Turn::Answered(Reaction::parse(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reactions_are_understood() {
        for (text, expected) in [
            ("", Reaction::GoOn),
            ("true", Reaction::GoOn),
            ("undefined", Reaction::GoOn),
            ("break", Reaction::Break),
            ("false", Reaction::Break),
            ("stop", Reaction::Break),
            ("PAUSE", Reaction::Pause),
            ("restart", Reaction::Restart),
            ("seek:+2000", Reaction::SeekBy(2000)),
            ("seek:-500", Reaction::SeekBy(-500)),
            ("seek:+", Reaction::SeekBy(1000)),
            ("seek:3000", Reaction::SeekTo(3000)),
            ("volume:-1", Reaction::LouderBy(-1)),
            ("volume:2", Reaction::Loudness(2)),
        ] {
            assert_eq!(Reaction::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn they_steer() {
        let steering = Steering::default();
        assert!(!Reaction::SeekBy(-500).steer(&steering));
        assert_eq!(steering.take_target(), Some(0));
        Reaction::SeekTo(2000).steer(&steering);
        assert_eq!(steering.take_target(), Some(16_000));
        Reaction::LouderBy(3).steer(&steering);
        Reaction::LouderBy(3).steer(&steering);
        assert_eq!(steering.volume(), 4);
        assert!(Reaction::Break.steer(&steering));
    }
}
