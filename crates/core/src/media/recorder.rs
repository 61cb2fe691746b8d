//! Recording a stream into a WAV file: takes what passes off a [`Timeline`], and writes it where blocking is allowed.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use strowger_media::resample::Resampler;
use strowger_media::wav_file::{WavFile, WavFileError, WavLayout, WavTag};
use tokio::sync::watch;

use super::tap::Tap;
use super::timeline::{HOLD, Timeline};

/// A recording that is ready to begin.
#[derive(Debug)]
pub struct Recorder {
    options: RecorderOptions,
    file: WavFile,
    timeline: Arc<Timeline>,
}

/// What is recorded, and where to.
#[derive(Debug, Clone)]
pub struct RecorderOptions {
    /// The file; directories that are missing are made.
    pub path: PathBuf,
    /// What is in it.
    pub tracks: Tracks,
    /// Its sample rate in Hz.
    pub rate: u32,
    /// Goes on behind what the file has, if there is one.
    pub append: bool,
    /// What the file tells about itself.
    pub tags: Vec<(WavTag, String)>,
    /// How long it may be.
    pub limit: Option<Duration>,
    /// A shorter one is deleted at its end, unless it goes on behind another.
    pub least: Duration,
    /// When silence ends it.
    pub hush: Option<Hush>,
}

/// What a recording has of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracks {
    /// Both ways, mixed.
    Mixed,
    /// What is heard from the far end.
    Heard,
    /// What is sent to it.
    Said,
    /// Two channels, what is heard on the left.
    Stereo,
    /// Two channels, what is sent on the left.
    Swapped,
}

/// The silence that ends a recording.
#[derive(Debug, Clone, Copy)]
pub struct Hush {
    /// The mean amplitude of 20 ms below which they are silent.
    pub threshold: u32,
    /// How long it may last before anything else was heard.
    pub first: Option<Duration>,
    /// How long it may last after that.
    pub last: Option<Duration>,
}

/// Why a recording cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum RecorderError {
    /// A directory is not there and cannot be made.
    #[error("Error creating {}: {source}", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("Error opening {}: {source}", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: WavFileError,
    },
    /// It is no `.wav`.
    #[error("Error opening {}: only .wav files are recorded", .0.display())]
    Unsupported(PathBuf),
}

/// The hand on a running recording; it ends when this is dropped.
#[derive(Debug)]
pub struct RecorderControl(watch::Sender<Control>);

#[derive(Debug, Clone, Copy, Default)]
struct Control {
    paused: bool,
    masked: bool,
    stopped: bool,
}

/// How a recording has ended.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Samples of a channel that were written.
    pub samples: u64,
    /// How many of them are a second.
    pub rate: u32,
    /// Bytes of the file; `None` when it could not be ended properly.
    pub size: Option<u64>,
    /// It was shorter than it had to be, and is gone.
    pub discarded: bool,
    /// Something was recorded, which was no silence if that mattered.
    pub spoken: bool,
    /// Why.
    pub ending: Ending,
}

/// Why a recording has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was told to.
    Stopped,
    /// It is as long as it may be.
    Limit,
    /// It was silent for too long.
    Hush,
    /// The file could not be written; the log tells why.
    Failed,
}

impl Recorder {
    /// Makes the file. Blocks for as long as the disk takes.
    ///
    /// # Errors
    /// [`RecorderError`], which names what cannot be made.
    pub fn open(options: RecorderOptions) -> Result<Recorder, RecorderError> {
        let RecorderOptions { path, tags, rate, .. } = &options;
        if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wav")) {
            return Err(RecorderError::Unsupported(path.clone()));
        }
        if let Some(directory) = path.parent() {
            make_directory(directory)?;
        }
        let layout = WavLayout { channels: options.tracks.channels(), rate: *rate };
        let make = if options.append { WavFile::append } else { WavFile::create };
        let file = make(path, layout, tags).map_err(|source| RecorderError::Open { path: path.clone(), source })?;
        Ok(Recorder { options, file, timeline: Arc::new(Timeline::new(Instant::now())) })
    }

    /// What is to hear the stream ([`super::Stream::tap`]); it keeps 5 s that were not written yet.
    pub fn tap(&self) -> Arc<dyn Tap> {
        Arc::clone(&self.timeline) as Arc<dyn Tap>
    }

    /// Records from now on: the hand on it, and what is to be run until it gives how it ended. It needs a tokio runtime,
    /// on whose threads for blocking work the file is written; while the disk does not take anything nothing waits but
    /// this.
    pub fn begin(self) -> (RecorderControl, impl Future<Output = Recorded> + Send + 'static) {
        let (sender, receiver) = watch::channel(Control::default());
        let Recorder { options, file, timeline } = self;
        let work = Work::new(options, file, timeline);
        (RecorderControl(sender), run(Box::new(work), receiver))
    }
}

impl RecorderControl {
    /// Leaves out what passes, or records again.
    pub fn pause(&self, paused: bool) {
        self.0.send_modify(|control| control.paused = paused);
    }

