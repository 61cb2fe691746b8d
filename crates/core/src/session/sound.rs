use std::sync::Arc;

use strowger_media::source::{self, AudioSource};
use tokio::sync::oneshot;

use super::{Interrupted, Session};
use crate::media::{Controlled, FileChange, FileControl, Played, Seek};

/// What a channel's codec is played at while it has none.
const RATE: u32 = 8000;

impl Session {
    /// Plays a source, so many milliseconds behind its beginning, in a way that others can change ([`Session::file`]);
    /// `None` when the call has no media.
    pub fn play_file(&mut self, source: Box<dyn AudioSource>, from: u32) -> Option<oneshot::Receiver<Played>> {
        let control = Arc::new(FileControl::default());
        if from > 0 {
            control.change(FileChange::Seek(Seek::To(from)));
        }
        self.file = Arc::downgrade(&control);
        self.leg.stream().map(|stream| stream.play(Box::new(Controlled::new(source, control))))
    }

    /// What changes the file that plays, while one does (`switch_ivr_get_file_handle`).
    #[must_use]
    pub fn file(&self) -> Option<Arc<FileControl>> {
        self.file.upgrade()
    }

    /// Plays a file or a stream and tells of it in no event; `None` when it cannot be played, which is logged.
    pub(crate) async fn play(&mut self, spec: &str) -> Result<Option<oneshot::Receiver<Played>>, Interrupted> {
        let rate = self.channel.write_codec.map_or(RATE, |codec| codec.rate());
        let owned = spec.to_owned();
        let opened = self.attend(tokio::task::spawn_blocking(move || source::open(&owned, rate))).await?;
        match opened {
            Ok(Ok(source)) => Ok(self.stream().map(|stream| stream.play(source))),
            Ok(Err(error)) => {
                tracing::error!(uuid = %self.channel.uuid, "{error}");
                Ok(None)
            }
            // The runtime is being shut down.
            Err(_) => Ok(None),
        }
    }
}
