//! Sound that is all there: an utterance that was made, or one that was heard.

use std::io::Cursor;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use crate::resample::resampled;
use crate::source::AudioSource;

/// Mono PCM.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pcm {
    /// The samples.
    pub samples: Vec<i16>,
    /// How many of them a second has.
    pub rate: u32,
}

/// Why bytes are no sound.
#[derive(Debug, thiserror::Error)]
pub enum PcmError {
    /// No WAV file of linear PCM.
    #[error("this is no WAV file: {0}")]
    Wav(#[from] hound::Error),
    /// More channels than we mix, or a rate out of bounds.
    #[error("a WAV file of {channels} channels at {rate} Hz")]
    Format {
        /// Channels it has.
        channels: u16,
        /// Its sample rate in Hz.
        rate: u32,
    },
}

impl Pcm {
    /// The sound of a WAV file, its channels mixed into one. The lengths in its header may be wrong, as they are where a
    /// program wrote it to a pipe: it lasts as long as there are samples.
    ///
    /// # Errors
    /// [`PcmError`].
    pub fn from_wav(bytes: &[u8]) -> Result<Pcm, PcmError> {
        let reader = WavReader::new(Cursor::new(with_true_length(bytes)))?;
        let WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format } = reader.spec();
        if !(1..=MAX_CHANNELS).contains(&channels) || !(MIN_RATE..=MAX_RATE).contains(&rate) {
            return Err(PcmError::Format { channels, rate });
        }
        let all: Vec<i32> = match sample_format {
            SampleFormat::Int => {
                reader.into_samples::<i32>().map_while(Result::ok).map(|one| scaled(one, bits)).collect()
            }
            // `as` makes a NaN zero.
            SampleFormat::Float => reader
                .into_samples::<f32>()
                .map_while(Result::ok)
                .map(|one| (one.clamp(-1.0, 1.0) * f32::from(i16::MAX)) as i32)
                .collect(),
        };
        let mix = |block: &[i32]| (block.iter().sum::<i32>() / i32::from(channels)) as i16;
        Ok(Pcm { samples: all.chunks_exact(usize::from(channels)).map(mix).collect(), rate })
    }

    /// Bare samples of 16 bits, the lower byte first.
    pub fn from_l16(bytes: &[u8], rate: u32) -> Pcm {
        let (pairs, _) = bytes.as_chunks::<2>();
        Pcm { samples: pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect(), rate }
    }

    /// A WAV file of it.
    pub fn to_wav(&self) -> Vec<u8> {
        let spec =
            WavSpec { channels: 1, sample_rate: self.rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let mut file = Cursor::new(Vec::with_capacity(self.samples.len() * 2 + HEADER));
        // Memory takes what it is given.
        if let Ok(mut writer) = WavWriter::new(&mut file, spec) {
            let _ = self.samples.iter().try_for_each(|sample| writer.write_sample(*sample));
            let _ = writer.finalize();
        }
        file.into_inner()
    }

    /// To be heard at `rate` Hz.
    pub fn source(self, rate: u32) -> Box<dyn AudioSource> {
        resampled(Box::new(PcmSource { rate: self.rate.max(1), samples: self.samples, at: 0 }), rate)
    }
}

struct PcmSource {
    samples: Vec<i16>,
    at: usize,
    rate: u32,
}

impl AudioSource for PcmSource {
    fn fill(&mut self, out: &mut [i16]) -> usize {
        let rest = self.samples.get(self.at..).unwrap_or_default();
        let filled = rest.len().min(out.len());
        for (slot, sample) in out.iter_mut().zip(rest) {
            *slot = *sample;
        }
        self.at += filled;
        filled
    }

    fn seek(&mut self, position: u64) -> bool {
        self.at = usize::try_from(position).unwrap_or(usize::MAX).min(self.samples.len());
        true
    }

