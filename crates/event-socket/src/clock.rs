//! The time that deadlines are held against.

use std::time::Instant;

/// Now; where a test has stopped the clock, the time that the test says it is.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
