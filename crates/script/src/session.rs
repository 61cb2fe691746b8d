//! A script's object of a call (`CoreSession` of switch_cpp.cpp), with the numbers that its methods answer there: 1 for
//! what went well, 0 for what did not, -1 when there is no call.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use strowger_core::channel::{Answer, HangupCause};
use strowger_core::ivr::{Asking, Collecting, Ends, Heard, Ivr, RecordLimits};
use strowger_core::originate::OriginateRequest;
use strowger_core::session::{Action, Interrupted, Session};
use strowger_event::Event;

use crate::call::{BoxFuture, Call, Gone};
use crate::host::Host;
use crate::input::{Inputs, React};
use crate::splice;

/// How a call left the script that runs on it, for its hangup hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is over.
    Hangup,
    /// It was sent elsewhere.
    Transfer,
}

impl Ending {
    /// The hook's second argument.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hangup => "hangup",
            Self::Transfer => "transfer",
        }
    }
}

/// A call as a script's object; one that has no call yet, or could not get one, answers all the same. Dropped, it ends the
/// call when it made it ([`ScriptSession::set_auto_hangup`]).
pub struct ScriptSession {
    host: Host,
    state: Mutex<State>,
}

struct State {
    call: Option<Call>,
    cause: HangupCause,
    hangs_up: bool,
    voice: Option<(String, String)>,
}

/// How long the answer to a leg that a script makes is waited for.
const ANSWER_TIME: Duration = Duration::from_secs(60);

/// The answer to what has no call.
const NO_CALL: i64 = -1;

impl ScriptSession {
    fn with(host: Host, call: Option<Call>, cause: HangupCause) -> Self {
        Self { host, state: Mutex::new(State { call, cause, hangs_up: false, voice: None }) }
    }

    /// The object of a call that runs the script.
    #[must_use]
    pub fn of(call: Call) -> Self {
        Self::with(call.host().clone(), Some(call), HangupCause::None)
    }

    /// One without a call (`freeswitch.Session()`); it may originate one later.
    #[must_use]
    pub fn empty(host: Host) -> Self {
        Self::with(host, None, HangupCause::None)
    }

    /// The call of that Unique-ID, or else a new one: `destination` is a dial string then, and `caller` who calls
    /// (`freeswitch.Session("uuid")`, `freeswitch.Session("endpoint/…")`).
    #[must_use]
    pub fn new(host: Host, destination: &str, caller: Option<&ScriptSession>) -> Self {
        let found = if destination.contains('/') { None } else { host.switch().sessions().get(destination) };
        let session = Self::empty(host);
        match found {
            Some(handle) => session.state.lock().call = Some(Call::new(session.host.clone(), handle)),
            None => {
                session.originate(caller, destination, ANSWER_TIME);
            }
        }
        session
    }

    /// Calls; whether somebody answered. A call the object has is let go.
    pub fn originate(&self, caller: Option<&ScriptSession>, destination: &str, timeout: Duration) -> bool {
        let outcome = match caller.and_then(ScriptSession::call) {
            Some(caller) => {
                let destination = destination.to_owned();
                caller
                    .run(move |session| Box::pin(called(session, destination)))
                    .unwrap_or(Err(HangupCause::OriginatorCancel))
            }
            None => {
                let request =
                    OriginateRequest { dial_string: destination.to_owned(), timeout, ..OriginateRequest::default() };
                let originate = self.host.switch().originate(&request);
                self.host.wait(originate).unwrap_or(Err(HangupCause::OriginatorCancel))
            }
        };
        let mut state = self.state.lock();
        match outcome {
            Ok(handle) => {
                state.call = Some(Call::new(self.host.clone(), handle));
                state.hangs_up = true;
                true
            }
            Err(cause) => {
                tracing::warn!("Error Creating Outgoing Channel! [{destination}]");
                state.cause = cause;
                false
            }
        }
    }

    /// The call, if there is one.
    pub fn call(&self) -> Option<Call> {
        let call = self.state.lock().call.clone();
        if call.is_none() {
            tracing::debug!("session is not initalized");
        }
        call
    }

    /// Its Unique-ID.
    pub fn uuid(&self) -> Option<String> {
        self.call().map(|call| call.handle().uuid().to_owned())
    }

