//! WAV files: any rate, integers of 8 to 32 bits or floats, every channel mixed into one.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavReader, WavSpec};

use crate::resample::resampled;
use crate::source::AudioSource;

/// A WAV file, read in small blocks as it is played.
pub struct WavSource {
    reader: WavReader<BufReader<File>>,
    format: SampleFormat,
    /// How many bits an integer has.
    bits: u16,
    channels: usize,
    rate: u32,
}

/// Why a WAV file cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// It cannot be opened, or is no WAV file of linear PCM.
    #[error("cannot play {}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: hound::Error,
    },
    /// More channels than we mix, or a rate out of bounds.
    #[error("cannot play {}: {channels} channels at {rate} Hz", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Channels it has.
        channels: u16,
        /// Its sample rate in Hz.
        rate: u32,
    },
}

impl WavSource {
    /// Opens a file, to be heard at `rate` Hz.
    ///
    /// # Errors
    /// [`WavError`], which names the file.
    pub fn open(path: &Path, rate: u32) -> Result<Box<dyn AudioSource>, WavError> {
        let reader = WavReader::open(path).map_err(|source| WavError::Read { path: path.to_owned(), source })?;
        let WavSpec { channels, sample_rate, bits_per_sample: bits, sample_format } = reader.spec();
        if !(1..=MAX_CHANNELS).contains(&channels) || !(MIN_RATE..=MAX_RATE).contains(&sample_rate) {
            return Err(WavError::Format { path: path.to_owned(), channels, rate: sample_rate });
        }
        let channels = usize::from(channels);
        let source = WavSource { reader, format: sample_format, bits, channels, rate: sample_rate };
        Ok(resampled(Box::new(source), rate))
    }
}

impl AudioSource for WavSource {
    fn fill(&mut self, out: &mut [i16]) -> usize {
        // A file cut short (a recording that was killed) ends where its samples do.
        match self.format {
            SampleFormat::Int => {
                let bits = self.bits;
                let samples = self.reader.samples::<i32>().map_while(Result::ok);
                mix(samples.map(|sample| of_integer(sample, bits)), self.channels, out)
            }
            SampleFormat::Float => {
                let samples = self.reader.samples::<f32>().map_while(Result::ok);
                mix(samples.map(of_float), self.channels, out)
            }
        }
    }

    fn seek(&mut self, position: u64) -> bool {
        let position = u32::try_from(position).unwrap_or(u32::MAX).min(self.reader.duration());
        self.reader.seek(position).is_ok()
    }

    fn rate(&self) -> u32 {
        self.rate
    }
}

/// Fills `out` with the means of so many samples each; how many there were.
fn mix(mut samples: impl Iterator<Item = i32>, channels: usize, out: &mut [i16]) -> usize {
    for (filled, slot) in out.iter_mut().enumerate() {
        let mut sum = 0;
        for _ in 0..channels {
            let Some(sample) = samples.next() else { return filled };
            sum += sample;
        }
        *slot = (sum / channels as i32) as i16;
    }
    out.len()
}

/// A sample as 16 bits.
fn of_integer(sample: i32, bits: u16) -> i32 {
    let scaled = if bits > 16 { sample >> (bits - 16).min(31) } else { sample << (16 - bits) };
    scaled.clamp(i32::from(i16::MIN), i32::from(i16::MAX))
}

fn of_float(sample: f32) -> i32 {
    // `as` makes a NaN zero.
    (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)) as i32
}

