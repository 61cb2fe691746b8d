//! What a listener wants to hear.

use std::collections::HashSet;

use strowger_event::{EventKind, FilterSet, Interest, KindSet};

use crate::Permissions;

/// A listener's [`Interest`], as its commands change it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wants(Interest);

/// Why a list of names changed nothing.
#[derive(Copy, Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WantsError {
    #[error("-ERR no keywords supplied")]
    NoKeywords,
    #[error("-ERR permission denied")]
    Denied,
    #[error("-ERR too many subclasses")]
    TooMany,
}

impl Wants {
    /// What is wanted now.
    pub(crate) const fn interest(&self) -> &Interest {
        &self.0
    }

    /// The filters, to be changed.
    pub(crate) const fn filters(&mut self) -> &mut FilterSet {
        &mut self.0.filters
    }

    /// Adds the events of `names`; everything behind `CUSTOM` is a subclass, other unknown names are passed over. All of
    /// them or, on an error, none.
    pub(crate) fn add(&mut self, names: &[String], permissions: &Permissions) -> Result<(), WantsError> {
        let (kinds, subclasses) = read(names)?;
        let denied = kinds.iter().any(|kind| !permissions.allows_kind(kind))
            || subclasses.iter().any(|subclass| !permissions.allows_subclass(subclass));
        if denied {
            return Err(WantsError::Denied);
        }
        if self.0.subclasses.len() + subclasses.len() > MAX_SUBCLASSES {
            return Err(WantsError::TooMany);
        }
        if kinds.contains(EventKind::All) {
            self.add_all(permissions);
        }
        self.0.kinds = self.0.kinds.union(kinds);
        for subclass in subclasses {
            self.0.excluded_subclasses.remove(subclass);
            self.0.subclasses.insert(subclass.clone());
        }
        Ok(())
    }

    /// Takes the events of `names` out: with subclasses behind `CUSTOM` only these, with `ALL` everything.
    pub(crate) fn nix(&mut self, names: &[String]) -> Result<(), WantsError> {
        let (kinds, subclasses) = read(names)?;
        if kinds.contains(EventKind::All) {
            self.clear();
            return Ok(());
        }
        if self.0.excluded_subclasses.len() + subclasses.len() > MAX_SUBCLASSES {
            return Err(WantsError::TooMany);
        }
        for subclass in subclasses {
            self.0.subclasses.remove(subclass);
            if self.0.every_subclass {
                self.0.excluded_subclasses.insert(subclass.clone());
            }
        }
        for kind in kinds.iter().filter(|kind| *kind != EventKind::Custom || subclasses.is_empty()) {
            self.0.kinds.remove(kind);
            self.0.kinds.remove(EventKind::All);
        }
        if !self.0.kinds.contains(EventKind::Custom) {
            self.clear_subclasses();
        }
        Ok(())
    }

    /// Takes all events out and leaves the filters.
    pub(crate) fn clear(&mut self) {
        self.0.kinds.clear();
        self.clear_subclasses();
    }

    /// The 23 kinds of `myevents`, those of them that may be heard.
    pub(crate) fn add_call(&mut self, permissions: &Permissions) {
        let allowed = CALL.into_iter().filter(|kind| permissions.allows_kind(*kind));
        self.0.kinds = self.0.kinds.union(allowed.collect());
    }

    /// Whether any of the kinds of `myevents` may be heard.
    pub(crate) fn may_add_call(permissions: &Permissions) -> bool {
        CALL.into_iter().any(|kind| permissions.allows_kind(kind))
    }

    /// Only events of calls that pass `scope` are heard, whatever is wanted; none for all.
    pub(crate) fn set_scope(&mut self, scope: Option<&FilterSet>) {
        self.0.scope = scope.cloned().unwrap_or_default();
    }

    fn add_all(&mut self, permissions: &Permissions) {
        self.0.kinds = KindSet::all();
        self.0.excluded_subclasses = HashSet::new();
        match permissions.subclasses() {
            None => self.0.every_subclass = true,
            Some(allowed) => self.0.subclasses.extend(allowed.iter().cloned()),
        }
    }

    fn clear_subclasses(&mut self) {
        self.0.subclasses = HashSet::new();
        self.0.excluded_subclasses = HashSet::new();
        self.0.every_subclass = false;
    }
}

/// The kinds `names` has, and the subclasses behind `CUSTOM`.
fn read(names: &[String]) -> Result<(KindSet, &[String]), WantsError> {
    let kind = |name: &String| EventKind::parse(name);
    let custom = names.iter().position(|name| kind(name) == Some(EventKind::Custom));
    let (names, subclasses) = custom.map_or((names, &[][..]), |at| names.split_at(at + 1));
    let kinds: KindSet = names.iter().filter_map(kind).collect();
    if kinds.is_empty() { Err(WantsError::NoKeywords) } else { Ok((kinds, subclasses)) }
}

const MAX_SUBCLASSES: usize = 4096;

