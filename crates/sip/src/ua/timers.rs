//! When to look at what.

use std::{cmp::Reverse, collections::BinaryHeap, time::Instant};

use super::call::CallNo;
use crate::table::Id;

/// Whom a timer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Server(Id),
    Client(Id),
    Call(CallNo),
}

/// Deadlines, the nearest first. An owner keeps in `armed` the deadline it has here; an entry that disagrees is old and
/// is passed over, so that moving a deadline costs no search.
#[derive(Default)]
pub(crate) struct Timers(BinaryHeap<Reverse<(Instant, Owner)>>);

impl Timers {
    /// Sees to it that `owner` is looked at by `deadline`.
    pub(crate) fn arm(&mut self, owner: Owner, armed: &mut Option<Instant>, deadline: Option<Instant>) {
        if let Some(deadline) = deadline
            && armed.is_none_or(|armed| deadline < armed)
        {
            *armed = Some(deadline);
            self.0.push(Reverse((deadline, owner)));
        }
    }

    /// The next entry that is due.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(Instant, Owner)> {
        self.0.peek().filter(|Reverse((at, _))| *at <= now)?;
        self.0.pop().map(|Reverse(entry)| entry)
    }

    /// When [`Timers::pop`] will have something.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }
}
