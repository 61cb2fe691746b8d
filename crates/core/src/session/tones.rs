//! What a call is listened to for: tones, and keys that are sound (switch_ivr_async.c).

use std::sync::Arc;
use std::time::Duration;

use strowger_event::{Event, EventKind, Headers};
use tokio::time::Instant;

use super::hooks::Turn;
use super::taps::{TapError, TapId};
use super::{Action, Execute, Session, SessionHandle};
use crate::bus::Origin;
use crate::media::{Side, ToneRule, ToneTap};

const DETECTED: Origin = Origin::new("switch_ivr_async.c", "tone_detect_callback", 4193);

/// Frames that nothing is listened to after a hit, and that hits are remembered, unless the call's variables say so.
const SLEEP: u32 = 25;
const EXPIRES: u32 = 250;

/// A tone to be listened for.
#[derive(Clone, Debug)]
pub struct ToneRequest {
    /// What it is called.
    pub key: String,
    /// Its frequencies in Hz, with commas between them.
    pub tone: String,
    /// `r` listens to what the far end says, `w` to what it is told, `o` listens once; nothing is `r`.
    pub flags: Option<String>,
    /// How often it has to be heard; 0 is once.
    pub hits: u32,
    /// For how long the call is listened to.
    pub limit: Option<Duration>,
    /// What is run when it was heard.
    pub then: Option<Action>,
}

/// Why a tone is not listened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToneError {
    /// It has no name.
    #[error("No Key Specified!")]
    NoKey,
    /// There are as many as can be.
    #[error("Max Tones Reached!")]
    TooMany,
    /// It has no frequencies.
    #[error("No Spec Specified!")]
    NoTone,
    /// None of its frequencies is a number.
    #[error("Invalid tone spec!")]
    BadTone,
    /// The call is over.
    #[error("the call is over")]
    Over,
    /// Its sound cannot be tapped.
    #[error("{0}")]
    Tap(#[from] TapError),
}

/// The tones that a session is listened to for.
#[derive(Default)]
pub(crate) struct Tones {
    list: Vec<Tone>,
    tap: Option<(TapId, Arc<ToneTap>)>,
}

struct Tone {
    key: String,
    then: Option<Action>,
    since: Instant,
    hits: u32,
    once: bool,
}

impl Session {
    /// Listens for a tone from now on, along with those that are listened for (`switch_ivr_tone_detect_session`); one of
    /// that name is listened for anew. The first one says which way is listened to, and for how long.
    ///
    /// # Errors
    /// [`ToneError`]; it was logged.
    pub fn detect_tone(&mut self, request: ToneRequest) -> Result<(), ToneError> {
        let begun = self.begin_tone(request);
        if let Err(error) = &begun {
            tracing::error!(uuid = %self.channel.uuid, "{error}");
        }
        begun
    }

    /// Listens for no tones any more; whether it did.
    pub fn stop_tone_detection(&mut self) -> bool {
        self.tones.list.clear();
        self.tones.tap.take().is_some_and(|(id, _)| self.remove_tap(id))
    }

    fn begin_tone(&mut self, request: ToneRequest) -> Result<(), ToneError> {
        let uuid = self.channel.uuid.clone();
        if self.tones.tap.as_ref().is_some_and(|(id, _)| !self.has_tap(*id)) {
            self.tones = Tones::default();
        }
        if request.key.is_empty() {
            return Err(ToneError::NoKey);
        }
        if let Some((_, tap)) = &self.tones.tap
            && let Some(place) = self.tones.list.iter().position(|tone| tone.key.eq_ignore_ascii_case(&request.key))
        {
            tracing::debug!(%uuid, "Re-enabling {}", request.key);
            tap.renew(place);
            return Ok(());
        }
        if request.tone.is_empty() {
            return Err(ToneError::NoTone);
        }
        let rule = self.tone_rule(&request);
        tracing::debug!(%uuid, "Adding tone spec {} index {} hits {}", request.tone, self.tones.list.len(), rule.hits);
        if rule.frequencies.is_empty() {
            return Err(ToneError::BadTone);
        }
        self.pre_answer().map_err(|_| ToneError::Over)?;
        let hits = rule.hits;
        let tap = self.tone_tap(&request)?;
        if !tap.add(rule) {
            return Err(ToneError::TooMany);
        }
        let once = request.flags.is_some_and(|flags| flags.contains('o'));
        self.tones.list.push(Tone { key: request.key, then: request.then, since: Instant::now(), hits, once });
        Ok(())
    }

    fn tone_rule(&self, request: &ToneRequest) -> ToneRule {
        let number = |name: &str| {
            let value = self.channel.variable(name).and_then(|value| value.trim().parse::<u32>().ok());
            value.filter(|value| *value > 0)
        };
        ToneRule {
            frequencies: frequencies(&request.tone),
            hits: number("tone_detect_hits").unwrap_or(request.hits).max(1),
            sleep: number("tone_detect_sleep").unwrap_or(SLEEP),
            expires: number("tone_detect_expires").unwrap_or(EXPIRES),
        }
    }

