//! WAV files being written: 16-bit linear PCM, under a header that is right whenever it is looked at.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A WAV file that grows. Every write blocks for as long as the disk takes.
#[derive(Debug)]
pub struct WavFile {
    file: File,
    /// Where the samples begin.
    data_at: u64,
    /// Bytes of samples in the file.
    data_bytes: u32,
    /// What is about to be written.
    buffer: Vec<u8>,
}

/// What the samples of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WavLayout {
    /// Channels: a sample of each, in turn.
    pub channels: u16,
    /// Samples a second of one channel.
    pub rate: u32,
}

/// What a WAV file tells about itself (the `INFO` list of RIFF).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WavTag {
    /// `INAM`
    Title,
    /// `ICOP`
    Copyright,
    /// `ISFT`
    Software,
    /// `IART`
    Artist,
    /// `ICMT`
    Comment,
    /// `ICRD`
    Date,
}

/// Why a WAV file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WavFileError {
    /// The system's refusal.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What is to be lengthened is no WAV file of 16-bit PCM with the same channels and rate.
    #[error("what is there is no 16-bit WAV file of {} channels at {} Hz", .0.channels, .0.rate)]
    Unlike(WavLayout),
    /// A WAV file holds 4 GiB at the most.
    #[error("a WAV file cannot be longer than 4 GiB")]
    Full,
}

impl WavTag {
    fn id(self) -> &'static [u8; 4] {
        match self {
            WavTag::Title => b"INAM",
            WavTag::Copyright => b"ICOP",
            WavTag::Software => b"ISFT",
            WavTag::Artist => b"IART",
            WavTag::Comment => b"ICMT",
            WavTag::Date => b"ICRD",
        }
    }
}

impl WavFile {
    /// Makes a file, or empties the one that is there.
    ///
    /// # Errors
    /// [`WavFileError::Io`].
    pub fn create(path: &Path, layout: WavLayout, tags: &[(WavTag, String)]) -> Result<WavFile, WavFileError> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        let header = header(layout, tags);
        file.write_all_at(&header, 0)?;
        Ok(WavFile { file, data_at: header.len() as u64, data_bytes: 0, buffer: Vec::new() })
    }

    /// Goes on behind the samples of a file; makes one where there is none.
    ///
    /// # Errors
    /// [`WavFileError`], when what is there is something else, too.
    pub fn append(path: &Path, layout: WavLayout, tags: &[(WavTag, String)]) -> Result<WavFile, WavFileError> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return WavFile::create(path, layout, tags),
            opened => opened?,
        };
        if file.metadata()?.len() == 0 {
            return WavFile::create(path, layout, tags);
        }
        let (data_at, data_bytes) = find_data(&file, layout)?.ok_or(WavFileError::Unlike(layout))?;
        Ok(WavFile { file, data_at, data_bytes, buffer: Vec::new() })
    }

    /// Writes samples behind those that are there; with several channels they take turns. The header tells of them after
    /// the next [`WavFile::settle`].
    ///
    /// # Errors
    /// [`WavFileError`]; then none of them counts.
    pub fn write(&mut self, samples: &[i16]) -> Result<(), WavFileError> {
        self.buffer.clear();
        self.buffer.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        let length = u32::try_from(self.buffer.len()).map_err(|_| WavFileError::Full)?;
        let data_bytes = self.data_bytes.checked_add(length).filter(|bytes| *bytes <= MAX_DATA);
        let data_bytes = data_bytes.ok_or(WavFileError::Full)?;
        self.file.write_all_at(&self.buffer, self.data_at + u64::from(self.data_bytes))?;
        self.data_bytes = data_bytes;
        Ok(())
    }

    /// Has the header tell of all that was written; the size of the file in bytes.
    ///
    /// # Errors
    /// [`WavFileError::Io`].
    pub fn settle(&mut self) -> Result<u64, WavFileError> {
        let size = self.data_at + u64::from(self.data_bytes);
        // `MAX_DATA` leaves room for the header.
        let riff = u32::try_from(size - CHUNK_HEAD).unwrap_or(u32::MAX);
        self.file.write_all_at(&self.data_bytes.to_le_bytes(), self.data_at - 4)?;
        self.file.write_all_at(&riff.to_le_bytes(), 4)?;
        Ok(size)
    }

    /// Whether it has no samples.
    pub fn is_empty(&self) -> bool {
        self.data_bytes == 0
    }
}