    fn rate(&self) -> u32 {
        self.rate
    }
}

/// A sample of so many bits as one of 16.
fn scaled(sample: i32, bits: u16) -> i32 {
    let sample = if bits > 16 { sample >> (bits - 16).min(31) } else { sample << (16 - bits) };
    sample.clamp(i32::from(i16::MIN), i32::from(i16::MAX))
}

/// The file with the lengths of what is there: a writer that could not go back left 0, or as much as can be.
fn with_true_length(bytes: &[u8]) -> Vec<u8> {
    let mut file = bytes.to_vec();
    let (mut at, mut block) = (12_usize, 1);
    while let Some(head) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let [a, b, c, d, length @ ..] = *head;
        let (length, begin) = (u32::from_le_bytes(length) as usize, at + 8);
        if [a, b, c, d] == *b"data" {
            let there = bytes.len() - begin;
            let length = if length == 0 { there } else { length.min(there) };
            let length = u32::try_from(length - length % block).unwrap_or(u32::MAX);
            if let Some(field) = file.get_mut(at + 4..begin) {
                field.copy_from_slice(&length.to_le_bytes());
            }
            break;
        }
        if [a, b, c, d] == *b"fmt " {
            let align = bytes.get(begin + 12..).and_then(|rest| rest.first_chunk::<2>());
            block = align.map_or(1, |align| usize::from(u16::from_le_bytes(*align)).max(1));
        }
        at = begin.saturating_add(length).saturating_add(length % 2);
    }
    file
}

const MAX_CHANNELS: u16 = 8;
const MIN_RATE: u32 = 1000;
const MAX_RATE: u32 = 192_000;
const HEADER: usize = 44;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_written_to_a_pipe_lasts_as_long_as_there_are_samples() {
        let pcm = Pcm { samples: (0..800).collect(), rate: 8000 };
        let wav = pcm.to_wav();
        assert_eq!(Pcm::from_wav(&wav).unwrap(), pcm);
        for length in [0_u32, 0x7fff_f000, u32::MAX] {
            let mut piped = wav.clone();
            piped[40..44].copy_from_slice(&length.to_le_bytes());
            assert_eq!(Pcm::from_wav(&piped).unwrap(), pcm, "{length}");
        }
        let cut = Pcm::from_wav(&wav[..wav.len() - 401]).unwrap();
        assert_eq!(cut.samples, pcm.samples[..599]);
    }

    #[test]
    fn it_is_heard_at_any_rate() {
        let mut source = Pcm { samples: vec![1000; 1600], rate: 16_000 }.source(8000);
        let mut out = [0; 2000];
        assert!(source.fill(&mut out).abs_diff(800) <= 1);
    }

    #[test]
    fn it_goes_on_from_where_it_is_told() {
        let mut source = Pcm { samples: (0..100).collect(), rate: 8000 }.source(8000);
        let mut out = [0; 4];
        assert!(source.seek(97));
        assert_eq!((source.fill(&mut out), out), (3, [97, 98, 99, 0]));
        assert!(source.seek(u64::MAX));
        assert_eq!(source.fill(&mut out), 0);
        assert!(source.seek(0));
        assert_eq!((source.fill(&mut out), out), (4, [0, 1, 2, 3]));
    }

    #[test]
    fn what_is_none_is_refused() {
        assert!(Pcm::from_wav(b"").is_err());
        assert!(Pcm::from_wav(b"<html>502</html>").is_err());
        assert_eq!(Pcm::from_l16(&[1, 2, 3], 8000).samples, [513]);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), at in 0_usize..44) {
            let mut wav = Pcm { samples: vec![1; 20], rate: 8000 }.to_wav();
            let _ = Pcm::from_wav(&bytes);
            wav.truncate(at);
            wav.extend(&bytes);
            let _ = Pcm::from_wav(&wav);
        }

        #[test]
        fn what_is_written_is_read(samples in prop::collection::vec(any::<i16>(), 1..300)) {
            let pcm = Pcm { samples, rate: 8000 };
            prop_assert_eq!(Pcm::from_wav(&pcm.to_wav()).unwrap(), pcm);
        }
    }
}
