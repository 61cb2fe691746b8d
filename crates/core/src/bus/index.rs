//! Which subscriptions an event concerns, found without looking at the others.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use strowger_event::{Event, EventKind, Interest, KindSet};

use super::subscription::Subscriber;

/// A place of the index: where a subscription stands for what it wants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// One call's events, whatever their kind.
    Call(String),
    /// Events of every kind.
    Everything,
    /// Events of a kind; under CUSTOM everyone who wants any such event.
    Kind(EventKind),
    /// Custom events of every subclass.
    EverySubclass,
    /// Custom events of a subclass.
    Subclass(String),
}

/// The places that an interest takes: for each event it may want one, and no two.
pub(super) fn places(interest: &Interest) -> HashSet<Place> {
    if let Some(call) = &interest.call {
        return HashSet::from([Place::Call(call.clone())]);
    }
    if interest.kinds == KindSet::all() {
        return HashSet::from([Place::Everything]);
    }
    let mut places: HashSet<Place> = interest.kinds.iter().map(Place::Kind).collect();
    if interest.kinds.contains(EventKind::Custom) {
        if interest.every_subclass {
            places.insert(Place::EverySubclass);
        } else {
            places.extend(interest.subclasses.iter().cloned().map(Place::Subclass));
        }
    }
    places
}

/// Subscriptions by number.
type List = BTreeMap<u64, Arc<Subscriber>>;

/// All subscriptions by what they want.
pub(super) struct Index {
    calls: HashMap<String, List>,
    everything: List,
    /// By the number of the kind.
    kinds: Vec<List>,
    every_subclass: List,
    subclasses: HashMap<String, List>,
    /// How many want each kind.
    wanted: [u32; EventKind::COUNT],
}

impl Default for Index {
    fn default() -> Self {
        Self {
            calls: HashMap::new(),
            everything: List::new(),
            kinds: vec![List::new(); EventKind::COUNT],
            every_subclass: List::new(),
            subclasses: HashMap::new(),
            wanted: [0; EventKind::COUNT],
        }
    }
}

impl Index {
    /// Puts a subscription into places.
    pub(super) fn enter(&mut self, subscriber: &Arc<Subscriber>, places: impl IntoIterator<Item = Place>) {
        for place in places {
            let list = match place {
                Place::Call(call) => self.calls.entry(call).or_default(),
                Place::Subclass(subclass) => self.subclasses.entry(subclass).or_default(),
                Place::Everything => &mut self.everything,
                Place::EverySubclass => &mut self.every_subclass,
                Place::Kind(kind) => match self.kinds.get_mut(kind as usize) {
                    Some(list) => list,
                    None => continue,
                },
            };
            list.insert(subscriber.number(), Arc::clone(subscriber));
        }
    }

    /// Takes a subscription out of places.
    pub(super) fn leave(&mut self, subscriber: &Subscriber, places: impl IntoIterator<Item = Place>) {
        let number = subscriber.number();
        for place in places {
            let _ = match place {
                Place::Call(call) => leave_named(&mut self.calls, &call, number),
                Place::Subclass(subclass) => leave_named(&mut self.subclasses, &subclass, number),
                Place::Everything => self.everything.remove(&number),
                Place::EverySubclass => self.every_subclass.remove(&number),
                Place::Kind(kind) => self.kinds.get_mut(kind as usize).and_then(|list| list.remove(&number)),
            };
        }
    }

    /// Counts what a subscription wants instead of what it wanted; gives the kinds that anybody wants now.
    pub(super) fn recount(&mut self, before: KindSet, after: KindSet) -> KindSet {
        for (kind, count) in EventKind::all().zip(&mut self.wanted) {
            *count = *count + u32::from(after.contains(kind)) - u32::from(before.contains(kind));
        }
        EventKind::all().zip(&self.wanted).filter(|(_, count)| **count > 0).map(|(kind, _)| kind).collect()
    }

    /// Calls `with` for each subscription that `event` may concern, once.
    pub(super) fn for_each(&self, event: &Event, mut with: impl FnMut(&Arc<Subscriber>)) {
        self.everything.values().for_each(&mut with);
        if !self.calls.is_empty() {
            let (call, owner) = (event.get("Unique-ID"), event.get("Job-Owner-UUID"));
            let owner = owner.filter(|owner| Some(*owner) != call);
            let lists = [call, owner].into_iter().flatten().filter_map(|call| self.calls.get(call));
            lists.flat_map(BTreeMap::values).for_each(&mut with);
        }
        let subclass = if event.kind == EventKind::Custom { event.subclass() } else { None };
        match subclass {
            Some(subclass) => {
                self.every_subclass.values().for_each(&mut with);
                self.subclasses.get(subclass).into_iter().flat_map(BTreeMap::values).for_each(&mut with);
            }
            None => self.kinds.get(event.kind as usize).into_iter().flat_map(BTreeMap::values).for_each(&mut with),
        }
    }
}

fn leave_named(lists: &mut HashMap<String, List>, name: &str, number: u64) -> Option<Arc<Subscriber>> {
    let list = lists.get_mut(name)?;
    let left = list.remove(&number);
    if list.is_empty() {
        lists.remove(name);
    }
    left
}