/// Everything in front of the samples of an empty file.
fn header(layout: WavLayout, tags: &[(WavTag, String)]) -> Vec<u8> {
    let WavLayout { channels, rate } = layout;
    let block = channels.saturating_mul(2);
    let mut header = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
    header.extend(16_u32.to_le_bytes());
    header.extend([PCM, channels].map(u16::to_le_bytes).as_flattened());
    header.extend([rate, rate.saturating_mul(u32::from(block))].map(u32::to_le_bytes).as_flattened());
    header.extend([block, 16].map(u16::to_le_bytes).as_flattened());
    if !tags.is_empty() {
        let mut list = b"INFO".to_vec();
        tags.iter().for_each(|(tag, text)| push_chunk(&mut list, tag.id(), cut(text).as_bytes()));
        push_chunk(&mut header, b"LIST", &list);
    }
    push_chunk(&mut header, b"data", &[]);
    let riff = (header.len() as u32).saturating_sub(CHUNK_HEAD as u32);
    if let Some(size) = header.get_mut(4..8) {
        size.copy_from_slice(&riff.to_le_bytes());
    }
    header
}

/// A chunk; one of odd length is followed by a zero.
fn push_chunk(out: &mut Vec<u8>, id: &[u8; 4], content: &[u8]) {
    out.extend(id);
    out.extend((content.len() as u32).to_le_bytes());
    out.extend(content);
    out.extend((content.len() % 2 == 1).then_some(0));
}

