//! `say`: a number, a time, an amount of money, a name (`switch_ivr_say`).

use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::playback::{Ended, Until, play_until};
use super::{about, terminators};
use crate::languages::Language;
use crate::say::{Clock, Kind, Method, Saying, Voice, Zone, file_string};
use crate::words::fields;

/// `say`.
pub(super) struct Say;

const SYNTAX: &str = "<module_name>[:<lang>] <say_type> <say_method> [<say_gender>] <text>";

#[async_trait]
impl Application for Say {
    fn about(&self) -> About {
        about(
            "say",
            SYNTAX,
            "Says a number, a time, money, a name with sound files, in a language of the section `languages`: `say en number pronounced 42`.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = fields(data, ' ', 5);
        let (module, kind, method, text) = match words.as_slice() {
            [module, kind, method, text] | [module, kind, method, _, text] => (module, kind, method, text),
            _ => {
                tracing::error!(uuid = %session.channel.uuid, "Usage: {SYNTAX}");
                return Ok(());
            }
        };
        terminators::forget(session);
        let saying = Saying { kind: Kind::parse(kind), method: Method::parse(method), text };
        let name = module.split_once(':').map_or(module.as_str(), |(_, language)| language);
        let config = session.switch().config();
        let language = match Language::find(&config, name) {
            Ok(language) => language,
            Err(error) => {
                tracing::error!(uuid = %session.channel.uuid, "{error}");
                return Ok(());
            }
        };
        let before = with_sound_prefix(session, language.sound_prefix());
        let said = say(session, language.say_module(), &saying, &mut Until::new(&mut terminators::taken)).await;
        if let Some(before) = before {
            session.channel.variables.set("sound_prefix", &before);
        }
        said.map(|_| ())
    }
}

/// Sets the folder of sounds, unless `sound_prefix_enforced`; what it was before, when it was set.
pub(super) fn with_sound_prefix(session: &mut Session, prefix: Option<&str>) -> Option<String> {
    let prefix = prefix.filter(|_| !session.is_set("sound_prefix_enforced"))?;
    let before = session.channel.variable("sound_prefix").unwrap_or_default().to_owned();
    session.channel.variables.set("sound_prefix", prefix);
    Some(before)
}

/// Says a text with the voice of that name.
pub(super) async fn say(
    session: &mut Session,
    voice: &str,
    saying: &Saying<'_>,
    until: &mut Until<'_>,
) -> Result<Ended, Interrupted> {
    let uuid = session.channel.uuid.clone();
    let Some(voice) = Voice::parse(voice) else {
        tracing::error!(%uuid, "Invalid SAY Interface [{voice}]!");
        return Ok(Ended::Lost);
    };
    let zone = session.channel.variable("timezone").map_or(Zone::Local, Zone::parse);
    let (files, said) = voice.say(saying, &Clock::now(zone));
    if let Err(error) = said {
        tracing::error!(%uuid, "{error}");
    }
    if files.is_empty() {
        return Ok(if said.is_ok() { Ended::Done } else { Ended::Lost });
    }
    session.pre_answer()?;
    if voice == Voice::English {
        return play_until(session, &file_string(&files, "wav"), until).await;
    }
    // Chinese is played file by file, and ends with the first that is not there.
    for file in files {
        let ended = play_until(session, &format!("{file}.wav"), until).await?;
        if ended != Ended::Done {
            return Ok(ended);
        }
    }
    Ok(Ended::Done)
}
