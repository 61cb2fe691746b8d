//! Resources that calls take one place of, with a number of places or a rate (`limit`; mod_hash and mod_db).

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

/// Who counts. What they count is apart from one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Backend {
    /// mod_hash: a call counts once a resource; rates.
    Hash,
    /// mod_db: a call counts each time it asks; no rates.
    Db,
}

impl Backend {
    /// The backend of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Hash, Self::Db].into_iter().find(|backend| backend.name() == name)
    }

    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hash => "hash",
            Self::Db => "db",
        }
    }
}

/// How much of a resource there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// How many calls at a time, or within the interval; `None`: any number, they are only counted.
    pub max: Option<u32>,
    /// Seconds that a rate is counted in; 0: places are counted.
    pub interval: u32,
}

/// How much of a resource is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls that have it now.
    pub total: u32,
    /// How often it was asked for in the interval that runs.
    pub rate: u32,
    /// The interval of its rate, in seconds.
    pub interval: u32,
    /// When that interval began, in seconds since 1970.
    pub since: u64,
}

/// All resources in use.
#[derive(Default)]
pub struct Resources(Mutex<HashMap<(Backend, String), Usage>>);

/// How many resources there may be; one more is refused as if it were used up.
const MAX_RESOURCES: usize = 100_000;

/// The longest name of a resource, in bytes.
const MAX_NAME: usize = 512;

impl Resources {
    /// Takes a place of a resource, or one more where `counted` says that the call has its place already. `None` when it
    /// is used up.
    pub fn take(&self, backend: Backend, name: &str, counted: bool, allowed: Allowance) -> Option<Usage> {
        let mut all = self.0.lock();
        let key = (backend, name.to_owned());
        let now = seconds_now();
        if !all.contains_key(&key) {
            if all.len() >= MAX_RESOURCES {
                all.retain(|_, usage| usage.is_used(now));
            }
            if all.len() >= MAX_RESOURCES || name.len() > MAX_NAME {
                tracing::error!("limit: too many resources, or too long a name: {name:.80}");
                return None;
            }
        }
        let usage = all.entry(key).or_default();
        usage.take(backend, u32::from(!counted), allowed, now).then_some(*usage)
    }

    /// Gives a place back.
    pub fn give(&self, backend: Backend, name: &str) {
        let mut all = self.0.lock();
        let key = (backend, name.to_owned());
        if let Some(usage) = all.get_mut(&key) {
            usage.total = usage.total.saturating_sub(1);
            if usage.total == 0 && usage.rate == 0 {
                all.remove(&key);
            }
        }
    }

    /// How much of a resource is taken.
    pub fn usage(&self, backend: Backend, name: &str) -> Usage {
        self.0.lock().get(&(backend, name.to_owned())).copied().unwrap_or_default()
    }

    /// Begins the interval of a resource's rate anew (`limit_interval_reset`).
    pub fn reset_interval(&self, backend: Backend, name: &str) {
        if let Some(usage) = self.0.lock().get_mut(&(backend, name.to_owned())) {
            (usage.rate, usage.since) = (0, seconds_now());
        }
    }

    /// Forgets all of a backend (`limit_reset`).
    pub fn reset(&self, backend: Backend) {
        self.0.lock().retain(|(of, _), _| *of != backend);
    }

    /// Every resource of a backend, by name.
    pub fn all(&self, backend: Backend) -> Vec<(String, Usage)> {
        let all = self.0.lock();
        let mut list: Vec<_> =
            all.iter().filter(|((of, _), _)| *of == backend).map(|((_, n), u)| (n.clone(), *u)).collect();
        drop(all);
        list.sort_by(|(a, _), (b, _)| a.cmp(b));
        list
    }
}

impl Usage {
    fn take(&mut self, backend: Backend, more: u32, allowed: Allowance, now: u64) -> bool {
        let exceeds = |count: u32| allowed.max.is_some_and(|max| count > max);
        if allowed.interval > 0 && backend == Backend::Hash {
            self.interval = allowed.interval;
            if self.since + u64::from(allowed.interval) <= now {
                (self.rate, self.since) = (1, now);
            } else {
                self.rate = self.rate.saturating_add(1);
                if exceeds(self.rate) {
                    return false;
                }
            }
        } else if exceeds(self.total.saturating_add(more)) {
            return false;
        }
        self.total = self.total.saturating_add(more);
        true
    }

    fn is_used(&self, now: u64) -> bool {
        self.total > 0 || self.rate > 0 && self.since + u64::from(self.interval) > now
    }
}

fn seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn of(max: u32, interval: u32) -> Allowance {
        Allowance { max: Some(max), interval }
    }

    #[test]
    fn places_are_counted() {
        let resources = Resources::default();
        let take = |counted| resources.take(Backend::Hash, "a_b", counted, of(2, 0)).map(|usage| usage.total);
        assert_eq!([take(false), take(true), take(false), take(false)], [Some(1), Some(1), Some(2), None]);
        assert_eq!(resources.usage(Backend::Db, "a_b"), Usage::default());
        resources.give(Backend::Hash, "a_b");
        assert_eq!(resources.usage(Backend::Hash, "a_b").total, 1);
        resources.give(Backend::Hash, "a_b");
        assert!(resources.all(Backend::Hash).is_empty());
        let unlimited = Allowance { max: None, interval: 0 };
        assert_eq!(resources.take(Backend::Db, "a_b", false, unlimited).map(|usage| usage.total), Some(1));
        resources.reset(Backend::Db);
        assert_eq!(resources.usage(Backend::Db, "a_b").total, 0);
    }

    #[test]
    fn rates_are_counted() {
        let mut usage = Usage::default();
        let mut take = |now| usage.take(Backend::Hash, 1, of(2, 10), now).then_some(usage.rate);
        assert_eq!([take(100), take(105), take(109), take(110), take(111)], [Some(1), Some(2), None, Some(1), Some(2)]);
        assert!(usage.is_used(0) && !Usage { total: 0, ..usage }.is_used(200));
    }

    #[test]
    fn there_is_an_end_to_it() {
        let resources = Resources::default();
        for number in 0..=MAX_RESOURCES {
            let taken = resources.take(Backend::Hash, &number.to_string(), false, of(1, 0));
            assert_eq!(taken.is_some(), number < MAX_RESOURCES);
        }
        assert_eq!(Resources::default().take(Backend::Hash, &"x".repeat(MAX_NAME + 1), false, of(1, 0)), None);
    }
}
