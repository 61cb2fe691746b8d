//! Work that others bring along to a running call: whatever takes time and has no name of its own, unlike an application.
//!
//! A script's thread has a call play and ask so; it is done within whatever the call waits for.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::{Pin, pin};

use super::{Session, SessionHandle, Unreachable};

/// A piece of work on a session.
pub type Piece = Box<dyn for<'a> FnOnce(&'a mut Session) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> + Send>;

/// Pieces that may wait at a session; one more is dropped, which its sender sees.
const MAX_PIECES: usize = 64;

/// How deep pieces may run within one another.
const MAX_DEPTH: u8 = 24;

/// The pieces that wait.
#[derive(Default)]
pub(crate) struct Pieces {
    waiting: VecDeque<Piece>,
    depth: u8,
}

impl Pieces {
    /// The one to do now, if one may be.
    pub(super) fn next(&mut self) -> Option<Piece> {
        if self.depth >= MAX_DEPTH { None } else { self.waiting.pop_front() }
    }
}

impl SessionHandle {
    /// Has the session do a piece of work as soon as it waits for something, within that; waits for room in its mailbox,
    /// for 5 s at the most, and not for its being done. A piece that is never done, because the call ends or too many wait
    /// already, is dropped.
    ///
    /// # Errors
    /// [`Unreachable`] when the session is gone or its mailbox stays full.
    pub async fn hand(&self, piece: Piece) -> Result<(), Unreachable> {
        self.post(move |session| {
            if session.pieces.waiting.len() < MAX_PIECES {
                session.pieces.waiting.push_back(piece);
            }
        })
        .await
    }
}

impl Session {
    /// Does a piece of work within the wait of something else.
    pub(super) fn do_piece(&mut self, piece: Piece) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            self.pieces.depth += 1;
            let broken = std::mem::take(&mut self.broken);
            piece(self).await;
            self.broken |= broken;
            self.pieces.depth -= 1;
        })
    }

    /// Waits for `future` to its end, also when the call ends or is sent elsewhere meanwhile, and does what others ask and
    /// bring: how a call serves somebody who is not to be torn away from it (a script).
    pub async fn attend_to_the_end<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        loop {
            if let Ok(output) = self.attend(&mut future).await {
                return output;
            }
            if let Some(piece) = self.pieces.next() {
                self.do_piece(piece).await;
                continue;
            }
            tokio::select! {
                biased;
                output = &mut future => return output,
                Some(request) = self.mailbox.recv() => request(self),
            }
        }
    }
}
