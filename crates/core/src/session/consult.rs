//! Talking to a third party while the other leg waits, and handing it over (`att_xfer`; `att_thread_run` in
//! mod_dptools.c).

use super::bridge::Parting;
use super::{Action, Interrupted, Next, Session, SessionHandle, join};
use crate::channel::{ChannelState, HangupCause};
use crate::media::Stream;

/// The keys of whoever consults.
#[derive(Clone, Debug)]
pub(super) struct ConsultKeys {
    /// `attxfer_hangup_key`: this call ends, the others are joined.
    hangup: char,
    /// `attxfer_cancel_key`: the third party's call ends.
    cancel: char,
    /// `attxfer_conf_key`: all three talk.
    conference: char,
    /// The leg that waits, if there is one.
    waiting: Option<SessionHandle>,
}

/// What such a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Hangup,
    Cancel,
    Conference,
}

impl ConsultKeys {
    /// One key, that ends the other leg.
    pub(super) const fn only_cancel(key: char) -> Self {
        Self { hangup: '\0', cancel: key, conference: '\0', waiting: None }
    }

    pub(super) fn meaning(&self, digit: char) -> Option<Key> {
        match digit {
            _ if digit == self.hangup => Some(Key::Hangup),
            _ if digit == self.cancel => Some(Key::Cancel),
            _ if digit == self.conference => Some(Key::Conference),
            _ => None,
        }
    }
}

impl Session {
    /// Calls somebody and talks to them, while the leg that the call is joined with, if it is, waits. When they hang up
    /// (`attxfer_cancel_key` has them do that), the call goes back to that leg. When this call ends (`attxfer_hangup_key`)
    /// or is sent elsewhere, the two others are joined; with `attxfer_conf_key` all three talk. `att_xfer_result` says
    /// what came of it. Without a leg that waits the call just goes on when they hang up.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ended, or was sent elsewhere: back to the leg that waits, for instance.
    pub async fn consult(&mut self, dial_string: &str) -> Result<(), Interrupted> {
        let waiting = self.partner().cloned();
        if let Some(waiting) = &waiting {
            self.channel.variables.set("soft_holding_uuid", waiting.uuid());
        }
        self.set_partner_aside();
        let outcome = self.consult_with(dial_string, waiting.as_ref()).await;
        self.channel.variables.remove("soft_holding_uuid");
        self.take_partner_back();
        outcome
    }

    async fn consult_with(&mut self, dial_string: &str, waiting: Option<&SessionHandle>) -> Result<(), Interrupted> {
        let called = self.call(dial_string).await;
        let Ok(Ok(third)) = called else {
            self.bond_with(waiting);
            return called.map(|_| ());
        };
        self.keep(waiting, true);
        self.is_consulting = true;
        let talked = self.talk_with_keys(&third, waiting).await;
        self.is_consulting = false;
        self.bond_with(waiting);
        let Some(waiting) = waiting else {
            return talked.map(|_| ()).inspect_err(|_| third.hangup(HangupCause::OriginatorCancel));
        };
        if third.hangup_cause().is_none() {
            if let Err(interrupted) = self.check() {
                hand_over(third, waiting.clone());
                return Err(interrupted);
            }
            if matches!(talked, Ok(Some(Some(Parting::Elsewhere)))) {
                self.tie(&third, waiting);
                return self.go_back_to(waiting).await;
            }
        }
        self.keep(Some(waiting), false);
        self.go_back_to(waiting).await
    }

    async fn talk_with_keys(
        &mut self,
        third: &SessionHandle,
        waiting: Option<&SessionHandle>,
    ) -> Result<Option<Option<Parting>>, Interrupted> {
        let keys = self.consult_keys(third, waiting).await?;
        self.talk(third, Some(&keys)).await
    }

    /// Its own keys, else those of the one that was called.
    async fn consult_keys(
        &mut self,
        third: &SessionHandle,
        waiting: Option<&SessionHandle>,
    ) -> Result<ConsultKeys, Interrupted> {
        let asked = third.ask(|session| KEYS.map(|(name, _)| session.first_of(name)));
        let theirs = self.attend(asked).await?.unwrap_or_default();
        let own = KEYS.map(|(name, _)| self.first_of(name));
        let mut keys = KEYS.into_iter().zip(own).zip(theirs);
        let mut next = || keys.next().map_or('\0', |(((_, usual), own), theirs)| own.or(theirs).unwrap_or(usual));
        Ok(ConsultKeys { cancel: next(), hangup: next(), conference: next(), waiting: waiting.cloned() })
    }

    fn first_of(&self, name: &str) -> Option<char> {
        self.channel.variable(name).and_then(|value| value.chars().next())
    }

    /// A key was pressed; whether the bridge ends with it.
    pub(super) fn press(&mut self, key: Key, third: &SessionHandle, keys: Option<&ConsultKeys>) -> bool {
        match key {
            Key::Hangup => {
                self.hangup(HangupCause::NormalClearing);
                true
            }
            // Its end is waited for.
            Key::Cancel => {
                third.hangup(HangupCause::NormalClearing);
                false
            }
            Key::Conference => {
                let is_alone =
                    keys.and_then(|keys| keys.waiting.as_ref()).is_some_and(|it| it.hangup_cause().is_some());
                let application = if is_alone { "intercept" } else { "three_way" }.to_owned();
                let action = Action { application, data: self.handle.uuid().to_owned() };
                self.channel.variables.remove("hangup_after_bridge");
                // One that is over joins nobody.
                let _ = third.tell(move |session| session.go(Next::Execute(vec![action])));
                true
            }
        }
    }

