//! Recording a call while it goes on (`switch_ivr_record_session`): any number of files, each a tap on its sound.

use std::time::Duration;

use strowger_event::EventKind;
use tokio::sync::oneshot;

use super::record_plan::Plan;
use super::taps::{TapError, TapId};
use super::{Interrupted, Session, SessionHandle};
use crate::bus::Origin;
use crate::channel::{Answer, HangupCause};
use crate::media::{Ending, Recorded, Recorder, RecorderControl, RecorderError};

/// Where FreeSWITCH fires these.
const START: Origin = Origin::new("switch_ivr_async.c", "record_callback", 1482);
const STOP: Origin = Origin::new("switch_ivr_async.c", "send_record_stop_event", 1241);

/// How long the end of a call waits for the disk.
const LAST_WRITE: Duration = Duration::from_secs(2);

/// A recording that somebody wants.
#[derive(Clone, Debug, Default)]
pub struct RecordRequest {
    /// The file; one without a leading `/` is below the variable `sound_prefix`, or the global `base_dir`.
    pub path: String,
    /// How long it may be.
    pub limit: Option<Duration>,
    /// Variables that count for this recording, in front of the channel's.
    pub variables: Vec<(String, String)>,
}

/// Why a call is not recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The call is over, or does not answer.
    #[error("the call is over")]
    Over,
    /// Its sound cannot be tapped.
    #[error("Can not record session. {0}")]
    Tap(#[from] TapError),
    /// The file cannot be made.
    #[error(transparent)]
    File(#[from] RecorderError),
}

/// The recordings of a session.
#[derive(Default)]
pub(crate) struct Recordings {
    list: Vec<Recording>,
    number: u64,
}

struct Recording {
    number: u64,
    path: String,
    /// As it was asked for: a stop may name it so.
    asked: String,
    tap: TapId,
    control: RecorderControl,
    ended: oneshot::Receiver<Recorded>,
    gate: Gate,
    paused: bool,
    /// It was told to stop: it can be found no more.
    stopping: bool,
    /// Told, by being dropped, when RECORD_STOP was fired.
    waiting: Vec<oneshot::Sender<()>>,
}

/// What has to be for anything to be recorded.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gate {
    pub(super) answer: bool,
    pub(super) bridge: bool,
}

/// What is done to a recording that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordChange {
    /// Silence is recorded, or what passes again.
    Mask(bool),
    /// Nothing is recorded, or what passes again.
    Pause(bool),
}

/// Starts a recording of another task's call.
///
/// # Errors
/// [`RecordError`]; what there is to log and to fire has been.
pub async fn record(handle: &SessionHandle, request: RecordRequest) -> Result<(), RecordError> {
    let planned = handle.ask(move |session| session.plan_recording(request)).await.map_err(|_| RecordError::Over)?;
    let Some(plan) = planned? else { return Ok(()) };
    let (plan, opened) = plan.open().await;
    let begun = handle.ask(move |session| session.begin_recording(&plan, opened)).await;
    begun.map_err(|_| RecordError::Over)?
}

impl Session {
    /// Starts a recording of this call, which must have media or be able to open it.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ended or was sent elsewhere meanwhile; within it [`RecordError`].
    pub async fn record(&mut self, request: RecordRequest) -> Result<Result<(), RecordError>, Interrupted> {
        let plan = match self.plan_recording(request) {
            Ok(Some(plan)) => plan,
            Ok(None) => return Ok(Ok(())),
            Err(error) => return Ok(Err(error)),
        };
        let (plan, opened) = self.attend(plan.open()).await?;
        Ok(self.begin_recording(&plan, opened))
    }

    /// Stops a recording, or `all`: one receiver for each, which ends when its RECORD_STOP was fired. None: there is no
    /// such recording.
    pub fn stop_recording(&mut self, path: &str) -> Vec<oneshot::Receiver<()>> {
        let all = path.eq_ignore_ascii_case("all");
        let wanted = |recording: &&mut Recording| !recording.stopping && (all || recording.is(path));
        let stop = |recording: &mut Recording| {
            recording.stopping = true;
            recording.control.stop();
            let (sender, receiver) = oneshot::channel();
            recording.waiting.push(sender);
            receiver
        };
        self.recordings.list.iter_mut().filter(wanted).map(stop).collect()
    }

    /// Masks or pauses a recording; whether there is one of that name.
    pub fn change_recording(&mut self, path: &str, change: RecordChange) -> bool {
        let found = self.recordings.list.iter_mut().find(|recording| !recording.stopping && recording.is(path));
        let Some(recording) = found else { return false };
        match change {
            RecordChange::Mask(masked) => recording.control.mask(masked),
            RecordChange::Pause(paused) => recording.paused = paused,
        }
        self.open_gates();
        true
    }

    /// Looks whether the call is answered and joined now, as some recordings want it.
    pub(super) fn open_gates(&mut self) {
        let answered = self.channel.answer == Answer::Answered;
        let bridged = self.bridged.is_some();
        for recording in &self.recordings.list {
            let Gate { answer, bridge } = recording.gate;
            let closed = (answer && !answered) || (bridge && !bridged);
            recording.control.pause(recording.paused || closed);
        }
    }

