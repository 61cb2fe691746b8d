//! Two calls joined: sound passed both ways, digits handed on, and the events that tell of it.
//!
//! The originator's session leads. It asks the other one to join, tells of the bridge, and of its end. Each side waits for
//! the other's end by the other's handle, so a leg that vanishes is noticed whatever happened to it.

use std::time::Duration;

use strowger_event::EventKind;

use super::consult::ConsultKeys;
use super::hooks::Turn;
use super::{Action, Next, Session, SessionHandle, Unreachable};
use crate::bus::Origin;
use crate::channel::{Answer, ChannelState, Direction, HangupCause, OtherLeg, Part, now_micros};
use crate::media::{Outlet, Stream};
use crate::session::Interrupted;

/// How long a leg that is to be joined waits for the other one.
const PATIENCE: Duration = Duration::from_secs(10);

/// Names the variables that a leg gets which this one is bridged with.
const BRIDGE_EXPORTS: &str = "bridge_export_vars";

/// How many there may be, as in FreeSWITCH.
const MAX_EXPORTS: usize = 256;

const BRIDGE: Origin = Origin::new("switch_ivr_bridge.c", "switch_ivr_multi_threaded_bridge", 1712);
const UNBRIDGE: Origin = Origin::new("switch_ivr_bridge.c", "switch_ivr_multi_threaded_bridge", 1846);

/// A leg as it introduces itself to the one it is joined with.
#[derive(Debug)]
pub struct Introduction {
    handle: SessionHandle,
    name: String,
    other_leg: Option<OtherLeg>,
    call_uuid: String,
    /// The party the other side talks to.
    party: (String, String),
    /// Where its sound is sent.
    outlet: Option<Outlet>,
    /// What the other leg runs before they talk (`bridge_pre_execute_bleg_app`).
    pre_execute: Option<Action>,
    /// Variables that the other leg gets (`bridge_export_vars`).
    exports: Vec<(String, String)>,
    /// It only consults the other leg.
    is_consulting: bool,
}

/// The leg this one is joined with.
#[derive(Debug)]
pub(crate) struct Bridged {
    pub(crate) other: SessionHandle,
    /// Where the sound of this leg goes.
    pub(super) outlet: Option<Outlet>,
    /// The other leg has left without hanging up.
    has_left: bool,
}

/// Why a leg is alone again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parting {
    /// The other leg hung up.
    Hangup(HangupCause),
    /// The other leg was sent elsewhere.
    Elsewhere,
}

impl Session {
    /// The leg that the call is joined with.
    #[must_use]
    pub fn partner(&self) -> Option<&SessionHandle> {
        self.bridged.as_ref().map(|bridged| &bridged.other)
    }

    /// Has the leg that the call is joined with do something, if there is one; a leg that is over does nothing.
    pub fn tell_partner(&self, what: impl FnOnce(&mut Session) + Send + 'static) {
        if let Some(partner) = self.partner() {
            let _ = partner.tell(what);
        }
    }

    /// Joins the call with `other` until one of them ends or is sent elsewhere (CHANNEL_BRIDGE, CHANNEL_UNBRIDGE). The
    /// caller is answered when the other leg is. Then the other leg ends with this one, unless its `park_after_bridge`
    /// says otherwise; this one goes on, unless `hangup_after_bridge`, `park_after_bridge` or `transfer_after_bridge` do.
    ///
    /// # Errors
    /// [`Interrupted`] when it is this call that ended or was sent elsewhere.
    pub async fn bridge(&mut self, other: &SessionHandle) -> Result<(), Interrupted> {
        let Some(parting) = self.talk(other, None).await? else { return Ok(()) };
        self.end_bridge(other, parting)
    }

    /// As [`Session::bridge`], and with `key` the far end of this call ends the other one.
    ///
    /// # Errors
    /// As [`Session::bridge`].
    pub async fn bridge_with_exit_key(&mut self, other: &SessionHandle, key: char) -> Result<(), Interrupted> {
        let keys = ConsultKeys::only_cancel(key);
        let Some(parting) = self.talk(other, Some(&keys)).await? else { return Ok(()) };
        self.end_bridge(other, parting)
    }

