//! A module's threads. Whatever a module does, it does on one of these: while one runs, the module's file stays.
//!
//! They are threads of its own, not borrowed ones, because what a library keeps for a thread (C++ and Rust do) holds the
//! library in memory until that thread has ended.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

/// The most threads of one module at a time.
const MOST: usize = 10_000;

/// The threads of a module.
#[derive(Default)]
pub(crate) struct Threads {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    last: u64,
    /// Those that run, with what they are called; the handle comes a little after the thread.
    running: HashMap<u64, (String, Option<JoinHandle<()>>)>,
    /// Those that have done what they were to do, and are about to be gone.
    leaving: Vec<JoinHandle<()>>,
}

impl Threads {
    /// Starts one; its number.
    ///
    /// # Errors
    /// What the system says, or that there are too many.
    pub(crate) fn start(self: &Arc<Self>, name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<u64> {
        let id = {
            let mut state = self.state.lock();
            // They are gone already, or at once.
            state.leaving.drain(..).for_each(|thread| drop(thread.join()));
            if state.running.len() >= MOST {
                return Err(io::Error::other(format!("{MOST} threads of the module run")));
            }
            state.last += 1;
            let id = state.last;
            state.running.insert(id, (name.to_owned(), None));
            id
        };
        // A thread that cannot be started drops what it was to run: it is counted out there.
        let running = Running(Arc::clone(self), id);
        let handle = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let _running = running;
            run();
        })?;
        let mut state = self.state.lock();
        match state.running.get_mut(&id) {
            Some((_, place)) => *place = Some(handle),
            None => state.leaving.push(handle),
        }
        Ok(id)
    }

    /// Starts one that answers; the answer never comes when it panics.
    ///
    /// # Errors
    /// As [`Threads::start`].
    pub(crate) fn ask<R: Send + 'static>(
        self: &Arc<Self>,
        name: &str,
        run: impl FnOnce() -> R + Send + 'static,
    ) -> io::Result<oneshot::Receiver<R>> {
        let (sender, answer) = oneshot::channel();
        // Whoever asked may not wait for it.
        self.start(name, move || drop(sender.send(run())))?;
        Ok(answer)
    }

    /// Waits until that one has ended.
    pub(crate) fn join(&self, id: u64) {
        let mut state = self.state.lock();
        while state.running.contains_key(&id) {
            self.ended.wait(&mut state);
        }
    }

    /// Waits until all are gone, no longer than `limit`; the names of those that are not.
    pub(crate) fn join_all(&self, limit: Duration) -> Vec<String> {
        let until = Instant::now() + limit;
        let mut state = self.state.lock();
        while !state.running.is_empty() && !self.ended.wait_until(&mut state, until).timed_out() {}
        state.leaving.drain(..).for_each(|thread| drop(thread.join()));
        state.running.values().map(|(name, _)| name.clone()).collect()
    }
}

/// Counted as running until it is dropped.
struct Running(Arc<Threads>, u64);

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        if let Some((_, Some(handle))) = state.running.remove(&self.1) {
            state.leaving.push(handle);
        }
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

    #[test]
    fn a_thread_answers_or_does_not() {
        let threads = Arc::new(Threads::default());
        assert_eq!(threads.ask("mod_x", || 7).unwrap().blocking_recv(), Ok(7));
        let failing = threads.ask("mod_x", || Vec::<u8>::new().remove(0)).unwrap();
        assert!(failing.blocking_recv().is_err());
        assert!(threads.join_all(Duration::from_secs(10)).is_empty());
    }
}
