//! The client transaction of every method but INVITE and ACK.

use std::time::Instant;

use bytes::Bytes;

use super::{Heard, T1, T1_64, T2, T4, Tick, Timed};

/// Non-INVITE client transaction (RFC 3261 §17.1.2).
///
/// Timer E starts at T1 and doubles to T2 (UDP only; T2 after a provisional response), F is 64*T1, K is T4 on UDP and
/// 0 on TCP. The owner sends the request the first time.
#[derive(Debug)]
pub struct OtherClient {
    completed: bool,
    reliable: bool,
    request: Option<Bytes>,
    timed: Timed,
}

impl OtherClient {
    /// For a request that is sent now.
    pub fn new(now: Instant, reliable: bool, request: Bytes) -> OtherClient {
        let again = (!reliable).then_some((now + T1, T1));
        OtherClient {
            completed: false,
            reliable,
            request: Some(request),
            timed: Timed { again, end: Some(now + T1_64) },
        }
    }

    /// A response came.
    pub fn response(&mut self, now: Instant, code: u16) -> Heard {
        if self.completed {
            return if code >= 200 { Heard::Again } else { Heard::Ignore };
        }
        if code < 200 {
            self.timed.again = self.timed.again.map(|_| (now + T2, T2));
            return Heard::New;
        }
        self.completed = true;
        self.request = None;
        self.timed = Timed { again: None, end: Some(if self.reliable { now } else { now + T4 }) };
        Heard::New
    }

    /// Whether no final response has come.
    pub fn is_pending(&self) -> bool {
        !self.completed
    }

    /// When [`OtherClient::poll`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        self.timed.deadline()
    }

    /// Lets due timers act.
    pub fn poll(&mut self, now: Instant) -> Tick {
        if self.timed.ended(now) {
            return if self.completed { Tick::Terminated } else { Tick::TimedOut };
        }
        match &self.request {
            Some(request) if self.timed.again_due(now, T2) => Tick::Retransmit(request.clone()),
            _ => Tick::Idle,
        }
    }
}
