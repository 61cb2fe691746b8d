//! Queues of calls (mod_fifo.c): who waits, who serves them, and who is called because somebody waits.
//!
//! All of it is in memory, behind one lock that is held for moments. A caller's place is given up when it is dropped
//! ([`Place`]), a consumer's as well ([`Post`]): a call that dies leaves nothing behind.

mod dialer;
pub(crate) mod events;
mod member;
mod node;
mod report;
mod settings;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use parking_lot::{Mutex, MutexGuard};
use strowger_core::Switch;
use strowger_core::bus::Origin;
use strowger_core::session::SessionHandle;
use tokio::sync::{Notify, oneshot};

pub(crate) use member::{Member, member_id};
use node::{Consumer, Node};
pub(crate) use node::{Entry, SLOTS, Service, Talk, Who, Wish};

use crate::presence::Presence;

/// The queue of calls that were tracked, and not queued.
pub(crate) const MANUAL: &str = "manual_calls";

/// Queues there may be.
const MAX_FIFOS: usize = 10_000;

const PRESENCE: Origin = Origin::new("mod_fifo.c", "send_presence", 1872);

/// Every queue.
#[derive(Default)]
pub(crate) struct Fifos {
    ledger: Mutex<Ledger>,
    debug: AtomicI64,
    /// Somebody looks every second whom to call.
    is_dialing: AtomicBool,
}

#[derive(Default)]
struct Ledger {
    is_loaded: bool,
    nodes: BTreeMap<String, Node>,
    /// The calls, and the members, that talk.
    talking: BTreeMap<String, u32>,
    /// Members that are being called.
    called: BTreeSet<String>,
    number: u64,
}

/// There are too many of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many queues, members or calls in a queue")]
pub(crate) struct TooMany;

/// Which of several queues is served first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// The one with the most callers.
    MorePeople,
    /// The one that somebody waits in for longest.
    WaitingLonger,
}

/// A caller's place in a queue; dropped, it is given up.
pub(crate) struct Place {
    fifos: Arc<Fifos>,
    switch: Arc<Switch>,
    fifo: String,
    number: u64,
    /// Where in the slot it came to, from 1.
    pub(crate) position: usize,
    /// Who serves it. It fails when whoever took it from the queue has gone.
    pub(crate) served: oneshot::Receiver<Service>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.fifos.with(&self.switch, &self.fifo, |node| node.leave(self.number));
        self.fifos.show(&self.switch, &self.fifo);
    }
}

/// Where a consumer waits: at every queue it serves.
pub(crate) struct Post {
    fifos: Arc<Fifos>,
    switch: Arc<Switch>,
    names: Vec<String>,
    uuid: String,
    /// Told when a caller has come.
    pub(crate) wake: Arc<Notify>,
}

impl Post {
    /// It waits for a caller, or talks to one.
    pub(crate) fn set_idle(&self, is_idle: bool) {
        for name in &self.names {
            self.fifos.with(&self.switch, name, |node| {
                if let Some(consumer) = node.consumers.get_mut(&self.uuid) {
                    consumer.is_idle = is_idle;
                }
            });
        }
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        for name in &self.names {
            self.fifos.with(&self.switch, name, |node| node.consumers.remove(&self.uuid));
        }
    }
}

impl Fifos {
    /// Makes sure that a queue is there.
    ///
    /// # Errors
    /// [`TooMany`].
    pub(crate) fn open(&self, switch: &Switch, fifo: &str, importance: u32) -> Result<(), TooMany> {
        let mut ledger = self.ledger(switch);
        if ledger.nodes.contains_key(fifo) {
            return Ok(());
        }
        if ledger.nodes.len() >= MAX_FIFOS {
            return Err(TooMany);
        }
        ledger.nodes.insert(fifo.to_owned(), Node::new(importance));
        Ok(())
    }

    /// Puts a call into a slot of a queue that is there: behind the others, or with `first` in front of them.
    ///
    /// # Errors
    /// [`TooMany`].
    pub(crate) fn push(
        self: &Arc<Self>,
        switch: &Arc<Switch>,
        fifo: &str,
        slot: usize,
        first: bool,
        entry: impl FnOnce(u64, oneshot::Sender<Service>) -> Entry,
    ) -> Result<Place, TooMany> {
        let (serve, served) = oneshot::channel();
        let mut ledger = self.ledger(switch);
        ledger.number += 1;
        let number = ledger.number;
        let node = ledger.nodes.get_mut(fifo).ok_or(TooMany)?;
        let position = node.push(slot, first, entry(number, serve))?;
        let calls_out = node.has_outbound;
        drop(ledger);
        if calls_out {
            self.dial(switch);
        }
        self.show(switch, fifo);
        Ok(Place {
            fifos: Arc::clone(self),
            switch: Arc::clone(switch),
            fifo: fifo.to_owned(),
            number,
            position,
            served,
        })
    }

