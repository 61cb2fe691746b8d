//! A session that calls others: what it hears and learns while they ring.

use std::sync::OnceLock;

use tokio::sync::{mpsc, oneshot};

use super::caller::{Callee, Caller, Progress, ringback, rings_at_once};
use super::settings::seconds;
use super::{DEFAULT_TIMEOUT, OriginateRequest};
use crate::channel::{Answer, HangupCause};
use crate::media::{Played, Stream};
use crate::session::{Interrupted, Session, SessionHandle};

/// How many notices of its legs may wait for the caller.
const NOTICES: usize = 256;

/// What a wait of the caller ended with.
enum Happened {
    Told(Progress),
    Decided(Result<SessionHandle, HangupCause>),
    Silence,
}

/// The legs that a session has placed.
#[derive(Default)]
struct Legs(Vec<Placed>);

struct Placed {
    uuid: String,
    callee: Callee,
    cause: HangupCause,
}

/// What the caller hears while others ring.
struct Ringback {
    spec: Option<String>,
    playing: Option<oneshot::Receiver<Played>>,
}

impl Session {
    /// Calls: the calling half of `bridge`. The leg that answered is there, and waits to be joined ([`Session::bridge`]);
    /// this one is answered if it is, and has early media if it has. Sets `originate_disposition`, `DIALSTATUS`,
    /// `originated_legs`, `originate_causes`, `signal_bond`; plays `ringback` or `transfer_ringback` meanwhile. The time
    /// to answer is `call_timeout`, 60 s without.
    ///
    /// Inner `Err`: why nobody answered.
    ///
    /// # Errors
    /// [`Interrupted`] when this call ended or was sent elsewhere; the legs it had placed end with ORIGINATOR_CANCEL.
    pub async fn call(&mut self, dial_string: &str) -> Result<Result<SessionHandle, HangupCause>, Interrupted> {
        self.check()?;
        let (sender, notices) = mpsc::channel(NOTICES);
        let Some(caller) = Caller::of(&self.channel, sender) else {
            return Ok(Err(HangupCause::NormalTemporaryFailure));
        };
        let request = OriginateRequest {
            dial_string: dial_string.to_owned(),
            timeout: seconds(&self.channel.variables, "call_timeout").unwrap_or(DEFAULT_TIMEOUT),
            caller: Some(caller),
            ..OriginateRequest::default()
        };
        self.dispose("failure", "INVALIDARGS");
        let mut legs = Legs::default();
        let called = self.wait_for(&request, notices, &mut legs).await;
        let outcome = match called {
            Ok(Ok(handle)) => self.answer_with(&handle, &mut legs).await,
            otherwise => otherwise,
        };
        self.conclude(&outcome, &legs);
        outcome
    }

    /// Waits until somebody has answered or nobody will.
    async fn wait_for(
        &mut self,
        request: &OriginateRequest,
        mut notices: mpsc::Receiver<Progress>,
        legs: &mut Legs,
    ) -> Result<Result<SessionHandle, HangupCause>, Interrupted> {
        let mut ringback = Ringback::of(self);
        let outcome = self.listen(request, &mut notices, legs, &mut ringback).await;
        ringback.stop(self);
        // The last words of the legs that were not waited for.
        while let Ok(progress) = notices.try_recv() {
            legs.note(self, &progress);
        }
        outcome
    }

