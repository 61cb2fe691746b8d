//! FreeSWITCH's `tone_stream://`: tones written in teletone's generation markup (TGML).
//!
//! | written | means |
//! |---|---|
//! | `%(on,off,f1,f2…)` | `on` ms of up to 18 tones at once, then `off` ms of silence |
//! | `5` | the two tones of a key for `d=` ms, then `w=` ms of silence; `5(on,off)` says how long itself |
//! | `v=-7;` | level from here on, -63 to 0 dB; teletone's 0 dB peaks at 0.70 of full scale |
//! | `d=2000;` `w=500;` | the times of keys from here on, in ms |
//! | `>=40;` `<=40;` `+=1.5;` | fade out or in from here on: a step every 40 ms, of 1.5 dB |
//! | `l=3;` | the next tone three times |
//! | `L=3;` | all of it three times |
//! | `;loops=3` | at the end: all of it three times; -1 is for ever |
//!
//! Facts from libteletone that can be heard: tones at once are averaged, not added, so two of them are 6 dB below one.

mod generator;
mod parser;
#[cfg(test)]
pub(crate) mod tests;

use generator::Generator;

use crate::source::AudioSource;

/// Tones to be played.
#[derive(Debug, Clone)]
pub struct ToneStream {
    generator: Generator,
    rate: u32,
}

/// Why tones were not understood; positions count bytes from 0 after `tone_stream://`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToneError {
    /// What stands there is not what should.
    #[error("tone_stream: position {position}: want {want}")]
    Syntax {
        /// Where.
        position: usize,
        /// What should stand there.
        want: &'static str,
    },
    /// A number is beyond what it may be.
    #[error("tone_stream: position {position}: {what} must be {bounds}")]
    Range {
        /// Where.
        position: usize,
        /// Which number.
        what: &'static str,
        /// What it may be.
        bounds: &'static str,
    },
    /// A character that is no key and begins no tone.
    #[error("tone_stream: position {position}: no tone for '{character}'")]
    Key {
        /// Where.
        position: usize,
        /// What stands there.
        character: char,
    },
    /// A variable teletone does not have.
    #[error("tone_stream: position {position}: unknown variable '{name}='")]
    Variable {
        /// Where.
        position: usize,
        /// Its name.
        name: char,
    },
    /// Tones from a file, which we do not read.
    #[error("tone_stream: path= is not supported: write the tones themselves")]
    Path,
    /// Nothing that takes any time.
    #[error("tone_stream: nothing to play")]
    Empty,
    /// Longer than [`MAX_LENGTH`] bytes or more than [`MAX_TONES`] tones.
    #[error("tone_stream: too long: at most {MAX_LENGTH} bytes and {MAX_TONES} tones")]
    TooLong,
}

/// Bytes a tone stream may have.
pub const MAX_LENGTH: usize = 4096;
/// Tones it may have, one after another.
pub const MAX_TONES: usize = 256;

impl ToneStream {
    /// Reads tones, with or without `tone_stream://` before them, to be played at 8 kHz.
    ///
    /// # Errors
    /// [`ToneError`], which names the position.
    pub fn parse(text: &str) -> Result<ToneStream, ToneError> {
        ToneStream::parse_at(text, 8000)
    }

    /// Reads tones to be played at `rate` Hz.
    ///
    /// # Errors
    /// [`ToneError`], which names the position.
    pub fn parse_at(text: &str, rate: u32) -> Result<ToneStream, ToneError> {
        let text = text.strip_prefix("tone_stream://").unwrap_or(text);
        let program = parser::parse(text, rate)?;
        Ok(ToneStream { generator: Generator::new(program, rate), rate })
    }
}

impl AudioSource for ToneStream {
    fn fill(&mut self, out: &mut [i16]) -> usize {
        self.generator.fill(out)
    }

    fn rate(&self) -> u32 {
        self.rate
    }
}
