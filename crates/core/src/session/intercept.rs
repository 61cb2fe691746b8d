//! Taking a call over from whoever has it (`switch_ivr_intercept_session`).

use super::{Interrupted, Session, SessionHandle, join};
use crate::channel::{Answer, HangupCause};

/// What is looked at before a call is taken over.
struct Look {
    partner: Option<String>,
    is_bridged: bool,
    is_answered: bool,
}

impl Session {
    /// Takes over the call `uuid`, or with `bleg` the one that is joined with it: it is answered and joined with this one;
    /// whoever had it, or rang for it, ends with PICKED_OFF. Nothing happens when there is no such call, or when this
    /// call's `intercept_unbridged_only` or `intercept_unanswered_only` forbid it.
    ///
    /// # Errors
    /// [`Interrupted`] always when it succeeds: the call was sent into the bridge.
    pub async fn intercept(&mut self, uuid: &str, bleg: bool) -> Result<(), Interrupted> {
        let Some(target) = self.target(uuid, bleg).await? else {
            tracing::debug!(uuid = %self.channel.uuid, "intercept: there is no call {uuid}");
            return Ok(());
        };
        let Ok(look) = self.attend(target.ask(|session| session.look())).await? else { return Ok(()) };
        let is_forbidden = look.is_bridged && self.is_set("intercept_unbridged_only")
            || look.is_answered && self.is_set("intercept_unanswered_only");
        if is_forbidden || target.uuid() == self.handle.uuid() {
            return Ok(());
        }
        self.answer()?;
        let begun = target.ask(|session| {
            session.is_picked_off = true;
            session.answer().is_ok()
        });
        if self.attend(begun).await? != Ok(true) {
            return Ok(());
        }
        let me = self.handle.clone();
        if self.attend(join(&me, &target)).await?.is_err() {
            tracing::debug!(uuid = %self.channel.uuid, "intercept: the call {} is over", target.uuid());
        }
        self.check()
    }

    /// Takes over the call that has waited longest for somebody of this key (`pickup/KEY` in a dial string); shows who
    /// calls. Without one the call ends with NO_PICKUP.
    ///
    /// # Errors
    /// [`Interrupted`] always when it succeeds, and when the call ends.
    pub async fn pick_up(&mut self, key: &str) -> Result<(), Interrupted> {
        let Some(leg) = self.switch.pickups().take(&self.switch.pickup_key(key)) else {
            tracing::info!(uuid = %self.channel.uuid, "pickup {key}: nobody waits to be picked up");
            self.hangup(HangupCause::NoPickup);
            return self.check();
        };
        let caller = leg.ask(|session| {
            let profile = session.channel.profile.as_ref();
            profile.map(|profile| (profile.caller_id_name.clone(), profile.caller_id_number.clone()))
        });
        let caller = self.attend(caller).await?.ok().flatten();
        if let (Some((name, number)), Some(profile)) = (caller, &mut self.channel.profile) {
            profile.callee_id_name = std::mem::replace(&mut profile.caller_id_name, name);
            profile.callee_id_number = std::mem::replace(&mut profile.caller_id_number, number);
        }
        let uuid = leg.uuid().to_owned();
        self.intercept(&uuid, true).await
    }

    async fn target(&mut self, uuid: &str, bleg: bool) -> Result<Option<SessionHandle>, Interrupted> {
        let Some(named) = self.switch.sessions().get(uuid) else { return Ok(None) };
        if !bleg {
            return Ok(Some(named));
        }
        let partner = self.attend(named.ask(|session| session.look().partner)).await?;
        Ok(partner.ok().flatten().and_then(|partner| self.switch.sessions().get(&partner)))
    }

    fn look(&mut self) -> Look {
        let variables = &self.channel.variables;
        let bond = variables.get("originate_signal_bond").or_else(|| variables.get("signal_bond"));
        Look {
            partner: bond.map(str::to_owned),
            is_bridged: self.bridged.is_some(),
            is_answered: self.channel.answer == Answer::Answered,
        }
    }

    /// What whoever this call leaves behind ends with; `None` when it is not taken from them.
    pub(crate) fn farewell_of_the_picked_off(&mut self) -> Option<HangupCause> {
        std::mem::take(&mut self.is_picked_off).then_some(HangupCause::PickedOff)
    }
}
