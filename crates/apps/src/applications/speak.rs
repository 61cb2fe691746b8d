use async_trait::async_trait;
use strowger_core::channel::HangupCause;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};
use strowger_core::speech::{SpeechError, Utterance};
use strowger_media::AudioSource;

use super::playback::{Ended, RATE, hear, taking};
use super::{about, terminators};

/// `speak`.
pub(super) struct Speak;

#[async_trait]
impl Application for Speak {
    fn about(&self) -> About {
        about(
            "speak",
            "[<engine>|][<voice>|]<text>",
            "Has an engine of speech.conf speak a text; engine and voice are those of the variables `tts_engine` and `tts_voice` unless given. A digit of `playback_terminators` ends it.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.is_empty() {
            tracing::error!(uuid = %session.channel.uuid, "Invalid Params!");
            return Ok(());
        }
        let said = Said::of_fields(session, data);
        let Some(said) = said.filter(|said| !said.text.is_empty()) else {
            tracing::error!(uuid = %session.channel.uuid, "Invalid Params!");
            session.hangup(HangupCause::DestinationOutOfOrder);
            return session.check();
        };
        terminators::forget(session);
        said.speak(session, taking(terminators::ends)).await.map(|_| ())
    }
}

/// A text, and who speaks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    engine: String,
    voice: String,
    text: String,
}

impl Said {
    /// `engine|voice|text`, `voice|text` or `text`; what is not given is what the call's variables say. `None` when there
    /// is no engine.
    pub(super) fn of_fields(session: &Session, data: &str) -> Option<Said> {
        let fields: Vec<&str> = data.splitn(3, '|').collect();
        let (engine, voice, text) = match fields.as_slice() {
            [engine, voice, text] => (Some(*engine), Some(*voice), *text),
            [voice, text] => (None, Some(*voice), *text),
            _ => (None, None, data),
        };
        Said::of(session, engine, voice, text)
    }

    /// What follows `say:` in the name of a file: `engine:voice:text`, or a text (`switch_ivr_play_file`).
    pub(super) fn of_file(session: &Session, said: &str) -> Option<Said> {
        let fields: Vec<&str> = said.splitn(3, ':').collect();
        match fields.as_slice() {
            [engine, voice, text] if !(engine.is_empty() || voice.is_empty() || text.is_empty()) => {
                Said::of(session, Some(engine), Some(voice), text)
            }
            _ => Said::of(session, None, None, said),
        }
    }

    pub(super) fn of(session: &Session, engine: Option<&str>, voice: Option<&str>, text: &str) -> Option<Said> {
        let variable = |name| session.channel.variable(name).map(str::to_owned);
        let engine = engine.map(|engine| engine.trim().to_owned()).or_else(|| variable("tts_engine"))?;
        let voice = voice.map(|voice| voice.trim().to_owned()).or_else(|| variable("tts_voice"));
        Some(Said { engine, voice: voice.unwrap_or_default(), text: text.to_owned() })
    }

    /// Speaks it to the call, and tells of it in no event (`switch_ivr_speak_text`).
    pub(super) async fn speak(
        &self,
        session: &mut Session,
        mut ends: impl FnMut(&mut Session) -> bool,
    ) -> Result<Ended, Interrupted> {
        session.pre_answer()?;
        let rate = session.channel.write_codec.map_or(RATE, |codec| codec.rate());
        let Some(made) = self.make(session, rate, &mut ends).await? else { return Ok(Ended::Broken) };
        let Ok(source) = made else { return Ok(Ended::NotFound) };
        let heard = hear(session, source, ends).await;
        tracing::debug!(uuid = %session.channel.uuid, "done speaking text");
        match heard {
            None => Ok(Ended::Lost),
            Some((played, interrupted)) => interrupted.map(|()| Ended::of(played.as_ref())),
        }
    }

    /// The engine's work: `None` when it was ended before, and otherwise what it made; why it made nothing is logged.
    pub(super) async fn make(
        &self,
        session: &mut Session,
        rate: u32,
        ends: impl FnMut(&mut Session) -> bool,
    ) -> Result<Option<Result<Box<dyn AudioSource>, Unspoken>>, Interrupted> {
        let Some(engine) = session.synthesizer(&self.engine) else {
            let name: String = self.engine.chars().take(200).collect();
            tracing::error!("Invalid speech module [{name}]!");
            tracing::error!(uuid = %session.channel.uuid, "Invalid TTS module!");
            return Ok(Some(Err(Unspoken)));
        };
        tracing::debug!(uuid = %session.channel.uuid, "OPEN TTS {}", self.engine);
        let utterance = Utterance { text: self.words(session), voice: self.voice.clone(), rate };
        tracing::debug!(uuid = %session.channel.uuid, "Speaking text: {}", utterance.text);
        let made: Option<Result<_, SpeechError>> = session.attend_until(engine.speak(&utterance), ends).await?;
        Ok(made.map(|made| match made {
            Ok(pcm) => Ok(pcm.source(rate)),
            Err(error) => {
                tracing::error!(uuid = %session.channel.uuid, "{} does not speak: {error}", self.engine);
                Err(Unspoken)
            }
        }))
    }

    /// The text, with words for `*` and `#`.
    fn words(&self, session: &Session) -> String {
        let variable = |name, usual| session.channel.variable(name).unwrap_or(usual);
        let (star, pound) = (variable("star_replace", "star"), variable("pound_replace", "pound"));
        self.text.replace('*', star).replace('#', pound)
    }
}

/// Nothing was made; the log says why.
pub(super) struct Unspoken;