/// What mod_event_socket subscribes `myevents` to.
const CALL: [EventKind; 23] = [
    EventKind::ChannelAnswer,
    EventKind::ChannelApplication,
    EventKind::ChannelBridge,
    EventKind::ChannelCreate,
    EventKind::ChannelData,
    EventKind::ChannelDestroy,
    EventKind::ChannelExecute,
    EventKind::ChannelExecuteComplete,
    EventKind::ChannelHangup,
    EventKind::ChannelHangupComplete,
    EventKind::ChannelOriginate,
    EventKind::ChannelUuid,
    EventKind::ChannelOutgoing,
    EventKind::ChannelPark,
    EventKind::ChannelProgress,
    EventKind::ChannelProgressMedia,
    EventKind::ChannelState,
    EventKind::ChannelUnbridge,
    EventKind::ChannelUnpark,
    EventKind::DetectedSpeech,
    EventKind::Dtmf,
    EventKind::Notalk,
    EventKind::Talk,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_string).collect()
    }

    fn added(text: &str) -> Wants {
        let mut wants = Wants::default();
        wants.add(&names(text), &Permissions::all()).unwrap();
        wants
    }

    #[test]
    fn subscriptions_add_up() {
        let mut wants = added("CHANNEL_CREATE nosuch dtmf CUSTOM app::one API");
        wants.add(&names("HEARTBEAT"), &Permissions::all()).unwrap();
        assert_eq!(wants.0.kinds.len(), 4);
        assert!(!wants.0.kinds.contains(EventKind::Api), "behind CUSTOM everything is a subclass");
        assert!(wants.0.subclasses.contains("app::one") && wants.0.subclasses.contains("API"));
    }

    #[test]
    fn all_covers_every_subclass() {
        let wants = added("ALL");
        assert!(wants.0.every_subclass);
        assert_eq!(wants.0.kinds, KindSet::all());
    }

    #[test]
    fn what_is_nixed_after_all_stays_out() {
        let mut wants = added("ALL");
        wants.nix(&names("API RE_SCHEDULE")).unwrap();
        wants.nix(&names("CUSTOM app::note")).unwrap();
        assert!(!wants.0.kinds.contains(EventKind::Api) && !wants.0.kinds.contains(EventKind::All));
        assert!(wants.0.kinds.contains(EventKind::Custom) && wants.0.every_subclass);
        assert!(wants.0.excluded_subclasses.contains("app::note"));
        wants.add(&names("CUSTOM app::note"), &Permissions::all()).unwrap();
        assert!(wants.0.excluded_subclasses.is_empty());
        wants.nix(&names("ALL")).unwrap();
        assert!(wants.0.kinds.is_empty() && !wants.0.every_subclass && wants.0.subclasses.is_empty());
    }

    #[test]
    fn nixing_custom_takes_all_its_subclasses() {
        let mut wants = added("API CUSTOM a b");
        wants.nix(&names("CUSTOM a")).unwrap();
        assert!(wants.0.kinds.contains(EventKind::Custom) && wants.0.subclasses.len() == 1);
        wants.nix(&names("CUSTOM")).unwrap();
        assert!(!wants.0.kinds.contains(EventKind::Custom) && wants.0.subclasses.is_empty());
    }

    #[test]
    fn a_denied_name_leaves_everything_as_it_was() {
        let some = Permissions::of_params(Some("API CUSTOM a"), None, None);
        let mut wants = Wants::default();
        for denied in ["API DTMF", "ALL", "CUSTOM a b"] {
            assert_eq!(wants.add(&names(denied), &some), Err(WantsError::Denied));
            assert!(wants.0.kinds.is_empty() && wants.0.subclasses.is_empty());
        }
        assert_eq!(wants.add(&names("API CUSTOM a"), &some), Ok(()));
        let all = Permissions::of_params(Some("ALL CUSTOM a"), None, None);
        assert_eq!(wants.add(&names("ALL"), &all), Ok(()));
        assert!(!wants.0.every_subclass && wants.0.subclasses.len() == 1);
    }

    #[test]
    fn names_nobody_knows_are_no_keywords() {
        let mut wants = Wants::default();
        assert_eq!(wants.add(&names("nosuch"), &Permissions::all()), Err(WantsError::NoKeywords));
        assert_eq!(wants.nix(&[]), Err(WantsError::NoKeywords));
        let many: Vec<String> = std::iter::once("CUSTOM".to_string()).chain((0..5000).map(|n| n.to_string())).collect();
        assert_eq!(wants.add(&many, &Permissions::all()), Err(WantsError::TooMany));
    }

    #[test]
    fn a_call_has_23_kinds() {
        let mut wants = Wants::default();
        wants.add_call(&Permissions::all());
        assert_eq!(wants.0.kinds.len(), 23);
        let some = Permissions::of_params(Some("CHANNEL_ANSWER API"), None, None);
        let mut wants = Wants::default();
        wants.add_call(&some);
        assert_eq!(wants.0.kinds.iter().collect::<Vec<_>>(), [EventKind::ChannelAnswer]);
        assert!(Wants::may_add_call(&some) && !Wants::may_add_call(&Permissions::of_params(Some("API"), None, None)));
    }
}
