//! How a connection is closed: its deadlines, the notice, the last bytes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use strowger_core::bus::Published;
use strowger_esl::reply;

use crate::clock::now;
use crate::connection::Connection;
use crate::farewell::Reason;

/// How long a closing connection may take its last bytes.
const LINGER: Duration = Duration::from_secs(2);

/// Bytes of a closing connection's input that are read and thrown away at the most.
const MAX_DISCARDED: usize = 1 << 20;

impl Connection {
    /// When the connection has to be looked at at the latest.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        [self.listener.deadline(), self.silent_until, self.farewell, self.stalled()].into_iter().flatten().min()
    }

    /// When a peer that takes nothing is given up.
    fn stalled(&self) -> Option<Instant> {
        self.outbox.stalled_since().zip(self.write_timeout).map(|(since, timeout)| since + timeout)
    }

    pub(crate) fn deadline_passed(&mut self) {
        // An answer that came meanwhile may have lifted it: that the password was right.
        if self.deadline().is_none_or(|at| at > now()) {
            return;
        }
        if self.stalled().is_some_and(|at| at <= now()) {
            let (peer, timeout) = (self.peer, self.write_timeout.unwrap_or_default());
            tracing::warn!("event socket: {peer} took no byte for {timeout:?} and is dropped (write-timeout)");
            self.leave(Reason::Stalled);
            self.closing = true;
            return;
        }
        if self.farewell.is_none() {
            tracing::info!("event socket: {} said nothing useful in time and is dropped", self.peer);
            self.leave(Reason::Silent);
        }
        self.leave(Reason::CallEnded);
        self.say_goodbye();
    }

    /// It lost more events than it may: it gets those that wait for it, is told of the gap, and is disconnected.
    pub(crate) fn overrun(&mut self, events: &mut Vec<Arc<Published>>) {
        let lost = self.subscriptions.lost();
        tracing::warn!("event socket: {} does not take its events: {lost} were lost, it is disconnected", self.peer);
        self.subscriptions.take_now(events);
        self.push_events(events);
        self.leave(Reason::Overrun);
        self.say_goodbye();
    }

    /// The disconnect notice; the connection closes behind it.
    pub(crate) fn say_goodbye(&mut self) {
        let call = self.controlled.as_ref().map(|controlled| controlled.call.uuid());
        reply::disconnect_notice(call, self.outbox.reply());
        self.closing = true;
    }

    /// Writes what is left, for a bounded time, and closes.
    pub(crate) async fn finish(mut self) {
        let rest = async {
            loop {
                if self.outbox.flush(&mut self.socket).is_err()
                    || self.outbox.is_empty() && self.socket.close().unwrap_or(true)
                {
                    return;
                }
                if self.socket.writable().await.is_err() {
                    return;
                }
            }
        };
        // A peer that does not take its last bytes in time does not get them.
        let _ = tokio::time::timeout(LINGER, rest).await;
        self.discard_input();
    }

    /// Input that is not read when the socket closes makes the system reset the connection, and the peer may lose the
    /// last bytes it has not read yet.
    fn discard_input(&mut self) {
        let mut discarded = 0;
        let mut chunk = [0; 4096];
        while discarded < MAX_DISCARDED {
            match self.socket.try_read(&mut chunk) {
                Ok(count) if count > 0 => discarded += count,
                _ => return,
            }
        }
    }
}
