//! The taps on a call's sound, as others see them: FreeSWITCH's media bugs.

use std::sync::Arc;

use strowger_event::EventKind;

use super::Session;
use crate::bus::Origin;
use crate::media::Tap;

/// Taps a call may have.
pub const MAX_TAPS: usize = 16;

const START: Origin = Origin::new("switch_core_media_bug.c", "switch_core_media_bug_add", 1005);
const STOP: Origin = Origin::new("switch_core_media_bug.c", "switch_core_media_bug_destroy", 98);

/// Which tap of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TapId(u64);

/// Why a call's sound cannot be tapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TapError {
    /// It has no media.
    #[error("Media not enabled on channel")]
    NoMedia,
    /// It has too many taps.
    #[error("the call has {MAX_TAPS} taps already")]
    TooMany,
}

/// The taps of a session.
#[derive(Default)]
pub(crate) struct CallTaps {
    list: Vec<CallTap>,
    number: u64,
}

struct CallTap {
    id: TapId,
    /// What it is for, and what about; a tap of an application's own has none.
    told: Option<(&'static str, String)>,
    tap: Arc<dyn Tap>,
}

impl Session {
    /// Has the call's sound pass by `tap` from now on, behind those that are there (MEDIA_BUG_START). `function` and
    /// `target` say what it is for: `session_record` and a file, for instance.
    ///
    /// # Errors
    /// [`TapError`].
    pub fn add_tap(&mut self, function: &'static str, target: &str, tap: Arc<dyn Tap>) -> Result<TapId, TapError> {
        let id = self.push_tap(Some((function, target.to_owned())), tap)?;
        self.fire_tap(EventKind::MediaBugStart, START, (function, target));
        Ok(id)
    }

    /// As [`Session::add_tap`], and tells nobody: for what an application does itself while it runs.
    ///
    /// # Errors
    /// [`TapError`].
    pub fn add_private_tap(&mut self, tap: Arc<dyn Tap>) -> Result<TapId, TapError> {
        self.push_tap(None, tap)
    }

    /// Takes a tap away (MEDIA_BUG_STOP); whether it was there.
    pub fn remove_tap(&mut self, id: TapId) -> bool {
        let Some(place) = self.taps.list.iter().position(|tap| tap.id == id) else { return false };
        let removed = self.taps.list.remove(place);
        self.set_taps();
        if let Some((function, target)) = removed.told {
            self.fire_tap(EventKind::MediaBugStop, STOP, (function, &target));
        }
        true
    }

    /// Whether a tap is still there: others may have taken it away.
    pub(super) fn has_tap(&self, id: TapId) -> bool {
        self.taps.list.iter().any(|tap| tap.id == id)
    }

    /// The taps that were told of: what each is for, and what about.
    pub fn taps(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let told = self.taps.list.iter().filter_map(|tap| tap.told.as_ref());
        told.map(|(function, target)| (*function, target.as_str()))
    }

    /// Takes away the taps that were told of for `function`, or all of them (`switch_core_media_bug_remove_all_function`).
    /// A recording ends as it does when it is stopped.
    pub fn remove_taps(&mut self, function: Option<&str>) {
        let is = |told: &str| function.is_none_or(|function| told.eq_ignore_ascii_case(function));
        if is("session_record") {
            self.stop_recording("all");
        }
        if is("displace") {
            self.displacements.clear();
        }
        let told = self.taps.list.iter().filter_map(|tap| Some((tap.id, tap.told.as_ref()?.0)));
        let ids: Vec<TapId> =
            told.filter(|(_, told)| is(told) && *told != "session_record").map(|(id, _)| id).collect();
        for id in ids {
            self.remove_tap(id);
        }
    }

    /// The call is over.
    pub(super) fn remove_all_taps(&mut self) {
        let ids: Vec<TapId> = self.taps.list.iter().map(|tap| tap.id).collect();
        for id in ids {
            self.remove_tap(id);
        }
    }

    fn push_tap(&mut self, told: Option<(&'static str, String)>, tap: Arc<dyn Tap>) -> Result<TapId, TapError> {
        if self.taps.list.len() >= MAX_TAPS {
            return Err(TapError::TooMany);
        }
        if self.leg.stream().is_none() {
            return Err(TapError::NoMedia);
        }
        self.taps.number += 1;
        let id = TapId(self.taps.number);
        self.taps.list.push(CallTap { id, told, tap });
        self.set_taps();
        Ok(id)
    }

    fn set_taps(&mut self) {
        let taps = self.taps.list.iter().map(|tap| Arc::clone(&tap.tap)).collect();
        if let Some(stream) = self.leg.stream() {
            stream.tap(taps);
        }
    }

    fn fire_tap(&self, kind: EventKind, origin: Origin, (function, target): (&str, &str)) {
        self.fire(kind, origin, &[("Media-Bug-Function", function), ("Media-Bug-Target", target)], &[]);
    }
}
