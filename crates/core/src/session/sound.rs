use strowger_media::source;
use tokio::sync::oneshot;

use super::{Interrupted, Session};
use crate::media::Played;

/// What a channel's codec is played at while it has none.
const RATE: u32 = 8000;

impl Session {
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
