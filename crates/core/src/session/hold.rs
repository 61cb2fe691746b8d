//! Holding: the far end of a call holds us, or is held; what tells of it, and what the other leg of the bridge hears.

use strowger_event::EventKind;

use super::{Execute, Session, SessionHandle};
use crate::bus::Origin;
use crate::channel::{Answer, CallState};

const MARKED: Origin = Origin::new("switch_channel.c", "switch_channel_mark_hold", 2421);
const HELD: Origin = Origin::new("switch_ivr.c", "switch_ivr_hold", 1427);
const UNHELD: Origin = Origin::new("switch_ivr.c", "switch_ivr_unhold", 1502);

/// Says that nothing is to be heard.
const SILENCE: &str = "silence";

/// Says that the other leg's far end is to be put on hold, and hears its own music.
const INDICATE: &str = "indicate_hold";

/// Who holds whom around a call.
#[derive(Debug, Default)]
pub(crate) struct Holding {
    /// The far end holds us (`CF_PROTO_HOLD`).
    by_far_end: bool,
    /// The other leg of the bridge waits for this one: it may hear music, and is told to stop.
    keeps_waiting: bool,
    /// It was put on hold in its turn.
    indicated: bool,
    /// The music that this leg hears: the Application-UUID it is queued under.
    music: Option<String>,
}

impl Holding {
    /// What was queued under that Application-UUID has ended.
    pub(super) fn has_ended(&mut self, uuid: Option<&str>) {
        if uuid.is_some() && self.music.as_deref() == uuid {
            self.music = None;
        }
    }
}

impl Session {
    /// The far end has put us on hold. The other leg of a bridge hears what the variable `hold_music` names, else
    /// `default`: a file or a stream; nothing with `silence`; with `indicate_hold` it is put on hold in its turn.
    pub fn held_by_far_end(&mut self, default: Option<&str>) {
        if self.channel.is_down() || self.channel.answer != Answer::Answered || self.holding.by_far_end {
            return;
        }
        self.holding.by_far_end = true;
        self.mark_hold(true);
        let music = self.hold_music().or_else(|| default.map(str::to_owned));
        if music.as_deref().is_some_and(|music| music.eq_ignore_ascii_case(INDICATE)) {
            self.holding.indicated = true;
            self.tell_partner(|other| other.hold(false));
        } else {
            self.keep_waiting(music, true);
        }
    }

    /// The far end has taken us back.
    pub fn taken_back_by_far_end(&mut self) {
        if self.channel.is_down() || !std::mem::take(&mut self.holding.by_far_end) {
            return;
        }
        if std::mem::take(&mut self.holding.indicated) {
            self.tell_partner(Session::unhold);
        } else if let Some(other) = self.partner().cloned() {
            self.let_go(&other);
        }
        self.mark_hold(false);
        self.mark_active();
    }

    /// Puts the far end on hold, where its signalling knows that (`switch_ivr_hold`). With `music` the other leg of a
    /// bridge hears what the variable `hold_music` names; nothing is said to the far end, and it is not heard.
    pub fn hold(&mut self, music: bool) {
        if self.channel.is_down() {
            return;
        }
        if let Some(stream) = self.leg.stream() {
            stream.unbridge();
        }
        let held = self.leg.hold(&mut self.channel, true);
        if held {
            self.change_hold(true);
        }
        let music = if music { self.hold_music() } else { None };
        self.keep_waiting(music, held);
        self.fire(EventKind::ChannelHold, HELD, &[], &[]);
    }

    /// Takes the far end back (`switch_ivr_unhold`).
    pub fn unhold(&mut self) {
        if self.channel.is_down() {
            return;
        }
        if self.leg.hold(&mut self.channel, false) {
            self.change_hold(false);
        }
        self.send_to_partner();
        if let Some(other) = self.partner().cloned() {
            self.let_go(&other);
        }
        self.fire(EventKind::ChannelUnhold, UNHELD, &[], &[]);
        self.mark_active();
    }

    /// Puts a call that is active on hold, and takes one back that is held; others stay as they are.
    pub fn toggle_hold(&mut self) {
        match self.channel.call_state {
            CallState::Active => self.hold(true),
            CallState::Held => self.unhold(),
            _ => {}
        }
    }