    fn bond_with(&mut self, waiting: Option<&SessionHandle>) {
        self.channel.variables.set("signal_bond", waiting.map(SessionHandle::uuid).unwrap_or_default());
    }

    /// The leg that it is joined with neither hears nor is heard, until [`Session::take_partner_back`].
    fn set_partner_aside(&mut self) {
        let Some(bridged) = self.bridged.take() else { return };
        if let Some(stream) = self.leg.stream() {
            stream.unbridge();
        }
        let me = self.handle.uuid().to_owned();
        // One that is over is not heard.
        let _ = bridged.other.tell(move |other| other.send_to(&me, false));
        self.set_aside.push(bridged);
    }

    fn take_partner_back(&mut self) {
        let Some(bridged) = self.set_aside.pop() else { return };
        if self.bridged.is_some() || self.channel.is_down() {
            return;
        }
        let (me, other) = (self.handle.uuid().to_owned(), bridged.other.clone());
        self.bridged = Some(bridged);
        self.send_to_partner();
        let _ = other.tell(move |other| other.send_to(&me, true));
    }

    fn send_to(&mut self, partner: &str, on: bool) {
        if self.partner().is_none_or(|other| other.uuid() != partner) {
            return;
        }
        if on {
            self.send_to_partner();
        } else {
            self.leg.stream().into_iter().for_each(Stream::unbridge);
        }
    }

    /// Has the leg that waits not end with this one, or end with it again.
    fn keep(&self, waiting: Option<&SessionHandle>, on: bool) {
        let me = self.handle.uuid().to_owned();
        if let Some(waiting) = waiting {
            // One that is over is not kept.
            let _ = waiting.tell(move |session| session.kept_for = on.then_some(me));
        }
    }

    /// Whether the bridge's end is not the end of this leg: it waits to be joined with another.
    pub(super) fn is_kept_for_another(&mut self, other: &SessionHandle, parting: Option<Parting>) -> bool {
        if parting.is_none() || self.kept_for.as_deref() != Some(other.uuid()) {
            return false;
        }
        self.kept_for = None;
        self.channel.state = ChannelState::Hibernate;
        self.go(Next::Await);
        true
    }

    /// It was consulted, and is left: it parks for a moment, for whoever takes it.
    pub(super) fn wait_to_be_taken(&mut self) {
        self.channel.variables.set("park_timeout", "3");
        self.go(Next::Park);
    }

    /// All three talk: whichever of the two who were joined before ends, the third party goes on with the other.
    fn tie(&mut self, third: &SessionHandle, waiting: &SessionHandle) {
        let (me, third) = (self.handle.uuid().to_owned(), third.uuid().to_owned());
        self.tie_to(waiting.uuid(), &format!("{third} {}", waiting.uuid()));
        // One that is over has nobody to join.
        let _ = waiting.tell(move |session| session.tie_to(&me, &format!("{third} {me}")));
    }

    fn tie_to(&mut self, other: &str, pair: &str) {
        self.channel.variables.set("xfer_uuids", pair);
        self.kept_for = Some(other.to_owned());
        self.joins_others = true;
    }

    /// Joins those that `xfer_uuids` names, if it is to.
    pub(super) fn join_others(&mut self) {
        if !std::mem::take(&mut self.joins_others) {
            return;
        }
        let pair = self.channel.variables.get("xfer_uuids").unwrap_or_default();
        let mut legs = pair.split(' ').map(|uuid| self.switch.sessions().get(uuid));
        match (legs.next().flatten(), legs.next().flatten()) {
            (Some(third), Some(waiting)) => hand_over(third, waiting),
            (None, Some(waiting)) => drop(waiting.tell(Session::give_up_waiting)),
            (_, None) => {}
        }
    }

    async fn go_back_to(&mut self, waiting: &SessionHandle) -> Result<(), Interrupted> {
        let me = self.handle.clone();
        let joined = self.attend(join(&me, waiting)).await;
        let has_worked = matches!(joined, Ok(Ok(())) | Err(Interrupted::Elsewhere));
        self.channel.variables.set("att_xfer_result", result(has_worked));
        joined.map(|_| ())
    }

    /// Nobody will join it any more.
    fn give_up_waiting(&mut self) {
        self.kept_for = None;
        if self.channel.state == ChannelState::Hibernate {
            self.hangup(HangupCause::NormalClearing);
        }
    }
}

/// The names of the keys' variables, and the usual keys.
const KEYS: [(&str, char); 3] = [("attxfer_cancel_key", '#'), ("attxfer_hangup_key", '*'), ("attxfer_conf_key", '0')];

/// Joins the third party with the leg that waits: whoever consulted is gone.
fn hand_over(third: SessionHandle, waiting: SessionHandle) {
    tokio::spawn(async move {
        let has_worked = join(&third, &waiting).await.is_ok();
        // Those that are over are told nothing.
        let _ = third.post(move |session| session.channel.variables.set("att_xfer_result", result(has_worked))).await;
        if !has_worked {
            let _ = waiting.post(Session::give_up_waiting).await;
        }
    });
}

const fn result(has_worked: bool) -> &'static str {
    if has_worked { "success" } else { "failure" }
}
