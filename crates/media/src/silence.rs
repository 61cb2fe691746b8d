//! `silence_stream://`: quiet, or quiet with a little noise.

use crate::source::AudioSource;

/// Silence for a time or for ever (FreeSWITCH's `mod_tone_stream.c`).
#[derive(Debug, Clone)]
pub struct SilenceStream {
    rate: u32,
    /// `None` is for ever.
    left: Option<u64>,
    /// What the noise is divided by; zero is none.
    divisor: i32,
    noise: u32,
}

/// Why a silence was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SilenceError {
    /// Neither milliseconds nor `-1`.
    #[error("silence_stream: \"{0}\" is no number of milliseconds")]
    Duration(String),
    /// The noise is no number.
    #[error("silence_stream: \"{0}\" is no noise level")]
    Noise(String),
}

impl SilenceStream {
    /// Reads what follows `silence_stream://`: milliseconds (zero and less is for ever), then optionally a comma and
    /// the divisor of the comfort noise, where more is quieter.
    ///
    /// # Errors
    /// [`SilenceError`] when one of the two is no number.
    pub fn parse(text: &str, rate: u32) -> Result<SilenceStream, SilenceError> {
        let text = text.strip_prefix("silence_stream://").unwrap_or(text);
        let (duration, noise) = text.split_once(',').unwrap_or((text, "0"));
        let milliseconds: i64 =
            duration.trim().parse().map_err(|_| SilenceError::Duration(duration.chars().take(QUOTED).collect()))?;
        let divisor: i32 =
            noise.trim().parse().map_err(|_| SilenceError::Noise(noise.chars().take(QUOTED).collect()))?;
        let samples = u64::try_from(milliseconds).unwrap_or(0).saturating_mul(u64::from(rate)) / 1000;
        let left = (milliseconds > 0).then_some(samples);
        Ok(SilenceStream { rate, left, divisor: divisor.max(0), noise: 0x9E37_79B9 })
    }

    /// A sample of noise: six even ones added come close to a normal distribution.
    fn sample(&mut self) -> i16 {
        let sum: i32 = (0..6)
            .map(|_| {
                self.noise ^= self.noise << 13;
                self.noise ^= self.noise >> 17;
                self.noise ^= self.noise << 5;
                (self.noise >> 16) as i32 - 32_768
            })
            .sum();
        (sum / self.divisor.max(1)).clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
    }
}

impl AudioSource for SilenceStream {
    fn fill(&mut self, out: &mut [i16]) -> usize {
        let wanted = match self.left.as_mut() {
            None => out.len(),
            Some(left) => {
                let wanted = out.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= wanted as u64;
                wanted
            }
        };
        for slot in out.iter_mut().take(wanted) {
            *slot = if self.divisor == 0 { 0 } else { self.sample() };
        }
        wanted
    }

    fn rate(&self) -> u32 {
        self.rate
    }
}

const QUOTED: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lasts_as_long_as_asked() {
        let mut silence = SilenceStream::parse("silence_stream://50", 8000).unwrap();
        let mut out = [1; 300];
        assert_eq!(silence.fill(&mut out), 300);
        assert_eq!(out, [0; 300]);
        assert_eq!(silence.fill(&mut out), 100);
        assert_eq!(silence.fill(&mut out), 0);
        assert_eq!(SilenceStream::parse("-1", 8000).unwrap().fill(&mut out), 300);
    }

    #[test]
    fn noise_is_quiet_and_not_silent() {
        let mut out = [0; 8000];
        SilenceStream::parse("-1,1400", 8000).unwrap().fill(&mut out);
        assert!(out.iter().any(|&sample| sample != 0));
        assert!(out.iter().all(|&sample| sample.abs() < 200));
        let sum: i32 = out.iter().map(|&sample| i32::from(sample)).sum();
        assert!(sum.abs() / 8000 < 5, "it has no offset");
    }

    #[test]
    fn names_what_it_cannot_read() {
        assert_eq!(SilenceStream::parse("long", 8000).unwrap_err(), SilenceError::Duration("long".into()));
        assert_eq!(SilenceStream::parse("10,x", 8000).unwrap_err(), SilenceError::Noise("x".into()));
    }
}
