use std::future::pending;

use async_trait::async_trait;
use strowger_core::channel::Dtmf;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session, SpeechNews};

use super::playback::{Ended, Until, play_until};
use super::{about, terminators};
use crate::words::fields;

/// `play_and_detect_speech`.
pub(super) struct PlayAndDetectSpeech;

const SYNTAX: &str = "<file> detect:<engine> {param1=val1,param2=val2}<grammar>";

/// Where the result is left.
const RESULT: &str = "detect_speech_result";

#[async_trait]
impl Application for PlayAndDetectSpeech {
    fn about(&self) -> About {
        about(
            "play_and_detect_speech",
            SYNTAX,
            "Plays a prompt and has an engine of speech.conf listen: whoever speaks ends the prompt, and the result is left in `detect_speech_result`. A digit of `playback_terminators` ends it as well; the result is `DIGIT: 1` then.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        session.channel.variables.remove(RESULT);
        let response = match Request::parse(data) {
            Some(request) => request.run(session).await,
            None => {
                tracing::error!("Usage: {SYNTAX}");
                Ok("USAGE ERROR")
            }
        };
        let told = *response.as_ref().unwrap_or(&"ERROR");
        session.channel.variables.set("current_application_response", told);
        response.map(|_| ())
    }
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
struct Request {
    file: String,
    engine: String,
    grammar: String,
}

impl Request {
    fn parse(data: &str) -> Option<Request> {
        let (file, detect) = data.split_once("detect:")?;
        match fields(detect, ' ', 2).as_slice() {
            [engine, grammar] => {
                Some(Request { file: file.trim_end().to_owned(), engine: engine.clone(), grammar: grammar.clone() })
            }
            _ => None,
        }
    }

    /// As `switch_ivr_play_and_detect_speech`.
    async fn run(&self, session: &mut Session) -> Result<&'static str, Interrupted> {
        // What was heard before is no answer.
        while session.take_speech().is_some() {}
        if session.detect_speech(&self.engine, "", (&self.grammar, ""))?.is_err() {
            return Ok("ASR INIT ERROR");
        }
        let mut answer = None;
        let outcome = answer_to(session, &self.file, &mut answer).await;
        if !matches!(answer, Some(Answer::Speech(_))) {
            session.pause_speech();
        }
        if session.is_set("play_and_detect_speech_close_asr") {
            session.stop_speech();
        }
        outcome?;
        match answer {
            None => Ok("ERROR"),
            Some(Answer::Speech(result) | Answer::Digit(result)) => {
                if !result.is_empty() {
                    session.channel.variables.set(RESULT, &result);
                }
                Ok("DONE")
            }
        }
    }
}

/// What ended it.
enum Answer {
    /// The engine's result; nothing when it is closed.
    Speech(String),
    /// A digit.
    Digit(String),
}

async fn answer_to(session: &mut Session, file: &str, answer: &mut Option<Answer>) -> Result<(), Interrupted> {
    let mut ends = |session: &mut Session| session.take_break() || hears(session, answer);
    let ended = play_until(session, file, &mut Until::new(&mut ends)).await?;
    if answer.is_some() || matches!(ended, Ended::NotFound | Ended::Lost) {
        return Ok(());
    }
    session.start_speech_timers();
    tracing::info!(uuid = %session.channel.uuid, "({}) WAITING FOR RESULT", session.channel.name);
    while answer.is_none() {
        session
            .attend_until(pending::<()>(), |session| {
                // Nothing is to be broken off here.
                session.take_break();
                hears(session, answer);
                answer.is_some()
            })
            .await?;
    }
    Ok(())
}

/// Whether what came from the caller ends what plays.
fn hears(session: &mut Session, answer: &mut Option<Answer>) -> bool {
    while let Some(news) = session.take_speech() {
        let name = session.channel.name.clone();
        let uuid = &session.channel.uuid;
        match news {
            SpeechNews::Began => {
                tracing::info!(%uuid, "({name}) START OF SPEECH");
                return true;
            }
            SpeechNews::Detected(result) => {
                tracing::info!(%uuid, "({name}) DETECTED SPEECH");
                *answer = Some(Answer::Speech(result));
            }
            SpeechNews::Closed => *answer = Some(Answer::Speech(String::new())),
        }
        if answer.is_some() {
            return true;
        }
    }
    while let Some(dtmf) = session.take_digit() {
        if is_taken(session, dtmf) {
            *answer = Some(Answer::Digit(format!("DIGIT: {}", dtmf.digit)));
            return true;
        }
    }
    false
}

/// No digit ends it unless `playback_terminators` says so.
fn is_taken(session: &mut Session, dtmf: Dtmf) -> bool {
    session.channel.variable("playback_terminators").is_some() && terminators::ends(session, dtmf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests() {
        let parsed = Request::parse("/tmp/x y.wav  detect:vosk {no-input-timeout=100}builtin:speech/boolean").unwrap();
        assert_eq!((parsed.file.as_str(), parsed.engine.as_str()), ("/tmp/x y.wav", "vosk"));
        assert_eq!(parsed.grammar, "{no-input-timeout=100}builtin:speech/boolean");
        for bad in ["", "x", "x detect:", "x detect:vosk", "detect: "] {
            assert_eq!(Request::parse(bad), None, "{bad}");
        }
    }
}
