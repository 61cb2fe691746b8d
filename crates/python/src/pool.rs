//! The workers that wait for something to do.

use parking_lot::Mutex;

use crate::worker::{Setup, Worker, WorkerError};

/// Workers that are warm. How many there are in all is bounded by who runs scripts.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Vec<Worker>>);

impl Pool {
    /// The one that worked last, or a new one.
    ///
    /// # Errors
    /// [`WorkerError`] when none can be started.
    pub(crate) fn take(&self, setup: &Setup) -> Result<Worker, WorkerError> {
        while let Some(mut worker) = self.pop() {
            if worker.is_fit(setup) {
                return Ok(worker);
            }
        }
        Worker::start(setup)
    }

    fn pop(&self) -> Option<Worker> {
        self.0.lock().pop()
    }

    /// Keeps one for the next, unless so many are kept.
    pub(crate) fn give(&self, worker: Worker, most: usize) {
        worker.works_for("");
        let mut idle = self.0.lock();
        if idle.len() < most {
            idle.push(worker);
        }
    }

    /// Ends those that wait.
    pub(crate) fn clear(&self) {
        let idle = std::mem::take(&mut *self.0.lock());
        drop(idle);
    }
}