    /// Puts a number to be dialled into a queue, for whoever serves it; how many stand in its slot now.
    ///
    /// # Errors
    /// [`TooMany`].
    pub(crate) fn push_url(&self, switch: &Switch, fifo: &str, slot: usize, url: &str) -> Result<usize, TooMany> {
        self.open(switch, fifo, 0)?;
        let mut ledger = self.ledger(switch);
        ledger.number += 1;
        let number = ledger.number;
        ledger.nodes.get_mut(fifo).ok_or(TooMany)?.push(slot, false, Entry::url(number, url))
    }

    /// A consumer waits at these queues.
    pub(crate) fn wait_at(self: &Arc<Self>, switch: &Arc<Switch>, names: &[String], handle: &SessionHandle) -> Post {
        let wake = Arc::new(Notify::new());
        for name in names {
            let consumer = Consumer { handle: handle.clone(), wake: Arc::clone(&wake), is_idle: true };
            self.with(switch, name, |node| node.consumers.insert(handle.uuid().to_owned(), consumer));
        }
        Post {
            fifos: Arc::clone(self),
            switch: Arc::clone(switch),
            names: names.to_vec(),
            uuid: handle.uuid().to_owned(),
            wake,
        }
    }

    /// Takes the caller whose turn it is out of one of these queues, and says which. Of queues with an importance those
    /// that come later and are not more important are left aside.
    pub(crate) fn take(
        &self,
        switch: &Switch,
        names: &[String],
        strategy: Strategy,
        wish: &Wish,
    ) -> Option<(String, Entry)> {
        let mut ledger = self.ledger(switch);
        let mut winner: Option<&String> = None;
        let mut importance = 0;
        for name in names {
            let Some(node) = ledger.nodes.get(name).filter(|node| node.waiting() > 0) else { continue };
            let beats = winner.and_then(|winner| ledger.nodes.get(winner)).is_none_or(|best| match strategy {
                Strategy::MorePeople => node.waiting() > best.waiting(),
                Strategy::WaitingLonger => node.since() < best.since(),
            });
            if (importance == 0 || node.importance > importance) && beats {
                winner = Some(name);
            }
            importance = importance.max(node.importance);
        }
        let name = winner?.clone();
        let entry = ledger.nodes.get_mut(&name)?.take(wish)?;
        drop(ledger);
        self.show(switch, &name);
        Some((name, entry))
    }

    /// Whether one of these queues has that caller.
    pub(crate) fn has(&self, switch: &Switch, names: &[String], uuid: &str) -> bool {
        let ledger = self.ledger(switch);
        names.iter().filter_map(|name| ledger.nodes.get(name)).any(|node| node.has(uuid))
    }

    /// Two calls talk from now on, until the talk is dropped.
    pub(crate) fn begin_talk(
        self: &Arc<Self>,
        switch: &Arc<Switch>,
        fifo: &str,
        talk: Talk,
        outbound: Option<&str>,
    ) -> Talking {
        let mut ledger = self.ledger(switch);
        let ids: Vec<String> = [Some(talk.caller.as_str()), Some(talk.consumer.as_str()), outbound]
            .into_iter()
            .flatten()
            .map(str::to_owned)
            .collect();
        for id in &ids {
            *ledger.talking.entry(id.clone()).or_default() += 1;
        }
        for member in ledger.members(outbound) {
            member.begin();
        }
        let consumer = talk.consumer.clone();
        if let Some(node) = ledger.nodes.get_mut(fifo) {
            node.talks.push(talk);
        }
        drop(ledger);
        Talking {
            fifos: Arc::clone(self),
            switch: Arc::clone(switch),
            fifo: fifo.to_owned(),
            consumer,
            outbound: outbound.map(str::to_owned),
            ids,
        }
    }

    /// A member has one call more, until the tracking ends.
    pub(crate) fn track(self: &Arc<Self>, switch: &Arc<Switch>, id: &str) -> Tracking {
        let mut ledger = self.ledger(switch);
        *ledger.talking.entry(id.to_owned()).or_default() += 1;
        ledger.members(Some(id)).for_each(Member::begin);
        drop(ledger);
        Tracking(Talking {
            fifos: Arc::clone(self),
            switch: Arc::clone(switch),
            fifo: MANUAL.to_owned(),
            consumer: String::new(),
            outbound: Some(id.to_owned()),
            ids: vec![id.to_owned()],
        })
    }

    /// How many calls a member has.
    pub(crate) fn use_count(&self, switch: &Switch, outbound: &str) -> u32 {
        self.ledger(switch).members(Some(outbound)).map(|member| member.use_count).max().unwrap_or(0)
    }

    /// Whether a call, or a member, talks.
    pub(crate) fn is_talking(&self, switch: &Switch, id: &str) -> bool {
        self.ledger(switch).talking.contains_key(id)
    }

    /// Adds a member, or puts it in the place of the same one.
    ///
    /// # Errors
    /// [`TooMany`].
    pub(crate) fn add_member(
        self: &Arc<Self>,
        switch: &Arc<Switch>,
        fifo: &str,
        member: Member,
    ) -> Result<(), TooMany> {
        self.open(switch, fifo, 0)?;
        let added = self.with(switch, fifo, |node| node.add_member(member)).unwrap_or(Err(TooMany));
        if self.with(switch, fifo, |node| node.waiting()).is_some_and(|waiting| waiting > 0) {
            self.dial(switch);
        }
        added
    }

