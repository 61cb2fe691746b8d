//! The time that is said.

use chrono::{DateTime, FixedOffset, Local, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use crate::commands::micros;
use crate::words::leading_integer;

/// The time now, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// Seconds since 1970.
    pub(crate) now: i64,
    /// Whose clock is read.
    pub(crate) zone: Zone,
}

/// Whose clock is read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Zone {
    /// The machine's.
    Local,
    /// So many seconds from UTC.
    Offset(FixedOffset),
    /// That of a zone by name.
    Named(Tz),
}

impl Zone {
    /// What the variable `timezone` says: a name, or seconds from UTC. One that is neither is the machine's.
    pub(crate) fn parse(text: &str) -> Zone {
        let offset = i32::try_from(leading_integer(text)).ok().filter(|seconds| *seconds != 0);
        let offset = offset.and_then(FixedOffset::east_opt).map(Zone::Offset);
        offset.or_else(|| text.parse().ok().map(Zone::Named)).unwrap_or(Zone::Local)
    }
}

impl Clock {
    /// The time now, read in that zone.
    pub(crate) fn now(zone: Zone) -> Clock {
        Clock { now: Utc::now().timestamp(), zone }
    }

    /// What this clock shows at so many seconds since 1970.
    pub(super) fn at(&self, seconds: i64) -> NaiveDateTime {
        let utc = DateTime::from_timestamp(seconds, 0).unwrap_or_default();
        match self.zone {
            Zone::Local => utc.with_timezone(&Local).naive_local(),
            Zone::Offset(offset) => offset.from_utc_datetime(&utc.naive_utc()).naive_local(),
            Zone::Named(zone) => utc.with_timezone(&zone).naive_local(),
        }
    }

    /// The seconds since 1970 that a text means: a date and time with colons, such seconds, or now.
    pub(super) fn read(&self, text: &str) -> i64 {
        let written = if text.contains(':') { micros(text) / 1_000_000 } else { 0 };
        let candidates = [written, leading_integer(text)];
        candidates.into_iter().find(|seconds| *seconds > 0).unwrap_or(self.now)
    }
}
