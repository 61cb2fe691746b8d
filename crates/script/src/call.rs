//! A running call as a script has it.

use std::future::Future;
use std::pin::Pin;

use strowger_core::session::{Piece, Session, SessionHandle};
use tokio::sync::oneshot;

use crate::host::{Host, TimeUp};
use crate::input::{Inputs, React};

/// A future that borrows the session it works on.
pub type BoxFuture<'a, R> = Pin<Box<dyn Future<Output = R> + Send + 'a>>;

/// The call is gone, or the script's time is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the call is gone")]
pub struct Gone;

impl From<TimeUp> for Gone {
    fn from(_: TimeUp) -> Self {
        Self
    }
}

/// A running call: what a script's thread has it do is done by the call's own task, within whatever it waits for.
#[derive(Clone)]
pub struct Call {
    host: Host,
    handle: SessionHandle,
}

impl Call {
    /// A hold on that call. Its variables can be read when it is gone, too.
    #[must_use]
    pub fn new(host: Host, handle: SessionHandle) -> Self {
        handle.remember();
        Self { host, handle }
    }

    /// The way to the switch.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The call's handle.
    pub fn handle(&self) -> &SessionHandle {
        &self.handle
    }

    /// Has the call's task do something that takes no time.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn look<R: Send + 'static>(&self, look: impl FnOnce(&mut Session) -> R + Send + 'static) -> Result<R, Gone> {
        self.host.wait(self.handle.ask(look))?.map_err(|_| Gone)
    }

    /// Has the call's task do a piece of work, and waits until it is done.
    ///
    /// # Errors
    /// [`Gone`]; a piece that was begun is left off then.
    pub fn run<R, P>(&self, piece: P) -> Result<R, Gone>
    where
        R: Send + 'static,
        P: for<'a> FnOnce(&'a mut Session) -> BoxFuture<'a, R> + Send + 'static,
    {
        let (piece, answer) = wrapped(piece);
        self.host.wait(async {
            self.handle.hand(piece).await.map_err(|_| Gone)?;
            answer.await.map_err(|_| Gone)
        })?
    }

    /// As [`Call::run`], and shows the script what comes in for the call meanwhile, one after the other: `react` is called
    /// on this thread, and may do with the call what it likes. Without it digits stay where they are.
    ///
    /// # Errors
    /// [`Gone`].
    pub fn act<R, P>(&self, react: Option<React<'_>>, piece: P) -> Result<R, Gone>
    where
        R: Send + 'static,
        P: for<'a> FnOnce(&'a mut Session, Inputs) -> BoxFuture<'a, R> + Send + 'static,
    {
        let Some(react) = react else {
            return self.run(move |session| piece(session, Inputs::none()));
        };
        let (inputs, mut asked) = Inputs::new(self.host.switch());
        let (piece, mut answer) = wrapped(move |session| piece(session, inputs));
        self.host.wait(self.handle.hand(piece))?.map_err(|_| Gone)?;
        loop {
            let next = self.host.wait(async {
                tokio::select! {
                    biased;
                    input = asked.next() => Ok(input),
                    answer = &mut answer => Err(answer.map_err(|_| Gone)),
                }
            })?;
            match next {
                Ok(input) => {
                    asked.answer(&react(input));
                    // The call looks at the answer when something happens; one that is gone needs none.
                    let _ = self.host.wait(self.handle.post(|_| ()))?;
                }
                Err(answer) => return answer,
            }
        }
    }
}

/// A piece that tells what came of it, and is left off when nobody wants to know any more.
fn wrapped<R, P>(piece: P) -> (Piece, oneshot::Receiver<R>)
where
    R: Send + 'static,
    P: for<'a> FnOnce(&'a mut Session) -> BoxFuture<'a, R> + Send + 'static,
{
    let (mut done, answer) = oneshot::channel();
    let piece: Piece = Box::new(move |session| {
        Box::pin(async move {
            let outcome = tokio::select! {
                biased;
                outcome = piece(session) => outcome,
                () = done.closed() => return,
            };
            // Whoever wanted to know may have left.
            let _ = done.send(outcome);
        })
    });
    (piece, answer)
}