    fn end_bridge(&mut self, other: &SessionHandle, parting: Option<Parting>) -> Result<(), Interrupted> {
        self.check()?;
        if !self.is_kept_for_another(other, parting) {
            self.go_on_alone(parting);
        }
        self.check()
    }

    /// The bridge itself: how the other leg left, inner `None` when this one did; `None` when there was no bridge. With
    /// `keys` this leg consults the other one.
    ///
    /// # Errors
    /// [`Interrupted`] when it is this call that ended or was sent elsewhere before.
    pub(super) async fn talk(
        &mut self,
        other: &SessionHandle,
        keys: Option<&ConsultKeys>,
    ) -> Result<Option<Option<Parting>>, Interrupted> {
        let about = other.ask(|session| (session.channel.answer == Answer::Answered, session.bridge_exports()));
        let about = self.attend(about).await?;
        if about.as_ref().is_ok_and(|(is_answered, _)| *is_answered) {
            self.answer()?;
        } else {
            self.pre_answer()?;
        }
        self.import(about.map(|(_, exports)| exports).unwrap_or_default());
        let me = self.introduce(Part::Originator);
        let joined = self.attend(other.ask(|session| session.be_joined(me))).await?;
        let Ok(Some(it)) = joined else {
            tracing::warn!(uuid = %self.channel.uuid, "the leg {} cannot be joined: it is over", other.uuid());
            return Ok(None);
        };
        self.bridged = Some(Bridged { other: other.clone(), outlet: it.outlet.clone(), has_left: false });
        self.turn(Turn::PreBridge).await;
        self.meet(&it);
        self.fire_bridge(EventKind::ChannelBridge, BRIDGE, other);
        self.note_partner(&it);
        self.channel.variables.set("last_bridge_role", Part::Originator.name());
        let first = self.pre_execute("aleg");
        self.run_before(first).await;
        let parting = self.relay(other, keys).await;
        self.part_from(other, parting);
        self.fire_bridge(EventKind::ChannelUnbridge, UNBRIDGE, other);
        self.turn(Turn::PostBridge).await;
        Ok(Some(parting))
    }

    /// Takes part in the bridge of another: its session calls this. `None` when the call is over.
    fn be_joined(&mut self, it: Introduction) -> Option<Introduction> {
        if self.channel.is_down() {
            return None;
        }
        if let Some(before) = self.bridged.take() {
            leave(&self.handle, &before.other);
        }
        self.bridged = Some(Bridged { other: it.handle.clone(), outlet: it.outlet.clone(), has_left: false });
        self.channel.call_uuid.clone_from(&it.call_uuid);
        let me = self.introduce(Part::Originatee);
        self.import(it.exports.clone());
        self.go(Next::Exchange(Box::new(it)));
        Some(me)
    }

    /// CS_EXCHANGE_MEDIA: the side of a bridge that was joined.
    pub(super) async fn exchange(&mut self, it: Introduction) {
        let other = it.handle.clone();
        self.channel.state = ChannelState::ExchangeMedia;
        self.enter(ChannelState::ExchangeMedia);
        self.turn(Turn::PreBridge).await;
        self.meet(&it);
        self.note_partner(&it);
        self.run_before(it.pre_execute).await;
        self.is_consulting = it.is_consulting;
        let parting = self.relay(&other, None).await;
        self.is_consulting = false;
        self.part_from(&other, parting);
        self.turn(Turn::PostBridge).await;
        if self.check().is_err() || self.is_kept_for_another(&other, parting) {
            return;
        }
        if it.is_consulting {
            self.wait_to_be_taken();
        } else {
            self.end_with(parting);
        }
    }

