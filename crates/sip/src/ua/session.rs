//! What the task knows of one call.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;

use super::{
    call::{CallEvent, CallSink, Hangup, RequestToken},
    door::CallShared,
};
use crate::{
    dialog::Dialog,
    message::Message,
    table::Id,
    transport::{Target, Transport},
};

/// Events kept while no sink is attached.
const MAX_KEPT: usize = 32;
/// Requests of the far end that wait for their answer at one time.
pub(crate) const MAX_WAITING: usize = 8;
/// How long they wait.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// One call.
pub(crate) struct Session {
    pub(crate) shared: Arc<CallShared>,
    pub(crate) sink: Option<Arc<dyn CallSink>>,
    pub(crate) kept: VecDeque<CallEvent>,
    pub(crate) side: Side,
    pub(crate) phase: Phase,
    pub(crate) dialog: Option<Dialog>,
    pub(crate) transport: Transport,
    /// Where the far end was last heard of, or sent to: used when its Contact gives no address.
    pub(crate) peer: Target,
    /// This side's Contact.
    pub(crate) contact: Bytes,
    /// The 2xx that are sent again until their ACK comes.
    pub(crate) unacked: Vec<Unacked>,
    /// Requests of the far end that wait for their answer.
    pub(crate) waiting: Vec<Waiting>,
    /// An INVITE of this side has no final response yet.
    pub(crate) inviting: bool,
    /// A hangup that waits for the ACK or for a provisional response.
    pub(crate) hangup: Option<Hangup>,
    pub(crate) armed: Option<Instant>,
}

/// Who called.
pub(crate) enum Side {
    /// The far end: its INVITE and the transaction that answers it.
    Incoming { invite: Arc<Message>, server: Id },
    /// This side; the INVITE's transaction.
    Outgoing { client: Id },
}

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No final response yet.
    Pending,
    /// A 2xx was sent or received.
    Answered,
    /// CANCEL or BYE is sent; the owner hears nothing more.
    Ending,
}

/// A 2xx to an INVITE without its ACK (RFC 3261 §13.3.1.4).
pub(crate) struct Unacked {
    pub(crate) seq: u32,
    pub(crate) bytes: Bytes,
    pub(crate) target: Target,
    pub(crate) again: Instant,
    pub(crate) gap: Duration,
    pub(crate) end: Instant,
}

/// A request of the far end without its answer.
pub(crate) struct Waiting {
    pub(crate) token: RequestToken,
    pub(crate) invite: bool,
    pub(crate) server: Id,
    pub(crate) due: Instant,
}

impl Session {
    /// Whether a request that came belongs to this call.
    pub(crate) fn owns(&self, request: &Message) -> bool {
        self.dialog.as_ref().is_some_and(|d| d.owns(request))
    }

    /// Hands an event on, or keeps it; `false` when an old one had to go for it.
    pub(crate) fn tell(&mut self, event: CallEvent) -> bool {
        if self.phase == Phase::Ending {
            return true;
        }
        if let Some(sink) = &self.sink {
            sink.event(event);
            return true;
        }
        let full = self.kept.len() == MAX_KEPT;
        if full {
            self.kept.pop_front();
        }
        self.kept.push_back(event);
        !full
    }

    /// Gives the kept events to a new sink.
    pub(crate) fn attach(&mut self, sink: Arc<dyn CallSink>) {
        self.kept.drain(..).for_each(|event| sink.event(event));
        self.sink = Some(sink);
    }

    /// When something here is due.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let acks = self.unacked.iter().map(|u| u.again.min(u.end));
        acks.chain(self.waiting.iter().map(|w| w.due)).min()
    }
}
