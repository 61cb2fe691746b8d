//! A bounded queue between a publisher that must never wait and a task that takes in batches.

use std::collections::VecDeque;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// How much a queue may hold.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Items at the most.
    pub items: usize,
    /// The sum of the items' weights in bytes at the most; a single item may be heavier.
    pub bytes: usize,
}

impl Default for QueueLimits {
    /// 100,000 items, as FreeSWITCH's event-socket listener, and 8 MiB.
    fn default() -> Self {
        Self { items: 100_000, bytes: 8 << 20 }
    }
}

/// Policy when full: the newest item is the one that is lost, and counted.
pub(crate) struct Queue<T> {
    limits: QueueLimits,
    state: Mutex<State<T>>,
    ready: Notify,
}

struct State<T> {
    /// Each item with its weight.
    items: VecDeque<(T, usize)>,
    bytes: usize,
    lost: u64,
}

/// Items taken at once: what a reader holds besides the queue stays small.
const BATCH: usize = 128;

impl<T> Queue<T> {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self { limits, state: Mutex::new(State { items: VecDeque::new(), bytes: 0, lost: 0 }), ready: Notify::new() }
    }

    /// Queues `item`, or counts it as lost when the queue is full.
    pub(crate) fn push(&self, item: T, weight: usize) {
        let mut state = self.state.lock();
        // An item that is larger than the whole queue still gets through to a reader that keeps up.
        let too_large = state.bytes + weight > self.limits.bytes && !state.items.is_empty();
        if state.items.len() >= self.limits.items || too_large {
            state.lost += 1;
            return;
        }
        state.bytes += weight;
        state.items.push_back((item, weight));
        let first = state.items.len() == 1;
        drop(state);
        // A reader that has not taken the earlier ones yet is awake already.
        if first {
            self.ready.notify_one();
        }
    }

    /// Waits for something and moves a batch of it out.
    pub(crate) async fn take(&self, batch: &mut Vec<T>) {
        loop {
            let ready = self.ready.notified();
            if self.take_now(batch, BATCH) {
                return;
            }
            ready.await;
        }
    }

    /// Moves out what is there, `most` items at the most; whether that was anything.
    pub(crate) fn take_now(&self, batch: &mut Vec<T>, most: usize) -> bool {
        let mut state = self.state.lock();
        let count = most.min(state.items.len());
        let mut taken = 0;
        batch.extend(state.items.drain(..count).map(|(item, weight)| {
            taken += weight;
            item
        }));
        state.bytes -= taken;
        // A burst's buffer is given back: an idle listener shall cost next to nothing.
        if state.items.is_empty() && state.items.capacity() > 1024 {
            state.items = VecDeque::new();
        }
        count > 0
    }

    pub(crate) fn lost(&self) -> u64 {
        self.state.lock().lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_item_gets_through_when_nothing_else_waits() {
        let queue = Queue::new(QueueLimits { items: 10, bytes: 100 });
        queue.push("large", 1000);
        queue.push("behind it", 1);
        let mut batch = Vec::new();
        assert!(queue.take_now(&mut batch, 10));
        queue.push("small", 1);
        queue.push("large again", 100);
        queue.take_now(&mut batch, 10);
        assert_eq!((batch, queue.lost()), (vec!["large", "small"], 2));
    }
}