    /// Leaves what the call does for a bridge with the leg introduced, to be gone about by `next`.
    fn prepare(&mut self, it: &Introduction, next: Next) {
        let Some(mut profile) = self.channel.profile.clone().filter(|_| !self.channel.is_down()) else { return };
        let (uuid, variables) = (it.handle.uuid(), &mut self.channel.variables);
        let leads = matches!(next, Next::Bridge(_));
        variables.set("bridge_channel", &it.name);
        variables.set("bridge_uuid", uuid);
        variables.set("signal_bond", uuid);
        if leads {
            variables.set("uuid_bridge", uuid);
            self.channel.logical_direction = Direction::Inbound;
        } else {
            self.channel.call_uuid.clone_from(&it.call_uuid);
            self.channel.hit_dialplan = false;
            self.channel.logical_direction = Direction::Outbound;
        }
        variables.set("original_destination_number", &profile.destination_number);
        variables.set("original_caller_id_name", &profile.caller_id_name);
        variables.set("original_caller_id_number", &profile.caller_id_number);
        if !leads {
            profile.caller_id_name.clone_from(&it.party.0);
            profile.caller_id_number.clone_from(&it.party.1);
        }
        self.set_transferred(profile, &format!("uuid_br:{uuid}"));
        self.channel.other_leg.clone_from(&it.other_leg);
        self.channel.state = ChannelState::Hibernate;
        self.go(next);
    }

    /// CS_HIBERNATE: waits to be joined, for 10 s.
    pub(super) async fn await_bridge(&mut self) {
        self.enter(ChannelState::Hibernate);
        // An interruption is what is waited for.
        if self.sleep(PATIENCE).await.is_ok() {
            self.hangup(HangupCause::NormalTemporaryFailure);
        }
    }

    /// CS_SOFT_EXECUTE: the side of a bridge that joins.
    pub(super) async fn lead_bridge(&mut self, other: &SessionHandle) {
        self.channel.state = ChannelState::SoftExecute;
        self.enter(ChannelState::SoftExecute);
        self.channel.variables.remove("uuid_bridge");
        if self.bridge(other).await.is_ok() {
            self.hangup(other.hangup_cause().unwrap_or(HangupCause::NormalClearing));
        }
    }

    /// `bridge_pre_execute_LEG_app` and `…_data`: what that leg of the bridge runs first.
    fn pre_execute(&self, leg: &str) -> Option<Action> {
        let variable = |what: &str| self.channel.variables.get(&format!("bridge_pre_execute_{leg}_{what}"));
        let application = variable("app")?.to_owned();
        Some(Action { application, data: variable("data").unwrap_or_default().to_owned() })
    }

    async fn run_before(&mut self, action: Option<Action>) {
        let Some(action) = action else { return };
        self.channel.variables.set("bridge_pre_execute_app", &action.application);
        self.channel.variables.set("bridge_pre_execute_data", &action.data);
        // An interruption is seen by what waits behind this.
        let _ = self.execute(&action).await;
    }

    /// Waits for the other leg's end, and hands digits on meanwhile. `None` when it is this call that ended or was sent
    /// elsewhere.
    async fn relay(&mut self, other: &SessionHandle, keys: Option<&ConsultKeys>) -> Option<Parting> {
        let waited = self.attend_until(other.down(), |session| {
            session.hand_on_digits(other, keys) || session.bridged.as_ref().is_none_or(|bridged| bridged.has_left)
        });
        match waited.await {
            Ok(Some(())) => Some(Parting::Hangup(other.hangup_cause().unwrap_or(HangupCause::NormalClearing))),
            // A key may have ended it.
            Ok(None) if self.channel.is_down() => None,
            Ok(None) => Some(Parting::Elsewhere),
            Err(_) => None,
        }
    }

    /// Hands digits on, but for keys that mean something; whether one ends the bridge.
    fn hand_on_digits(&mut self, other: &SessionHandle, keys: Option<&ConsultKeys>) -> bool {
        while let Some(dtmf) = self.take_digit() {
            match keys.and_then(|keys| keys.meaning(dtmf.digit)) {
                Some(key) => {
                    if self.press(key, other, keys) {
                        return true;
                    }
                }
                // A leg that is over needs no digits any more.
                None => drop(other.tell(move |session| session.send_each(vec![dtmf]))),
            }
        }
        false
    }