    /// Records silence in place of what passes, or what passes again.
    pub fn mask(&self, masked: bool) {
        self.0.send_modify(|control| control.masked = masked);
    }

    /// Ends it with what has passed until now.
    pub fn stop(&self) {
        self.0.send_modify(|control| control.stopped = true);
    }
}

impl Tracks {
    fn channels(self) -> u16 {
        match self {
            Tracks::Mixed | Tracks::Heard | Tracks::Said => 1,
            Tracks::Stereo | Tracks::Swapped => 2,
        }
    }
}

impl Recorded {
    /// How long it is, in milliseconds.
    #[must_use]
    pub fn milliseconds(&self) -> u64 {
        self.samples * 1000 / u64::from(self.rate.max(1))
    }
}

/// As FreeSWITCH's `switch_dir_make_recursive`.
fn make_directory(directory: &Path) -> Result<(), RecorderError> {
    std::fs::create_dir_all(directory).map_err(|source| RecorderError::Directory { path: directory.to_owned(), source })
}

/// A running recording, as it goes to and fro between who waits and who writes.
struct Work {
    options: RecorderOptions,
    file: WavFile,
    timeline: Arc<Timeline>,
    heard: Vec<i16>,
    said: Vec<i16>,
    /// For the two channels, where the file's rate is not ours.
    resamplers: Option<[Resampler; 2]>,
    resampled: Vec<i16>,
    frames: Vec<i16>,
    /// Samples of a channel written.
    samples: u64,
    /// The file had something before.
    continues: bool,
    settled: Instant,
    hush: Option<HushMeter>,
    ending: Option<Ending>,
}

async fn run(mut work: Box<Work>, mut control: watch::Receiver<Control>) -> Recorded {
    let (path, rate) = (work.options.path.clone(), work.options.rate);
    let mut state = Control::default();
    loop {
        let changed = tokio::select! {
            changed = control.changed() => Some(changed),
            () = tokio::time::sleep(BEAT) => None,
        };
        // What passed before a change is still under what held then.
        let now = Instant::now();
        let until = if changed.is_some() { Some(now) } else { now.checked_sub(HOLD) };
        let before = state;
        let ends = match changed {
            Some(Ok(())) => {
                state = *control.borrow_and_update();
                state.stopped
            }
            Some(Err(_)) => true,
            None => false,
        };
        let write = move || {
            if let Some(until) = until {
                work.write_until(until, before);
            }
            let ending = work.ending.or(ends.then_some(Ending::Stopped));
            ending.map(|ending| work.finish(ending)).ok_or(work)
        };
        work = match tokio::task::spawn_blocking(write).await {
            Ok(Ok(recorded)) => return recorded,
            Ok(Err(work)) => work,
            Err(error) => {
                // The program ends.
                tracing::error!("Error writing {}: {error}", path.display());
                let ending = Ending::Failed;
                return Recorded { samples: 0, rate, size: None, discarded: false, spoken: false, ending };
            }
        };
    }
}

impl Work {
    fn new(options: RecorderOptions, file: WavFile, timeline: Arc<Timeline>) -> Work {
        let resamplers = (options.rate != RATE).then(|| [(); 2].map(|()| Resampler::new(RATE, options.rate)));
        let hush = options.hush.map(HushMeter::new);
        let buffer = || Vec::with_capacity(USUAL);
        let settled = Instant::now();
        let (continues, resampled, samples, ending) = (!file.is_empty(), Vec::new(), 0, None);
        let (heard, said, frames) = (buffer(), buffer(), buffer());
        Work {
            options,
            file,
            timeline,
            heard,
            said,
            resamplers,
            resampled,
            frames,
            samples,
            continues,
            settled,
            hush,
            ending,
        }
    }

    /// Takes what passed until then off the timeline and writes it, if it is to be written.
    fn write_until(&mut self, until: Instant, control: Control) {
        let mut more = true;
        while more && self.ending.is_none() {
            self.heard.clear();
            self.said.clear();
            more = self.timeline.take(until, &mut self.heard, &mut self.said);
            if control.paused {
                continue;
            }
            if control.masked {
                self.heard.fill(0);
                self.said.fill(0);
            }
            self.write();
        }
        if self.ending.is_none() && self.settled.elapsed() >= SETTLE {
            self.settled = Instant::now();
            let settled = self.file.settle().map(|_| ());
            self.note(settled);
        }
    }

    fn write(&mut self) {
        if let Some(meter) = &mut self.hush
            && meter.is_over(&self.heard, &self.said, self.options.tracks)
        {
            self.ending = Some(Ending::Hush);
        }
        self.mix();
        self.resample();
        let channels = usize::from(self.options.tracks.channels());
        if let Some(limit) = self.options.limit {
            let limit = limit.as_millis() * u128::from(self.options.rate) / 1000;
            let left = usize::try_from(limit.saturating_sub(u128::from(self.samples))).unwrap_or(usize::MAX);
            if self.frames.len() >= left.saturating_mul(channels) {
                self.frames.truncate(left * channels);
                self.ending = Some(Ending::Limit);
            }
        }
        let written = self.file.write(&self.frames);
        if written.is_ok() {
            self.samples += (self.frames.len() / channels) as u64;
        }
        self.note(written);
    }

