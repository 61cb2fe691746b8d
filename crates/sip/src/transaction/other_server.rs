//! The server transaction of every method but INVITE.

use std::time::Instant;

use bytes::Bytes;

use super::{T1_64, Tick};

/// Non-INVITE server transaction (RFC 3261 §17.2.2). Timer J is 64*T1 on UDP and 0 on TCP.
#[derive(Debug)]
pub struct OtherServer {
    reliable: bool,
    last: Option<Bytes>,
    end: Option<Instant>,
}

impl OtherServer {
    /// For a request that has just come.
    pub fn new(reliable: bool) -> OtherServer {
        OtherServer { reliable, last: None, end: None }
    }

    /// Records a response; `false` when it must not be sent (a final one was sent already).
    pub fn respond(&mut self, now: Instant, code: u16, response: Bytes) -> bool {
        if self.end.is_some() {
            return false;
        }
        self.last = Some(response);
        if code >= 200 {
            self.end = Some(if self.reliable { now } else { now + T1_64 });
        }
        true
    }

    /// The request came again: what to answer it with.
    pub fn again(&self) -> Option<Bytes> {
        self.last.clone()
    }

    /// When [`OtherServer::poll`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        self.end
    }

    /// Lets a due timer act.
    pub fn poll(&self, now: Instant) -> Tick {
        if self.end.is_some_and(|end| end <= now) { Tick::Terminated } else { Tick::Idle }
    }
}
