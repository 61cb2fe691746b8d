//! `phrase`: what a macro of the configuration says of a text (`switch_ivr_phrase_macro_event`).

use std::borrow::Cow;
use std::time::Duration;

use async_trait::async_trait;
use strowger_config::{Element, Pattern, is_true};
use strowger_core::dialplan::substitute;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Action, Interrupted, Session};

use super::playback::{Ended, Until, play_until};
use super::say::{say, with_sound_prefix};
use super::{about, terminators};
use crate::languages::{Language, Macro};
use crate::say::{Kind, Method, Saying};
use crate::words::leading_integer;

/// `phrase`.
pub(super) struct Phrase;

#[async_trait]
impl Application for Phrase {
    fn about(&self) -> About {
        about(
            "phrase",
            "<macro_name>,<data>",
            "Runs a phrase macro of the section `languages` with a text, in the language that the variable `language` names.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.is_empty() {
            respond(session, "NOTHING");
            return Ok(());
        }
        let (name, data) = data.split_once(',').unwrap_or((data, ""));
        terminators::forget(session);
        let language = session.channel.variable("language").map(str::to_owned);
        let call = Call { name, data, language: language.as_deref() };
        let ended = call.run(session, &mut Until::new(&mut terminators::taken)).await;
        let is_said = matches!(ended, Ok(Ended::Done | Ended::Broken));
        respond(session, if is_said { "PHRASE PLAYED" } else { "UNKNOWN ERROR" });
        ended.map(|_| ())
    }
}

fn respond(session: &mut Session, response: &str) {
    session.channel.variables.set("current_application_response", response);
}

/// A macro to be run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    /// Its name, perhaps with `@group` behind.
    pub(super) name: &'a str,
    /// What it is about.
    pub(super) data: &'a str,
    /// The language; the variable `default_language`, or English, when none is said.
    pub(super) language: Option<&'a str>,
}

/// How long it is quiet after each action, when the macro does not say.
const PAUSE: i64 = 100;
/// The longest such pause, in milliseconds.
const MAX_PAUSE: i64 = 60_000;

impl Call<'_> {
    /// Runs it; how that ended is how its last action did.
    pub(super) async fn run(&self, session: &mut Session, until: &mut Until<'_>) -> Result<Ended, Interrupted> {
        let uuid = session.channel.uuid.clone();
        let config = session.switch().config();
        let usual = session.channel.variable("default_language").unwrap_or("en").to_owned();
        let found = Language::find(&config, self.language.unwrap_or(&usual))
            .map_err(|error| error.to_string())
            .and_then(|language| language.find_macro(self.name).map_err(|error| error.to_string()));
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%uuid, "{error}");
                return Ok(Ended::Lost);
            }
        };
        if found.element.child("input").is_none() {
            tracing::error!(%uuid, "Can't find any input tags. (macro {}, {})", self.name, found.element.place());
            return Ok(Ended::Lost);
        }
        session.pre_answer()?;
        let before = with_sound_prefix(session, found.sound_prefix);
        let outcome = self.inputs(session, &found, until).await;
        if let Some(before) = before {
            session.channel.variables.set("sound_prefix", &before);
        }
        outcome
    }

    async fn inputs(
        &self,
        session: &mut Session,
        found: &Macro<'_>,
        until: &mut Until<'_>,
    ) -> Result<Ended, Interrupted> {
        let pause = found.element.attr("pause").map(leading_integer).filter(|pause| *pause >= 0).unwrap_or(PAUSE);
        let pause = Duration::from_millis(pause.clamp(0, MAX_PAUSE).unsigned_abs());
        let (mut matched, mut ended) = (false, Ended::Done);
        for input in found.element.children_named("input") {
            let Some((actions, captures)) = self.choose(session, input).await else { continue };
            matched = true;
            for action in actions.children_named("action") {
                let data = action.attr("data").unwrap_or_default();
                let data = captures.as_ref().map_or(Cow::Borrowed(data), |found| Cow::Owned(substitute(data, found)));
                let data = session.expand(&data).await.into_owned();
                let is_last = is_function(action, "break");
                if !is_last {
                    ended = act(session, found, (action, &data), until).await?;
                }
                session.sleep(pause).await?;
                if is_last || ended != Ended::Done {
                    return Ok(ended);
                }
            }
            if input.attr("break_on_match").is_some_and(is_true) {
                return Ok(ended);
            }
        }
        if !matched {
            let uuid = &session.channel.uuid;
            tracing::warn!(%uuid, "Macro [{}]: '{}' did not match any patterns", self.name, self.data);
        }
        Ok(ended)
    }

    /// What an input has for the text, and what its pattern captured to be put in.
    async fn choose<'e>(
        &self,
        session: &mut Session,
        input: &'e Element,
    ) -> Option<(&'e Element, Option<Vec<Option<String>>>)> {
        let field = match input.attr("field") {
            Some(field) => session.expand(field).await,
            // It was expanded before it came here; what a caller said must not be expanded again.
            None => Cow::Borrowed(self.data),
        };
        let source = input.attr("pattern").unwrap_or(".*");
        let groups = Pattern::compile(source).and_then(|pattern| pattern.groups(&field));
        let captures = groups.unwrap_or_else(|error| {
            let (uuid, place) = (&session.channel.uuid, input.place());
            tracing::error!(%uuid, "Macro [{}]: pattern \"{source}\" ({place}): {error}", self.name);
            None
        });
        let actions = input.child(if captures.is_some() { "match" } else { "nomatch" })?;
        Some((actions, captures.filter(|_| source.contains('('))))
    }
}