    /// Takes a member away.
    pub(crate) fn remove_member(&self, switch: &Switch, fifo: &str, id: &str) {
        self.with(switch, fifo, |node| node.remove_member(id));
    }

    /// Sets, if it is given, and tells how important a queue is; `None` when there is none of that name.
    pub(crate) fn importance(&self, switch: &Switch, fifo: &str, set: Option<u32>) -> Option<u32> {
        self.with(switch, fifo, |node| {
            node.importance = set.unwrap_or(node.importance);
            node.importance
        })
    }

    /// Sets, if it is given, and tells how much is logged.
    pub(crate) fn debug(&self, set: Option<i64>) -> i64 {
        if let Some(level) = set {
            self.debug.store(level.max(0), Ordering::Relaxed);
        }
        self.debug.load(Ordering::Relaxed)
    }

    /// Forgets a queue in which nobody is.
    pub(crate) fn destroy_if_empty(&self, switch: &Switch, fifo: &str) {
        let mut ledger = self.ledger(switch);
        let is_empty = |node: &Node| node.waiting() == 0 && node.consumers.is_empty();
        if fifo != MANUAL && ledger.nodes.get(fifo).is_some_and(is_empty) {
            ledger.nodes.remove(fifo);
        }
    }

    /// Reads fifo.conf anew; with `del_all` members that were added meanwhile go too. Queues that it has no more are
    /// forgotten, and whoever waits there is hung up.
    pub(crate) fn reparse(&self, switch: &Switch, del_all: bool) {
        let mut ledger = self.ledger(switch);
        let gone = settings::load(&switch.config(), &mut ledger.nodes, true, del_all);
        drop(ledger);
        for handle in gone.iter().flat_map(Node::callers) {
            handle.hangup(strowger_core::channel::HangupCause::ManagerRequest);
        }
    }

    fn with<R>(&self, switch: &Switch, fifo: &str, act: impl FnOnce(&mut Node) -> R) -> Option<R> {
        self.ledger(switch).nodes.get_mut(fifo).map(act)
    }

    fn ledger(&self, switch: &Switch) -> MutexGuard<'_, Ledger> {
        let mut ledger = self.ledger.lock();
        if !ledger.is_loaded {
            ledger.is_loaded = true;
            ledger.nodes.insert(MANUAL.to_owned(), Node::new(0));
            settings::load(&switch.config(), &mut ledger.nodes, false, false);
        }
        ledger
    }

    /// Tells those who watch a queue.
    pub(crate) fn show(&self, switch: &Switch, fifo: &str) {
        let waiting = self.with(switch, fifo, |node| node.waiting()).unwrap_or(0);
        let status = if waiting > 0 { format!("Active ({waiting} waiting)") } else { "Idle".to_owned() };
        let presence = Presence {
            proto: "queue",
            login: fifo,
            from: fifo,
            status: &status,
            is_active: waiting > 0,
            is_outbound: false,
        };
        presence.fire(switch, PRESENCE);
    }
}

impl Ledger {
    /// Every queue's member of that id.
    fn members<'a>(&'a mut self, id: Option<&'a str>) -> impl Iterator<Item = &'a mut Member> {
        let members = self.nodes.values_mut().flat_map(|node| node.members.iter_mut());
        members.filter(move |member| id == Some(member.id.as_str()))
    }
}

/// Two calls that talk.
pub(crate) struct Talking {
    fifos: Arc<Fifos>,
    switch: Arc<Switch>,
    fifo: String,
    consumer: String,
    outbound: Option<String>,
    ids: Vec<String>,
}

/// A member's call that came to it by no queue.
pub(crate) struct Tracking(Talking);

impl Tracking {
    /// How many calls the member has.
    pub(crate) fn use_count(&self) -> u32 {
        self.0.outbound.as_deref().map_or(0, |id| self.0.fifos.use_count(&self.0.switch, id))
    }

    /// Ends it; how many calls the member has now.
    pub(crate) fn end(self) -> u32 {
        let (fifos, switch, id) = (Arc::clone(&self.0.fifos), Arc::clone(&self.0.switch), self.0.outbound.clone());
        drop(self);
        id.map_or(0, |id| fifos.use_count(&switch, &id))
    }
}

impl Drop for Talking {
    fn drop(&mut self) {
        let mut ledger = self.fifos.ledger(&self.switch);
        for id in &self.ids {
            if let Some(count) = ledger.talking.get_mut(id) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ledger.talking.remove(id);
                }
            }
        }
        for member in ledger.members(self.outbound.as_deref()) {
            member.end();
        }
        if let Some(node) = ledger.nodes.get_mut(&self.fifo) {
            node.talks.retain(|talk| talk.consumer != self.consumer);
        }
    }
}
