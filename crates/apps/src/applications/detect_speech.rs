use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::words::fields;

/// `detect_speech`.
pub(super) struct DetectSpeech;

const SYNTAX: &str = "<mod_name> <gram_name> <gram_path> [<addr>] OR grammar <gram_name> [<path>] OR nogrammar <gram_name> OR grammaron/grammaroff <gram_name> OR grammarsalloff OR pause OR resume OR start_input_timers OR stop OR param <name> <value>";

#[async_trait]
impl Application for DetectSpeech {
    fn about(&self) -> About {
        about(
            "detect_speech",
            SYNTAX,
            "Has an engine of speech.conf listen to the call while other applications run: DETECTED_SPEECH tells of it, to everybody with the variable `fire_asr_events`. After a result it waits for `resume`.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = fields(data.trim(), ' ', MOST);
        let word = |number: usize| words.get(number).map_or("", String::as_str);
        if words.is_empty() {
            tracing::error!("Usage: {SYNTAX}");
            return Ok(());
        }
        match word(0).to_ascii_lowercase().as_str() {
            "grammar" => session.load_grammar(word(1), word(2)),
            "nogrammar" => session.unload_grammar(word(1)),
            "grammaron" => session.enable_grammar(word(1), true),
            "grammaroff" => session.enable_grammar(word(1), false),
            "grammarsalloff" => session.disable_grammars(),
            // Why not is logged.
            "init" => drop(session.init_speech(word(1), word(2))?),
            "pause" => session.pause_speech(),
            "resume" => session.resume_speech(),
            "stop" => session.stop_speech(),
            "param" => session.set_speech_parameter(word(1), word(2)),
            "start_input_timers" => session.start_speech_timers(),
            _ if words.len() >= 3 => drop(session.detect_speech(word(0), word(3), (word(1), word(2)))?),
            _ => {}
        }
        Ok(())
    }
}

/// Words that are looked at.
const MOST: usize = 4;