const MAX_CHANNELS: u16 = 8;
const MIN_RATE: u32 = 1000;
const MAX_RATE: u32 = 192_000;

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use hound::WavWriter;

    use super::*;
    use crate::tone::tests::{collect, level_db};

    /// A file that goes when the test does.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Scratch {
            Scratch(std::env::temp_dir().join(format!("strowger-wav-{}-{name}.wav", std::process::id())))
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    fn sine(rate: u32) -> impl Iterator<Item = f64> {
        (0..rate).map(move |n| (2.0 * PI * 600.0 * f64::from(n) / f64::from(rate)).sin() * 0.5)
    }

    fn check(name: &str, spec: WavSpec) {
        let scratch = Scratch::new(name);
        let mut writer = WavWriter::create(&scratch.0, spec).unwrap();
        for value in sine(spec.sample_rate) {
            for _ in 0..spec.channels {
                if spec.sample_format == SampleFormat::Float {
                    writer.write_sample(value as f32).unwrap();
                } else {
                    let full = f64::from(2_u32.pow(u32::from(spec.bits_per_sample) - 1));
                    writer.write_sample((value * full) as i32).unwrap();
                }
            }
        }
        writer.finalize().unwrap();
        let mut source = WavSource::open(&scratch.0, 8000).unwrap();
        let audio = collect(source.as_mut());
        assert!(audio.len().abs_diff(8000) <= 1, "{name}: {}", audio.len());
        let level = level_db(&audio, 600.0, 8000);
        assert!((level + 6.02).abs() < 0.2, "{name}: {level} dB");
    }

    #[test]
    fn every_depth_and_rate() {
        for (channels, sample_rate, bits_per_sample) in
            [(1, 8000, 16), (2, 8000, 16), (1, 8000, 8), (2, 48_000, 24), (1, 44_100, 32), (6, 16_000, 16)]
        {
            let spec = WavSpec { channels, sample_rate, bits_per_sample, sample_format: SampleFormat::Int };
            check(&format!("{channels}-{sample_rate}-{bits_per_sample}"), spec);
        }
        let float = SampleFormat::Float;
        check("float", WavSpec { channels: 2, sample_rate: 32_000, bits_per_sample: 32, sample_format: float });
    }

    #[test]
    fn a_file_goes_on_where_it_is_told_to() {
        for rate in [8000, 16_000] {
            let scratch = Scratch::new(&format!("seek-{rate}"));
            let spec =
                WavSpec { channels: 1, sample_rate: rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
            let mut writer = WavWriter::create(&scratch.0, spec).unwrap();
            (0..rate).for_each(|n| writer.write_sample((n / (rate / 10) * 1000) as i16).unwrap());
            writer.finalize().unwrap();
            let mut source = WavSource::open(&scratch.0, 8000).unwrap();
            for (position, expected, left) in [(4400, 5000, 3600), (0, 0, 8000), (7600, 9000, 400), (9999, 0, 0)] {
                assert!(source.seek(position));
                let mut frame = [0; 80];
                let filled = source.fill(&mut frame);
                assert!(left == 0 || frame[60].abs_diff(expected) < 30, "{rate} {position}: {}", frame[60]);
                assert!((filled + collect(source.as_mut()).len()).abs_diff(left) <= 16, "{rate} {position}");
            }
        }
    }

    #[test]
    fn a_file_cut_short_plays_what_is_there() {
        let scratch = Scratch::new("short");
        let spec = WavSpec { channels: 1, sample_rate: 8000, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let mut writer = WavWriter::create(&scratch.0, spec).unwrap();
        (0..800).for_each(|_| writer.write_sample(1000_i16).unwrap());
        writer.finalize().unwrap();
        let bytes = std::fs::read(&scratch.0).unwrap();
        std::fs::write(&scratch.0, &bytes[..bytes.len() - 401]).unwrap();
        let mut source = WavSource::open(&scratch.0, 8000).unwrap();
        assert_eq!(collect(source.as_mut()).len(), 599);
    }

    #[test]
    fn errors_name_the_file() {
        let scratch = Scratch::new("noise");
        std::fs::write(&scratch.0, b"RIFF no, not really a wave file at all").unwrap();
        let error = WavSource::open(&scratch.0, 8000).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(scratch.0.to_str().unwrap()), "{error}");
    }
}
