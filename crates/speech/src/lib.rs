//! The engines of `speech.conf`: HTTP services and programs that speak, or understand speech.
//!
//! A crate of its own so that nobody else has to take the HTTP client, nor starts programs.

mod command;
mod error;
mod http;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use strowger_config::{Config, SpeechEngine, SpeechMeans};
use strowger_core::Switch;
use strowger_core::speech::{Heard, MAX_TEXT, Recogniser, Recognition, SpeechError, Synthesizer, Utterance};
use strowger_media::pcm::Pcm;
use tokio::sync::Semaphore;

use command::Program;
pub use error::SpeechConfigError;
use http::Service;

/// The engines of a switch, as its configuration has them.
pub struct Speech {
    switch: Arc<Switch>,
    /// The names that are registered: engines that speak, engines that understand.
    names: Mutex<(Vec<String>, Vec<String>)>,
}

impl Speech {
    /// Registers the engines that the switch's configuration names.
    ///
    /// # Errors
    /// One of them cannot be reached as it says.
    pub fn start(switch: &Arc<Switch>) -> Result<Speech, SpeechConfigError> {
        let speech = Speech { switch: Arc::clone(switch), names: Mutex::default() };
        speech.register(&switch.config())?;
        Ok(speech)
    }

    /// Takes over the engines of another configuration. If one of them cannot be had the log says so, and those from
    /// before stay.
    pub fn configure(&self, config: &Config) {
        if let Err(error) = self.register(config) {
            tracing::error!("speech: {error}");
        }
    }

    fn register(&self, config: &Config) -> Result<(), SpeechConfigError> {
        let synthesizers = engines(&config.speech.synthesizers)?;
        let recognisers = engines(&config.speech.recognisers)?;
        let registries = self.switch.registries();
        let mut names = self.names.lock();
        names.0.drain(..).for_each(|name| registries.synthesizers.remove(&name));
        names.1.drain(..).for_each(|name| registries.recognisers.remove(&name));
        for (name, engine) in synthesizers {
            registries.synthesizers.add(&name, engine);
            names.0.push(name);
        }
        for (name, engine) in recognisers {
            registries.recognisers.add(&name, engine);
            names.1.push(name);
        }
        Ok(())
    }
}

/// Whether the engines of a configuration could be had.
///
/// # Errors
/// One of them cannot be reached as it says.
pub fn check(config: &Config) -> Result<(), SpeechConfigError> {
    engines(&config.speech.synthesizers)?;
    engines(&config.speech.recognisers).map(drop)
}

fn engines(settings: &[SpeechEngine]) -> Result<Vec<(String, Arc<Engine>)>, SpeechConfigError> {
    settings.iter().map(|one| Ok((one.name.clone(), Arc::new(Engine::new(one)?)))).collect()
}

/// An engine, whatever it does.
struct Engine {
    means: Means,
    timeout: Duration,
    /// Policy when full: a further utterance waits, and its timeout runs.
    places: Semaphore,
}

enum Means {
    Http(Service),
    Command(Program),
}

impl Engine {
    fn new(settings: &SpeechEngine) -> Result<Engine, SpeechConfigError> {
        let means = match &settings.means {
            SpeechMeans::Http { url, is_get, authorization } => {
                Means::Http(Service::new(settings, url, *is_get, authorization.as_deref())?)
            }
            SpeechMeans::Command { words } => Means::Command(Program::new(settings, words)),
        };
        Ok(Engine { means, timeout: settings.timeout, places: Semaphore::new(settings.max_concurrent) })
    }

    async fn within<T>(&self, work: impl Future<Output = Result<T, SpeechError>>) -> Result<T, SpeechError> {
        let placed = async { (self.places.acquire().await, work.await) };
        let (_place, done) =
            tokio::time::timeout(self.timeout, placed).await.map_err(|_| SpeechError::TimedOut(self.timeout))?;
        done
    }
}

#[async_trait]
impl Synthesizer for Engine {
    async fn speak(&self, utterance: &Utterance) -> Result<Pcm, SpeechError> {
        if utterance.text.len() > MAX_TEXT {
            return Err(SpeechError::TextTooLong(MAX_TEXT));
        }
        match &self.means {
            Means::Http(service) => self.within(service.speak(utterance)).await,
            Means::Command(program) => self.within(program.speak(utterance)).await,
        }
    }
}

#[async_trait]
impl Recogniser for Engine {
    async fn recognise(&self, heard: &Heard) -> Result<Recognition, SpeechError> {
        match &self.means {
            Means::Http(service) => self.within(service.recognise(heard)).await,
            Means::Command(program) => self.within(program.recognise(heard)).await,
        }
    }
}

/// The sound of an engine's answer: a WAV file, or else bare samples.
async fn sound(bytes: Vec<u8>, rate: u32) -> Result<Pcm, SpeechError> {
    if !bytes.starts_with(b"RIFF") {
        return Ok(Pcm::from_l16(&bytes, rate));
    }
    // A long one keeps a thread busy: one of those that may be.
    let read = tokio::task::spawn_blocking(move || Pcm::from_wav(&bytes)).await;
    Ok(read.map_err(|error| SpeechError::Unreachable(error.to_string()))??)
}

/// What an engine's text says: XML is the whole result.
fn understood(text: &str) -> Recognition {
    let text = text.trim();
    match text.starts_with('<') {
        true => Recognition::Result(text.to_owned()),
        false => Recognition::Text { text: text.to_owned(), confidence: 100 },
    }
}