    fn look<R: Send + 'static>(&self, look: impl FnOnce(&mut Session) -> R + Send + 'static) -> Option<R> {
        self.call()?.look(look).ok()
    }

    /// As FreeSWITCH's methods answer: -1 without a call, 1 or 0 by how it went.
    fn verdict(&self, act: impl FnOnce(Call) -> Result<bool, Gone>) -> i64 {
        self.call().map_or(NO_CALL, |call| i64::from(act(call).unwrap_or(false)))
    }

    /// Answers.
    pub fn answer(&self) -> i64 {
        self.verdict(|call| call.look(|session| session.answer().is_ok()))
    }

    /// Opens media before the answer.
    pub fn pre_answer(&self) -> i64 {
        self.verdict(|call| call.look(|session| session.pre_answer().is_ok()))
    }

    /// Whether the call is there, not over, and not sent elsewhere since.
    pub fn is_ready(&self) -> bool {
        self.look(|session| session.check().is_ok()).unwrap_or(false)
    }

    /// Whether it is answered.
    pub fn is_answered(&self) -> bool {
        self.look(|session| session.channel.answer == Answer::Answered).unwrap_or(false)
    }

    /// Whether it is joined with another.
    pub fn is_bridged(&self) -> bool {
        self.look(|session| !session.channel.is_down() && session.partner().is_some()).unwrap_or(false)
    }

    /// Whether it has media, before or after the answer.
    pub fn has_media(&self) -> bool {
        self.look(|session| matches!(session.channel.answer, Answer::Early | Answer::Answered)).unwrap_or(false)
    }

    /// How the call has left the script, if it has.
    pub fn ending(&self) -> Option<Ending> {
        let call = self.state.lock().call.clone()?;
        if call.handle().hangup_cause().is_some() {
            return Some(Ending::Hangup);
        }
        let is_elsewhere = call.look(|session| session.check() == Err(Interrupted::Elsewhere));
        is_elsewhere.unwrap_or(false).then_some(Ending::Transfer)
    }

    /// Ends the call; a cause nobody knows is NORMAL_CLEARING.
    pub fn hangup(&self, cause: &str) {
        let cause = HangupCause::parse(cause).unwrap_or(HangupCause::NormalClearing);
        self.look(move |session| session.hangup(cause));
    }

    /// Why the call ended, or why there is none.
    pub fn hangup_cause(&self) -> HangupCause {
        let state = self.state.lock();
        let ended = state.call.as_ref().and_then(|call| call.handle().hangup_cause());
        ended.unwrap_or(state.cause)
    }

    /// The channel's state (`CS_EXECUTE`); `ERROR` without a call.
    pub fn state(&self) -> String {
        let Some(call) = self.call() else { return "ERROR".to_owned() };
        call.look(|session| session.channel.state.name()).unwrap_or("CS_DESTROY").to_owned()
    }

    /// A variable, or what else is known of the call by that name; those of a call that is gone are remembered.
    pub fn variable(&self, name: &str) -> Option<String> {
        let call = self.call()?;
        let asked = name.to_owned();
        match call.look(move |session| session.channel.variable(&asked).map(str::to_owned)) {
            Ok(value) => value,
            Err(Gone) => call.handle().remembered().and_then(|kept| kept.get(name)).map(str::to_owned),
        }
    }

    /// Sets a variable; an empty value removes it.
    pub fn set_variable(&self, name: &str, value: &str) {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.look(move |session| session.channel.variables.set(&name, &value));
    }

    /// Runs an application, with its CHANNEL_EXECUTE; whether the call goes on behind it.
    pub fn execute(&self, application: &str, data: &str) -> bool {
        if application.is_empty() {
            tracing::error!("No application specified");
            return false;
        }
        let action = Action { application: application.to_owned(), data: data.to_owned() };
        self.call().is_some_and(|call| call.run(move |session| Box::pin(executed(session, action))).unwrap_or(false))
    }

    /// Plays a file from that sample on.
    pub fn stream_file(&self, file: &str, samples: u64, react: Option<React<'_>>) -> i64 {
        let file = file.to_owned();
        self.hear(react, move |ivr, session, inputs| {
            Box::pin(async move {
                let mut inputs = inputs.from(samples);
                let steering = Arc::clone(inputs.steering());
                ivr.play(session, &file, &steering, &mut |session: &mut Session| inputs.ends(session)).await
            })
        })
    }

    /// Has the engine and voice of [`ScriptSession::set_voice`] speak.
    pub fn speak(&self, text: &str, react: Option<React<'_>>) -> i64 {
        if self.state.lock().call.is_none() {
            return NO_CALL;
        }
        let Some((engine, voice)) = self.state.lock().voice.clone() else {
            tracing::error!("No TTS engine specified");
            return 1;
        };
        let text = text.to_owned();
        self.hear(react, move |ivr, session, mut inputs| {
            Box::pin(async move {
                let ends: &mut Ends<'_> = &mut |session| inputs.ends(session);
                ivr.speak(session, (&engine, &voice), &text, ends).await
            })
        })
    }

    /// Who speaks for [`ScriptSession::speak`].
    pub fn set_voice(&self, engine: &str, voice: &str) {
        self.state.lock().voice = Some((engine.to_owned(), voice.to_owned()));
    }

    /// Says what a phrase macro makes of `data`, in the call's own language when `language` is empty.
    pub fn say_phrase(&self, name: &str, data: &str, language: &str, react: Option<React<'_>>) -> i64 {
        let (name, data, language) = (name.to_owned(), data.to_owned(), language.to_owned());
        self.hear(react, move |ivr, session, mut inputs| {
            Box::pin(async move {
                let ends: &mut Ends<'_> = &mut |session| inputs.ends(session);
                ivr.phrase(session, (&name, &data), &language, ends).await
            })
        })
    }

    /// Records what the caller says.
    pub fn record_file(&self, path: &str, limits: RecordLimits, react: Option<React<'_>>) -> i64 {
        let path = path.to_owned();
        self.hear(react, move |ivr, session, mut inputs| {
            Box::pin(async move {
                let ends: &mut Ends<'_> = &mut |session| inputs.ends(session);
                ivr.record(session, &path, limits, ends).await
            })
        })
    }

    /// Waits; the callback sees what comes meanwhile.
    pub fn sleep(&self, time: Duration, react: Option<React<'_>>) -> i64 {
        self.verdict(|call| {
            call.act(react, move |session, mut inputs| {
                Box::pin(async move {
                    inputs.open(session);
                    let slept = session.attend_until(tokio::time::sleep(time), |session| inputs.ends(session)).await;
                    slept.is_ok()
                })
            })
        })
    }

    /// Waits for digits so long, or for ever when zero, and shows them to the callback. 0, also for a call that is over.
    pub fn collect_digits(&self, time: Duration, react: Option<React<'_>>) -> i64 {
        let time = if time.is_zero() { Duration::from_secs(365 * 24 * 3600) } else { time };
        if self.sleep(time, react) < 0 { NO_CALL } else { 0 }
    }

    /// Waits for digits and gives them back.
    pub fn get_digits(&self, collecting: Collecting) -> String {
        self.ask(move |ivr, session| {
            Box::pin(async move { ivr.collect(session, &collecting).await.map(|(digits, _)| digits) })
        })
    }

    /// Asks for digits and gives them back.
    pub fn play_and_get_digits(&self, asking: Asking) -> String {
        self.ask(move |ivr, session| Box::pin(async move { ivr.ask(session, &asking).await }))
    }

    /// Forgets the digits that wait.
    pub fn flush_digits(&self) -> i64 {
        if self.call().is_none() {
            return NO_CALL;
        }
        self.look(Session::flush_digits);
        0
    }

    /// Sends the call to an extension; what is empty stays as it is.
    pub fn transfer(&self, extension: &str, dialplan: &str, context: &str) -> i64 {
        let (extension, dialplan, context) = (extension.to_owned(), dialplan.to_owned(), context.to_owned());
        self.verdict(|call| {
            call.look(move |session| {
                let Some(profile) = &session.channel.profile else { return false };
                let or = |given: &str, own: &str, usual: &str| {
                    [given, own, usual].into_iter().find(|one| !one.is_empty()).unwrap_or_default().to_owned()
                };
                let dialplan = or(&dialplan, &profile.dialplan, "XML");
                let context = or(&context, &profile.context, "default");
                session.transfer(&extension, &dialplan, &context);
                true
            })
        })
    }

    /// Joins this call with another until one of them ends (`freeswitch.bridge`).
    pub fn bridge(&self, other: &ScriptSession) {
        let (Some(call), Some(other)) = (self.call(), other.call()) else {
            tracing::error!("Channels not ready");
            return;
        };
        let other = other.handle().clone();
        if call.run(move |session| Box::pin(joined(session, other))) == Ok(false) {
            tracing::error!(uuid = call.handle().uuid(), "Channels not ready");
        }
    }

    /// Puts one WAV file into another of its form, behind so many of its samples.
    pub fn insert_file(&self, file: &str, inserted: &str, sample: usize) -> i64 {
        self.verdict(|call| {
            let result = splice::insert(Path::new(file), Path::new(inserted), sample);
            if let Err(error) = &result {
                tracing::error!(uuid = call.handle().uuid(), "{file}: {error}");
            }
            Ok(result.is_ok())
        })
    }

    /// Waits until the call is answered.
    pub fn wait_for_answer(&self) {
        self.execute_quietly("wait_for_answer", "");
    }

    /// Runs an application without its events; whether there is one, and the call goes on behind it.
    pub fn execute_quietly(&self, application: &str, data: &str) -> bool {
        let (application, data) = (application.to_owned(), data.to_owned());
        let Some(call) = self.call() else { return false };
        call.run(move |session| Box::pin(run_quietly(session, application, data))).unwrap_or(false)
    }

    /// Brings the call a message, for its input callback.
    pub fn send_event(&self, event: Event) {
        self.look(move |session| session.bring(event));
    }

    /// Whether the call ends when the script lets go of it; so it does with one that the script made. 0; 1 without a call.
    pub fn set_auto_hangup(&self, hangs_up: bool) -> i64 {
        let mut state = self.state.lock();
        state.hangs_up = hangs_up;
        if state.call.is_some() { 0 } else { NO_CALL }
    }

    /// Lets go of the call (`session:destroy()`).
    pub fn destroy(&self) {
        let (call, hangs_up) = {
            let mut state = self.state.lock();
            (state.call.take(), std::mem::take(&mut state.hangs_up))
        };
        let Some(call) = call.filter(|call| hangs_up && call.handle().hangup_cause().is_none()) else { return };
        // One that was sent on has a life of its own.
        let _ = call.handle().tell(|session| {
            if session.channel.variable("transfer_source").is_none() {
                session.hangup(HangupCause::NormalClearing);
            }
        });
    }

    fn hear<P>(&self, react: Option<React<'_>>, piece: P) -> i64
    where
        P: for<'a> FnOnce(Arc<dyn Ivr>, &'a mut Session, Inputs) -> BoxFuture<'a, Result<Heard, Interrupted>>
            + Send
            + 'static,
    {
        let Some(ivr) = self.ivr() else { return 0 };
        self.verdict(|call| {
            call.act(react, move |session, inputs| {
                Box::pin(async move {
                    inputs.open(session);
                    matches!(piece(ivr, session, inputs).await, Ok(Heard::Done | Heard::Broken))
                })
            })
        })
    }

    fn ask<P>(&self, piece: P) -> String
    where
        P: for<'a> FnOnce(Arc<dyn Ivr>, &'a mut Session) -> BoxFuture<'a, Result<String, Interrupted>> + Send + 'static,
    {
        let (Some(ivr), Some(call)) = (self.ivr(), self.call()) else { return String::new() };
        // A call that ended has no answer.
        call.run(move |session| piece(ivr, session)).ok().and_then(Result::ok).unwrap_or_default()
    }

    fn ivr(&self) -> Option<Arc<dyn Ivr>> {
        self.host.switch().registries().ivr.get("ivr")
    }
}

