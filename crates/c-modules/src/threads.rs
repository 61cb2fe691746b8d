//! A module's threads: while one runs, the module's file stays.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

/// The most threads of one module at a time.
const MOST: usize = 1024;

/// The threads of a module that run.
#[derive(Default)]
pub(crate) struct Threads {
    last: AtomicU64,
    running: Mutex<HashMap<u64, String>>,
    ended: Condvar,
}

impl Threads {
    /// Starts one; its number.
    ///
    /// # Errors
    /// What the system says, or that there are too many.
    pub(crate) fn start(self: &Arc<Self>, name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<u64> {
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        {
            let mut running = self.running.lock();
            if running.len() >= MOST {
                return Err(io::Error::other(format!("{MOST} threads of the module run")));
            }
            running.insert(id, name.to_owned());
        }
        let running = Running(Arc::clone(self), id);
        // A thread that cannot be started drops what it was to run: it is counted out there.
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _running = running;
            run();
        })?;
        Ok(id)
    }

    /// Waits until that one has ended.
    pub(crate) fn join(&self, id: u64) {
        let mut running = self.running.lock();
        while running.contains_key(&id) {
            self.ended.wait(&mut running);
        }
    }

    /// Waits until all have ended, no longer than `limit`; the names of those that have not.
    pub(crate) fn join_all(&self, limit: Duration) -> Vec<String> {
        let until = Instant::now() + limit;
        let mut running = self.running.lock();
        while !running.is_empty() && !self.ended.wait_until(&mut running, until).timed_out() {}
        running.values().cloned().collect()
    }
}

/// Counted as running until it is dropped.
struct Running(Arc<Threads>, u64);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.lock().remove(&self.1);
        self.0.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn threads_are_waited_for_and_named() {
        let threads = Arc::new(Threads::default());
        let (go, gone) = channel::<()>();
        let wait = move || assert!(gone.recv().is_err());
        let id = threads.start("mod_x", wait).unwrap();
        assert_eq!(threads.join_all(Duration::ZERO), ["mod_x"]);
        drop(go);
        threads.join(id);
        assert!(threads.join_all(Duration::from_secs(10)).is_empty());
    }
}
