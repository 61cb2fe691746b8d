//! Waiting for something while music plays, as those do who are parked or stand in a queue.

use std::future::Future;
use std::time::{Duration, Instant};

use strowger_core::session::{Interrupted, Session};
use tokio::sync::oneshot;

use super::playback::{Ended, Until, play_until};

/// Music that ends sooner is not begun again: it would only burn time.
const SHORTEST: Duration = Duration::from_millis(20);

/// Plays music again and again, until `until` has happened, or `ends` says so: then `None`. It is silent where there is
/// no music, or it cannot be played.
///
/// # Errors
/// [`Interrupted`] when the call ended or was sent elsewhere first.
pub(super) async fn wait_with_music<T: Send + 'static>(
    session: &mut Session,
    music: Option<&str>,
    until: impl Future<Output = T> + Send + 'static,
    mut ends: impl FnMut(&mut Session) -> bool + Send,
) -> Result<Option<T>, Interrupted> {
    let (sender, mut happened) = oneshot::channel();
    let handle = session.handle().clone();
    let _task = Task(tokio::spawn(async move {
        // Whoever waited may have given up just now.
        let _ = sender.send(until.await);
        // The session looks whenever somebody asks something of it.
        let _ = handle.post(|_| ()).await;
    }));
    let mut output = None;
    let mut music = music;
    loop {
        let (mut is_over, begun) = (false, Instant::now());
        let mut look = |session: &mut Session| {
            output = output.take().or_else(|| happened.try_recv().ok());
            is_over = output.is_some() || ends(session);
            is_over || session.take_break()
        };
        let ended = match music {
            Some(music) => play_until(session, music, &mut Until::new(&mut look)).await?,
            None => {
                session.attend_until(std::future::pending::<()>(), &mut look).await?;
                Ended::Broken
            }
        };
        if is_over {
            return Ok(output);
        }
        if ended != Ended::Broken && begun.elapsed() < SHORTEST || matches!(ended, Ended::NotFound | Ended::Lost) {
            music = None;
        }
    }
}

/// Ended when nobody waits for it any more.
struct Task(tokio::task::JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}