    fn introduce(&mut self, part: Part) -> Introduction {
        let party = self.channel.profile.as_ref().map(|profile| match part {
            Part::Originator => (profile.caller_id_name.clone(), profile.caller_id_number.clone()),
            Part::Originatee => (profile.callee_id_name.clone(), profile.callee_id_number.clone()),
        });
        Introduction {
            handle: self.handle.clone(),
            name: self.channel.name.clone(),
            other_leg: OtherLeg::of(&self.channel, part),
            call_uuid: self.channel.call_uuid.clone(),
            party: party.unwrap_or_default(),
            outlet: self.leg.stream().map(Stream::outlet),
            pre_execute: if part == Part::Originator { self.pre_execute("bleg") } else { None },
            exports: self.bridge_exports(),
            is_consulting: self.is_consulting,
        }
    }

    /// What `bridge_export_vars` names, for the other leg: itself, and the variables that there are.
    fn bridge_exports(&self) -> Vec<(String, String)> {
        let Some(names) = self.channel.variables.get(BRIDGE_EXPORTS) else { return Vec::new() };
        let value = |name: &str| {
            let bare = ["nolocal:", "_nolocal_"].into_iter().find_map(|prefix| name.strip_prefix(prefix));
            Some((bare.unwrap_or(name).to_owned(), self.channel.variable(name)?.to_owned()))
        };
        let named = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        std::iter::once((BRIDGE_EXPORTS.to_owned(), names.to_owned()))
            .chain(named.take(MAX_EXPORTS).filter_map(value))
            .collect()
    }

    fn import(&mut self, exports: Vec<(String, String)>) {
        for (name, value) in exports {
            self.channel.variables.set(&name, &value);
        }
    }

    /// Remembers who the other leg is, and has sound go there.
    fn meet(&mut self, it: &Introduction) {
        let known = self.channel.other_leg.as_ref().is_some_and(|known| known.profile.uuid == it.handle.uuid());
        // What it was introduced as before it was called here stands.
        if !known {
            self.channel.other_leg.clone_from(&it.other_leg);
        }
        self.channel.times.bridged = now_micros();
        self.open_gates();
        self.channel.variables.set("signal_bond", it.handle.uuid());
        self.send_to_partner();
    }

    /// Has sound go to the other leg.
    pub(super) fn send_to_partner(&mut self) {
        let outlet = self.bridged.as_ref().and_then(|bridged| bridged.outlet.as_ref());
        if let (Some(stream), Some(outlet)) = (self.leg.stream(), outlet) {
            stream.bridge(outlet);
        }
    }

    fn note_partner(&mut self, it: &Introduction) {
        let variables = &mut self.channel.variables;
        let uuid = it.handle.uuid();
        variables.set("bridge_to", uuid);
        variables.set("last_bridge_to", uuid);
        variables.set("bridge_channel", &it.name);
        variables.set("bridge_uuid", uuid);
        let (name, number) = &it.party;
        variables.set("last_sent_callee_id_name", if name.is_empty() { number } else { name });
        variables.set("last_sent_callee_id_number", number);
    }

    /// Sound goes nowhere any more, and the other leg learns of it, if it does not know.
    fn part_from(&mut self, other: &SessionHandle, parting: Option<Parting>) {
        let variables = &mut self.channel.variables;
        variables.remove("bridge_to");
        let cause = match parting {
            Some(Parting::Hangup(cause)) => Some(cause),
            _ => self.channel.hangup_cause,
        };
        if let Some(cause) = cause {
            variables.set("last_bridge_hangup_cause", cause.name());
            variables.set("bridge_hangup_cause", cause.name());
        }
        self.let_go(other);
        self.end_bypass();
        // A new bridge may have taken the place of this one.
        let is_ours = self.bridged.as_ref().is_some_and(|bridged| bridged.other.uuid() == other.uuid());
        if is_ours {
            self.bridged = None;
            if let Some(stream) = self.leg.stream() {
                stream.unbridge();
            }
            self.open_gates();
        }
        if parting.is_some() {
            return;
        }
        stop_broadcast(&self.handle, other);
        if !self.channel.is_down() {
            match self.farewell_of_the_picked_off() {
                Some(cause) => other.hangup(cause),
                None => leave(&self.handle, other),
            }
        }
    }

