//! Commands whose answer comes later, and the id it is marked with.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use strowger_esl::{Packet, RequestId};

use crate::connection::Connection;

/// What the commands behind one wait for.
pub(crate) type Pending = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// What came of a command that takes its time.
pub(crate) enum Outcome {
    /// Its reply, whole; empty when the commands behind it only had to wait.
    Reply(Vec<u8>),
    /// What is to be done now.
    Then(Box<dyn FnOnce(&mut Connection) + Send>),
}

impl Connection {
    /// Writes a command's reply once it is there. Most are there at once; one that takes its time holds up the commands
    /// behind it, not the events.
    pub(crate) fn answer(&mut self, reply: impl Future<Output = Vec<u8>> + Send + 'static) {
        self.pending = Some(Box::pin(async move { Outcome::Reply(reply.await) }));
        self.settle();
    }

    /// Goes on with `then` once `wanted` is there; the commands behind it wait, events do not.
    pub(crate) fn when<T: Send + 'static>(
        &mut self,
        wanted: impl Future<Output = T> + Send + 'static,
        then: impl FnOnce(&mut Self, T) + Send + 'static,
    ) {
        self.pending = Some(Box::pin(async move {
            let found = wanted.await;
            Outcome::Then(Box::new(move |connection| then(connection, found)))
        }));
        self.settle();
    }

    /// Writes the reply that is due, if it has come. Whatever a command brought about is told behind its reply: this is
    /// called before events are.
    pub(crate) fn settle(&mut self) {
        let Some(pending) = &mut self.pending else { return };
        // What is not there yet is polled by the connection's own task from now on, and wakes it.
        if let Poll::Ready(outcome) = pending.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            self.go_on(outcome);
        }
    }

    /// What a command waited for is there.
    pub(crate) fn go_on(&mut self, outcome: Outcome) {
        self.pending = None;
        match outcome {
            Outcome::Reply(reply) => self.write(&reply),
            Outcome::Then(then) => then(self),
        }
    }

    /// Does `act`, and marks the reply to it with `id`, whether it is written now or later.
    pub(crate) fn stamped(&mut self, id: Option<RequestId>, act: impl FnOnce(&mut Self)) {
        let from = self.outbox.reply().len();
        act(self);
        let Some(id) = id else { return };
        if self.outbox.reply().len() > from {
            id.stamp(from, self.outbox.reply());
        } else if let Some(pending) = self.pending.take() {
            self.pending = Some(Box::pin(async move {
                match pending.await {
                    Outcome::Reply(mut reply) => {
                        id.stamp(0, &mut reply);
                        Outcome::Reply(reply)
                    }
                    Outcome::Then(then) => {
                        Outcome::Then(Box::new(move |connection| connection.stamped(Some(id), then)))
                    }
                }
            }));
        }
    }

    /// The id of a command, if it has one that can come back.
    pub(crate) fn request_id(&self, packet: &Packet) -> Option<RequestId> {
        RequestId::of(packet).unwrap_or_else(|error| {
            tracing::debug!("event socket: {}: {error}: the reply goes without it", self.peer);
            None
        })
    }
}