impl Drop for ScriptSession {
    fn drop(&mut self) {
        self.destroy();
    }
}

async fn called(
    session: &mut Session,
    destination: String,
) -> Result<strowger_core::session::SessionHandle, HangupCause> {
    session.call(&destination).await.unwrap_or(Err(HangupCause::OriginatorCancel))
}

async fn executed(session: &mut Session, action: Action) -> bool {
    // FreeSWITCH runs nothing on a call that is over.
    session.check().is_ok() && session.execute(&action).await.is_ok() && session.check().is_ok()
}

async fn joined(session: &mut Session, other: strowger_core::session::SessionHandle) -> bool {
    if session.pre_answer().is_err() || other.hangup_cause().is_some() {
        return false;
    }
    // Nobody was called: whoever it is joined with is the one (switch_ivr_multi_threaded_bridge).
    let callee = session.attend(other.ask(|other| {
        other.channel.profile.as_ref().map(|it| (it.callee_id_name.clone(), it.callee_id_number.clone()))
    }));
    if let Ok(Ok(Some((name, number)))) = callee.await
        && let Some(profile) = &mut session.channel.profile
    {
        (profile.callee_id_name, profile.callee_id_number) = (name, number);
    }
    // How it ended is seen by whoever asks the call.
    let _ = session.bridge(&other).await;
    true
}

async fn run_quietly(session: &mut Session, name: String, data: String) -> bool {
    let Some(application) = session.switch().registries().applications.get(&name) else { return false };
    session.check().is_ok() && application.run(session, &data).await.is_ok()
}