    /// What the originator does behind a bridge.
    fn go_on_alone(&mut self, parting: Option<Parting>) {
        if self.is_set("hangup_after_bridge") {
            let cause = match parting {
                Some(Parting::Hangup(cause)) => cause,
                _ => HangupCause::NormalClearing,
            };
            return self.hangup(cause);
        }
        self.follow_wish();
    }

    /// What the other leg does behind a bridge: it ends with it, unless told otherwise.
    fn end_with(&mut self, parting: Option<Parting>) {
        if self.follow_wish() {
            return;
        }
        self.hangup(match parting {
            Some(Parting::Hangup(cause)) => cause,
            _ => HangupCause::NormalClearing,
        });
    }

    /// `exec_after_bridge_app`, `park_after_bridge` and `transfer_after_bridge`; whether one of them was set.
    fn follow_wish(&mut self) -> bool {
        let variable = |name| self.channel.variables.get(name).map(str::to_owned);
        if let Some(application) = variable("exec_after_bridge_app") {
            let data = variable("exec_after_bridge_arg").unwrap_or_default();
            self.go(Next::Execute(vec![Action { application, data }]));
            return true;
        }
        if self.is_set("park_after_bridge") {
            self.go(Next::Park);
            return true;
        }
        let Some(target) = self.channel.variables.get("transfer_after_bridge").map(str::to_owned) else { return false };
        let mut parts = target.splitn(3, ':');
        let number = parts.next().unwrap_or_default().to_owned();
        let (dialplan, context) = (parts.next().unwrap_or("XML").to_owned(), parts.next().map(str::to_owned));
        let own = self.channel.profile.as_ref().map(|profile| profile.context.clone());
        self.transfer(&number, &dialplan, &context.or(own).unwrap_or_default());
        true
    }

    fn fire_bridge(&self, kind: EventKind, origin: Origin, other: &SessionHandle) {
        let first = [("Bridge-A-Unique-ID", self.channel.uuid.as_str()), ("Bridge-B-Unique-ID", other.uuid())];
        self.fire(kind, origin, &first, &[]);
    }

    /// The other leg of the bridge was sent elsewhere.
    fn was_left_by(&mut self, other: &str) {
        let all = self.bridged.iter_mut().chain(&mut self.set_aside);
        for bridged in all.filter(|bridged| bridged.other.uuid() == other) {
            bridged.has_left = true;
        }
        if self.partner().is_some_and(|partner| partner.uuid() == other) {
            self.end_hold_music();
        }
    }
}

/// Joins two calls that are running: what they do now ends (`uuid_bridge`).
///
/// # Errors
/// [`Unreachable`] when one of them is over.
pub async fn join(first: &SessionHandle, second: &SessionHandle) -> Result<(), Unreachable> {
    let caller = first.ask(|session| session.introduce(Part::Originator)).await?;
    let called = second.ask(|session| session.introduce(Part::Originatee)).await?;
    // The one that is joined first: it has to be there when the other asks.
    second.ask(move |session| session.prepare(&caller, Next::Await)).await?;
    let other = second.clone();
    first.ask(move |session| session.prepare(&called, Next::Bridge(other))).await
}

/// What is played on the other leg, say, ends with the bridge (`switch_channel_stop_broadcast`): it would not notice before.
fn stop_broadcast(me: &SessionHandle, other: &SessionHandle) {
    let uuid = me.uuid().to_owned();
    // One that is over plays nothing.
    let _ = other.tell(move |session| {
        if session.bridged.as_ref().is_some_and(|bridged| bridged.other.uuid() == uuid) {
            session.interrupt(false);
        }
    });
}

fn leave(me: &SessionHandle, other: &SessionHandle) {
    let uuid = me.uuid().to_owned();
    // One that is over has noticed.
    let _ = other.tell(move |session| session.was_left_by(&uuid));
}
