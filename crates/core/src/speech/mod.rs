//! Speaking and understanding: what engines do, whoever brings them, and how a call is listened to.

mod listener;

use std::time::Duration;

use async_trait::async_trait;
use strowger_media::pcm::{Pcm, PcmError};

pub(crate) use listener::{Change, Ear, Listener, News};

/// Makes speech of a text (FreeSWITCH's speech interface). It is registered under its name
/// ([`crate::registry::Registries::synthesizers`]).
#[async_trait]
pub trait Synthesizer: Send + Sync {
    /// The text, spoken. Dropping what this returns ends the work.
    ///
    /// # Errors
    /// [`SpeechError`]; it ends by itself in bounded time and memory.
    async fn speak(&self, utterance: &Utterance) -> Result<Pcm, SpeechError>;
}

/// Makes text of speech (FreeSWITCH's ASR interface). It is registered under its name
/// ([`crate::registry::Registries::recognisers`]).
#[async_trait]
pub trait Recogniser: Send + Sync {
    /// What was said. Dropping what this returns ends the work.
    ///
    /// # Errors
    /// [`SpeechError`]; it ends by itself in bounded time and memory.
    async fn recognise(&self, heard: &Heard) -> Result<Recognition, SpeechError>;
}

/// What is to be spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utterance {
    /// The words.
    pub text: String,
    /// Who speaks, as the engine names it; empty for whomever it likes.
    pub voice: String,
    /// The rate that is best, in Hz.
    pub rate: u32,
}

/// An utterance that was heard.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// What was said, from a little before its beginning.
    pub sound: Pcm,
    /// The grammars that are on: what was said follows one of them. The text of one, or where it is.
    pub grammars: Vec<String>,
    /// What else the engine was told.
    pub parameters: Vec<(String, String)>,
}

/// What an engine understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognition {
    /// Words; nothing that fits when empty.
    Text {
        /// What was said.
        text: String,
        /// How sure that is, 0 to 100.
        confidence: u8,
    },
    /// The whole result as the engine words it (NLSML, for instance).
    Result(String),
}

/// Why an engine did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// It took too long.
    #[error("no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// It could not be reached or started.
    #[error("{0}")]
    Unreachable(String),
    /// It answered with another HTTP status than 200.
    #[error("HTTP status {0}, expected 200")]
    Status(u16),
    /// It ended otherwise than with success; the beginning of what it complained of.
    #[error("the program ended with {0}")]
    Ended(String),
    /// It gave more than is taken.
    #[error("the answer is longer than {0} bytes (max-bytes)")]
    TooLong(usize),
    /// It gave no sound.
    #[error(transparent)]
    Sound(#[from] PcmError),
    /// It gave no text.
    #[error("the answer is no text")]
    NotText,
    /// The text to be spoken is longer than is taken.
    #[error("the text is longer than {0} bytes")]
    TextTooLong(usize),
}

/// The longest text that is spoken, in bytes.
pub const MAX_TEXT: usize = 64 * 1024;
