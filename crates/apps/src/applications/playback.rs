use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strowger_core::bus::Origin;
use strowger_core::channel::Dtmf;
use strowger_core::media::{Outcome, Played};
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};
use strowger_event::EventKind;
use strowger_media::sequence::Sequence;
use strowger_media::steer::{Steered, Steering};
use strowger_media::{AudioSource, SourceError, source};

use super::phrase::Call;
use super::speak::Said;
use super::{about, terminators};

/// `playback`.
pub(super) struct Playback;

const START: Origin = Origin::new("switch_ivr_play_say.c", "switch_ivr_play_file", 1616);
const STOP: Origin = Origin::new("switch_ivr_play_say.c", "switch_ivr_play_file", 1964);

/// What the channel's codec is played at while it has none.
pub(super) const RATE: u32 = 8000;

/// How long the media thread may take to say how far it came after it was told to stop.
const LAST_WORD: Duration = Duration::from_millis(100);

#[async_trait]
impl Application for Playback {
    fn about(&self) -> About {
        about(
            "playback",
            "<path>",
            "Plays a WAV file, several (`file_string://a.wav!b.wav`), `tone_stream://…`, `silence_stream://…`, `phrase:MACRO:DATA`, or what an engine speaks (`say:text`, `say:engine:voice:text`, `tts://engine|voice|text`); opens early media unless the call is answered. A digit of `playback_terminators` (`*` unless set; `any`, `none`) ends it and is left in `playback_terminator_used`.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        session.pre_answer()?;
        terminators::forget(session);
        let ended = play(session, data.trim(), terminators::ends).await;
        respond(session, ended)
    }
}

/// How playing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It came to its end.
    Done,
    /// A digit, `uuid_break`, or something else that was played ended it.
    Broken,
    /// There is nothing of that name, or nothing that can be played.
    NotFound,
    /// The call has no media.
    Lost,
}

impl Ended {
    /// As the media thread says.
    pub(super) fn of(played: Option<&Played>) -> Ended {
        match played.map(|played| played.outcome) {
            Some(Outcome::Done) => Ended::Done,
            Some(Outcome::Stopped) => Ended::Broken,
            Some(Outcome::Lost) | None => Ended::Lost,
        }
    }
}

/// Plays what `spec` names (`switch_ivr_play_file`). `ends` is given each digit that comes meanwhile, and says whether
/// it ends the playing.
pub(super) async fn play(
    session: &mut Session,
    spec: &str,
    ends: impl FnMut(&mut Session, Dtmf) -> bool + Send,
) -> Result<Ended, Interrupted> {
    play_until(session, spec, &mut Until::new(&mut taking(ends))).await
}

/// As [`play`], and leaves the digits that come meanwhile where they are.
pub(super) async fn play_deaf(session: &mut Session, spec: &str) -> Result<Ended, Interrupted> {
    play_until(session, spec, &mut Until::new(&mut Session::take_break)).await
}

/// As [`play_deaf`], and any digit ends it, and waits for what comes next.
pub(super) async fn play_until_key(session: &mut Session, spec: &str) -> Result<Ended, Interrupted> {
    play_until(session, spec, &mut Until::new(&mut key_waits)).await
}

/// Whether there is a break, or a digit waits to be taken.
pub(super) fn key_waits(session: &mut Session) -> bool {
    session.take_break() || !session.channel.digits.is_empty()
}

/// What ends a wait that takes digits: a break, or a digit that `ends` it.
pub(super) fn taking(mut ends: impl FnMut(&mut Session, Dtmf) -> bool) -> impl FnMut(&mut Session) -> bool {
    move |session| {
        if session.take_break() {
            return true;
        }
        while let Some(dtmf) = session.take_digit() {
            if ends(session, dtmf) {
                return true;
            }
        }
        false
    }
}

/// What ends what is played, how it is steered, and how deep in phrases it is.
pub(super) struct Until<'a> {
    ends: &'a mut (dyn FnMut(&mut Session) -> bool + Send),
    steering: Option<&'a Arc<Steering>>,
    depth: u32,
}

impl<'a> Until<'a> {
    /// `ends` is asked whenever something may have happened, as [`Session::attend_until`] does.
    pub(super) fn new(ends: &'a mut (dyn FnMut(&mut Session) -> bool + Send)) -> Self {
        Self { ends, steering: None, depth: 0 }
    }

    /// Has `steering` change what plays while it plays.
    pub(super) fn steered(self, steering: &'a Arc<Steering>) -> Self {
        Self { steering: Some(steering), ..self }
    }
}

type Playing<'p> = Pin<Box<dyn Future<Output = Result<Ended, Interrupted>> + Send + 'p>>;

