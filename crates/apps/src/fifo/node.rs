//! One queue.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use strowger_core::session::SessionHandle;
use tokio::sync::{Notify, oneshot, watch};
use tokio::time::Instant;

use super::TooMany;
use super::member::Member;
use super::settings::Outbound;

/// Slots of a queue: a caller in one is served before those in later ones.
pub(crate) const SLOTS: usize = 10;

/// Calls that may wait in a queue, members it may have.
const MAX_WAITING: usize = 10_000;
const MAX_MEMBERS: usize = 1000;

/// A queue.
#[derive(Debug)]
pub(crate) struct Node {
    pub(super) importance: u32,
    pub(super) outbound: Outbound,
    pub(super) has_outbound: bool,
    /// fifo.conf has it.
    pub(super) is_static: bool,
    pub(super) slots: [VecDeque<Entry>; SLOTS],
    /// Since when somebody waits.
    since: Option<Instant>,
    pub(super) consumers: BTreeMap<String, Consumer>,
    pub(super) members: Vec<Member>,
    /// Members' legs that ring for it.
    pub(super) ringing: u32,
    pub(super) talks: Vec<Talk>,
    /// How many wait.
    count: watch::Sender<usize>,
}

/// Somebody who waits for callers.
#[derive(Debug)]
pub(crate) struct Consumer {
    pub(super) handle: SessionHandle,
    pub(super) wake: Arc<Notify>,
    pub(super) is_idle: bool,
}

/// A caller that talks to a consumer.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    pub(crate) caller: String,
    pub(crate) caller_name: String,
    pub(crate) caller_number: String,
    pub(crate) consumer: String,
    /// The member that was called.
    pub(crate) outbound: String,
    /// Since when, in seconds since 1970.
    pub(crate) since: i64,
}

/// Something that waits in a queue.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) number: u64,
    pub(crate) who: Who,
    pub(crate) is_vip: bool,
    pub(crate) skill: String,
    /// Dropped when it leaves the queue: whoever is called for it need not be called any more.
    gone: watch::Sender<()>,
}

/// What waits.
#[derive(Debug)]
pub(crate) enum Who {
    /// A call.
    Caller {
        handle: SessionHandle,
        /// Told who serves it.
        serve: oneshot::Sender<Service>,
        /// Who calls.
        name: String,
        number: String,
    },
    /// A number to be dialled.
    Url(String),
}

/// A consumer that serves a caller.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its Unique-ID.
    pub(crate) uuid: String,
    /// What it calls itself.
    pub(crate) id: String,
    /// To be told when the caller is ready to be joined.
    pub(crate) ready: oneshot::Sender<()>,
}

/// Which caller a consumer wants.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// That one, if it waits.
    pub(crate) caller: Option<String>,
    /// One that asks for this skill, if one does.
    pub(crate) skill: Option<String>,
    /// The slots, in order.
    pub(crate) order: Vec<usize>,
}

impl Entry {
    pub(crate) fn caller(number: u64, who: Who, is_vip: bool, skill: String) -> Self {
        Self { number, who, is_vip, skill, gone: watch::Sender::new(()) }
    }

    pub(super) fn url(number: u64, url: &str) -> Self {
        Self::caller(number, Who::Url(url.to_owned()), false, String::new())
    }

    /// Told, by its end, when it is no longer in the queue.
    pub(super) fn gone(&self) -> watch::Receiver<()> {
        self.gone.subscribe()
    }

    pub(super) fn uuid(&self) -> Option<&str> {
        match &self.who {
            Who::Caller { handle, .. } => Some(handle.uuid()),
            Who::Url(_) => None,
        }
    }
}

impl Node {
    pub(super) fn new(importance: u32) -> Self {
        Self {
            importance,
            outbound: Outbound::default(),
            has_outbound: false,
            is_static: false,
            slots: std::array::from_fn(|_| VecDeque::new()),
            since: None,
            consumers: BTreeMap::new(),
            members: Vec::new(),
            ringing: 0,
            talks: Vec::new(),
            count: watch::Sender::new(0),
        }
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.slots.iter().map(VecDeque::len).sum()
    }

