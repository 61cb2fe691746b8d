use std::sync::{Arc, Weak};

use parking_lot::RwLock;
use strowger_event::{EventKind, Interest};

use super::index::places;
use super::{EventBus, Published};
use crate::queue::{Gap, Queue};
pub use crate::queue::{QueueFigures, QueueLimits};

/// The subclass of the CUSTOM event that tells a listener what it lost, where it subscribed to it.
pub const GAP: &str = "strowger::gap";

/// The bus's side of a subscription.
pub(super) struct Subscriber {
    number: u64,
    interest: RwLock<Interest>,
    queue: Queue<Arc<Published>>,
}

impl Subscriber {
    pub(super) fn new(number: u64, limits: QueueLimits) -> Self {
        Self { number, interest: RwLock::new(Interest::default()), queue: Queue::new(limits) }
    }

    /// Its number on its bus.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    fn push(&self, published: &Arc<Published>) {
        self.queue.push(Arc::clone(published), published.weight(), published.sequence());
    }

    fn wants_gaps(&self) -> bool {
        let interest = self.interest.read();
        interest.kinds.contains(EventKind::Custom) && interest.wants_subclass(GAP)
    }

    /// Queues the event if it is wanted; when the queue is full the event is the one that is lost, and counted.
    pub(super) fn offer(&self, published: &Arc<Published>) {
        if self.interest.read().matches(published.event()) {
            self.push(published);
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
        let (before, after) = {
            let mut interest = self.subscriber.interest.write();
            let before = (places(&interest), interest.kinds);
            change(&mut interest);
            (before, (places(&interest), interest.kinds))
        };
        self.bus.moved(&self.subscriber, &before, &after);
    }

    /// Waits until something is queued and moves a batch of it to the end of `batch`. In the place of events that were
    /// lost stands a CUSTOM [`GAP`] event, if one is wanted.
    ///
    /// Cancelling the wait loses nothing.
    pub async fn next_batch(&self, batch: &mut Vec<Arc<Published>>) {
        self.subscriber.queue.take(batch, |gap| self.tell(gap)).await;
    }

    /// Moves what is queued to the end of `batch` without waiting.
    pub fn take_now(&self, batch: &mut Vec<Arc<Published>>) {
        self.subscriber.queue.take_now(batch, |gap| self.tell(gap));
    }

    /// Drops everything queued (`noevents`).
    pub fn flush(&self) {
        self.take_now(&mut Vec::new());
    }

    /// How many events were lost because the queue was full.
    pub fn lost(&self) -> u64 {
        self.subscriber.queue.lost()
    }

    /// Waits until more events were lost than [`QueueLimits::losses`] allows.
    pub async fn overrun(&self) {
        self.subscriber.queue.overrun().await;
    }

    /// A way into the queue that is not the bus: for events that only this listener gets.
    #[must_use]
    pub fn inlet(&self) -> Inlet {
        Inlet(Arc::downgrade(&self.subscriber))
    }

    fn tell(&self, gap: Gap) -> Option<Arc<Published>> {
        self.subscriber.wants_gaps().then(|| Arc::new(self.bus.gap(gap)))
    }
}

/// A way into one listener's queue, and a look at it; nothing once the subscription has ended.
#[derive(Clone)]
pub struct Inlet(Weak<Subscriber>);

impl Inlet {
    /// Queues an event whatever the listener subscribed to; its policy when full is the queue's. False when nobody is
    /// there any more.
    pub fn push(&self, published: &Arc<Published>) -> bool {
        let subscriber = self.0.upgrade();
        subscriber.inspect(|subscriber| subscriber.push(published)).is_some()
    }

    /// How the queue stands.
    #[must_use]
    pub fn figures(&self) -> QueueFigures {
        self.0.upgrade().map_or_else(QueueFigures::default, |subscriber| subscriber.queue.figures())
    }
}

impl std::fmt::Debug for Inlet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Inlet").field(&self.figures()).finish()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.update(|interest| *interest = Interest::default());
        self.bus.left();
    }
}
