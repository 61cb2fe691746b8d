use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use strowger_core::bus::Origin;
use strowger_core::channel::Dtmf;
use strowger_core::media::{Outcome, Played};
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};
use strowger_event::EventKind;
use strowger_media::{AudioSource, SourceError, source};

use super::{about, terminators};

/// `playback`.
pub(super) struct Playback;

const START: Origin = Origin::new("switch_ivr_play_say.c", "switch_ivr_play_file", 1616);
const STOP: Origin = Origin::new("switch_ivr_play_say.c", "switch_ivr_play_file", 1964);

/// What the channel's codec is played at while it has none.
const RATE: u32 = 8000;

/// How long the media thread may take to say how far it came after it was told to stop.
const LAST_WORD: Duration = Duration::from_millis(100);

#[async_trait]
impl Application for Playback {
    fn about(&self) -> About {
        about(
            "playback",
            "<path>",
            "Plays a WAV file, `tone_stream://…` or `silence_stream://…`; opens early media unless the call is answered. A digit of `playback_terminators` (`*` unless set; `any`, `none`) ends it and is left in `playback_terminator_used`.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        session.pre_answer()?;
        terminators::forget(session);
        let ended = play(session, data.trim(), terminators::ends).await;
        respond(
            session,
            match ended {
                Ok(Ended::Done | Ended::Broken) => PLAYED,
                Ok(Ended::NotFound) => NOT_FOUND,
                Ok(Ended::Lost) | Err(_) => FAILED,
            },
        );
        ended.map(|_| ())
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

/// Plays what `spec` names (`switch_ivr_play_file`). `ends` is given each digit that comes meanwhile, and says whether
/// it ends the playing.
pub(super) async fn play(
    session: &mut Session,
    spec: &str,
    ends: impl FnMut(&mut Session, Dtmf) -> bool,
) -> Result<Ended, Interrupted> {
    play_unless(session, spec, taking(ends)).await
}

/// As [`play`], and leaves the digits that come meanwhile where they are.
pub(super) async fn play_deaf(session: &mut Session, spec: &str) -> Result<Ended, Interrupted> {
    play_unless(session, spec, Session::take_break).await
}

/// As [`play`], until a digit waits; it is not taken.
pub(super) async fn play_until_digit(session: &mut Session, spec: &str) -> Result<Ended, Interrupted> {
    play_unless(session, spec, |session| session.take_break() || !session.channel.digits.is_empty()).await
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

/// As [`play`], until `ends` says so.
pub(super) async fn play_unless(
    session: &mut Session,
    spec: &str,
    ends: impl FnMut(&mut Session) -> bool,
) -> Result<Ended, Interrupted> {
    let path = resolve(session, spec);
    let rate = session.channel.write_codec.map_or(RATE, |codec| codec.rate());
    match open(session, &path, rate).await? {
        Ok(source) => play_source(session, &path, source, ends).await,
        // FreeSWITCH says so of all that it cannot open, and fires no event.
        Err(error) => {
            tracing::error!(uuid = %session.channel.uuid, "{error}");
            Ok(Ended::NotFound)
        }
    }
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
    if scheme(path).is_some() {
        return Ok(source::open(path, rate));
    }
    let file = path.to_owned();
    let opened = session.attend(tokio::task::spawn_blocking(move || source::open(&file, rate))).await?;
    // The task fails only when the runtime is shut down.
    Ok(opened.unwrap_or_else(|_| Err(SourceError::Unsupported(path.to_owned()))))
}

async fn play_source(
    session: &mut Session,
    path: &str,
    source: Box<dyn AudioSource>,
    ends: impl FnMut(&mut Session) -> bool,
) -> Result<Ended, Interrupted> {
    let Some(mut playing) = session.stream().map(|stream| stream.play(source)) else { return Ok(Ended::Lost) };
    let kind = scheme(path).unwrap_or("file");
    session.fire(EventKind::PlaybackStart, START, &[], &[("Playback-File-Type", kind), ("Playback-File-Path", path)]);
    let (played, interrupted) = match session.attend_until(&mut playing, ends).await {
        Ok(Some(played)) => (played.ok(), Ok(())),
        stopped => {
            if let Some(stream) = session.stream() {
                stream.stop();
            }
            let played = tokio::time::timeout(LAST_WORD, playing).await;
            (played.ok().and_then(Result::ok), stopped.map(|_| ()))
        }
    };
    remember(session, played.as_ref());
    let ended = match &played {
        None => Ended::Lost,
        Some(played) => match played.outcome {
            Outcome::Done => Ended::Done,
            Outcome::Stopped => Ended::Broken,
            Outcome::Lost => Ended::Lost,
        },
    };
    let status = if interrupted.is_ok() && ended == Ended::Broken { "break" } else { "done" };
    let last = [("Playback-File-Type", kind), ("Playback-File-Path", path), ("Playback-Status", status)];
    session.fire(EventKind::PlaybackStop, STOP, &[], &last);
    interrupted.map(|()| ended)
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

fn respond(session: &mut Session, response: &str) {
    session.channel.variables.set("current_application_response", response);
}

const PLAYED: &str = "FILE PLAYED";
const NOT_FOUND: &str = "FILE NOT FOUND";
const FAILED: &str = "PLAYBACK ERROR";