/// Plays what `spec` names, a file, a stream or a phrase (`phrase:NAME:DATA`), until something ends it.
pub(super) fn play_until<'p>(session: &'p mut Session, spec: &'p str, until: &'p mut Until<'_>) -> Playing<'p> {
    Box::pin(async move {
        let phrase = spec.get(..PHRASE.len()).filter(|start| start.eq_ignore_ascii_case(PHRASE));
        match phrase.and_then(|_| spec.get(PHRASE.len()..)) {
            Some(phrase) => play_phrase(session, phrase, until).await,
            None => play_file(session, spec, until.steering, |session| (until.ends)(session)).await,
        }
    })
}

const PHRASE: &str = "phrase:";

/// Phrases within phrases; one more is not said.
const MAX_PHRASES: u32 = 25;

async fn play_phrase(session: &mut Session, spec: &str, until: &mut Until<'_>) -> Result<Ended, Interrupted> {
    if until.depth >= MAX_PHRASES {
        tracing::error!(uuid = %session.channel.uuid, "Too many phrases within phrases: {spec} is not said");
        return Ok(Ended::Lost);
    }
    let (name, data) = spec.split_once(':').unwrap_or((spec, ""));
    let language = session.channel.variable("language").map(str::to_owned);
    until.depth += 1;
    let ended = Call { name, data, language: language.as_deref() }.run(session, until).await;
    until.depth -= 1;
    ended
}

async fn play_file(
    session: &mut Session,
    spec: &str,
    steering: Option<&Arc<Steering>>,
    mut ends: impl FnMut(&mut Session) -> bool,
) -> Result<Ended, Interrupted> {
    if let Some(said) = spec.get(..SAY.len()).filter(|start| start.eq_ignore_ascii_case(SAY)) {
        return match Said::of_file(session, spec.get(said.len()..).unwrap_or_default()) {
            Some(said) => said.speak(session, ends).await,
            None => Ok(Ended::NotFound),
        };
    }
    let path = if scheme(spec) == Some(STRING) { spec.to_owned() } else { resolve(session, spec) };
    let rate = rate(session);
    if let Some(said) = path.strip_prefix("tts://").and_then(|said| Said::of_fields(session, said)) {
        return match said.make(session, rate, &mut ends).await? {
            None => Ok(Ended::Broken),
            Some(Ok(source)) => play_source(session, (&path, source), None, ends).await,
            Some(Err(_)) => Ok(Ended::NotFound),
        };
    }
    match open(session, &path, rate).await? {
        Ok(source) => play_source(session, (&path, source), steering, ends).await,
        // FreeSWITCH says so of all that it cannot open, and fires no event.
        Err(error) => {
            tracing::error!(uuid = %session.channel.uuid, "{error}");
            Ok(Ended::NotFound)
        }
    }
}

fn rate(session: &Session) -> u32 {
    session.channel.write_codec.map_or(RATE, |codec| codec.rate())
}

/// A relative path is one below `sound_prefix`, or else the global `sounds_dir`.
fn resolve(session: &Session, spec: &str) -> String {
    if scheme(spec).is_some() || Path::new(spec).is_absolute() {
        return spec.to_owned();
    }
    let globals = session.switch().globals();
    let prefix = session.channel.variable("sound_prefix").map(str::to_owned);
    match prefix.or_else(|| globals.get("sound_prefix")).or_else(|| globals.get("sounds_dir")) {
        Some(prefix) => Path::new(&prefix).join(spec).to_string_lossy().into_owned(),
        None => spec.to_owned(),
    }
}

fn scheme(spec: &str) -> Option<&str> {
    spec.split_once("://").map(|(scheme, _)| scheme)
}

async fn open(
    session: &mut Session,
    path: &str,
    rate: u32,
) -> Result<Result<Box<dyn AudioSource>, SourceError>, Interrupted> {
    if scheme(path) == Some(STRING) {
        return open_string(session, path, rate).await;
    }
    if scheme(path).is_some() {
        return Ok(source::open(path, rate));
    }
    let file = path.to_owned();
    let opened = session.attend(tokio::task::spawn_blocking(move || source::open(&file, rate))).await?;
    // The task fails only when the runtime is shut down.
    Ok(opened.unwrap_or_else(|_| Err(SourceError::Unsupported(path.to_owned()))))
}

/// Plays a source until it ends, or `ends` says so; how far it came, if the media thread said so. `None` when the call has
/// no media.
pub(super) async fn hear(
    session: &mut Session,
    source: Box<dyn AudioSource>,
    ends: impl FnMut(&mut Session) -> bool,
) -> Heard {
    let mut playing = session.stream().map(|stream| stream.play(source))?;
    match session.attend_until(&mut playing, ends).await {
        Ok(Some(played)) => Some((played.ok(), Ok(()))),
        stopped => {
            if let Some(stream) = session.stream() {
                stream.stop();
            }
            let played = tokio::time::timeout(LAST_WORD, playing).await;
            Some((played.ok().and_then(Result::ok), stopped.map(|_| ())))
        }
    }
}

type Heard = Option<(Option<Played>, Result<(), Interrupted>)>;

