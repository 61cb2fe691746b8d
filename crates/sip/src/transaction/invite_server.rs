//! The INVITE server transaction.

use std::time::Instant;

use bytes::Bytes;

use super::{T1, T1_64, T2, T4, Tick, Timed};

/// INVITE server transaction (RFC 3261 §17.2.1; Accepted state RFC 6026 §7.1).
///
/// Timer G starts at T1 and doubles to T2 (UDP only), H is 64*T1, I is T4 on UDP and 0 on TCP, L is 64*T1. The 2xx is
/// sent again by the transaction user, not here.
#[derive(Debug)]
pub struct InviteServer {
    state: State,
    reliable: bool,
    last: Option<Bytes>,
    timed: Timed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Proceeding,
    Accepted,
    Completed,
    Confirmed,
}

impl InviteServer {
    /// For an INVITE that has just come.
    pub fn new(reliable: bool) -> InviteServer {
        InviteServer { state: State::Proceeding, reliable, last: None, timed: Timed::default() }
    }

    /// Records a response; `false` when it must not be sent (a final one was sent already).
    pub fn respond(&mut self, now: Instant, code: u16, response: Bytes) -> bool {
        if self.state != State::Proceeding {
            return false;
        }
        match code {
            ..200 => self.last = Some(response),
            200..300 => {
                self.state = State::Accepted;
                self.last = None;
                self.timed = Timed { again: None, end: Some(now + T1_64) };
            }
            _ => {
                self.state = State::Completed;
                self.last = Some(response);
                let again = (!self.reliable).then_some((now + T1, T1));
                self.timed = Timed { again, end: Some(now + T1_64) };
            }
        }
        true
    }

    /// The INVITE came again: what to answer it with.
    pub fn again(&self) -> Option<Bytes> {
        match self.state {
            State::Proceeding | State::Completed => self.last.clone(),
            State::Accepted | State::Confirmed => None,
        }
    }

    /// An ACK with this transaction's branch came; it is for a final response of 300 and more.
    pub fn ack(&mut self, now: Instant) {
        if self.state == State::Completed {
            self.state = State::Confirmed;
            self.timed = Timed { again: None, end: Some(if self.reliable { now } else { now + T4 }) };
        }
    }

    /// Whether a final response of 300 and more was sent: an ACK with this branch is for it, not for a 2xx.
    pub fn wants_ack(&self) -> bool {
        matches!(self.state, State::Completed | State::Confirmed)
    }

    /// Whether no final response has been sent.
    pub fn is_proceeding(&self) -> bool {
        self.state == State::Proceeding
    }

    /// When [`InviteServer::poll`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        self.timed.deadline()
    }

    /// Lets due timers act.
    pub fn poll(&mut self, now: Instant) -> Tick {
        if self.timed.ended(now) {
            return if self.state == State::Completed { Tick::TimedOut } else { Tick::Terminated };
        }
        match &self.last {
            Some(last) if self.timed.again_due(now, T2) => Tick::Retransmit(last.clone()),
            _ => Tick::Idle,
        }
    }
}
