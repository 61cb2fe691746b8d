//! Where audio to be played comes from.

use std::path::Path;

use crate::silence::{SilenceError, SilenceStream};
use crate::tone::{ToneError, ToneStream};
use crate::wav::{WavError, WavSource};

/// Audio to be played, made or read as it is needed.
pub trait AudioSource: Send {
    /// Fills `out` with mono PCM at [`AudioSource::rate`] Hz; fewer samples than asked for means the end.
    fn fill(&mut self, out: &mut [i16]) -> usize;

    /// The sample rate in Hz.
    fn rate(&self) -> u32;

    /// Goes on from so many samples behind the beginning, or from the end where it is shorter; `false` when it goes on
    /// where it is: not everything can be gone back in.
    fn seek(&mut self, _position: u64) -> bool {
        false
    }
}

/// Why a source cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A tone stream was not understood.
    #[error(transparent)]
    Tone(#[from] ToneError),
    /// A silence stream was not understood.
    #[error(transparent)]
    Silence(#[from] SilenceError),
    /// A WAV file cannot be read.
    #[error(transparent)]
    Wav(#[from] WavError),
    /// Neither a stream we know nor a WAV file.
    #[error("cannot play \"{0}\": want tone_stream://, silence_stream:// or a .wav file")]
    Unsupported(String),
}

/// Opens what `spec` names, at `rate` Hz: `tone_stream://…`, `silence_stream://…`, or the path of a `.wav` file.
///
/// Opening a file reads its header, so it may block for as long as a disk takes.
///
/// # Errors
/// [`SourceError`], with the path or the position that is wrong.
pub fn open(spec: &str, rate: u32) -> Result<Box<dyn AudioSource>, SourceError> {
    if let Some(tones) = spec.strip_prefix("tone_stream://") {
        return Ok(Box::new(ToneStream::parse_at(tones, rate)?));
    }
    if let Some(silence) = spec.strip_prefix("silence_stream://") {
        return Ok(Box::new(SilenceStream::parse(silence, rate)?));
    }
    let path = Path::new(spec.strip_prefix("file://").unwrap_or(spec));
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wav")) && !spec_has_scheme(spec) {
        return Ok(WavSource::open(path, rate)?);
    }
    Err(SourceError::Unsupported(spec.chars().take(200).collect()))
}

fn spec_has_scheme(spec: &str) -> bool {
    spec.contains("://") && !spec.starts_with("file://")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(spec: &str) -> String {
        open(spec, 8000).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn dispatches_by_scheme_and_extension() {
        assert_eq!(open("tone_stream://%(100,0,440)", 8000).unwrap().rate(), 8000);
        assert_eq!(open("silence_stream://100", 16_000).unwrap().rate(), 16_000);
    }

    #[test]
    fn says_what_it_cannot_play() {
        assert!(refusal("local_stream://moh.wav").starts_with("cannot play \"local_stream://moh.wav\""));
        assert!(refusal("/nowhere/x.mp3").starts_with("cannot play"));
        assert!(refusal("/nowhere/x.wav").contains("/nowhere/x.wav"));
        assert!(refusal("tone_stream://%(1").contains("tone_stream"));
    }
}