    async fn listen(
        &mut self,
        request: &OriginateRequest,
        notices: &mut mpsc::Receiver<Progress>,
        legs: &mut Legs,
        ringback: &mut Ringback,
    ) -> Result<Result<SessionHandle, HangupCause>, Interrupted> {
        let switch = self.switch.clone();
        let dropped = OnceLock::new();
        let mut originate = Box::pin(switch.originate_until(request, &dropped));
        let cancel_key = self.channel.variables.get("origination_cancel_key").and_then(|key| key.chars().next());
        if rings_at_once(&self.channel.variables) {
            ringback.start(self).await?;
        }
        loop {
            let next = async {
                tokio::select! {
                    biased;
                    Some(progress) = notices.recv() => Happened::Told(progress),
                    outcome = &mut originate => Happened::Decided(outcome),
                    () = ringback.ended() => Happened::Silence,
                }
            };
            let is_cancelled = |session: &mut Session| cancel_key.is_some_and(|key| session.takes_key(key));
            let happened = match self.attend_until(next, is_cancelled).await {
                Ok(Some(happened)) => happened,
                Ok(None) => {
                    let _ = dropped.set(HangupCause::NoAnswer);
                    return Ok(Err(HangupCause::NoAnswer));
                }
                Err(interrupted) => {
                    if let Some(cause) = self.farewell_of_the_picked_off() {
                        let _ = dropped.set(cause);
                    }
                    return Err(interrupted);
                }
            };
            match happened {
                Happened::Told(progress) => self.learn(progress, legs, ringback).await?,
                Happened::Decided(outcome) => return Ok(outcome),
                Happened::Silence => ringback.start(self).await?,
            }
        }
    }

    /// Takes the digits that wait, up to that one; whether it was there.
    fn takes_key(&mut self, key: char) -> bool {
        std::iter::from_fn(|| self.take_digit()).any(|dtmf| dtmf.digit == key)
    }

    async fn learn(&mut self, progress: Progress, legs: &mut Legs, ringback: &mut Ringback) -> Result<(), Interrupted> {
        legs.note(self, &progress);
        match progress {
            Progress::Ringing if ringback.spec.is_none() => {
                // With several legs it is not known yet who will answer.
                if let [only] = legs.0.as_slice() {
                    self.show_callee(&only.callee);
                }
                self.ring_ready()
            }
            Progress::EarlyMedia { leg, is_heard: true } => self.hear(&leg, ringback),
            Progress::Ringing | Progress::EarlyMedia { .. } => ringback.start(self).await,
            Progress::Calling(..) | Progress::Told(_) | Progress::Ended(..) => Ok(()),
        }
    }

    /// Has the sound of a leg that is not answered yet come to this one, instead of the ringback.
    fn hear(&mut self, leg: &SessionHandle, ringback: &mut Ringback) -> Result<(), Interrupted> {
        self.pre_answer()?;
        ringback.stop(self);
        ringback.spec = None;
        if let Some(outlet) = self.stream().map(Stream::outlet) {
            // A leg that is over says no more.
            let _ = leg.tell(move |session| {
                if let Some(stream) = session.stream() {
                    stream.bridge(&outlet);
                }
            });
        }
        Ok(())
    }

    /// A leg has answered, or has early media: so does this one.
    async fn answer_with(
        &mut self,
        handle: &SessionHandle,
        legs: &mut Legs,
    ) -> Result<Result<SessionHandle, HangupCause>, Interrupted> {
        let asked = handle.ask(|session| {
            let sdp = session.channel.variables.get("switch_r_sdp").unwrap_or_default().to_owned();
            (session.callee(), session.channel.answer, sdp)
        });
        let outcome = match self.attend(asked).await {
            Ok(Ok((callee, answer, sdp))) => {
                // What the far end described its media as.
                if !sdp.is_empty() {
                    self.channel.variables.set("switch_m_sdp", &sdp);
                }
                self.show_callee(&callee);
                if answer == Answer::Answered { self.answer() } else { self.follow(answer) }
            }
            Ok(Err(_)) => {
                let cause = handle.hangup_cause().unwrap_or(HangupCause::NormalTemporaryFailure);
                legs.end(handle, cause);
                return Ok(Err(cause));
            }
            Err(interrupted) => Err(interrupted),
        };
        match outcome {
            Ok(()) => Ok(Ok(handle.clone())),
            Err(interrupted) => {
                let cause = HangupCause::OriginatorCancel;
                handle.hangup(cause);
                legs.end(handle, cause);
                Err(interrupted)
            }
        }
    }

    fn follow(&mut self, answer: Answer) -> Result<(), Interrupted> {
        if answer == Answer::Early { self.pre_answer() } else { self.check() }
    }

    fn callee(&self) -> Callee {
        let profile = self.channel.profile.as_ref();
        profile.map_or_else(Callee::default, |profile| Callee {
            name: profile.callee_id_name.clone(),
            number: profile.callee_id_number.clone(),
        })
    }

