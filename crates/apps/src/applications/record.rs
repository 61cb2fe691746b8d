use std::time::Duration;

use async_trait::async_trait;
use strowger_core::bus::Origin;
use strowger_core::channel::HangupCause;
use strowger_core::media::{Ending, Hush, Recorded, Recorder, RecorderOptions, Tracks};
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};
use strowger_event::EventKind;
use strowger_media::source;

use super::playback::taking;
use super::{about, terminators};
use crate::recording;
use crate::words::words;

/// `record`.
pub(super) struct Record;

const START: Origin = Origin::new("switch_ivr_play_say.c", "switch_ivr_record_file", 770);
const STOP: Origin = Origin::new("switch_ivr_play_say.c", "switch_ivr_record_file", 1033);

/// What the far end hears meanwhile: FreeSWITCH's `record_waste_resources`, at its default.
const NOISE: &str = "silence_stream://-1,1400";

/// How long silence may last unless it is told.
const HUSH: Duration = Duration::from_secs(3);

#[async_trait]
impl Application for Record {
    fn about(&self) -> About {
        about(
            "record",
            "<path> [<time_limit_secs>] [<silence_thresh>] [<silence_hits>]",
            "Records what the caller says into a WAV file, until a digit of `playback_terminators`, the limit, or so many seconds (3) below that amplitude; `record_sample_rate`, `RECORD_APPEND`.",
        )
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let words = words(data);
        let Some(path) = words.first() else {
            tracing::error!(uuid = %session.channel.uuid, "No file specified.");
            return Ok(());
        };
        terminators::forget(session);
        let word = |place: usize| words.get(place).map_or("", String::as_str);
        let limits = Limits { time: recording::limit(word(1)), hush: hush(word(2), word(3)) };
        if let Recording::Impossible = record_file(session, path, limits, &mut taking(terminators::ends)).await? {
            session.hangup(HangupCause::DestinationOutOfOrder);
        }
        session.check()
    }
}

/// What ends a recording by itself.
pub(super) struct Limits {
    /// How long it may be.
    pub(super) time: Option<Duration>,
    /// How long silence may last.
    pub(super) hush: Option<Hush>,
}

/// How recording went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recording {
    /// There is one.
    Done,
    /// The file cannot be written; the log says why.
    Impossible,
}

/// Records what is heard from the far end into a file, until `ends` says so or a limit is reached
/// (`switch_ivr_record_file`).
pub(super) async fn record_file(
    session: &mut Session,
    path: &str,
    limits: Limits,
    ends: &mut (dyn FnMut(&mut Session) -> bool + Send),
) -> Result<Recording, Interrupted> {
    session.pre_answer()?;
    let path = session.recording_path(path, "sounds_dir");
    let rate = session.channel.variable("record_sample_rate").map(str::to_owned);
    let options = RecorderOptions {
        tracks: Tracks::Heard,
        rate: session.recording_rate(rate.as_deref()),
        append: session.is_set("RECORD_APPEND"),
        tags: session.take_tags(),
        limit: limits.time,
        least: Duration::ZERO,
        hush: limits.hush,
        path: path.clone().into(),
    };
    let opened = session.attend(tokio::task::spawn_blocking(move || Recorder::open(options))).await?;
    match opened {
        Ok(Ok(recorder)) => record(session, &path, recorder, ends).await.map(|()| Recording::Done),
        Ok(Err(error)) => {
            tracing::error!(uuid = %session.channel.uuid, "{error}");
            Ok(Recording::Impossible)
        }
        // The runtime is being shut down.
        Err(_) => Ok(Recording::Done),
    }
}

async fn record(
    session: &mut Session,
    path: &str,
    recorder: Recorder,
    ends: &mut (dyn FnMut(&mut Session) -> bool + Send),
) -> Result<(), Interrupted> {
    session.channel.variables.set("silence_hits_exhausted", "false");
    let tap = match session.add_private_tap(recorder.tap()) {
        Ok(tap) => tap,
        Err(error) => {
            tracing::error!(uuid = %session.channel.uuid, "cannot record: {error}");
            return Ok(());
        }
    };
    session.fire(EventKind::RecordStart, START, &[], &[("Record-File-Path", path)]);
    let noise = source::open(NOISE, 8000).ok();
    let played = session.stream().zip(noise).map(|(stream, noise)| stream.play(noise));
    let (control, running) = recorder.begin();
    let mut running = tokio::spawn(running);
    let ended = session.attend_until(&mut running, ends).await;
    control.stop();
    session.remove_tap(tap);
    if let Some(stream) = session.stream().filter(|_| played.is_some()) {
        stream.stop();
    }
    let (recorded, interrupted) = match ended {
        Ok(Some(recorded)) => (recorded, Ok(())),
        Ok(None) => (running.await, Ok(())),
        Err(interrupted) => (running.await, Err(interrupted)),
    };
    if let Ok(recorded) = recorded {
        tell(session, &recorded);
    }
    session.process_recorded();
    session.fire(EventKind::RecordStop, STOP, &[], &[("Record-File-Path", path)]);
    interrupted
}

/// The variables that tell how long it is.
fn tell(session: &mut Session, recorded: &Recorded) {
    let variables = &mut session.channel.variables;
    if recorded.ending == Ending::Hush {
        variables.set("silence_hits_exhausted", "true");
    }
    if let Some(size) = recorded.size {
        variables.set("record_record_file_size", &size.to_string());
    }
    variables.set("record_seconds", &(recorded.milliseconds() / 1000).to_string());
    variables.set("record_ms", &recorded.milliseconds().to_string());
    variables.set("record_samples", &recorded.samples.to_string());
}

pub(super) fn hush(threshold: &str, seconds: &str) -> Option<Hush> {
    let threshold = threshold.parse().ok().filter(|threshold| *threshold > 0)?;
    let lasts = Some(recording::limit(seconds).unwrap_or(HUSH));
    Some(Hush { threshold, first: lasts, last: lasts })
}
