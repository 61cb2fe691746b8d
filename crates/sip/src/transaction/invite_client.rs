//! The INVITE client transaction.

use std::time::Instant;

use bytes::Bytes;

use super::{Heard, T1, T1_64, Tick, Timed};

/// INVITE client transaction (RFC 3261 §17.1.1; Accepted state RFC 6026 §7.2).
///
/// Timer A starts at T1 and doubles (UDP only), B is 64*T1, D is 32 s on UDP and 0 on TCP, M is 64*T1. The owner sends
/// the request the first time, and every ACK.
#[derive(Debug)]
pub struct InviteClient {
    state: State,
    reliable: bool,
    request: Option<Bytes>,
    timed: Timed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Calling,
    Proceeding,
    Accepted,
    Completed,
}

impl InviteClient {
    /// For a request that is sent now.
    pub fn new(now: Instant, reliable: bool, request: Bytes) -> InviteClient {
        let again = (!reliable).then_some((now + T1, T1));
        let timed = Timed { again, end: Some(now + T1_64) };
        InviteClient { state: State::Calling, reliable, request: Some(request), timed }
    }

    /// A response came.
    pub fn response(&mut self, now: Instant, code: u16) -> Heard {
        match (self.state, code) {
            (State::Proceeding, ..200) => Heard::New,
            (State::Calling, ..200) => {
                self.state = State::Proceeding;
                self.request = None;
                self.timed = Timed::default();
                Heard::New
            }
            (State::Calling | State::Proceeding, _) => {
                self.request = None;
                let accepted = code < 300;
                self.state = if accepted { State::Accepted } else { State::Completed };
                let end = if self.reliable && !accepted { now } else { now + T1_64 };
                self.timed = Timed { again: None, end: Some(end) };
                Heard::New
            }
            (State::Accepted, 200..300) | (State::Completed, 300..) => Heard::Again,
            _ => Heard::Ignore,
        }
    }

    /// Whether a provisional response has come and no final one: only then a CANCEL may be sent (RFC 3261 §9.1).
    pub fn is_proceeding(&self) -> bool {
        self.state == State::Proceeding
    }

    /// Whether no final response has come.
    pub fn is_pending(&self) -> bool {
        matches!(self.state, State::Calling | State::Proceeding)
    }

    /// A CANCEL was sent: give the final response 64*T1 from now to come (RFC 3261 §9.1).
    pub fn cancelled(&mut self, now: Instant) {
        if self.is_pending() {
            self.timed.end = Some(now + T1_64);
        }
    }

    /// When [`InviteClient::poll`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        self.timed.deadline()
    }

    /// Lets due timers act.
    pub fn poll(&mut self, now: Instant) -> Tick {
        if self.timed.ended(now) {
            return if self.is_pending() { Tick::TimedOut } else { Tick::Terminated };
        }
        match &self.request {
            Some(request) if self.timed.again_due(now, T1_64) => Tick::Retransmit(request.clone()),
            _ => Tick::Idle,
        }
    }
}
