//! Playing, asking and recording on a call, for those who have not got the applications: scripts, modules (the half of
//! switch_ivr.c that applications are made of). The crate of the applications brings it, in
//! [`Registries::ivr`](crate::registry::Registries).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strowger_media::steer::Steering;

use crate::session::{Interrupted, Session};

/// Says whether what goes on is to end; asked whenever something may have happened ([`Session::attend_until`]). What takes
/// digits takes them here.
pub type Ends<'a> = dyn FnMut(&mut Session) -> bool + Send + 'a;

/// How playing, speaking or recording ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It came to its end.
    Done,
    /// It was ended before.
    Broken,
    /// There is nothing of that name, or the call has no media; the log says more.
    Failed,
}

/// A question for digits: those of `play_and_get_digits`.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The fewest digits that are an answer.
    pub min: usize,
    /// With so many it is complete.
    pub max: usize,
    /// How often it is asked at the most; `None`: once, as `read` does, whatever comes of it.
    pub tries: Option<usize>,
    /// How long the first digit may take, after the prompt.
    pub timeout: Duration,
    /// How long each further one may take.
    pub digit_timeout: Duration,
    /// Digits that end the answer.
    pub terminators: String,
    /// What is played; none when empty.
    pub prompt: String,
    /// What is played after a bad answer; none when empty.
    pub bad_prompt: String,
    /// The variable that gets the answer; none when empty.
    pub variable: String,
    /// What an answer must match; any does when empty.
    pub pattern: String,
    /// Where the call goes when there was no good answer, `extension [dialplan [context]]`; nowhere when empty.
    pub onward: String,
}

/// Digits that are waited for (`switch_ivr_collect_digits_count`).
#[derive(Clone, Debug)]
pub struct Collecting {
    /// With so many they are complete.
    pub most: usize,
    /// Digits that end the waiting, and are not among them.
    pub terminators: String,
    /// How long the first may take; [`Duration::ZERO`] is for ever.
    pub first: Duration,
    /// How long each further one may take; the time for all of them when zero.
    pub each: Duration,
}

/// What ends a recording by itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecordLimits {
    /// How many seconds it may have; any when 0.
    pub seconds: u32,
    /// Below that amplitude it is silent; it never is when 0.
    pub threshold: u32,
    /// How many seconds of silence end it; 3 when 0.
    pub hush: u32,
}

/// What plays, asks and records on calls.
#[async_trait]
pub trait Ivr: Send + Sync {
    /// Plays what `playback` plays, PLAYBACK_START and PLAYBACK_STOP included, and leaves the digits to `ends`.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ended or was sent elsewhere.
    async fn play(
        &self,
        session: &mut Session,
        what: &str,
        steering: &Arc<Steering>,
        ends: &mut Ends<'_>,
    ) -> Result<Heard, Interrupted>;

    /// Has an engine speak a text.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ended or was sent elsewhere.
    async fn speak(
        &self,
        session: &mut Session,
        engine_and_voice: (&str, &str),
        text: &str,
        ends: &mut Ends<'_>,
    ) -> Result<Heard, Interrupted>;

    /// Says what a phrase macro makes of a text, in a language; the call's own when that is empty.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ended or was sent elsewhere.
    async fn phrase(
        &self,
        session: &mut Session,
        name_and_data: (&str, &str),
        language: &str,
        ends: &mut Ends<'_>,
    ) -> Result<Heard, Interrupted>;

    /// Records what the caller says into a file.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ended or was sent elsewhere.
    async fn record(
        &self,
        session: &mut Session,
        path: &str,
        limits: RecordLimits,
        ends: &mut Ends<'_>,
    ) -> Result<Heard, Interrupted>;

    /// Asks for digits; empty when there was no good answer.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ended or was sent elsewhere.
    async fn ask(&self, session: &mut Session, asking: &Asking) -> Result<String, Interrupted>;

    /// Waits for digits: those that came, and the terminator that ended it.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ended or was sent elsewhere.
    async fn collect(
        &self,
        session: &mut Session,
        collecting: &Collecting,
    ) -> Result<(String, Option<char>), Interrupted>;
}