    /// What a request comes to; `None` when there is nothing to be begun.
    fn plan_recording(&mut self, request: RecordRequest) -> Result<Option<Plan>, RecordError> {
        self.pre_answer().map_err(|_| RecordError::Over)?;
        if self.leg.stream().is_none() {
            let error = RecordError::Tap(TapError::NoMedia);
            tracing::error!(uuid = %self.channel.uuid, "{error}");
            return Err(error);
        }
        let plan = Plan::new(self, request);
        let runs = self.recordings.list.iter().any(|recording| !recording.stopping && recording.is(&plan.path));
        if runs && plan.toggles {
            self.stop_recording(&plan.path);
            return Ok(None);
        }
        if runs {
            tracing::warn!(uuid = %self.channel.uuid, "Already recording [{}]", plan.path);
            return Ok(None);
        }
        Ok(Some(plan))
    }

    /// Records from now on (RECORD_START), unless the file could not be made (RECORD_STOP).
    fn begin_recording(&mut self, plan: &Plan, opened: Result<Recorder, RecorderError>) -> Result<(), RecordError> {
        let begun = match opened {
            Err(error) => Err(RecordError::File(error)),
            Ok(_) if self.channel.is_down() => Err(RecordError::Over),
            Ok(recorder) => self.attach(plan, recorder),
        };
        if let Err(error) = &begun {
            tracing::error!(uuid = %self.channel.uuid, "{error}");
            self.tell_recorded(&plan.path, None, "uri-failure");
            if plan.hangs_up {
                self.hangup(HangupCause::DestinationOutOfOrder);
            }
        }
        begun
    }

    fn attach(&mut self, plan: &Plan, recorder: Recorder) -> Result<(), RecordError> {
        self.fire(EventKind::RecordStart, START, &[], &[("Record-File-Path", &plan.path)]);
        let tap = self.add_tap("session_record", &plan.path, recorder.tap())?;
        let (control, running) = recorder.begin();
        let (sender, ended) = oneshot::channel();
        self.recordings.number += 1;
        let (number, handle) = (self.recordings.number, self.handle.clone());
        tokio::spawn(async move {
            let recorded = running.await;
            if sender.send(recorded).is_ok() {
                // A call that is over has looked by itself.
                let _ = handle.post(move |session| session.recording_ended(number)).await;
            }
        });
        self.recordings.list.push(Recording {
            number,
            path: plan.path.clone(),
            asked: plan.asked.clone(),
            tap,
            control,
            ended,
            gate: plan.gate,
            paused: false,
            stopping: false,
            waiting: Vec::new(),
        });
        self.open_gates();
        Ok(())
    }

    fn recording_ended(&mut self, number: u64) {
        let list = &mut self.recordings.list;
        let Some(place) = list.iter().position(|recording| recording.number == number) else { return };
        let mut recording = list.remove(place);
        let recorded = recording.ended.try_recv().ok();
        self.finish_recording(&recording, recorded);
    }

    /// The call is over: what is recorded ends with it.
    pub(super) async fn end_recordings(&mut self) {
        let list = std::mem::take(&mut self.recordings.list);
        list.iter().for_each(|recording| recording.control.stop());
        let deadline = tokio::time::Instant::now() + LAST_WRITE;
        for mut recording in list {
            let recorded = tokio::time::timeout_at(deadline, &mut recording.ended).await;
            if recorded.is_err() {
                tracing::error!(uuid = %self.channel.uuid, "the disk does not take the end of {}", recording.path);
            }
            self.finish_recording(&recording, recorded.ok().and_then(Result::ok));
        }
    }

    fn finish_recording(&mut self, recording: &Recording, recorded: Option<Recorded>) {
        tracing::debug!(uuid = %self.channel.uuid, "Stop recording file {}", recording.path);
        let cause = self.completion_cause(recorded.as_ref());
        if recorded.as_ref().is_some_and(|recorded| recorded.discarded) {
            self.channel.variables.set("RECORD_DISCARDED", "true");
        }
        self.tell_recorded(&recording.path, recorded.as_ref(), cause);
        self.remove_tap(recording.tap);
        let failed = recorded.is_none_or(|recorded| recorded.ending == Ending::Failed);
        if failed && self.is_set("RECORD_HANGUP_ON_ERROR") {
            self.hangup(HangupCause::DestinationOutOfOrder);
        }
        self.process_recorded();
    }

    /// As FreeSWITCH names it: the first thing that was noticed.
    fn completion_cause(&self, recorded: Option<&Recorded>) -> &'static str {
        let Some(recorded) = recorded.filter(|recorded| recorded.ending != Ending::Failed) else {
            return "uri-failure";
        };
        let heard = if recorded.spoken { "success-silence" } else { "no-input-timeout" };
        match recorded.ending {
            Ending::Hush => heard,
            _ if recorded.discarded => "input-too-short",
            Ending::Stopped if self.channel.is_down() => heard,
            Ending::Stopped | Ending::Limit | Ending::Failed => "success-maxtime",
        }
    }

    /// RECORD_STOP, and the variables that tell how long the recording is.
    fn tell_recorded(&mut self, path: &str, recorded: Option<&Recorded>, cause: &str) {
        let (samples, milliseconds) = recorded.map_or((0, 0), |recorded| (recorded.samples, recorded.milliseconds()));
        let variables = &mut self.channel.variables;
        if let Some(size) = recorded.and_then(|recorded| recorded.size) {
            variables.set("record_file_size", &size.to_string());
        }
        variables.set("record_samples", &samples.to_string());
        variables.set("record_seconds", &(milliseconds / 1000).to_string());
        variables.set("record_ms", &milliseconds.to_string());
        variables.set("record_completion_cause", cause);
        let last = [("Record-File-Path", path), ("Record-Completion-Cause", cause)];
        self.fire(EventKind::RecordStop, STOP, &[], &last);
    }
}

impl Recording {
    fn is(&self, path: &str) -> bool {
        self.path == path || self.asked == path
    }
}
