use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// The time of day by a clock that does not jump: it is set at the start, and again only when someone asks
/// (`fsctl sync_clock`), as FreeSWITCH's own.
pub(super) struct Clock {
    set: Instant,
    /// What it showed then, since 1970.
    shown: Duration,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { set: Instant::now(), shown: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() }
    }

    fn now(&self) -> Duration {
        self.shown + self.set.elapsed()
    }

    /// Whole seconds since 1970.
    pub(super) fn seconds(&self) -> i64 {
        i64::try_from(self.now().as_secs()).unwrap_or(i64::MAX)
    }

    /// How long it is until that second begins; nothing when it has.
    pub(super) fn until(&self, seconds: i64) -> Duration {
        Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).saturating_sub(self.now())
    }
}
