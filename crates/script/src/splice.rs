//! One WAV file put into another (`switch_ivr_insert_file`).

use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavReader, WavWriter};

/// Why it is not.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpliceError {
    /// One of them is none, or cannot be written.
    #[error(transparent)]
    Wav(#[from] hound::Error),
    /// The result cannot take the old one's place.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// They do not go together.
    #[error("a WAV file can only be put into one of the same rate, channels and 16 bits")]
    Unlike,
}

/// Puts `inserted` into `file` behind so many of its frames, at its end when it has fewer. The file is replaced as a whole:
/// whoever reads it meanwhile reads the old one.
pub(crate) fn insert(file: &Path, inserted: &Path, frames: usize) -> Result<(), SpliceError> {
    let (mut old, mut new) = (WavReader::open(file)?, WavReader::open(inserted)?);
    let form = old.spec();
    if form != new.spec() || form.sample_format != SampleFormat::Int || form.bits_per_sample != 16 {
        return Err(SpliceError::Unlike);
    }
    let mut beside: PathBuf = file.into();
    beside.as_mut_os_string().push(".insert");
    let written = write(&beside, &mut old, &mut new, frames.saturating_mul(usize::from(form.channels)));
    if written.is_ok() {
        std::fs::rename(&beside, file)?;
    } else {
        // It is of no use; what matters is why.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

type Reader = WavReader<std::io::BufReader<std::fs::File>>;

fn write(to: &Path, old: &mut Reader, new: &mut Reader, before: usize) -> Result<(), SpliceError> {
    let mut out = WavWriter::create(to, old.spec())?;
    let mut rest = old.samples::<i16>();
    for sample in rest.by_ref().take(before) {
        out.write_sample(sample?)?;
    }
    for sample in new.samples::<i16>().chain(rest) {
        out.write_sample(sample?)?;
    }
    Ok(out.finalize()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_go_in_between() {
        let folder = std::env::temp_dir();
        let path = |name: &str| folder.join(format!("strowger-splice-{}-{name}.wav", std::process::id()));
        let spec = |sample_rate| hound::WavSpec {
            channels: 1,
            sample_rate,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let make = |name: &str, rate, samples: &[i16]| {
            let mut out = WavWriter::create(path(name), spec(rate)).unwrap();
            samples.iter().for_each(|sample| out.write_sample(*sample).unwrap());
            out.finalize().unwrap();
        };
        make("a", 8000, &[1, 2, 3]);
        make("b", 8000, &[9, 9]);
        make("c", 16_000, &[5]);
        insert(&path("a"), &path("b"), 1).unwrap();
        let read = || WavReader::open(path("a")).unwrap().samples::<i16>().map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(read(), [1, 9, 9, 2, 3]);
        insert(&path("a"), &path("b"), 99).unwrap();
        assert_eq!(read(), [1, 9, 9, 2, 3, 9, 9]);
        assert!(insert(&path("a"), &path("c"), 0).is_err() && insert(&path("a"), &path("d"), 0).is_err());
        ["a", "b", "c"].iter().for_each(|name| std::fs::remove_file(path(name)).unwrap());
    }
}
