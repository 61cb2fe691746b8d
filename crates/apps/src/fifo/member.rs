//! Those who are called when somebody waits.

use std::time::Duration;

use md5::{Digest, Md5};
use tokio::time::Instant;

/// A member of a queue.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// `fifo_outbound_uuid` of the dial string, else its MD5.
    pub(crate) id: String,
    pub(crate) dial_string: String,
    /// Calls it takes at once.
    pub(crate) simo: u32,
    /// Seconds it may ring; 0: as the queue has it.
    pub(crate) timeout: u32,
    /// Seconds it rests after a call.
    pub(crate) lag: u32,
    /// When it is a member no more.
    pub(crate) expires: Option<Instant>,
    /// 1: it takes calls.
    pub(crate) taking_calls: u32,
    /// fifo.conf has it.
    pub(crate) is_static: bool,
    pub(crate) use_count: u32,
    pub(crate) ring_count: u32,
    /// Before that it is not called again.
    pub(crate) next: Option<Instant>,
    pub(crate) calls: u32,
    pub(crate) failures: u32,
    pub(crate) all_calls: u32,
    pub(crate) all_failures: u32,
    /// Since when it is one, in seconds since 1970; the last call's beginning and end.
    pub(crate) since: i64,
    pub(crate) begun: i64,
    pub(crate) ended: i64,
}

impl Member {
    /// One that takes calls.
    pub(crate) fn new(dial_string: &str, simo: u32, timeout: u32, lag: u32) -> Self {
        Self {
            id: member_id(dial_string),
            dial_string: dial_string.to_owned(),
            simo,
            timeout,
            lag,
            expires: None,
            taking_calls: 1,
            is_static: false,
            use_count: 0,
            ring_count: 0,
            next: None,
            calls: 0,
            failures: 0,
            all_calls: 0,
            all_failures: 0,
            since: epoch(),
            begun: 0,
            ended: 0,
        }
    }

    /// Whether it may be called now.
    pub(super) fn is_free(&self, now: Instant) -> bool {
        let is_rested = self.next.is_none_or(|next| next <= now);
        self.taking_calls == 1 && self.use_count + self.ring_count < self.simo && is_rested && !self.has_expired(now)
    }

    pub(super) fn has_expired(&self, now: Instant) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    pub(super) fn begin(&mut self) {
        self.use_count += 1;
        self.failures = 0;
        (self.begun, self.ended) = (epoch(), 0);
    }

    pub(super) fn end(&mut self) {
        self.use_count = self.use_count.saturating_sub(1);
        self.calls = self.calls.saturating_add(1);
        self.all_calls = self.all_calls.saturating_add(1);
        self.ended = epoch();
        self.rest(0);
    }

    /// It was called in vain.
    pub(super) fn fail(&mut self, retry_delay: u32) {
        self.failures = self.failures.saturating_add(1);
        self.all_failures = self.all_failures.saturating_add(1);
        self.rest(retry_delay);
    }

    fn rest(&mut self, more: u32) {
        let seconds = u64::from(self.lag) + u64::from(more) + 1;
        self.next = Instant::now().checked_add(Duration::from_secs(seconds));
    }
}

/// What a member goes by.
pub(crate) fn member_id(dial_string: &str) -> String {
    let given = dial_string.split_once("fifo_outbound_uuid=").map(|(_, rest)| {
        let end = rest.find([',', '}', ']', '>']).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default().trim_matches('\'').to_owned()
    });
    given
        .filter(|given| !given.is_empty())
        .unwrap_or_else(|| Md5::digest(dial_string.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Now, in seconds since 1970.
pub(crate) fn epoch() -> i64 {
    chrono::Utc::now().timestamp()
}