    /// The tap that listens, begun by the first tone.
    fn tone_tap(&mut self, request: &ToneRequest) -> Result<Arc<ToneTap>, TapError> {
        if let Some((_, tap)) = &self.tones.tap {
            tracing::debug!(uuid = %self.channel.uuid, "{} bug already running", self.channel.name);
            return Ok(Arc::clone(tap));
        }
        self.tones.list.clear();
        let side = match request.flags.as_deref() {
            None => Some(Side::Heard),
            Some(flags) if flags.contains('r') => Some(Side::Heard),
            Some(flags) if flags.contains('w') => Some(Side::Said),
            Some(_) => None,
        };
        let tap = Arc::new(ToneTap::new(side, telling(&self.handle)));
        let listening: Arc<ToneTap> = Arc::clone(&tap);
        let id = self.add_tap("tone_detect", &request.key, listening)?;
        self.tones.tap = Some((id, Arc::clone(&tap)));
        if let Some(limit) = request.limit {
            let handle = self.handle.clone();
            tokio::spawn(async move {
                tokio::time::sleep(limit).await;
                // A call that is over listens no more.
                let _ = handle.post(move |session| session.end_tones(id)).await;
            });
        }
        Ok(tap)
    }

    fn end_tones(&mut self, id: TapId) {
        if self.tones.tap.as_ref().is_some_and(|(running, _)| *running == id) {
            self.stop_tone_detection();
        }
    }

    /// A tone was heard; `is_all`: as often as it has to be.
    fn note_tone(&mut self, place: usize, hits: u32, is_all: bool) {
        let Some(tone) = self.tones.list.get(place) else { return };
        let (key, then, once) = (tone.key.clone(), tone.then.clone(), tone.once);
        let uuid = self.channel.uuid.clone();
        tracing::debug!(%uuid, "TONE {key} HIT {hits}/{}", tone.hits);
        if !is_all {
            return;
        }
        tracing::debug!(%uuid, "TONE {key} DETECTED");
        let total = tone.since.elapsed().as_millis().to_string();
        self.channel.variables.set(&format!("tone_detect_{key}_total_time"), &total);
        self.take_turn(Turn::ToneDetect);
        let mut headers = Headers::default();
        headers.push("Detected-Tone", &key);
        self.publish(Event { kind: EventKind::DetectedTone, headers, body: None }, DETECTED);
        if let Some(action) = then
            && let Err(full) = self.queue(in_time(action))
        {
            tracing::error!(%uuid, "{key}: {full}");
        }
        // Behind what was queued: FreeSWITCH's session finds it when it has begun that.
        let later = key.clone();
        if self.handle.tell(move |session| session.end_tone(&later, once)).is_err() {
            self.end_tone(&key, once);
        }
    }

    fn end_tone(&mut self, key: &str, once: bool) {
        self.fire_private(EventKind::DetectedTone, DETECTED, &[("Detected-Tone", key)], &[]);
        if once {
            self.stop_tone_detection();
        }
    }
}

/// Tells the session of hits, from a media thread.
fn telling(handle: &SessionHandle) -> impl Fn(usize, u32, bool) + Send + Sync + 'static + use<> {
    let handle = handle.clone();
    move |place, hits, is_all| {
        // A call that is over, or too busy, does nothing about tones.
        let _ = handle.tell(move |session| session.note_tone(place, hits, is_all));
    }
}

/// An application that a call runs within what it does (`switch_core_session_execute_application_async`).
fn in_time(action: Action) -> Execute {
    let mut message = Headers::default();
    message.push("call-command", "execute");
    message.push("execute-app-name", &action.application);
    message.push("execute-app-arg", &action.data);
    message.push("event-lock", "true");
    Execute { message: Some(message), lock: true, ..Execute::once(action) }
}

/// Numbers with commas between them; what is none, and more than there can be, is left out.
fn frequencies(text: &str) -> Vec<f32> {
    let numbers = text.split(',').take(MAX_WORDS).filter_map(|word| leading_float(word.trim_start()));
    numbers.filter(|frequency| *frequency >= 1.0).take(strowger_media::tone_detector::MAX_FREQUENCIES).collect()
}

/// What `atof` reads of decimals.
fn leading_float(text: &str) -> Option<f32> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}

const MAX_WORDS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_are_read() {
        assert_eq!(frequencies("350,440"), [350.0, 440.0]);
        assert_eq!(frequencies(" 1100.5, 0,x,-3,2100Hz,"), [1100.5, 2100.0]);
        assert_eq!(frequencies(&"5,".repeat(10_000)).len(), 18);
        assert!(frequencies("1.2.3").is_empty());
        assert!(frequencies("").is_empty());
    }
}
