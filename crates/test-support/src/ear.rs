//! A listener that does not wait for ever.

use std::collections::VecDeque;

use strowger_core::Switch;
use strowger_core::bus::{QueueLimits, Subscription};
use strowger_event::{Event, EventKind, KindSet};

use crate::PATIENCE;

/// Hears events in their order, each once. Every wait ends after [`PATIENCE`], and the test with it.
pub struct Ear {
    subscription: Subscription,
    heard: VecDeque<Event>,
}

impl Ear {
    /// For the kinds of these names, separated by blanks: without any, all but API. Of CUSTOM all subclasses.
    ///
    /// # Panics
    /// When there is no such kind.
    #[must_use]
    pub fn new(switch: &Switch, names: &str) -> Self {
        let subscription = switch.bus().subscribe(QueueLimits::default());
        subscription.update(|interest| {
            interest.kinds = if names.is_empty() { KindSet::all() } else { KindSet::default() };
            names.split_whitespace().for_each(|name| interest.kinds.insert(EventKind::parse(name).unwrap()));
            interest.kinds.remove(EventKind::Api);
            interest.every_subclass = true;
        });
        Self { subscription, heard: VecDeque::new() }
    }

    /// The next event.
    ///
    /// # Panics
    /// When none comes.
    pub async fn next(&mut self) -> Event {
        while self.heard.is_empty() {
            let mut batch = Vec::new();
            let wait = self.subscription.next_batch(&mut batch);
            tokio::time::timeout(PATIENCE, wait).await.expect("an event that was waited for");
            self.heard.extend(batch.iter().map(|one| one.event().clone()));
        }
        self.heard.pop_front().unwrap()
    }

    /// The events up to and with the first of that kind.
    ///
    /// # Panics
    /// When none comes.
    pub async fn until(&mut self, kind: EventKind) -> Vec<Event> {
        let mut events = Vec::new();
        while events.last().is_none_or(|event: &Event| event.kind != kind) {
            events.push(self.next().await);
        }
        events
    }

    /// The next event of that kind with all these headers' values; those before it are passed over.
    ///
    /// # Panics
    /// When none comes.
    pub async fn find(&mut self, kind: EventKind, headers: &[(&str, &str)]) -> Event {
        loop {
            let event = self.next().await;
            if event.kind == kind && headers.iter().all(|(name, value)| event.get(name) == Some(value)) {
                return event;
            }
        }
    }

    /// What has been heard by now.
    pub fn now(&mut self) -> Vec<Event> {
        let mut batch = Vec::new();
        self.subscription.take_now(&mut batch);
        self.heard.extend(batch.iter().map(|one| one.event().clone()));
        self.heard.drain(..).collect()
    }
}