    /// Puts the two tracks together in `frames`.
    fn mix(&mut self) {
        let (heard, said) = (self.heard.iter().copied(), self.said.iter().copied());
        self.frames.clear();
        match self.options.tracks {
            Tracks::Mixed => self.frames.extend(heard.zip(said).map(|(heard, said)| heard.saturating_add(said))),
            Tracks::Heard => self.frames.extend(heard),
            Tracks::Said => self.frames.extend(said),
            Tracks::Stereo => self.frames.extend(heard.zip(said).flat_map(|(heard, said)| [heard, said])),
            Tracks::Swapped => self.frames.extend(heard.zip(said).flat_map(|(heard, said)| [said, heard])),
        }
    }

    fn resample(&mut self) {
        let Some(resamplers) = &mut self.resamplers else { return };
        let channels = usize::from(self.options.tracks.channels());
        self.resampled.clear();
        for frame in self.frames.chunks_exact(channels) {
            resamplers.iter_mut().zip(frame).for_each(|(resampler, sample)| resampler.push(f32::from(*sample)));
            while resamplers.iter().take(channels).all(Resampler::is_ready) {
                // `as` keeps it within bounds.
                let pulled = resamplers.iter_mut().take(channels).filter_map(Resampler::pull);
                self.resampled.extend(pulled.map(|sample| sample.round() as i16));
            }
        }
        std::mem::swap(&mut self.frames, &mut self.resampled);
    }

    fn note(&mut self, done: Result<(), WavFileError>) {
        if let Err(error) = done {
            tracing::error!("Error writing {}: {error}", self.options.path.display());
            self.ending = Some(if matches!(error, WavFileError::Full) { Ending::Limit } else { Ending::Failed });
        }
    }

    fn finish(&mut self, ending: Ending) -> Recorded {
        let path = &self.options.path;
        let size = match self.file.settle() {
            Ok(size) => Some(size),
            Err(error) => {
                tracing::error!("Error writing {}: {error}", path.display());
                None
            }
        };
        let lost = self.timeline.lost() / (u64::from(RATE) / 1000);
        if lost > 0 {
            tracing::warn!("{} lacks {lost} ms of audio: the disk did not keep up", path.display());
        }
        let spoken = self.hush.as_ref().map_or(self.samples > 0, |meter| meter.spoken);
        let rate = self.options.rate;
        let mut recorded = Recorded { samples: self.samples, rate, size, discarded: false, spoken, ending };
        if !self.continues && u128::from(recorded.milliseconds()) < self.options.least.as_millis() {
            tracing::debug!("Discarding short file {}", path.display());
            recorded.discarded = true;
            if let Err(error) = std::fs::remove_file(path) {
                tracing::warn!("cannot remove {}: {error}", path.display());
            }
        }
        recorded
    }
}

/// Listens for silence.
struct HushMeter {
    rule: Hush,
    energy: u64,
    /// Samples of the running 20 ms.
    count: u32,
    /// How long it has been silent.
    silent: Duration,
    spoken: bool,
}

impl HushMeter {
    fn new(rule: Hush) -> HushMeter {
        HushMeter { rule, energy: 0, count: 0, silent: Duration::ZERO, spoken: false }
    }

    /// Hears on; whether it has been silent for too long.
    fn is_over(&mut self, heard: &[i16], said: &[i16], tracks: Tracks) -> bool {
        let mut over = false;
        for (heard, said) in heard.iter().zip(said) {
            let sample = match tracks {
                Tracks::Heard => *heard,
                Tracks::Said => *said,
                Tracks::Mixed | Tracks::Stereo | Tracks::Swapped => heard.saturating_add(*said),
            };
            self.energy += u64::from(sample.unsigned_abs());
            self.count += 1;
            if self.count == FRAME {
                over |= self.end_frame();
            }
        }
        over
    }

    fn end_frame(&mut self) -> bool {
        let score = self.energy / u64::from(FRAME);
        (self.energy, self.count) = (0, 0);
        if score >= u64::from(self.rule.threshold) {
            self.spoken = true;
            self.silent = Duration::ZERO;
            return false;
        }
        self.silent += FRAME_TIME;
        let most = if self.spoken { self.rule.last } else { self.rule.first };
        most.is_some_and(|most| self.silent >= most)
    }
}

/// The rate of what passes on a stream.
const RATE: u32 = 8000;
/// The samples that are silent together, or not.
const FRAME: u32 = 160;
const FRAME_TIME: Duration = Duration::from_millis(20);
/// How often something is written.
const BEAT: Duration = Duration::from_millis(200);
/// How often the header is put right: what a program that is killed leaves lacks no more.
const SETTLE: Duration = Duration::from_secs(1);
/// Samples taken at a time, as long as nothing is late.
const USUAL: usize = 4096;

#[cfg(test)]
mod tests;
