//! Transactions (RFC 3261 §17, with the Accepted states of RFC 6026), sans-IO.
//!
//! Each machine is told what came and what time it is, and says what to do; the owner keeps the map from keys to
//! machines and calls `poll` when its `deadline` has come.

mod invite_client;
mod invite_server;
mod key;
mod other_client;
mod other_server;

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use bytes::Bytes;

pub use invite_client::InviteClient;
pub use invite_server::InviteServer;
pub use key::{cancelled_key, server_key};
pub use other_client::OtherClient;
pub use other_server::OtherServer;

/// Round-trip estimate (RFC 3261 §17.1.1.1).
pub const T1: Duration = Duration::from_millis(500);
/// The longest gap between retransmissions of non-INVITE requests and INVITE responses.
pub const T2: Duration = Duration::from_secs(4);
/// How long a message may stay in the network.
pub const T4: Duration = Duration::from_secs(5);
/// Timers B, F, H, J, L and M: 64*T1.
pub const T1_64: Duration = Duration::from_secs(32);

/// What a due timer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tick {
    /// Nothing yet.
    Idle,
    /// Send these bytes again.
    Retransmit(Bytes),
    /// Nothing came in time (timer B, F or H). The transaction is over.
    TimedOut,
    /// The transaction is over as it should be.
    Terminated,
}

/// What a response means to a client transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// New: hand it to the transaction user. A final response of 300 and more to an INVITE needs its ACK.
    New,
    /// A final response again: send the ACK again (INVITE), else nothing.
    Again,
    /// Of no use in this state.
    Ignore,
}

/// The two timers a transaction has at most at a time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timed {
    /// When to send again, and the gap after that.
    pub(crate) again: Option<(Instant, Duration)>,
    /// When the state ends.
    pub(crate) end: Option<Instant>,
}

impl Timed {
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match (self.again, self.end) {
            (Some((again, _)), Some(end)) => Some(again.min(end)),
            (Some((again, _)), None) => Some(again),
            (None, end) => end,
        }
    }

    pub(crate) fn ended(&self, now: Instant) -> bool {
        self.end.is_some_and(|end| end <= now)
    }

    /// Whether to send again now; sets the next time, `cap` being the longest gap.
    pub(crate) fn again_due(&mut self, now: Instant, cap: Duration) -> bool {
        match self.again {
            Some((at, gap)) if at <= now => {
                let gap = (gap * 2).min(cap);
                self.again = Some((now + gap, gap));
                true
            }
            _ => false,
        }
    }
}
