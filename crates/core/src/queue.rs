//! A bounded queue between a publisher that must never wait and a task that takes in batches.

use std::collections::VecDeque;

use parking_lot::Mutex;
use tokio::sync::Notify;

/// How much a queue may hold.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// Items at the most.
    pub items: usize,
    /// The sum of the items' weights in bytes at the most.
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
    items: VecDeque<T>,
    bytes: usize,
    lost: u64,
}

impl<T> Queue<T> {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self { limits, state: Mutex::new(State { items: VecDeque::new(), bytes: 0, lost: 0 }), ready: Notify::new() }
    }

    /// Queues `item`, or counts it as lost when the queue is full.
    pub(crate) fn push(&self, item: T, weight: usize) {
        let mut state = self.state.lock();
        if state.items.len() >= self.limits.items || state.bytes + weight > self.limits.bytes {
            state.lost += 1;
            return;
        }
        state.bytes += weight;
        state.items.push_back(item);
        drop(state);
        self.ready.notify_one();
    }

    /// Waits for something and moves all of it out.
    pub(crate) async fn take_all(&self, batch: &mut Vec<T>) {
        loop {
            let ready = self.ready.notified();
            if self.take_now(batch) {
                return;
            }
            ready.await;
        }
    }

    /// Moves out what is there; whether that was anything.
    pub(crate) fn take_now(&self, batch: &mut Vec<T>) -> bool {
        let mut state = self.state.lock();
        state.bytes = 0;
        let any = !state.items.is_empty();
        batch.extend(state.items.drain(..));
        // A burst's buffer is given back: an idle listener shall cost next to nothing.
        if state.items.capacity() > 1024 {
            state.items = VecDeque::new();
        }
        any
    }

    pub(crate) fn lost(&self) -> u64 {
        self.state.lock().lost
    }
}
