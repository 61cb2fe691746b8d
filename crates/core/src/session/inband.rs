//! Keys that are sound, heard and made on a call, and keys that go nowhere.

use std::sync::Arc;

use strowger_event::EventKind;

use super::Session;
use super::digit_actions;
use super::taps::{TapError, TapId};
use crate::bus::Origin;
use crate::channel::{Dtmf, DtmfSource};
use crate::media::{KeyEar, KeyVoice, Side};

const GENERATED: Origin = Origin::new("switch_ivr_async.c", "generate_on_dtmf", 3816);

/// What is done with keys on a call.
#[derive(Default)]
pub(crate) struct Inband {
    ear: Option<(TapId, &'static str)>,
    voice: Option<(TapId, Arc<KeyVoice>)>,
    is_blocked: bool,
}

/// Why keys are not heard, or not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InbandError {
    /// They are heard already.
    #[error("Only one bug of this type allowed!")]
    Twice,
    /// The call is over.
    #[error("the call is over")]
    Over,
    /// Its sound cannot be tapped.
    #[error("Can not install inband dtmf. {0}")]
    Tap(#[from] TapError),
}

impl Session {
    /// Hears keys in what the far end says, from now on. `function` is what the media bug is called.
    ///
    /// # Errors
    /// [`InbandError`]; it was logged.
    pub fn hear_keys(&mut self, function: &'static str) -> Result<(), InbandError> {
        let begun = self.begin_ear(function);
        self.logged(begun)
    }

    /// Hears no more keys, if `function` does; whether it did.
    pub fn stop_hearing_keys(&mut self, function: &str) -> bool {
        let ear = self.inband.ear.take_if(|(_, running)| *running == function);
        ear.is_some_and(|(id, _)| self.remove_tap(id))
    }

    /// Makes sound of the keys that come (`Heard`, for who is joined with the call), or of those that are sent (`Said`).
    ///
    /// # Errors
    /// [`InbandError`]; it was logged.
    pub fn make_keys(&mut self, side: Side) -> Result<(), InbandError> {
        let begun = self.begin_voice(side);
        self.logged(begun)
    }

    /// Makes no more of them; whether it did.
    pub fn stop_making_keys(&mut self) -> bool {
        self.inband.voice.take().is_some_and(|(id, _)| self.remove_tap(id))
    }

    /// Lets no keys through, neither way, or lets them through again.
    pub fn block_keys(&mut self, is_blocked: bool) {
        self.inband.is_blocked = is_blocked;
    }

    fn begin_ear(&mut self, function: &'static str) -> Result<(), InbandError> {
        self.pre_answer().map_err(|_| InbandError::Over)?;
        if self.inband.ear.is_some_and(|(id, _)| self.has_tap(id)) {
            return Err(InbandError::Twice);
        }
        let sink = self.handle.digit_sink_of(DtmfSource::InbandAudio);
        let id = self.add_tap(function, NO_TARGET, Arc::new(KeyEar::new(sink)))?;
        self.inband.ear = Some((id, function));
        Ok(())
    }

    fn begin_voice(&mut self, side: Side) -> Result<(), InbandError> {
        self.pre_answer().map_err(|_| InbandError::Over)?;
        self.stop_making_keys();
        let voice = Arc::new(KeyVoice::new(side));
        let tap: Arc<KeyVoice> = Arc::clone(&voice);
        let id = self.add_tap("inband_dtmf_generate", NO_TARGET, tap)?;
        self.inband.voice = Some((id, voice));
        Ok(())
    }

    fn logged(&self, done: Result<(), InbandError>) -> Result<(), InbandError> {
        if let Err(error) = &done {
            tracing::error!(uuid = %self.channel.uuid, "{error}");
        }
        done
    }

    /// Whether a key goes no further as such: none does, or it is made sound.
    pub(super) fn is_turned(&mut self, side: digit_actions::Side, dtmf: &Dtmf) -> bool {
        if self.inband.is_blocked && !self.is_consulting {
            return true;
        }
        let Some((_, voice)) = self.inband.voice.as_ref().filter(|(id, _)| self.has_tap(*id)) else { return false };
        let way = match side {
            digit_actions::Side::Heard => Side::Heard,
            digit_actions::Side::Sent => Side::Said,
        };
        // One that was sound already is not made so twice.
        let is_sound = dtmf.source == DtmfSource::InbandAudio;
        if voice.side() != way || !(is_sound || voice.press(dtmf.digit, dtmf.duration)) {
            return false;
        }
        let mut buffer = [0; 4];
        let duration = dtmf.duration.to_string();
        let last = [
            ("DTMF-Digit", &*dtmf.digit.encode_utf8(&mut buffer)),
            ("DTMF-Duration", duration.as_str()),
            ("DTMF-Source", DtmfSource::App.name()),
            ("DTMF-Conversion", "native:inband"),
        ];
        self.fire_input(EventKind::Dtmf, GENERATED, &last);
        true
    }
}

/// What a media bug without a target is said to be about.
const NO_TARGET: &str = "N/A";
