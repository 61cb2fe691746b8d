//! The event bus: numbers every event, stamps it once and offers it to every subscription that wants its kind.

mod index;
mod published;
mod stamp;
mod subscription;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use strowger_event::{Event, EventKind, Headers, KindSet};

pub use published::Published;
pub use stamp::{Identity, Origin, OriginOf, is_stamped};
pub use subscription::{GAP, Inlet, QueueFigures, QueueLimits, Subscription};

use crate::queue::Gap;
use index::{Index, Place};
use subscription::Subscriber;

const LOST: Origin = Origin::new("mod_event_socket.c", "event_handler", 355);

/// Where events are published and listeners subscribe.
///
/// Publishing never waits for a listener. Numbers have no gaps: an event is numbered when it is published, also when
/// nobody wants its kind and it is therefore never built.
pub struct EventBus {
    identity: Identity,
    wanted: [AtomicU64; 2],
    inner: Mutex<Inner>,
}

struct Inner {
    sequence: u64,
    /// How many subscriptions there are, and the number of the last that was made.
    subscribers: usize,
    last: u64,
    index: Index,
}

impl EventBus {
    /// A bus that stamps `identity` on every event.
    #[must_use]
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            wanted: [AtomicU64::new(0), AtomicU64::new(0)],
            inner: Mutex::new(Inner { sequence: 0, subscribers: 0, last: 0, index: Index::default() }),
        }
    }

    /// What the bus stamps on every event.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether any subscription asks for this kind. Callers look here before they build an event.
    pub fn wants(&self, kind: EventKind) -> bool {
        let bit = kind as usize;
        self.wanted.get(bit / 64).is_some_and(|word| word.load(Ordering::Relaxed) >> (bit % 64) & 1 == 1)
    }

    /// Numbers an event that nobody wants.
    pub fn skip(&self) {
        self.inner.lock().sequence += 1;
    }

    /// Publishes an event whose own headers follow the common ones (Event-Name … Event-Sequence).
    ///
    /// A CUSTOM event's `Event-Subclass` stays the first header, as FreeSWITCH has it.
    pub fn publish(&self, event: Event, origin: OriginOf<'_>) {
        if !self.wants(event.kind) {
            return self.skip();
        }
        self.deliver(event, |event, sequence, identity| stamp::leading(event, sequence, identity, origin));
    }

    /// Publishes an event whose own headers precede the common ones: the form `sendevent` gives an event.
    pub fn publish_trailing(&self, event: Event, origin: OriginOf<'_>) {
        if !self.wants(event.kind) {
            return self.skip();
        }
        self.deliver(event, |event, sequence, identity| stamp::trailing(event, sequence, identity, origin));
    }

    /// As [`EventBus::publish_trailing`], with further headers behind the common ones: a message that tells of a channel.
    pub fn publish_amid(&self, event: Event, behind: &Headers, origin: OriginOf<'_>) {
        if !self.wants(event.kind) {
            return self.skip();
        }
        self.deliver(event, |event, sequence, identity| {
            let mut event = stamp::trailing(event, sequence, identity, origin);
            event.headers.extend(behind);
            event
        });
    }

    /// The event as it would be published now, with the number of the last one that was: for commands that answer with
    /// an event and publish none (`uuid_dump`).
    #[must_use]
    pub fn stamp(&self, event: Event, origin: OriginOf<'_>) -> Event {
        stamp::leading(event, self.sequence(), &self.identity, origin)
    }

    /// As [`EventBus::stamp`], to be handed to a single listener.
    #[must_use]
    pub fn unpublished(&self, event: Event, origin: OriginOf<'_>) -> Published {
        let sequence = self.sequence();
        Published::new(sequence, stamp::leading(event, sequence, &self.identity, origin))
    }

    /// What stands in a listener's stream for events that it lost: its number is that of the last of them.
    fn gap(&self, gap: Gap) -> Published {
        let event = Event::custom(GAP)
            .header("Lost-Events", &gap.lost.to_string())
            .header("First-Lost-Sequence", &gap.first.to_string())
            .header("Last-Lost-Sequence", &gap.last.to_string());
        Published::new(gap.last, stamp::leading(event, gap.last, &self.identity, LOST))
    }

    /// The number of events published so far.
    pub fn sequence(&self) -> u64 {
        self.inner.lock().sequence
    }

    /// Number of subscriptions.
    pub fn subscribers(&self) -> usize {
        self.inner.lock().subscribers
    }

    /// A new subscription that wants nothing yet. It ends when it is dropped.
    #[must_use]
    pub fn subscribe(self: &Arc<Self>, limits: QueueLimits) -> Subscription {
        let mut inner = self.inner.lock();
        inner.subscribers += 1;
        inner.last += 1;
        let subscriber = Arc::new(Subscriber::new(inner.last, limits));
        drop(inner);
        Subscription::new(Arc::clone(self), subscriber)
    }

    fn deliver(&self, event: Event, stamp: impl FnOnce(Event, u64, &Identity) -> Event) {
        let mut inner = self.inner.lock();
        inner.sequence += 1;
        let sequence = inner.sequence;
        let published = Arc::new(Published::new(sequence, stamp(event, sequence, &self.identity)));
        inner.index.for_each(published.event(), |subscriber| subscriber.offer(&published));
    }

    /// A subscription wants something else than before; what it takes in the index follows.
    fn moved(
        &self,
        subscriber: &Arc<Subscriber>,
        before: &(HashSet<Place>, KindSet),
        after: &(HashSet<Place>, KindSet),
    ) {
        // The sets may be large: they are compared before anything is locked.
        let gone: Vec<_> = before.0.difference(&after.0).cloned().collect();
        let new: Vec<_> = after.0.difference(&before.0).cloned().collect();
        let mut inner = self.inner.lock();
        inner.index.leave(subscriber, gone);
        inner.index.enter(subscriber, new);
        let wanted = inner.index.recount(before.1, after.1);
        for (index, word) in self.wanted.iter().enumerate() {
            let bits = wanted.iter().filter(|kind| *kind as usize / 64 == index);
            word.store(bits.fold(0, |bits, kind| bits | 1 << (kind as usize % 64)), Ordering::Relaxed);
        }
    }

    fn left(&self) {
        self.inner.lock().subscribers -= 1;
    }
}
