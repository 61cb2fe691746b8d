//! How many `bgapi` jobs a connection may have.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// Jobs that run at once; the others wait for their turn.
const MAX_RUNNING: usize = 256;

/// Bytes that all jobs together may take, waiting and running.
const MAX_BYTES: u32 = 16 << 20;

/// What a job takes besides its command, about.
const OVERHEAD: usize = 1024;

/// The bounds on the `bgapi` jobs of one connection. Policy when full: the connection's next commands wait.
pub(crate) struct Jobs {
    turns: Semaphore,
    bytes: Arc<Semaphore>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { turns: Semaphore::new(MAX_RUNNING), bytes: Arc::new(Semaphore::new(MAX_BYTES as usize)) }
    }
}

impl Jobs {
    /// Waits until a job with a command of `size` bytes may exist; it does until this is dropped. `None` is never: it
    /// would be the end of all jobs.
    pub(crate) async fn place(&self, size: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(size + OVERHEAD).unwrap_or(MAX_BYTES).min(MAX_BYTES);
        Arc::clone(&self.bytes).acquire_many_owned(bytes).await.ok()
    }

    /// Waits until a job may run; it does until this is dropped.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.turns.acquire().await.ok()
    }
}
