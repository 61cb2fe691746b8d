use std::sync::Arc;

use parking_lot::RwLock;
use strowger_event::{Interest, KindSet};

use super::{EventBus, Published};
use crate::queue::Queue;
pub use crate::queue::QueueLimits;

/// The bus's side of a subscription.
pub(super) struct Subscriber {
    interest: RwLock<Interest>,
    queue: Queue<Arc<Published>>,
}

impl Subscriber {
    pub(super) fn new(limits: QueueLimits) -> Self {
        Self { interest: RwLock::new(Interest::default()), queue: Queue::new(limits) }
    }

    pub(super) fn kinds(&self) -> KindSet {
        self.interest.read().kinds
    }

    /// Queues the event if it is wanted; when the queue is full the event is the one that is lost, and counted.
    pub(super) fn offer(&self, published: &Arc<Published>) {
        if self.interest.read().matches(published.event()) {
            self.queue.push(Arc::clone(published), published.weight());
        }
    }
}

/// A listener's place on the bus: what it wants, and the bounded queue of what it has not taken yet.
pub struct Subscription {
    bus: Arc<EventBus>,
    subscriber: Arc<Subscriber>,
}

impl Subscription {
    pub(super) fn new(bus: Arc<EventBus>, subscriber: Arc<Subscriber>) -> Self {
        Self { bus, subscriber }
    }

    /// Changes what is wanted; events published from now on are held against it.
    pub fn update(&self, change: impl FnOnce(&mut Interest)) {
        change(&mut self.subscriber.interest.write());
        self.bus.interests_changed();
    }

    /// Waits until something is queued and moves a batch of it to the end of `batch`.
    ///
    /// Cancelling the wait loses nothing.
    pub async fn next_batch(&self, batch: &mut Vec<Arc<Published>>) {
        self.subscriber.queue.take(batch).await;
    }

    /// Moves what is queued to the end of `batch` without waiting.
    pub fn take_now(&self, batch: &mut Vec<Arc<Published>>) {
        self.subscriber.queue.take_now(batch, usize::MAX);
    }

    /// Drops everything queued (`noevents`).
    pub fn flush(&self) {
        self.take_now(&mut Vec::new());
    }

    /// How many events were lost because the queue was full.
    pub fn lost(&self) -> u64 {
        self.subscriber.queue.lost()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.bus.remove(&self.subscriber);
    }
}
