//! What comes in for a call while it does something for a script: shown to the script, which says what is to come of it
//! (`switch_input_args_t`, `switch_ivr_process_fh`).

use std::sync::Arc;

use parking_lot::Mutex;
use strowger_core::Switch;
use strowger_core::bus::{QueueLimits, Subscription};
use strowger_core::media::{FileChange, Seek, Step};
use strowger_core::session::Session;
use strowger_event::Event;
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
    /// The file that plays is changed.
    Change(FileChange),
}

impl Reaction {
    /// What the text that a callback returns means; what is unknown, `false` and `break` among it, ends what goes on.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let (word, argument) = text.split_once(':').unwrap_or((text, ""));
        let number = argument.parse::<i32>().ok();
        let is_step = argument.starts_with(['+', '-']);
        // A step that is no number is the usual one.
        let by = |usual| number.filter(|step| *step != 0).unwrap_or(usual);
        let step = || if is_step { Step::By(by(1)) } else { Step::To(number.unwrap_or(0)) };
        Self::Change(match word.to_ascii_lowercase().as_str() {
            "" | "true" | "undefined" => return Self::GoOn,
            "pause" => FileChange::Pause,
            "restart" => FileChange::Restart,
            "seek" if is_step => FileChange::Seek(Seek::By(by(1000))),
            "seek" => FileChange::Seek(Seek::To(number.unwrap_or(0).unsigned_abs())),
            "speed" => FileChange::Speed(step()),
            "volume" => FileChange::Volume(step()),
            _ => return Self::Break,
        })
    }

    /// Does it; whether what goes on is to end.
    fn act(self, session: &Session) -> bool {
        match self {
            Self::GoOn => {}
            Self::Break => return true,
            Self::Change(change) => {
                if let Some(file) = session.file() {
                    file.change(change);
                }
            }
        }
        false
    }
}

/// The call's side of a callback: whoever plays or waits asks it whether it is to end.
pub struct Inputs {
    listening: Option<Listening>,
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

/// Events that may wait for a callback; more are lost, and counted by their queue.
const MAX_EVENTS: QueueLimits = QueueLimits { items: 256, bytes: 1 << 20, losses: None };

impl Inputs {
    /// Nobody is shown anything: digits stay where they are, and only a break ends what goes on.
    pub(crate) fn none() -> Self {
        Self { listening: None }
    }

    pub(crate) fn new(switch: &Switch) -> (Self, Asked) {
        // One at a time.
        let (asks, asked) = mpsc::channel(1);
        let turn: Arc<Mutex<Turn>> = Arc::default();
        let events = switch.bus().subscribe(MAX_EVENTS);
        let listening = Listening { turn: Arc::clone(&turn), asks, events, waiting: Vec::new() };
        (Self { listening: Some(listening) }, Asked { turn, asked })
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
                Turn::Answered(reaction) if reaction.act(session) => return true,
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
            ("PAUSE", Reaction::Change(FileChange::Pause)),
            ("restart", Reaction::Change(FileChange::Restart)),
            ("seek:+2000", Reaction::Change(FileChange::Seek(Seek::By(2000)))),
            ("seek:-500", Reaction::Change(FileChange::Seek(Seek::By(-500)))),
            ("seek:+", Reaction::Change(FileChange::Seek(Seek::By(1000)))),
            ("seek:3000", Reaction::Change(FileChange::Seek(Seek::To(3000)))),
            ("volume:-1", Reaction::Change(FileChange::Volume(Step::By(-1)))),
            ("speed:+", Reaction::Change(FileChange::Speed(Step::By(1)))),
            ("volume:2", Reaction::Change(FileChange::Volume(Step::To(2)))),
        ] {
            assert_eq!(Reaction::parse(text), expected, "{text}");
        }
    }
}
