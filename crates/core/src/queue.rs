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
    /// Losses that the reader bears; after one more it is overrun. `None`: any number.
    pub losses: Option<u64>,
}

impl Default for QueueLimits {
    /// 100,000 items, as FreeSWITCH's event-socket listener, and 8 MiB; any number of losses.
    fn default() -> Self {
        Self { items: 100_000, bytes: 8 << 20, losses: None }
    }
}

/// A run of items that were lost because the queue was full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// How many.
    pub lost: u64,
    /// The number of the first.
    pub first: u64,
    /// The number of the last.
    pub last: u64,
}

/// How a queue stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueFigures {
    /// Items that wait.
    pub items: usize,
    /// Their weights in bytes.
    pub bytes: usize,
    /// Items lost since the start.
    pub lost: u64,
}

/// Policy when full: the newest item is the one that is lost, and counted. Once full, the queue takes nothing before a
/// quarter of it is free: a reader that is too slow loses long runs now and then, not an item between any two.
pub(crate) struct Queue<T> {
    limits: QueueLimits,
    state: Mutex<State<T>>,
    ready: Notify,
    overrun: Notify,
}

struct State<T> {
    slots: VecDeque<Slot<T>>,
    /// The slots that are items.
    items: usize,
    bytes: usize,
    lost: u64,
    is_full: bool,
}

enum Slot<T> {
    /// An item and its weight.
    Item(T, usize),
    /// What was lost here.
    Gap(Gap),
}

/// Items taken at once: what a reader holds besides the queue stays small.
const BATCH: usize = 128;

/// Bytes taken at once, with the item that goes beyond them.
const BATCH_BYTES: usize = 1 << 20;

impl<T> Queue<T> {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        let state = State { slots: VecDeque::new(), items: 0, bytes: 0, lost: 0, is_full: false };
        Self { limits, state: Mutex::new(state), ready: Notify::new(), overrun: Notify::new() }
    }

    /// Queues `item`, or counts it as lost when the queue is full. Its `number` tells the reader which one that was.
    pub(crate) fn push(&self, item: T, weight: usize, number: u64) {
        let mut state = self.state.lock();
        state.is_full = !state.slots.is_empty() && !self.has_room(&state, weight);
        if state.is_full {
            state.lose(number);
            let is_overrun = self.limits.losses.is_some_and(|losses| state.lost > losses);
            drop(state);
            if is_overrun {
                self.overrun.notify_one();
            }
            return;
        }
        state.items += 1;
        state.bytes += weight;
        state.slots.push_back(Slot::Item(item, weight));
        let first = state.slots.len() == 1;
        drop(state);
        // A reader that has not taken the earlier ones yet is awake already.
        if first {
            self.ready.notify_one();
        }
    }

    fn has_room(&self, state: &State<T>, weight: usize) -> bool {
        let QueueLimits { items, bytes, .. } = self.limits;
        if state.is_full {
            state.items <= items - items.div_ceil(4) && state.bytes + weight <= bytes - bytes / 4
        } else {
            state.items < items && state.bytes + weight <= bytes
        }
    }

    /// Waits for something and moves a batch of it out; where items were lost, what `tell` makes of the gap is put.
    pub(crate) async fn take(&self, batch: &mut Vec<T>, mut tell: impl FnMut(Gap) -> Option<T>) {
        loop {
            let ready = self.ready.notified();
            if self.take_some(batch, (BATCH, BATCH_BYTES), &mut tell) {
                return;
            }
            ready.await;
        }
    }

    /// Moves out all that is there.
    pub(crate) fn take_now(&self, batch: &mut Vec<T>, mut tell: impl FnMut(Gap) -> Option<T>) {
        self.take_some(batch, (usize::MAX, usize::MAX), &mut tell);
    }

    /// Waits until more was lost than the reader bears.
    pub(crate) async fn overrun(&self) {
        loop {
            let overrun = self.overrun.notified();
            if self.limits.losses.is_some_and(|losses| self.state.lock().lost > losses) {
                return;
            }
            overrun.await;
        }
    }

    pub(crate) fn figures(&self) -> QueueFigures {
        let state = self.state.lock();
        QueueFigures { items: state.items, bytes: state.bytes, lost: state.lost }
    }

    pub(crate) fn lost(&self) -> u64 {
        self.state.lock().lost
    }

    /// Moves out what fits; whether there was anything.
    fn take_some(
        &self,
        batch: &mut Vec<T>,
        (most, most_bytes): (usize, usize),
        tell: &mut impl FnMut(Gap) -> Option<T>,
    ) -> bool {
        let mut gaps = Vec::new();
        let mut state = self.state.lock();
        let had_something = !state.slots.is_empty();
        let (mut taken, mut bytes) = (0, 0);
        while taken < most && bytes < most_bytes {
            match state.slots.pop_front() {
                Some(Slot::Item(item, weight)) => {
                    bytes += weight;
                    state.items -= 1;
                    batch.push(item);
                }
                Some(Slot::Gap(gap)) => gaps.push((batch.len(), gap)),
                None => break,
            }
            taken += 1;
        }
        state.bytes -= bytes;
        state.give_back();
        drop(state);
        // Told with the queue unlocked: telling may take locks that are held while something is pushed.
        for (place, gap) in gaps.into_iter().rev() {
            if let Some(item) = tell(gap) {
                batch.insert(place, item);
            }
        }
        had_something
    }
}

impl<T> State<T> {
    fn lose(&mut self, number: u64) {
        self.lost += 1;
        if let Some(Slot::Gap(gap)) = self.slots.back_mut() {
            gap.lost += 1;
            gap.last = number;
        } else {
            self.slots.push_back(Slot::Gap(Gap { lost: 1, first: number, last: number }));
        }
    }

    /// A burst's buffer is given back: an idle listener shall cost next to nothing.
    fn give_back(&mut self) {
        if self.slots.is_empty() && self.slots.capacity() > 1024 {
            self.slots = VecDeque::new();
        }
    }
}

#[cfg(test)]
mod tests;
