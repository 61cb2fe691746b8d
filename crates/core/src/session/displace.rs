//! Files that are played into a call over what is said there (`switch_ivr_displace_session`).

use std::sync::Arc;
use std::time::Duration;

use strowger_media::AudioSource;
use strowger_media::source;

use super::taps::{TapError, TapId};
use super::{Interrupted, Session, SessionHandle};
use crate::channel::HangupCause;
use crate::media::{Displacer, Side};

/// Something to be played into a call.
#[derive(Clone, Debug)]
pub struct DisplaceRequest {
    /// What `playback` would play; a path without a leading `/` is below `sound_prefix`, or the global `base_dir`.
    pub path: String,
    /// For how long.
    pub limit: Option<Duration>,
    /// Along with what is said, and not in its place (`m`).
    pub mixes: bool,
    /// Again and again (`l`).
    pub loops: bool,
    /// In the place of what is heard, and not of what is said (`r`).
    pub heard: bool,
}

/// Why nothing is played into a call.
#[derive(Debug, thiserror::Error)]
pub enum DisplaceError {
    /// The call is over, or does not answer.
    #[error("the call is over")]
    Over,
    /// Its sound cannot be tapped.
    #[error("Can not displace session. {0}")]
    Tap(#[from] TapError),
    /// It is played already.
    #[error("Only 1 of the same file per channel please!")]
    Twice,
    /// There is nothing of that name.
    #[error("{0}")]
    Source(#[from] source::SourceError),
}

/// What is played into a session.
#[derive(Default)]
pub(crate) struct Displacements(Vec<(String, TapId)>);

impl Displacements {
    /// Forgets them: their taps are taken away.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// Plays something into another task's call.
///
/// # Errors
/// [`DisplaceError`]; it was logged.
pub async fn displace(handle: &SessionHandle, request: DisplaceRequest) -> Result<(), DisplaceError> {
    let planned = handle.ask(move |session| session.plan_displacement(request)).await;
    let request = planned.map_err(|_| DisplaceError::Over)??;
    let opened = open(request.clone()).await;
    let begun = handle.ask(move |session| session.begin_displacement(&request, opened)).await;
    begun.map_err(|_| DisplaceError::Over)?
}

impl Session {
    /// Plays something into this call from now on, while it goes on.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ended or was sent elsewhere meanwhile; within it [`DisplaceError`].
    pub async fn displace(&mut self, request: DisplaceRequest) -> Result<Result<(), DisplaceError>, Interrupted> {
        let request = match self.plan_displacement(request) {
            Ok(request) => request,
            Err(error) => return Ok(Err(error)),
        };
        let opened = self.attend(open(request.clone())).await?;
        Ok(self.begin_displacement(&request, opened))
    }

    /// Ends what is played into the call; whether there was any of that name.
    pub fn stop_displacement(&mut self, path: &str) -> bool {
        let full = self.recording_path(path, "base_dir");
        let list = &mut self.displacements.0;
        let Some(place) = list.iter().position(|(name, _)| *name == full) else { return false };
        let (_, tap) = list.remove(place);
        self.remove_tap(tap)
    }

    fn plan_displacement(&mut self, mut request: DisplaceRequest) -> Result<DisplaceRequest, DisplaceError> {
        self.pre_answer().map_err(|_| DisplaceError::Over)?;
        request.path = self.recording_path(&request.path, "base_dir");
        self.refuse_twice(&request.path)?;
        Ok(request)
    }

    fn begin_displacement(
        &mut self,
        request: &DisplaceRequest,
        opened: Result<Box<dyn AudioSource>, source::SourceError>,
    ) -> Result<(), DisplaceError> {
        let begun = self.attach_displacement(request, opened);
        if let Err(error) = &begun {
            tracing::error!(uuid = %self.channel.uuid, "{error}");
        }
        if let Err(DisplaceError::Source(_)) = &begun {
            // As FreeSWITCH does.
            self.hangup(HangupCause::DestinationOutOfOrder);
        }
        begun
    }

    fn attach_displacement(
        &mut self,
        request: &DisplaceRequest,
        opened: Result<Box<dyn AudioSource>, source::SourceError>,
    ) -> Result<(), DisplaceError> {
        let source = opened?;
        if self.channel.is_down() {
            return Err(DisplaceError::Over);
        }
        self.refuse_twice(&request.path)?;
        let side = if request.heard { Side::Heard } else { Side::Said };
        let end = ending(&self.handle, &request.path);
        let displacer = Displacer::new(source, side, request.mixes, end);
        let tap = self.add_tap("displace", &request.path, Arc::new(displacer))?;
        self.displacements.0.push((request.path.clone(), tap));
        if let Some(limit) = request.limit {
            let handle = self.handle.clone();
            tokio::spawn(async move {
                tokio::time::sleep(limit).await;
                // A call that is over plays nothing.
                let _ = handle.post(move |session| session.end_displacement(tap)).await;
            });
        }
        Ok(())
    }

    fn end_displacement(&mut self, tap: TapId) {
        self.displacements.0.retain(|(_, other)| *other != tap);
        self.remove_tap(tap);
    }

    fn refuse_twice(&self, path: &str) -> Result<(), DisplaceError> {
        if self.displacements.0.iter().any(|(name, _)| name == path) { Err(DisplaceError::Twice) } else { Ok(()) }
    }
}

/// Ends what is played, from wherever it is told.
fn ending(handle: &SessionHandle, path: &str) -> impl Fn() + Send + Sync + 'static + use<> {
    let (handle, path) = (handle.clone(), path.to_owned());
    move || {
        let path = path.clone();
        // A call that is over plays nothing; one that is too busy is silent there from now on.
        let _ = handle.tell(move |session| {
            session.stop_displacement(&path);
        });
    }
}

async fn open(request: DisplaceRequest) -> Result<Box<dyn AudioSource>, source::SourceError> {
    let path = request.path.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let source = source::open(&request.path, RATE)?;
        Ok(if request.loops { Box::new(Looped { path: request.path, source }) } else { source })
    });
    // The task fails only when the runtime is shut down.
    opened.await.unwrap_or(Err(source::SourceError::Unsupported(path)))
}

/// A source that begins anew at its end.
struct Looped {
    path: String,
    source: Box<dyn AudioSource>,
}

impl AudioSource for Looped {
    fn fill(&mut self, out: &mut [i16]) -> usize {
        let filled = self.source.fill(out);
        let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) else { return filled };
        // Its header was just read: it comes from memory.
        let Ok(again) = source::open(&self.path, RATE) else { return filled };
        self.source = again;
        // One that has nothing ends here.
        filled + self.source.fill(rest)
    }

    fn rate(&self) -> u32 {
        RATE
    }
}

/// The rate of what passes on a stream.
const RATE: u32 = 8000;
