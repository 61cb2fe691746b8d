use std::collections::HashSet;

use crate::{Event, EventKind, FilterSet, KindSet};

/// What a listener wants to hear: kinds, subclasses of CUSTOM, filters.
#[derive(Clone, Debug, Default)]
pub struct Interest {
    /// The kinds of events; after `ALL` every one of them, [`EventKind::All`] included.
    pub kinds: KindSet,
    /// The subclasses of CUSTOM, case-sensitive.
    pub subclasses: HashSet<String>,
    /// `ALL` covers every subclass, also ones born later.
    pub every_subclass: bool,
    /// The subclasses taken out again after `ALL`.
    pub excluded_subclasses: HashSet<String>,
    /// What must stand in the event's headers; they stay when the subscriptions go.
    pub filters: FilterSet,
    /// Only events about this call: its Unique-ID (`myevents`), or a job that it owns.
    pub call: Option<String>,
    /// Of the events about calls, which have a Unique-ID, only those that pass: what the listener may hear, whatever it
    /// wants.
    pub scope: FilterSet,
}

impl Interest {
    /// Whether `event` is of a wanted kind and passes the filters. A CUSTOM event without a subclass is for everyone
    /// who hears CUSTOM events at all (mod_event_socket.c).
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        self.kinds.contains(event.kind)
            && (event.kind != EventKind::Custom
                || event.subclass().is_none_or(|subclass| self.wants_subclass(subclass)))
            && (self.filters.is_empty() || self.filters.matches(&event.headers))
            && self.call.as_deref().is_none_or(|call| is_about(event, call))
            && (self.scope.is_empty() || event.get("Unique-ID").is_none() || self.scope.matches(&event.headers))
    }

    /// Whether custom events of this subclass are wanted, where CUSTOM itself is.
    #[must_use]
    pub fn wants_subclass(&self, subclass: &str) -> bool {
        if self.every_subclass {
            !self.excluded_subclasses.contains(subclass)
        } else {
            self.subclasses.contains(subclass)
        }
    }
}

fn is_about(event: &Event, call: &str) -> bool {
    ["Unique-ID", "Job-Owner-UUID"].iter().any(|name| event.get(name) == Some(call))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(interest: &Interest, event: &Event, expected: bool) {
        assert_eq!(interest.matches(event), expected, "{event:?}");
    }

    #[test]
    fn subclasses_are_told_apart() {
        let mut some = Interest { subclasses: HashSet::from(["a::one".to_owned()]), ..Interest::default() };
        some.kinds.insert(EventKind::Custom);
        check(&some, &Event::custom("a::one"), true);
        check(&some, &Event::custom("A::ONE"), false);
        check(&some, &Event::new(EventKind::Custom), true);
        check(&some, &Event::new(EventKind::Notify), false);
        let excluded = HashSet::from(["a::two".to_owned()]);
        let all = Interest {
            kinds: KindSet::all(),
            every_subclass: true,
            excluded_subclasses: excluded,
            ..Interest::default()
        };
        check(&all, &Event::custom("a::one"), true);
        check(&all, &Event::custom("a::two"), false);
    }

    #[test]
    fn a_call_of_ones_own_shuts_out_the_others() {
        let mine = Interest { kinds: KindSet::all(), call: Some("u-1".to_owned()), ..Interest::default() };
        check(&mine, &Event::new(EventKind::ChannelAnswer).header("Unique-ID", "u-1"), true);
        check(&mine, &Event::new(EventKind::BackgroundJob).header("Job-Owner-UUID", "u-1"), true);
        check(&mine, &Event::new(EventKind::ChannelAnswer).header("Unique-ID", "u-2"), false);
        check(&mine, &Event::new(EventKind::Heartbeat), false);
    }

    #[test]
    fn the_scope_is_for_calls_only() {
        let mut tenant = Interest { kinds: KindSet::all(), ..Interest::default() };
        tenant.scope.add("Caller-Context", "one").unwrap();
        let answer = || Event::new(EventKind::ChannelAnswer).header("Unique-ID", "u");
        check(&tenant, &answer().header("Caller-Context", "one"), true);
        check(&tenant, &answer().header("Caller-Context", "two"), false);
        check(&tenant, &answer(), false);
        check(&tenant, &Event::new(EventKind::Heartbeat), true);
        tenant.filters.add("Unique-ID", "u").unwrap();
        check(&tenant, &answer().header("Caller-Context", "two"), false);
    }
}
