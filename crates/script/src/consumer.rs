//! A script's ear for events (`EventConsumer` of switch_cpp.cpp).

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use strowger_core::bus::{Published, QueueLimits, Subscription};
use strowger_event::{Event, EventKind, KindSet};

use crate::host::Host;

/// Hears the events it is bound to, in their order. Policy when its queue is full: events that come then are lost, and
/// counted.
pub struct EventConsumer {
    host: Host,
    subscription: Mutex<Option<Subscription>>,
    heard: Mutex<VecDeque<Arc<Published>>>,
}

/// How many events wait unless it is said.
const USUAL: usize = 5000;
/// How many may, whatever is said.
const MOST: usize = 1_000_000;

impl EventConsumer {
    /// One that is bound to nothing yet; so many events may wait for it, 5000 when 0.
    #[must_use]
    pub fn new(host: &Host, length: usize) -> Self {
        let items = if length == 0 { USUAL } else { length.min(MOST) };
        let limits = QueueLimits { items, bytes: 64 << 20, losses: None };
        let subscription = host.switch().bus().subscribe(limits);
        Self { host: host.clone(), subscription: Mutex::new(Some(subscription)), heard: Mutex::default() }
    }

    /// Hears events of that type too, of CUSTOM those of a subclass, all when it is empty; whether there is such a type.
    pub fn bind(&self, kind: &str, subclass: &str) -> bool {
        let Some(kind) = EventKind::parse(kind) else {
            tracing::error!("Can't bind to {kind}, event not found");
            return false;
        };
        let subscription = self.subscription.lock();
        let Some(subscription) = subscription.as_ref() else { return false };
        subscription.update(|interest| {
            if kind == EventKind::All {
                interest.kinds = KindSet::all();
            } else {
                interest.kinds.insert(kind);
            }
            match (kind, subclass) {
                (EventKind::All | EventKind::Custom, "") => interest.every_subclass = true,
                (EventKind::Custom, subclass) => {
                    interest.subclasses.insert(subclass.to_owned());
                }
                _ => {}
            }
        });
        true
    }

    /// The next event: waits for it for ever when `wait` says so and `timeout` is `None`, and not at all unless it does.
    pub fn pop(&self, wait: bool, timeout: Option<Duration>) -> Option<Event> {
        if let Some(heard) = self.heard.lock().pop_front() {
            return Some(heard.event().clone());
        }
        let subscription = self.subscription.lock();
        let subscription = subscription.as_ref()?;
        let mut batch = Vec::new();
        subscription.take_now(&mut batch);
        if batch.is_empty() && wait {
            let next = subscription.next_batch(&mut batch);
            let waited = match timeout {
                Some(timeout) => self.host.wait(async { tokio::time::timeout(timeout, next).await.is_ok() }),
                None => self.host.wait(async {
                    next.await;
                    true
                }),
            };
            waited.ok().filter(|came| *came)?;
        }
        let mut heard = self.heard.lock();
        heard.extend(batch);
        heard.pop_front().map(|event| event.event().clone())
    }

    /// How many events were lost because too many waited.
    pub fn lost(&self) -> u64 {
        self.subscription.lock().as_ref().map_or(0, Subscription::lost)
    }

    /// Hears nothing any more, and forgets what waits.
    pub fn cleanup(&self) {
        *self.subscription.lock() = None;
        self.heard.lock().clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strowger_core::bus::Origin;
    use strowger_test_support::switch;

    const HERE: Origin = Origin::new("consumer.rs", "tests", 1);

    #[test]
    fn events_are_heard_in_their_order() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let host = runtime.block_on(async { Host::new(&switch("<document/>"), None) });
        let consumer = EventConsumer::new(&host, 2);
        assert!(consumer.bind("CUSTOM", "a::b") && consumer.bind("heartbeat", "") && !consumer.bind("nosuch", ""));
        assert!(consumer.pop(false, None).is_none());
        assert!(consumer.pop(true, Some(Duration::from_millis(1))).is_none());
        for subclass in ["a::b", "a::c"] {
            host.switch().bus().publish(Event::custom(subclass), HERE);
        }
        host.switch().bus().publish(Event::new(EventKind::Heartbeat), HERE);
        host.switch().bus().publish(Event::new(EventKind::Heartbeat), HERE);
        let names: Vec<_> = std::iter::from_fn(|| consumer.pop(true, Some(Duration::from_millis(1)))).collect();
        assert_eq!(names.iter().map(|event| event.kind).collect::<Vec<_>>(), [EventKind::Custom, EventKind::Heartbeat]);
        assert_eq!(consumer.lost(), 1);
        consumer.cleanup();
        assert!(!consumer.bind("ALL", "") && consumer.pop(false, None).is_none());
    }
}