    /// What is heard while this call is on hold (`switch_channel_get_hold_music`): `temp_hold_music`, else `hold_music`, of
    /// the channel or else global.
    #[must_use]
    pub fn hold_music(&self) -> Option<String> {
        let find = |name| {
            let own = self.channel.variable(name).map(str::to_owned);
            own.or_else(|| self.switch.globals().get(name)).filter(|music| !music.is_empty())
        };
        find("temp_hold_music").or_else(|| find("hold_music"))
    }

    /// Has this leg hear `music`, again and again, within what it does, until [`Session::end_hold_music`]; `false` when it
    /// hears some already, or there is nothing to hear.
    pub fn begin_hold_music(&mut self, music: &str) -> bool {
        let none = music.is_empty() || [SILENCE, INDICATE].iter().any(|word| music.eq_ignore_ascii_case(word));
        if none || self.holding.music.is_some() {
            return false;
        }
        let uuid = self.switch.new_uuid();
        let execute = Execute { uuid: Some(uuid.clone()), ..Execute::broadcast("playback", music, Some(-1)) };
        if self.queue(execute).is_err() {
            tracing::warn!(uuid = %self.channel.uuid, "no hold music: too many commands wait for the session");
            return false;
        }
        self.holding.music = Some(uuid);
        true
    }

    /// Has this leg hear its own hold music.
    pub(super) fn hear_own_hold_music(&mut self) {
        if let Some(music) = self.hold_music() {
            self.begin_hold_music(&music);
        }
    }

    /// Ends [`Session::begin_hold_music`].
    pub fn end_hold_music(&mut self) {
        let Some(music) = self.holding.music.take() else { return };
        let waiting = self.commands.len();
        self.commands.retain(|execute| execute.uuid.as_ref() != Some(&music));
        if self.commands.len() == waiting {
            self.interrupt(false);
        }
    }

    /// Changes the state, with its event (`switch_channel_mark_hold`).
    pub(super) fn mark_hold(&mut self, on: bool) {
        if self.change_hold(on) {
            let kind = if on { EventKind::ChannelHold } else { EventKind::ChannelUnhold };
            self.fire(kind, MARKED, &[], &[]);
        }
    }

    /// Changes the state; `false` when it is so already. The call state's event still has the times of before.
    fn change_hold(&mut self, on: bool) -> bool {
        if !self.channel.set_on_hold(on) {
            return false;
        }
        if self.channel.answer == Answer::Answered {
            self.set_call_state(if on { CallState::Held } else { CallState::Unheld });
        }
        self.channel.date_hold();
        true
    }

    /// FreeSWITCH does this with the next packet that is read, of which there is always one soon.
    fn mark_active(&mut self) {
        if self.channel.call_state == CallState::Unheld {
            self.set_call_state(CallState::Active);
        }
    }

    /// Has the other leg wait for this one: `silent` as long as nothing may be sent here.
    fn keep_waiting(&mut self, music: Option<String>, silent: bool) {
        self.holding.keeps_waiting = true;
        let me = self.handle.uuid().to_owned();
        self.tell_partner(move |other| other.wait_on(&me, music.as_deref(), silent));
    }

    /// Lets the other leg go on, if it waits for this one.
    pub(super) fn let_go(&mut self, other: &SessionHandle) {
        if std::mem::take(&mut self.holding.keeps_waiting) {
            let me = self.handle.uuid().to_owned();
            // One that is over does not wait.
            let _ = other.tell(move |other| other.go_on_with(&me));
        }
    }

    fn wait_on(&mut self, holder: &str, music: Option<&str>, silent: bool) {
        if !self.is_joined_with(holder) {
            return;
        }
        if let Some(stream) = self.leg.stream().filter(|_| silent) {
            stream.unbridge();
        }
        if let Some(music) = music {
            self.begin_hold_music(music);
        }
    }

    fn go_on_with(&mut self, holder: &str) {
        if self.is_joined_with(holder) {
            self.end_hold_music();
            self.send_to_partner();
        }
    }

    fn is_joined_with(&self, other: &str) -> bool {
        self.partner().is_some_and(|partner| partner.uuid() == other)
    }
}
