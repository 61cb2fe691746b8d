//! Listening to a call's speech (`switch_ivr_detect_speech` and its kin), and what it is told of it.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::taps::{TapError, TapId};
use super::{Interrupted, Session};
use crate::speech::{Change, Ear, Listener, News, Recogniser, Synthesizer};

/// Changes that may wait for the listening task; those beyond are lost, which the log says.
const MAX_CHANGES: usize = 64;

/// News that may wait until what runs looks; the oldest are forgotten.
const MAX_NEWS: usize = 16;

/// Why a call is not listened to.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// There is no such engine.
    #[error("Invalid ASR module [{0}]!")]
    NoEngine(String),
    /// Its sound cannot be tapped.
    #[error(transparent)]
    Tap(#[from] TapError),
}

/// What was heard, in FreeSWITCH's `Speech-Type`s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpeechNews {
    /// `begin-speaking`
    Began,
    /// `detected-speech`, with the result.
    Detected(String),
    /// `closed`: nobody listens any more.
    Closed,
}

/// A call's listening.
#[derive(Default)]
pub(crate) struct Listening {
    now: Option<Now>,
    number: u64,
    news: VecDeque<SpeechNews>,
}

struct Now {
    number: u64,
    tap: TapId,
    changes: mpsc::Sender<Change>,
}

impl Session {
    /// An engine that speaks, by its name.
    ///
    /// Its text after a `:` (`engine:parameter`) is not part of the name.
    pub fn synthesizer(&self, name: &str) -> Option<Arc<dyn Synthesizer>> {
        let registry = &self.switch.registries().synthesizers;
        registry.get(name).or_else(|| registry.get(name.split(':').next().unwrap_or_default()))
    }

    /// Has an engine listen to the call with a grammar from now on; where one listens already it hears again, with the
    /// grammar as well (`switch_ivr_detect_speech`).
    ///
    /// # Errors
    /// [`Interrupted`] when the call is over; within it [`DetectError`].
    pub fn detect_speech(
        &mut self,
        engine: &str,
        destination: &str,
        (grammar, name): (&str, &str),
    ) -> Result<Result<(), DetectError>, Interrupted> {
        let resumes = self.listening.now.is_some();
        if let Err(error) = self.init_speech(engine, destination)? {
            return Ok(Err(error));
        }
        for (name, value) in self.json_parameters() {
            self.set_speech_parameter(&name, &value);
        }
        self.load_grammar(grammar, name);
        if resumes {
            self.resume_speech();
        }
        Ok(Ok(()))
    }

    /// Has an engine listen, unless one does.
    ///
    /// # Errors
    /// As [`Session::detect_speech`].
    pub fn init_speech(&mut self, engine: &str, destination: &str) -> Result<Result<(), DetectError>, Interrupted> {
        if self.listening.now.is_some() {
            return Ok(Ok(()));
        }
        let Some(recogniser) = self.recogniser(engine) else {
            let error = DetectError::NoEngine(engine.chars().take(200).collect());
            tracing::error!("{error}");
            return Ok(Err(error));
        };
        self.pre_answer()?;
        let (ear, frames) = Ear::new();
        let destination = if destination.is_empty() { "(null)" } else { destination };
        let key = format!("{engine}/(null)/(null)/{destination}");
        let tap = match self.add_tap("detect_speech", &key, ear) {
            Ok(tap) => tap,
            Err(error) => {
                tracing::error!(uuid = %self.channel.uuid, "{error}");
                return Ok(Err(error.into()));
            }
        };
        let (changes, told) = mpsc::channel(MAX_CHANGES);
        self.listening.number += 1;
        let (number, handle) = (self.listening.number, self.handle.clone());
        let tell = move |news| {
            let handle = handle.clone();
            async move { handle.post(move |session| session.hear_news(number, news)).await.is_ok() }
        };
        tokio::spawn(Listener::new(recogniser, &self.channel.uuid).listen(frames, told, tell));
        self.listening.now = Some(Now { number, tap, changes });
        Ok(Ok(()))
    }

