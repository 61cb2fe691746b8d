//! Listening in on another call (`switch_ivr_eavesdrop_session`).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::{Interrupted, Session, SessionHandle, TapId};
use crate::channel::Answer;
use crate::media::{Eavesdropping, Stream, Ways};

/// How to listen in.
#[derive(Clone, Debug)]
pub struct Eavesdrop {
    /// Only where `eavesdrop_group` of the call names this group.
    pub group: Option<String>,
    /// The listener's digits mean something: `1` has it be heard by whoever the call is joined with, `2` by the call's own
    /// far end, `3` by both, `0` by nobody; `*` ends it.
    pub takes_keys: bool,
    /// What is listened to.
    pub hears: Ways,
    /// Who hears the listener from the beginning.
    pub speaks: Ways,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eavesdropped {
    /// It was listened to, until the call ended or `*` was pressed.
    Done,
    /// It belongs to none of the groups.
    Forbidden,
    /// There is no such call, or one of the two has no media.
    Failed,
}

/// How long a call may take until it has media, as in FreeSWITCH.
const PATIENCE: Duration = Duration::from_secs(6);

/// How often that is looked for.
const LOOK: Duration = Duration::from_millis(100);

/// What is looked at before it is listened to.
struct Look {
    has_media: bool,
    groups: String,
}

impl Session {
    /// Listens in on the call `uuid` until it ends (its taps are told of as `eavesdrop`).
    ///
    /// # Errors
    /// [`Interrupted`] when this call ended or was sent elsewhere.
    pub async fn eavesdrop(&mut self, uuid: &str, how: &Eavesdrop) -> Result<Eavesdropped, Interrupted> {
        self.check()?;
        let target = self.switch.sessions().get(uuid).filter(|target| target.uuid() != self.handle.uuid());
        let Some(target) = target else { return Ok(Eavesdropped::Failed) };
        let Some(look) = self.look_for_media(&target).await? else { return Ok(Eavesdropped::Failed) };
        if how.group.as_deref().is_some_and(|group| !look.groups.split(',').any(|one| one.trim() == group)) {
            return Ok(Eavesdropped::Forbidden);
        }
        self.pre_answer()?;
        let ears = Eavesdropping::new(how.hears);
        ears.speak(how.speaks);
        let (tap, name) = (ears.on_call(), uuid.to_owned());
        // Kept there as well: whoever is interrupted while it waits has to take the tap away all the same.
        let call_tap = Arc::new(OnceLock::new());
        let slot = Arc::clone(&call_tap);
        let attaching = target.ask(move |session| session.add_tap("eavesdrop", &name, tap).map(|tap| slot.set(tap)));
        let mut own_tap = None;
        let outcome = match self.attend(attaching).await {
            Ok(Ok(Ok(_))) => {
                own_tap = self.add_private_tap(ears.on_listener()).ok();
                self.listen_in(&target, &ears, how.takes_keys).await.map(|()| Eavesdropped::Done)
            }
            Ok(_) => {
                tracing::error!(uuid = %self.channel.uuid, "Cannot attach bug");
                Ok(Eavesdropped::Failed)
            }
            Err(interrupted) => Err(interrupted),
        };
        self.stop_listening(&target, call_tap, own_tap).await;
        outcome
    }

    /// Waits until the call has media; `None` when it has none in time.
    async fn look_for_media(&mut self, target: &SessionHandle) -> Result<Option<Look>, Interrupted> {
        for _ in 0..PATIENCE.as_millis() / LOOK.as_millis() {
            let look = target.ask(|session| Look {
                has_media: session.channel.answer != Answer::Ringing && session.leg.stream().is_some(),
                groups: session.channel.variable("eavesdrop_group").unwrap_or_default().to_owned(),
            });
            match self.attend(look).await? {
                Ok(look) if look.has_media => return Ok(Some(look)),
                Ok(_) if target.hangup_cause().is_none() => self.sleep(LOOK).await?,
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    async fn listen_in(
        &mut self,
        target: &SessionHandle,
        ears: &Arc<Eavesdropping>,
        takes_keys: bool,
    ) -> Result<(), Interrupted> {
        loop {
            let Some(playing) = self.leg.stream().map(|stream| stream.play(ears.sound())) else { return Ok(()) };
            let next = async {
                tokio::select! {
                    () = target.down() => true,
                    // Something else was played to the listener meanwhile.
                    _ = playing => false,
                }
            };
            let ends = |session: &mut Session| takes_keys && session.obey_keys(ears);
            if self.attend_until(next, ends).await? != Some(false) {
                return Ok(());
            }
        }
    }

    /// Takes the digits that wait; whether one ends it.
    fn obey_keys(&mut self, ears: &Eavesdropping) -> bool {
        while let Some(dtmf) = self.take_digit() {
            match dtmf.digit {
                '0' => ears.speak(Ways::NONE),
                '1' => ears.speak(Ways { heard: true, said: false }),
                '2' => ears.speak(Ways { heard: false, said: true }),
                '3' => ears.speak(Ways::BOTH),
                '*' => return true,
                _ => {}
            }
        }
        false
    }

    async fn stop_listening(&mut self, target: &SessionHandle, call_tap: Arc<OnceLock<TapId>>, own: Option<TapId>) {
        self.leg.stream().into_iter().for_each(Stream::stop);
        if let Some(tap) = own {
            self.remove_tap(tap);
        }
        let remove = move |session: &mut Session| {
            if let Some(tap) = call_tap.get() {
                session.remove_tap(*tap);
            }
        };
        // A call that is over has no taps.
        let _ = target.ask(remove).await;
    }
}