/// As [`hear`], and follows `steering`; a place it is to go to is looked for in what is opened anew.
async fn hear_steered(
    session: &mut Session,
    (path, source): (&str, Box<dyn AudioSource>),
    steering: &Arc<Steering>,
    mut ends: impl FnMut(&mut Session) -> bool,
) -> Result<Heard, Interrupted> {
    let mut opened = source;
    loop {
        let (from, wheel) = (steering.take_target().unwrap_or(0), Arc::clone(steering));
        let sought = session.attend(tokio::task::spawn_blocking(move || Steered::new(opened, wheel, from))).await?;
        // The task fails only when the runtime is shut down.
        let Ok(source) = sought else { return Ok(None) };
        let heard = hear(session, Box::new(source), |session| ends(session) || steering.is_seeking()).await;
        if !steering.is_seeking() || !matches!(heard, Some((_, Ok(())))) {
            return Ok(heard);
        }
        match open(session, path, rate(session)).await? {
            Ok(source) => opened = source,
            Err(_) => return Ok(heard),
        }
    }
}

/// `file_string://one!two`: files one after the other.
const STRING: &str = "file_string";

/// Files of one such path; those beyond are not played.
const MAX_FILES: usize = 128;

/// All that can be opened, one after the other; what cannot is said in the log and left out.
async fn open_string(
    session: &mut Session,
    path: &str,
    rate: u32,
) -> Result<Result<Box<dyn AudioSource>, SourceError>, Interrupted> {
    let parts = path.split_once("://").map_or("", |(_, parts)| parts).split('!').filter(|part| !part.is_empty());
    let files: Vec<String> = parts.take(MAX_FILES).map(|part| resolve(session, part)).collect();
    let open = move || files.iter().map(|file| source::open(file, rate)).collect::<Vec<_>>();
    let opened = session.attend(tokio::task::spawn_blocking(open)).await?.unwrap_or_default();
    let mut sources = Vec::new();
    for one in opened {
        match one {
            Ok(source) => sources.push(source),
            Err(error) => tracing::error!(uuid = %session.channel.uuid, "{error}"),
        }
    }
    if sources.is_empty() {
        return Ok(Err(SourceError::Unsupported(path.to_owned())));
    }
    Ok(Ok(Box::new(Sequence::new(sources, rate))))
}

async fn play_source(
    session: &mut Session,
    (path, source): (&str, Box<dyn AudioSource>),
    steering: Option<&Arc<Steering>>,
    ends: impl FnMut(&mut Session) -> bool,
) -> Result<Ended, Interrupted> {
    if session.stream().is_none() {
        return Ok(Ended::Lost);
    }
    let kind = scheme(path).unwrap_or("file");
    session.fire(EventKind::PlaybackStart, START, &[], &[("Playback-File-Type", kind), ("Playback-File-Path", path)]);
    let heard = match steering {
        None => hear(session, source, ends).await,
        Some(steering) => hear_steered(session, (path, source), steering, ends).await?,
    };
    let Some((played, interrupted)) = heard else { return Ok(Ended::Lost) };
    remember(session, played.as_ref());
    let ended = Ended::of(played.as_ref());
    let status = if interrupted.is_ok() && ended == Ended::Broken { "break" } else { "done" };
    let last = [("Playback-File-Type", kind), ("Playback-File-Path", path), ("Playback-Status", status)];
    session.fire(EventKind::PlaybackStop, STOP, &[], &last);
    interrupted.map(|()| ended)
}

/// Plays what `spec` names and tells of it in no event (`switch_ivr_gentones`).
pub(super) async fn play_quietly(
    session: &mut Session,
    spec: &str,
    ends: impl FnMut(&mut Session) -> bool,
) -> Result<(), Interrupted> {
    let rate = rate(session);
    match open(session, spec, rate).await? {
        Ok(source) => hear(session, source, ends).await.map_or(Ok(()), |(_, interrupted)| interrupted),
        Err(error) => {
            tracing::error!(uuid = %session.channel.uuid, "{error}");
            Ok(())
        }
    }
}

/// The variables that tell how much was played.
fn remember(session: &mut Session, played: Option<&Played>) {
    let (samples, milliseconds) = played.map_or((0, 0), |played| (played.samples, played.milliseconds));
    let variables = &mut session.channel.variables;
    variables.set("playback_last_offset_pos", &samples.to_string());
    variables.set("playback_seconds", &(milliseconds / 1000).to_string());
    variables.set("playback_ms", &milliseconds.to_string());
    variables.set("playback_samples", &samples.to_string());
}

/// Application-Response of what plays, by how that ended.
pub(super) fn respond(session: &mut Session, ended: Result<Ended, Interrupted>) -> Result<(), Interrupted> {
    let response = match ended {
        Ok(Ended::Done | Ended::Broken) => "FILE PLAYED",
        Ok(Ended::NotFound) => "FILE NOT FOUND",
        Ok(Ended::Lost) | Err(_) => "PLAYBACK ERROR",
    };
    session.channel.variables.set("current_application_response", response);
    ended.map(|_| ())
}

/// A file of this name is a text to be spoken.
const SAY: &str = "say:";