    /// Takes a grammar in and on, behind `{name=value,…}` for the engine; `name` is its text or where it is, where there is any.
    pub fn load_grammar(&mut self, grammar: &str, name: &str) {
        let (parameters, grammar) = scoped_parameters(grammar);
        for (name, value) in parameters.split(',').filter_map(|one| one.split_once('=')) {
            self.set_speech_parameter(name.trim(), value.trim());
        }
        let text = if name.is_empty() { grammar } else { name };
        self.change_listening(Change::Load(grammar.to_owned(), text.to_owned()));
    }

    /// Forgets a grammar.
    pub fn unload_grammar(&mut self, grammar: &str) {
        self.change_listening(Change::Unload(grammar.to_owned()));
    }

    /// Has a grammar count, or not.
    pub fn enable_grammar(&mut self, grammar: &str, on: bool) {
        self.change_listening(Change::Enable(grammar.to_owned(), on));
    }

    /// No grammar counts.
    pub fn disable_grammars(&mut self) {
        self.change_listening(Change::DisableAll);
    }

    /// Hears nothing for now.
    pub fn pause_speech(&mut self) {
        self.change_listening(Change::Pause);
    }

    /// Hears again.
    pub fn resume_speech(&mut self) {
        self.change_listening(Change::Resume);
    }

    /// The time in which somebody must speak begins.
    pub fn start_speech_timers(&mut self) {
        self.change_listening(Change::StartTimers);
    }

    /// Tells the engine something.
    pub fn set_speech_parameter(&mut self, name: &str, value: &str) {
        self.change_listening(Change::Set(name.to_owned(), value.to_owned()));
    }

    /// Nobody listens any more.
    pub fn stop_speech(&mut self) {
        if let Some(now) = self.listening.now.take() {
            self.note_speech(SpeechNews::Closed);
            self.remove_tap(now.tap);
        }
    }

    /// The next of what was heard, each once.
    pub fn take_speech(&mut self) -> Option<SpeechNews> {
        self.listening.news.pop_front()
    }

    fn recogniser(&self, name: &str) -> Option<Arc<dyn Recogniser>> {
        let registry = &self.switch.registries().recognisers;
        registry.get(name).or_else(|| registry.get(name.split(':').next().unwrap_or_default()))
    }

    fn change_listening(&mut self, change: Change) {
        let Some(now) = &self.listening.now else { return };
        if now.changes.try_send(change).is_err() {
            tracing::warn!(uuid = %self.channel.uuid, "detect_speech: too many changes at once, one is lost");
        }
    }

    fn hear_news(&mut self, number: u64, news: News) {
        if self.listening.now.as_ref().is_some_and(|now| now.number == number) && !self.channel.is_down() {
            if let News::Detected(result) = &news {
                self.type_what_was_said(result);
            }
            self.note_speech(match news {
                News::Began => SpeechNews::Began,
                News::Detected(result) => SpeechNews::Detected(result),
            });
        }
    }

    fn note_speech(&mut self, news: SpeechNews) {
        self.fire_speech(&news);
        if self.listening.news.len() >= MAX_NEWS {
            self.listening.news.pop_front();
        }
        self.listening.news.push_back(news);
    }

    /// `asr_intercept_dtmf`: what was said is typed.
    fn type_what_was_said(&mut self, result: &str) {
        if !self.is_set("asr_intercept_dtmf") {
            return;
        }
        let Some(said) = result.split_once("<input").and_then(|(_, rest)| rest.split_once('>')) else { return };
        let said = said.1.split('<').next().unwrap_or_default().to_ascii_lowercase();
        let said = said.replace("pound", "#").replace("hash", "#").replace("asterisk", "*").replace("star", "*");
        let digits: String = said.chars().filter(|digit| "0123456789*#".contains(*digit)).take(MAX_TYPED).collect();
        self.receive_digits(&digits);
        self.resume_speech();
    }

    /// The variables `asr_json_param_NAME`.
    fn json_parameters(&self) -> Vec<(String, String)> {
        let own = self.channel.variables.iter();
        own.filter_map(|(name, value)| Some((name.strip_prefix("asr_json_param_")?.to_owned(), value.to_owned())))
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }
}

/// What stands in `{…}` in front of a grammar, and the grammar.
fn scoped_parameters(grammar: &str) -> (&str, &str) {
    grammar.strip_prefix('{').and_then(|rest| rest.split_once('}')).unwrap_or(("", grammar))
}

/// The most digits that one utterance types.
const MAX_TYPED: usize = 64;