fn cut(text: &str) -> &str {
    let end = (0..=MAX_TAG.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// Where the samples begin and how many bytes they are; `None` when it is no file of this layout.
fn find_data(file: &File, layout: WavLayout) -> io::Result<Option<(u64, u32)>> {
    let length = file.metadata()?.len();
    let mut riff = [0; 12];
    file.read_exact_at(&mut riff, 0)?;
    if !(riff.starts_with(b"RIFF") && riff.ends_with(b"WAVE")) {
        return Ok(None);
    }
    let (mut at, mut fits) = (riff.len() as u64, false);
    for _ in 0..MAX_CHUNKS {
        let mut head = [0; CHUNK_HEAD as usize];
        if at + CHUNK_HEAD > length {
            return Ok(None);
        }
        file.read_exact_at(&mut head, at)?;
        at += CHUNK_HEAD;
        let [i0, i1, i2, i3, size @ ..] = head;
        let size = u32::from_le_bytes(size);
        match &[i0, i1, i2, i3] {
            b"data" => {
                // A file that was cut short ends where it does; half a block is written over.
                let there = u64::from(size).min(length - at) as u32;
                let block = u32::from(layout.channels.max(1)) * 2;
                return Ok(fits.then_some((at, there - there % block)));
            }
            b"fmt " => fits = is_format(file, at, layout)?,
            _ => {}
        }
        at += u64::from(size) + u64::from(size % 2);
    }
    Ok(None)
}

fn is_format(file: &File, at: u64, layout: WavLayout) -> io::Result<bool> {
    let mut format = [0; 16];
    file.read_exact_at(&mut format, at)?;
    let [k0, k1, c0, c1, r0, r1, r2, r3, .., b0, b1] = format;
    let there = WavLayout { channels: u16::from_le_bytes([c0, c1]), rate: u32::from_le_bytes([r0, r1, r2, r3]) };
    Ok(u16::from_le_bytes([k0, k1]) == PCM && there == layout && u16::from_le_bytes([b0, b1]) == 16)
}

/// The format of linear PCM.
const PCM: u16 = 1;
/// Bytes of a chunk's name and size.
const CHUNK_HEAD: u64 = 8;
/// What leaves room for the longest header.
const MAX_DATA: u32 = u32::MAX - 65_536;
/// Chunks looked at for the samples.
const MAX_CHUNKS: usize = 64;
/// Bytes of a tag; more is cut off.
const MAX_TAG: usize = 1024;

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use hound::WavReader;

    use super::*;

    const MONO: WavLayout = WavLayout { channels: 1, rate: 8000 };
    const STEREO: WavLayout = WavLayout { channels: 2, rate: 16_000 };

    /// A file that goes when the test does.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Scratch {
            Scratch(std::env::temp_dir().join(format!("strowger-wav-file-{}-{name}.wav", std::process::id())))
        }

        /// What another program reads of it.
        fn read(&self) -> (WavLayout, Vec<i16>) {
            let reader = WavReader::open(&self.0).unwrap();
            let layout = WavLayout { channels: reader.spec().channels, rate: reader.spec().sample_rate };
            assert_eq!(reader.spec().bits_per_sample, 16);
            (layout, reader.into_samples().map(Result::unwrap).collect())
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.0);
        }
    }

    #[test]
    fn the_header_is_right_at_any_time() {
        let scratch = Scratch::new("header");
        let mut file = WavFile::create(&scratch.0, MONO, &[]).unwrap();
        assert_eq!(scratch.read(), (MONO, vec![]));
        file.write(&[1, -2, 3]).unwrap();
        assert_eq!(scratch.read(), (MONO, vec![]), "not told yet");
        assert_eq!(file.settle().unwrap(), 44 + 6);
        assert_eq!(scratch.read(), (MONO, vec![1, -2, 3]));
        file.write(&[i16::MIN]).unwrap();
        assert_eq!(file.settle().unwrap(), std::fs::metadata(&scratch.0).unwrap().len());
        assert_eq!(scratch.read(), (MONO, vec![1, -2, 3, i16::MIN]));
    }

    #[test]
    fn tags_stand_in_front_of_the_samples() {
        let scratch = Scratch::new("tags");
        let tags = [(WavTag::Title, "odd".to_owned()), (WavTag::Artist, "x".repeat(2 * MAX_TAG))];
        let mut file = WavFile::create(&scratch.0, STEREO, &tags).unwrap();
        file.write(&[1, 2, 3, 4]).unwrap();
        file.settle().unwrap();
        assert_eq!(scratch.read(), (STEREO, vec![1, 2, 3, 4]));
        let bytes = std::fs::read(&scratch.0).unwrap();
        assert!(bytes.windows(12).any(|window| window == b"INAM\x03\0\0\0odd\0"));
        assert!(bytes.len() < 2 * MAX_TAG);
    }

    #[test]
    fn a_file_is_lengthened() {
        let scratch = Scratch::new("append");
        for said in [[1, 2], [3, 4], [5, 6]] {
            let mut file = WavFile::append(&scratch.0, STEREO, &[(WavTag::Date, "today".to_owned())]).unwrap();
            file.write(&said).unwrap();
            file.settle().unwrap();
        }
        assert_eq!(scratch.read(), (STEREO, vec![1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn what_is_something_else_is_left_alone() {
        let scratch = Scratch::new("unlike");
        let unlike = || matches!(WavFile::append(&scratch.0, MONO, &[]), Err(WavFileError::Unlike(MONO)));
        std::fs::write(&scratch.0, b"a letter of some length").unwrap();
        assert!(unlike());
        assert_eq!(std::fs::read(&scratch.0).unwrap(), b"a letter of some length");
        WavFile::create(&scratch.0, STEREO, &[]).unwrap();
        assert!(unlike());
        std::fs::write(&scratch.0, b"RIFF\0\0\0\0WAVE").unwrap();
        assert!(unlike());
        std::fs::write(&scratch.0, b"RIFF").unwrap();
        assert!(matches!(WavFile::append(&scratch.0, MONO, &[]), Err(WavFileError::Io(_))));
    }

    #[test]
    fn it_cannot_be_longer_than_its_header_can_tell() {
        let scratch = Scratch::new("full");
        let mut file = WavFile::create(&scratch.0, MONO, &[]).unwrap();
        file.data_bytes = MAX_DATA - 1;
        assert!(matches!(file.write(&[1]), Err(WavFileError::Full)));
        assert_eq!(file.data_bytes, MAX_DATA - 1);
    }
}