    /// Since when somebody waits; now when nobody does.
    pub(super) fn since(&self) -> Instant {
        self.since.unwrap_or_else(Instant::now)
    }

    /// Consumers that could serve somebody.
    pub(super) fn idle(&self) -> usize {
        self.consumers.values().filter(|consumer| consumer.is_idle).count()
    }

    pub(super) fn has(&self, uuid: &str) -> bool {
        self.entries().any(|entry| entry.uuid() == Some(uuid))
    }

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.slots.iter().flatten()
    }

    /// Those who wait.
    pub(super) fn callers(&self) -> impl Iterator<Item = &SessionHandle> {
        self.entries().filter_map(|entry| match &entry.who {
            Who::Caller { handle, .. } => Some(handle),
            Who::Url(_) => None,
        })
    }

    /// Whose turn it is to have somebody called for: those who matter most, then by their slots.
    pub(super) fn next_caller(&self) -> Option<&Entry> {
        let callers = || self.entries().filter(|entry| entry.uuid().is_some());
        callers().find(|entry| entry.is_vip).or_else(|| callers().next())
    }

    /// Its place in the slot, from 1.
    pub(super) fn push(&mut self, slot: usize, first: bool, entry: Entry) -> Result<usize, TooMany> {
        if self.waiting() >= MAX_WAITING {
            return Err(TooMany);
        }
        let queue = self.slots.get_mut(slot.min(SLOTS - 1)).ok_or(TooMany)?;
        if first {
            queue.push_front(entry);
        } else {
            queue.push_back(entry);
        }
        let position = if first { 1 } else { queue.len() };
        self.since.get_or_insert_with(Instant::now);
        self.recount();
        self.consumers.values().for_each(|consumer| consumer.wake.notify_one());
        Ok(position)
    }

    /// Takes whose turn it is: the caller wished for, one with the skill, one who matters, then by the slots.
    pub(super) fn take(&mut self, wish: &Wish) -> Option<Entry> {
        let is_wished = |entry: &Entry| wish.caller.is_some() && entry.uuid() == wish.caller.as_deref();
        let is_skilled = |entry: &Entry| wish.skill.as_ref().is_some_and(|skill| *skill == entry.skill);
        let tests: [&dyn Fn(&Entry) -> bool; 4] = [&is_wished, &is_skilled, &|entry| entry.is_vip, &|_| true];
        let found = tests.iter().find_map(|test| {
            wish.order.iter().find_map(|slot| Some((*slot, self.slots.get(*slot)?.iter().position(test)?)))
        });
        let (slot, at) = found?;
        let entry = self.slots.get_mut(slot)?.remove(at);
        self.recount();
        entry
    }

    /// A caller leaves.
    pub(super) fn leave(&mut self, number: u64) {
        self.slots.iter_mut().for_each(|slot| slot.retain(|entry| entry.number != number));
        self.recount();
    }

    fn recount(&mut self) {
        let waiting = self.waiting();
        if waiting == 0 {
            self.since = None;
        }
        self.count.send_replace(waiting);
    }

    /// Told how many wait.
    pub(super) fn count(&self) -> watch::Receiver<usize> {
        self.count.subscribe()
    }

    pub(super) fn add_member(&mut self, member: Member) -> Result<(), TooMany> {
        self.members.retain(|other| other.id != member.id);
        if self.members.len() >= MAX_MEMBERS {
            return Err(TooMany);
        }
        self.members.push(member);
        self.has_outbound = true;
        Ok(())
    }

    pub(super) fn remove_member(&mut self, id: &str) {
        self.members.retain(|member| member.id != id);
        self.has_outbound = !self.members.is_empty();
    }
}