    fn show_callee(&mut self, callee: &Callee) {
        if let Some(profile) = &mut self.channel.profile {
            profile.callee_id_name.clone_from(&callee.name);
            profile.callee_id_number.clone_from(&callee.number);
        }
    }

    /// Says in variables how it went.
    fn conclude(&mut self, outcome: &Result<Result<SessionHandle, HangupCause>, Interrupted>, legs: &Legs) {
        match outcome {
            Ok(Ok(_)) => self.dispose("SUCCESS", "SUCCESS"),
            Ok(Err(cause)) => self.dispose(cause.name(), dial_status(*cause)),
            Err(_) => self.dispose(HangupCause::OriginatorCancel.name(), "CANCEL"),
        }
        for leg in &legs.0 {
            self.channel.variables.push("originate_causes", &format!("{};{}", leg.uuid, leg.cause.name()));
        }
        if let Ok(Ok(handle)) = outcome {
            self.channel.variables.set("signal_bond", handle.uuid());
            self.channel.variables.remove("originate_signal_bond");
        }
    }

    fn dispose(&mut self, disposition: &str, status: &str) {
        self.channel.variables.set("originate_disposition", disposition);
        self.channel.variables.set("DIALSTATUS", status);
    }
}

/// `DIALSTATUS`, as Asterisk has it for some.
const fn dial_status(cause: HangupCause) -> &'static str {
    match cause {
        HangupCause::OriginatorCancel => "CANCEL",
        HangupCause::UserBusy => "BUSY",
        HangupCause::NoAnswer => "NOANSWER",
        HangupCause::DestinationOutOfOrder | HangupCause::InvalidProfile => "INVALIDARGS",
        HangupCause::CallRejected => "DONTCALL",
        other => other.name(),
    }
}

impl Legs {
    fn note(&mut self, session: &mut Session, progress: &Progress) {
        match progress {
            Progress::Calling(handle, callee) => {
                let (uuid, variables) = (handle.uuid(), &mut session.channel.variables);
                variables.set("originate_signal_bond", uuid);
                variables.push("originated_legs", &format!("{uuid};{};{}", callee.name, callee.number));
                self.0.push(Placed { uuid: uuid.to_owned(), callee: callee.clone(), cause: HangupCause::None });
            }
            Progress::Told(variables) => {
                variables.iter().for_each(|(name, value)| session.channel.variables.set(name, value));
            }
            Progress::Ended(handle, cause) => self.end(handle, *cause),
            Progress::Ringing | Progress::EarlyMedia { .. } => {}
        }
    }

    fn end(&mut self, handle: &SessionHandle, cause: HangupCause) {
        if let Some(leg) = self.0.iter_mut().find(|leg| leg.uuid == handle.uuid()) {
            leg.cause = cause;
        }
    }
}

impl Ringback {
    fn of(session: &Session) -> Self {
        let is_answered = session.channel.answer == Answer::Answered;
        Self { spec: ringback(&session.channel.variables, is_answered), playing: None }
    }

    /// Plays it, from its beginning when it has come to its end; nothing when there is none, or it cannot be played.
    async fn start(&mut self, session: &mut Session) -> Result<(), Interrupted> {
        let Some(spec) = self.spec.clone().filter(|_| self.playing.is_none()) else { return Ok(()) };
        session.pre_answer()?;
        self.playing = session.play(&spec).await?;
        if self.playing.is_none() {
            self.spec = None;
        }
        Ok(())
    }

    /// Waits until it has come to its end; for ever when there is none.
    async fn ended(&mut self) {
        match &mut self.playing {
            Some(playing) => {
                let played = playing.await;
                self.playing = None;
                // What ends at once would be begun again at once, for ever.
                if played.is_ok_and(|played| played.milliseconds > 0) {
                    return;
                }
                self.spec = None;
            }
            None => std::future::pending().await,
        }
    }

    fn stop(&mut self, session: &mut Session) {
        if self.playing.take().is_some()
            && let Some(stream) = session.stream()
        {
            stream.stop();
        }
    }
}
