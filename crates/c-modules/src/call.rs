//! A call that a module holds: one that runs its application, or one that it located.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use strowger_core::session::{Piece, Session, SessionHandle};
use tokio::sync::oneshot;

use crate::module::Module;
use crate::pool::Pool;
use crate::shared::Shared;

/// How long a call that was located may be at something that cannot be added to.
const PATIENCE: Duration = Duration::from_secs(5);

/// A session: `switch_core_session_t`, and its channel.
pub(crate) struct Call {
    pub(crate) handle: SessionHandle,
    pub(crate) pool: Arc<Pool>,
    /// The number of its pool.
    pub(crate) pool_id: usize,
    /// Who located it; nobody, when it waits for a module whose application it runs.
    pub(crate) located_by: Option<Weak<Module>>,
}

/// What takes its time on a session.
type Working<'a, R> = Pin<Box<dyn Future<Output = R> + Send + 'a>>;

impl Call {
    /// Holds a call; its number. [`Call::release`] lets go of it.
    pub(crate) fn hold(shared: &Shared, handle: SessionHandle, located_by: Option<Weak<Module>>) -> usize {
        // What the call knew is asked for when it is over as well.
        handle.remember();
        let pool = Arc::<Pool>::default();
        let pool_id = shared.pools.add(Arc::clone(&pool));
        shared.calls.add(Arc::new(Self { handle, pool, pool_id, located_by }))
    }

    /// Lets go of a call: its number stands for nothing from now on.
    pub(crate) fn release<P>(shared: &Shared, id: *const P) {
        if let Some(call) = shared.calls.remove(id) {
            shared.pools.remove(crate::handles::pointer::<P>(call.pool_id));
        }
    }

    /// Has the session do something at once; `None` when it is gone.
    pub(crate) fn ask<R: Send + 'static>(
        &self,
        shared: &Shared,
        what: impl FnOnce(&mut Session) -> R + Send + 'static,
    ) -> Option<R> {
        shared.runtime.block_on(self.handle.ask(what)).ok()
    }

    /// Has the session do something that takes its time, and waits for it; `None` when it did not.
    pub(crate) fn work<R: Send + 'static>(
        &self,
        shared: &Shared,
        what: impl for<'a> FnOnce(&'a mut Session) -> Working<'a, R> + Send + 'static,
    ) -> Option<R> {
        let (begins, begun) = oneshot::channel();
        let (sender, answer) = oneshot::channel();
        let piece: Piece = Box::new(move |session| {
            Box::pin(async move {
                // Whoever asked may have given up: then it is not done behind their back.
                if begins.send(()).is_ok() {
                    let _ = sender.send(what(session).await);
                }
            })
        });
        shared.runtime.block_on(async {
            self.handle.hand(piece).await.ok()?;
            if self.located_by.is_none() {
                begun.await.ok()?;
            } else {
                tokio::time::timeout(PATIENCE, begun).await.ok()?.ok()?;
            }
            answer.await.ok()
        })
    }
}
