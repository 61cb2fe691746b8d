use std::path::PathBuf;

use super::super::tap::{Passing, Side};
use super::*;

/// A directory that goes when the test does.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        Scratch(std::env::temp_dir().join(format!("strowger-recorder-{}-{name}", std::process::id())))
    }

    fn options(&self, tracks: Tracks) -> RecorderOptions {
        RecorderOptions {
            path: self.0.join("deep/down/x.wav"),
            tracks,
            rate: 8000,
            append: false,
            tags: Vec::new(),
            limit: None,
            least: Duration::ZERO,
            hush: None,
        }
    }

    /// Rate and channels of the file, and its samples.
    fn read(&self) -> ((u32, u16), Vec<i16>) {
        let bytes = std::fs::read(self.0.join("deep/down/x.wav")).unwrap();
        let at = bytes.windows(4).position(|four| four == b"data").unwrap() + 8;
        let rate = u32::from_le_bytes(bytes[24..28].try_into().unwrap());
        let told = u32::from_le_bytes(bytes[at - 4..at].try_into().unwrap()) as usize;
        assert_eq!(told, bytes.len() - at, "the header is right");
        let samples = bytes[at..].as_chunks().0.iter().map(|pair: &[u8; 2]| i16::from_le_bytes(*pair)).collect();
        ((rate, u16::from(bytes[22])), samples)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A recording whose time is told and not waited for.
struct Told {
    work: Work,
    begun: Instant,
    passed: Duration,
    control: Control,
}

impl Told {
    fn new(options: RecorderOptions) -> Told {
        let Recorder { options, file, .. } = Recorder::open(options).unwrap();
        let begun = Instant::now();
        let work = Work::new(options, file, Arc::new(Timeline::new(begun)));
        Told { work, begun, passed: Duration::ZERO, control: Control::default() }
    }

    /// So many frames of 20 ms pass, both ways, and are written.
    fn pass(&mut self, frames: usize, heard: i16, said: i16) {
        for _ in 0..frames {
            for (side, value) in [(Side::Heard, heard), (Side::Said, said)] {
                let passing = Passing { side, at: self.begun + self.passed, timestamp: None };
                self.work.timeline.pass(&mut [value; 160], passing);
            }
            self.passed += FRAME_TIME;
        }
        self.work.write_until(self.begun + self.passed, self.control);
    }

    fn end(&mut self) -> Recorded {
        let ending = self.work.ending.unwrap_or(Ending::Stopped);
        self.work.finish(ending)
    }
}

#[test]
fn every_layout() {
    let scratch = Scratch::new("layouts");
    for (tracks, channels, expected) in [
        (Tracks::Mixed, 1, vec![30_i16; 1600]),
        (Tracks::Heard, 1, vec![10; 1600]),
        (Tracks::Said, 1, vec![20; 1600]),
        (Tracks::Stereo, 2, [10, 20].repeat(1600)),
        (Tracks::Swapped, 2, [20, 10].repeat(1600)),
    ] {
        let mut told = Told::new(scratch.options(tracks));
        told.pass(10, 10, 20);
        let recorded = told.end();
        assert_eq!((recorded.samples, recorded.milliseconds()), (1600, 200));
        assert_eq!(recorded.size, Some(44 + 1600 * 2 * u64::from(channels)));
        assert_eq!(scratch.read(), ((8000, channels), expected), "{tracks:?}");
    }
}

#[test]
fn mixed_sound_is_clipped_and_not_turned_over() {
    let scratch = Scratch::new("clipped");
    let mut told = Told::new(scratch.options(Tracks::Mixed));
    told.pass(1, 30_000, 30_000);
    told.end();
    assert_eq!(scratch.read().1, [i16::MAX; 160]);
}

#[test]
fn paused_and_masked() {
    let scratch = Scratch::new("paused");
    let mut told = Told::new(scratch.options(Tracks::Heard));
    told.pass(1, 1, 0);
    told.control.paused = true;
    told.pass(5, 2, 0);
    told.control = Control { masked: true, ..Control::default() };
    told.pass(1, 3, 0);
    told.control.masked = false;
    told.pass(1, 4, 0);
    assert_eq!(told.end().samples, 480);
    assert_eq!(scratch.read().1, [[1; 160], [0; 160], [4; 160]].concat());
}

#[test]
fn another_rate() {
    let scratch = Scratch::new("rate");
    let mut told = Told::new(RecorderOptions { rate: 16_000, ..scratch.options(Tracks::Stereo) });
    told.pass(50, 1000, -1000);
    let recorded = told.end();
    assert!(recorded.milliseconds().abs_diff(1000) <= 5, "{recorded:?}");
    let (format, samples) = scratch.read();
    assert_eq!((format, samples.len() as u64), ((16_000, 2), recorded.samples * 2));
    let [left, right] = samples[16_000..16_002] else { panic!() };
    assert!((left - 1000).abs() < 50 && (right + 1000).abs() < 50, "{left} {right}");
}

#[test]
fn a_limit_is_kept_to_the_sample() {
    let scratch = Scratch::new("limit");
    let limit = Some(Duration::from_millis(1010));
    let mut told = Told::new(RecorderOptions { limit, ..scratch.options(Tracks::Stereo) });
    told.pass(100, 1, 2);
    let recorded = told.end();
    assert_eq!((recorded.ending, recorded.samples), (Ending::Limit, 8080));
}

#[test]
fn what_is_too_short_is_gone() {
    let scratch = Scratch::new("short");
    for (frames, discarded) in [(49, true), (50, false)] {
        let least = Duration::from_secs(1);
        let mut told = Told::new(RecorderOptions { least, ..scratch.options(Tracks::Mixed) });
        told.pass(frames, 1, 1);
        assert_eq!(told.end().discarded, discarded);
        assert_eq!(scratch.0.join("deep/down/x.wav").exists(), !discarded);
    }
}

#[test]
fn what_is_there_is_kept() {
    let scratch = Scratch::new("append");
    for (value, least) in [(1, 0), (2, 5)] {
        let least = Duration::from_secs(least);
        let mut told = Told::new(RecorderOptions { append: true, least, ..scratch.options(Tracks::Heard) });
        told.pass(1, value, 0);
        assert!(!told.end().discarded);
    }
    assert_eq!(scratch.read().1, [[1; 160], [2; 160]].concat());
}

#[test]
fn silence_ends_it() {
    let hush = Hush { threshold: 200, first: Some(Duration::from_secs(2)), last: Some(Duration::from_secs(1)) };
    let scratch = Scratch::new("hush");
    let options = RecorderOptions { hush: Some(hush), ..scratch.options(Tracks::Heard) };
    let mut told = Told::new(options.clone());
    told.pass(99, 199, 5000);
    assert_eq!(told.work.ending, None);
    told.pass(1, 199, 5000);
    assert_eq!((told.work.ending, told.end().spoken), (Some(Ending::Hush), false));
    let mut told = Told::new(options);
    for _ in 0..5 {
        told.pass(49, 0, 0);
        told.pass(1, -200, 0);
    }
    told.pass(49, 0, 0);
    assert_eq!(told.work.ending, None);
    told.pass(1, 0, 0);
    assert_eq!((told.work.ending, told.end().spoken), (Some(Ending::Hush), true));
}

#[test]
fn refusals_name_what_they_are_about() {
    let scratch = Scratch::new("refusals");
    let refused = |path: PathBuf| {
        Recorder::open(RecorderOptions { path, ..scratch.options(Tracks::Mixed) }).unwrap_err().to_string()
    };
    assert_eq!(refused("/x/y.mp3".into()), "Error opening /x/y.mp3: only .wav files are recorded");
    assert!(refused("/dev/null/y.wav".into()).starts_with("Error creating /dev/null: "));
    std::fs::create_dir_all(scratch.0.join("d.wav")).unwrap();
    assert!(refused(scratch.0.join("d.wav")).starts_with(&format!("Error opening {}", scratch.0.display())));
}

#[test]
fn a_disk_that_is_full_ends_it() {
    let scratch = Scratch::new("full");
    std::fs::create_dir_all(scratch.0.join("deep/down")).unwrap();
    let options = scratch.options(Tracks::Mixed);
    std::os::unix::fs::symlink("/dev/full", &options.path).unwrap();
    let error = Recorder::open(options).unwrap_err().to_string();
    assert!(error.contains("No space left on device"), "{error}");
}

#[tokio::test]
async fn it_is_told_to_stop() {
    let scratch = Scratch::new("stop");
    let recorder = Recorder::open(scratch.options(Tracks::Heard)).unwrap();
    let tap = recorder.tap();
    let (control, running) = recorder.begin();
    let running = tokio::spawn(running);
    control.mask(true);
    control.mask(false);
    tap.pass(&mut [7; 160], Passing { side: Side::Heard, at: Instant::now(), timestamp: None });
    control.stop();
    let recorded = running.await.unwrap();
    assert_eq!((recorded.ending, recorded.discarded), (Ending::Stopped, false));
    assert_eq!(scratch.read().1.len() as u64, recorded.samples);
}

#[tokio::test]
async fn it_ends_with_who_began_it() {
    let scratch = Scratch::new("dropped");
    let (control, running) = Recorder::open(scratch.options(Tracks::Said)).unwrap().begin();
    drop(control);
    assert_eq!(running.await.ending, Ending::Stopped);
}
