//! Who is connected, and the figures of each.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use strowger_core::bus::{Inlet, QueueFigures};

use crate::gatekeeper::Gatekeeper;

/// All connections of the event socket, inbound and outbound.
#[derive(Default)]
pub(crate) struct Listeners {
    /// Who gave wrong passwords.
    pub(crate) gate: Arc<Gatekeeper>,
    entered: AtomicU64,
    refused: AtomicU64,
    open: Mutex<BTreeMap<u64, Arc<Figures>>>,
}

/// How a connection came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A client connected.
    Inbound,
    /// A client connected by TLS.
    Tls,
    /// `socket` connected to a program.
    Outbound,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Tls => "tls",
            Self::Outbound => "outbound",
        }
    }
}

/// What is known of one connection; its own task writes, others read.
pub(crate) struct Figures {
    pub(crate) number: u64,
    pub(crate) peer: SocketAddr,
    pub(crate) kind: Kind,
    pub(crate) since: Instant,
    /// Commands performed.
    pub(crate) commands: AtomicU64,
    /// Events written or about to be.
    pub(crate) events: AtomicU64,
    /// Bytes that the system took.
    pub(crate) bytes: AtomicU64,
    pub(crate) words: Mutex<Words>,
}

/// What changes seldom.
#[derive(Clone, Default)]
pub(crate) struct Words {
    /// `user@domain` after `userauth`.
    pub(crate) user: String,
    /// The form of its events; empty before it asked for some.
    pub(crate) format: &'static str,
    /// The call it is about.
    pub(crate) call: String,
    /// Its event queue.
    pub(crate) queue: Option<Inlet>,
}

impl Figures {
    /// The event queue's figures.
    pub(crate) fn queue(&self) -> QueueFigures {
        self.words.lock().queue.as_ref().map_or_else(QueueFigures::default, Inlet::figures)
    }
}

impl Listeners {
    /// Enters a connection into the list, where it stays until the entry is dropped.
    pub(crate) fn enter(self: &Arc<Self>, peer: SocketAddr, kind: Kind) -> Entry {
        let number = self.entered.fetch_add(1, Ordering::Relaxed) + 1;
        let figures = Arc::new(Figures {
            number,
            peer,
            kind,
            since: Instant::now(),
            commands: AtomicU64::new(0),
            events: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            words: Mutex::default(),
        });
        self.open.lock().insert(number, Arc::clone(&figures));
        Entry { listeners: Arc::clone(self), figures }
    }

    /// How many are connected.
    pub(crate) fn len(&self) -> usize {
        self.open.lock().len()
    }

    /// How many have connected since the start.
    pub(crate) fn entered(&self) -> u64 {
        self.entered.load(Ordering::Relaxed)
    }

    /// Counts one that was not let in.
    pub(crate) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// How many were not let in since the start.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Those that are connected now, the oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<Figures>> {
        self.open.lock().values().cloned().collect()
    }
}

/// A connection's place in the list.
pub(crate) struct Entry {
    pub(crate) listeners: Arc<Listeners>,
    pub(crate) figures: Arc<Figures>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.listeners.open.lock().remove(&self.figures.number);
    }
}
