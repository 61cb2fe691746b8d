//! Users that services said may be kept (`cacheable`).

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;
use strowger_config::DirectoryUser;
use tokio::time::Instant;

/// How many users are kept, and how many bytes they may have. Policy when full: the one kept for the longest leaves.
const MAX_USERS: usize = 10_000;
const MAX_BYTES: usize = 64 << 20;

/// How long a user is kept at the most, whatever it says.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The users that are kept.
#[derive(Default)]
pub(super) struct UserCache(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    users: HashMap<String, Entry>,
    bytes: usize,
}

struct Entry {
    user: DirectoryUser,
    since: Instant,
    until: Instant,
    bytes: usize,
}

impl UserCache {
    /// The user that is kept, if it is and its time is not over.
    pub(super) fn get(&self, user: (&str, &str, &str)) -> Option<DirectoryUser> {
        let kept = self.0.lock();
        let entry = kept.users.get(&name(user)).filter(|entry| Instant::now() < entry.until)?;
        Some(entry.user.clone())
    }

    /// Keeps a user if its attribute `cacheable` says so: for that many milliseconds, or, where that is no number, until it
    /// is flushed.
    pub(super) fn keep(&self, named: (&str, &str, &str), user: &DirectoryUser) {
        let Some(time) = user.attr("cacheable").filter(|value| !value.is_empty()).map(how_long) else { return };
        let (since, bytes) = (Instant::now(), size(user));
        if bytes > MAX_BYTES || time.is_zero() {
            return;
        }
        let mut kept = self.0.lock();
        let name = name(named);
        kept.remove(&name);
        kept.make_room(bytes, since);
        kept.bytes += bytes;
        kept.users.insert(name, Entry { user: user.clone(), since, until: since + time, bytes });
    }

    pub(super) fn flush(&self, user: Option<(&str, &str, &str)>) -> usize {
        let mut kept = self.0.lock();
        match user {
            Some(user) => usize::from(kept.remove(&name(user))),
            None => std::mem::take(&mut *kept).users.len(),
        }
    }
}

impl Kept {
    fn remove(&mut self, name: &str) -> bool {
        let entry = self.users.remove(name);
        self.bytes -= entry.as_ref().map_or(0, |entry| entry.bytes);
        entry.is_some()
    }

    fn make_room(&mut self, bytes: usize, now: Instant) {
        let is_full = |kept: &Self| kept.users.len() >= MAX_USERS || kept.bytes + bytes > MAX_BYTES;
        if is_full(self) {
            self.users.retain(|_, entry| now < entry.until);
            self.bytes = self.users.values().map(|entry| entry.bytes).sum();
        }
        while is_full(self) {
            let oldest = self.users.iter().min_by_key(|(_, entry)| entry.since).map(|(name, _)| name.clone());
            let Some(oldest) = oldest else { return };
            self.remove(&oldest);
        }
    }
}

fn name((key, user, domain): (&str, &str, &str)) -> String {
    [key, user, domain].join("\n").to_ascii_lowercase()
}

/// A number is one of milliseconds; one below 0 is over at once.
fn how_long(cacheable: &str) -> Duration {
    match cacheable.trim().parse::<f64>() {
        Ok(number) if number >= 0.0 => Duration::try_from_secs_f64(number / 1000.0).unwrap_or(LONGEST).min(LONGEST),
        Ok(_) => Duration::ZERO,
        Err(_) => LONGEST,
    }
}

fn size(user: &DirectoryUser) -> usize {
    let lists = [&user.attributes, &user.params, &user.variables, &user.profile_variables];
    let pairs = lists.into_iter().flatten();
    // What a pair and an entry take beside their text.
    512 + pairs.map(|(name, value)| 64 + name.len() + value.len()).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(cacheable: &str, filling: usize) -> DirectoryUser {
        DirectoryUser {
            id: "1".into(),
            domain: "d".into(),
            group: None,
            attributes: vec![("cacheable".into(), cacheable.into())],
            params: vec![("filling".into(), "x".repeat(filling))],
            variables: Vec::new(),
            profile_variables: Vec::new(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_user_is_kept_as_long_as_it_says() {
        let cache = UserCache::default();
        let is_kept = |name: &str| cache.get(("id", name, "d")).is_some();
        for (name, cacheable) in [("none", ""), ("second", "1000"), ("past", "-5"), ("long", "true"), ("nan", "NaN")] {
            cache.keep(("id", name, "d"), &user(cacheable, 0));
        }
        assert!(!is_kept("none") && is_kept("second") && is_kept("SECOND") && !is_kept("past") && is_kept("long"));
        tokio::time::advance(Duration::from_millis(1001)).await;
        assert!(!is_kept("second") && is_kept("long"));
        tokio::time::advance(LONGEST).await;
        assert!(!is_kept("long"));
    }

    #[tokio::test(start_paused = true)]
    async fn users_are_forgotten_one_or_all() {
        let cache = UserCache::default();
        for name in ["1", "2", "3"] {
            cache.keep(("id", name, "d"), &user("true", 0));
        }
        assert_eq!(cache.flush(Some(("id", "2", "D"))), 1);
        assert_eq!(cache.flush(Some(("id", "2", "d"))), 0);
        assert_eq!((cache.flush(None), cache.flush(None)), (2, 0));
        assert_eq!(cache.0.lock().bytes, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_make_room() {
        let cache = UserCache::default();
        for number in 0..70 {
            cache.keep(("id", &number.to_string(), "d"), &user("true", 1 << 20));
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        let kept = cache.0.lock();
        assert!(kept.bytes <= MAX_BYTES && kept.users.len() == 63);
        assert!(kept.users.contains_key("id\n69\nd") && !kept.users.contains_key("id\n0\nd"));
    }
}