async fn act(
    session: &mut Session,
    found: &Macro<'_>,
    (action, data): (&Element, &str),
    until: &mut Until<'_>,
) -> Result<Ended, Interrupted> {
    let attribute = |name: &str| action.attr(name).unwrap_or_default();
    let (uuid, say_module) = (&session.channel.uuid, found.say_module);
    tracing::debug!(%uuid, "Handle {}:[{data}] ({say_module})", attribute("function"));
    if is_function(action, "play-file") {
        return play_until(session, data, until).await;
    }
    if is_function(action, "phrase") {
        let path = format!("phrase:{}:{data}", attribute("phrase"));
        return play_until(session, &path, until).await;
    }
    if is_function(action, "say") {
        let (kind, method) = (Kind::parse(attribute("type")), Method::parse(attribute("method")));
        return say(session, say_module, &Saying { kind, method, text: data }, until).await;
    }
    if is_function(action, "execute") {
        return execute(session, data).await;
    }
    if is_function(action, "speak-text") {
        let engine = action.attr("tts-engine").or(found.tts_engine).unwrap_or_default();
        let voice = action.attr("tts-voice").or(found.tts_voice).unwrap_or_default();
        if engine.is_empty() || voice.is_empty() {
            tracing::error!(%uuid, "TTS is not configured");
        } else if !data.is_empty() {
            return play_until(session, &format!("say:{engine}:{voice}:{data}"), until).await;
        }
    }
    Ok(Ended::Done)
}

fn is_function(action: &Element, name: &str) -> bool {
    action.attr("function").is_some_and(|function| function.eq_ignore_ascii_case(name))
}

/// `application(arguments)`.
async fn execute(session: &mut Session, text: &str) -> Result<Ended, Interrupted> {
    let (application, data) = text.split_once('(').unwrap_or((text, ""));
    let application = application.trim_end();
    if session.switch().registries().applications.get(application).is_none() {
        tracing::error!(uuid = %session.channel.uuid, "Invalid Application {application}");
        return Ok(Ended::Lost);
    }
    let data = data.rsplit_once(')').map_or(data, |(data, _)| data).to_owned();
    session.execute(&Action { application: application.to_owned(), data }).await?;
    session.check()?;
    Ok(Ended::Done)
}
