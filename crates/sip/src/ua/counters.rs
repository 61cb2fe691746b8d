//! What a user agent counts.

use std::sync::atomic::{AtomicU64, Ordering};

/// A snapshot of a user agent's counters. The first group only grows; the last two are how many there are now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages received, keep-alives left out.
    pub received: u64,
    /// Messages sent, retransmissions included.
    pub sent: u64,
    /// Messages that were no SIP, and requests answered with 400, 416 or 505 for their form.
    pub malformed: u64,
    /// Messages dropped: responses and ACKs to nothing known, and what a full queue did not take.
    pub dropped: u64,
    /// Messages sent again by this side.
    pub retransmitted: u64,
    /// Requests that came again and were answered from their transaction.
    pub repeated: u64,
    /// Requests answered with 503 because a limit was reached.
    pub refused: u64,
    /// Commands and events dropped because a call's queue was full.
    pub overflowed: u64,
    /// Transactions now.
    pub transactions: u64,
    /// Calls now.
    pub dialogs: u64,
}

/// The live counters, shared between the task and its handles.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) received: Count,
    pub(crate) sent: Count,
    pub(crate) malformed: Count,
    pub(crate) dropped: Count,
    pub(crate) retransmitted: Count,
    pub(crate) repeated: Count,
    pub(crate) refused: Count,
    pub(crate) overflowed: Count,
    pub(crate) transactions: Count,
    pub(crate) dialogs: Count,
}

impl Tally {
    pub(crate) fn snapshot(&self) -> Counters {
        Counters {
            received: self.received.get(),
            sent: self.sent.get(),
            malformed: self.malformed.get(),
            dropped: self.dropped.get(),
            retransmitted: self.retransmitted.get(),
            repeated: self.repeated.get(),
            refused: self.refused.get(),
            overflowed: self.overflowed.get(),
            transactions: self.transactions.get(),
            dialogs: self.dialogs.get(),
        }
    }
}

/// One number.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, value: usize) {
        self.0.store(value as u64, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
