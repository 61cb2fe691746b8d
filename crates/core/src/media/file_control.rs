//! A file that plays, as others change it (`switch_ivr_process_fh`): its speed, its loudness, where it is.

use std::sync::Arc;

use parking_lot::Mutex;
use strowger_media::source::AudioSource;

/// What others want of a file that plays.
#[derive(Debug, Default)]
pub struct FileControl(Mutex<Wishes>);

#[derive(Clone, Copy, Debug, Default)]
struct Wishes {
    speed: i32,
    volume: i32,
    is_paused: bool,
    is_stopped: bool,
    seek: Option<Seek>,
}

/// Where a file is to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek {
    /// So many milliseconds behind the beginning.
    To(u32),
    /// So many behind where it is, or before it.
    By(i32),
}

/// A number that is set, or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To that.
    To(i32),
    /// By that.
    By(i32),
}

/// One wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileChange {
    /// A quarter faster a step, two at the most, or slower.
    Speed(Step),
    /// A decibel louder a step, 50 at the most, or softer.
    Volume(Step),
    /// It waits, or goes on again.
    Pause,
    /// It is at its end.
    Stop,
    /// It goes on from its beginning, as fast as it was made.
    Restart,
    /// It goes on from elsewhere.
    Seek(Seek),
}

impl Step {
    fn of(self, value: i32, most: i32) -> i32 {
        let value = match self {
            Self::To(to) => to,
            Self::By(by) => value.saturating_add(by),
        };
        value.clamp(-most, most)
    }
}

impl FileControl {
    /// Has the file changed, from the next frame on.
    pub fn change(&self, change: FileChange) {
        let mut wishes = self.0.lock();
        match change {
            FileChange::Speed(step) => wishes.speed = step.of(wishes.speed, MAX_SPEED),
            FileChange::Volume(step) => wishes.volume = step.of(wishes.volume, MAX_VOLUME),
            FileChange::Pause => wishes.is_paused = !wishes.is_paused,
            FileChange::Stop => wishes.is_stopped = true,
            FileChange::Restart => (wishes.speed, wishes.seek) = (0, Some(Seek::To(0))),
            FileChange::Seek(seek) => wishes.seek = Some(seek),
        }
    }

    /// Whether it waits.
    pub fn is_paused(&self) -> bool {
        self.0.lock().is_paused
    }

    /// What to do now: a wish to go elsewhere is told once.
    fn take(&self) -> Wishes {
        let mut wishes = self.0.lock();
        let now = *wishes;
        wishes.seek = None;
        now
    }
}

/// A source that heeds a [`FileControl`].
pub(crate) struct Controlled {
    source: Box<dyn AudioSource>,
    control: Arc<FileControl>,
    /// Samples of the source that were played.
    position: u64,
    /// What was read and not played yet, at another speed.
    ahead: [i16; 2],
    /// How far the next sample lies between the two.
    fraction: f32,
    has_ended: bool,
}

impl Controlled {
    /// `source`, to be changed by `control`.
    pub(crate) fn new(source: Box<dyn AudioSource>, control: Arc<FileControl>) -> Controlled {
        Controlled { source, control, position: 0, ahead: [0; 2], fraction: 2.0, has_ended: false }
    }

    fn go(&mut self, seek: Seek) {
        let per_ms = i64::from(self.source.rate() / 1000);
        let target = match seek {
            Seek::To(ms) => i64::from(ms) * per_ms,
            Seek::By(ms) => i64::try_from(self.position).unwrap_or(i64::MAX).saturating_add(i64::from(ms) * per_ms),
        };
        let target = u64::try_from(target).unwrap_or(0);
        tracing::debug!("seek to position {target}");
        if self.source.seek(target) {
            (self.position, self.has_ended) = (target, false);
        } else {
            tracing::warn!("File is not seekable");
        }
    }

    /// As many samples as the source has, at its own speed.
    fn fill_plain(&mut self, out: &mut [i16]) -> usize {
        let filled = self.source.fill(out);
        self.position += filled as u64;
        self.has_ended = filled < out.len();
        filled
    }

    /// As many samples, each so far behind the one before.
    fn fill_at(&mut self, step: f32, out: &mut [i16]) -> usize {
        for (filled, slot) in out.iter_mut().enumerate() {
            while self.fraction >= 1.0 {
                let mut next = [0];
                if self.has_ended || self.fill_plain(&mut next) == 0 {
                    return filled;
                }
                self.ahead = [self.ahead[1], next[0]];
                self.fraction -= 1.0;
            }
            let [before, behind] = self.ahead.map(f32::from);
            *slot = (before + (behind - before) * self.fraction) as i16;
            self.fraction += step;
        }
        out.len()
    }
}

impl AudioSource for Controlled {
    fn fill(&mut self, out: &mut [i16]) -> usize {
        let wishes = self.control.take();
        if let Some(seek) = wishes.seek {
            self.go(seek);
        }
        if wishes.is_stopped {
            return 0;
        }
        if wishes.is_paused {
            out.fill(0);
            return out.len();
        }
        let quarter = 0.25 * wishes.speed as f32;
        let filled = match wishes.speed {
            0 if self.has_ended => 0,
            0 => self.fill_plain(out),
            // A quarter of the samples is left out, or as many more are made.
            _ => self.fill_at(1.0 / (1.0 - quarter), out),
        };
        if wishes.volume != 0 {
            let factor = 10_f32.powf(wishes.volume as f32 / 20.0);
            // `as` stays within what a sample can be.
            out.iter_mut().take(filled).for_each(|sample| *sample = (f32::from(*sample) * factor) as i16);
        }
        filled
    }

    fn rate(&self) -> u32 {
        self.source.rate()
    }
}

/// Steps of speed.
const MAX_SPEED: i32 = 2;
/// Decibels.
const MAX_VOLUME: i32 = 50;

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts its samples up, for a second, and can be gone back in.
    struct Ramp(u64);

    impl AudioSource for Ramp {
        fn fill(&mut self, out: &mut [i16]) -> usize {
            let count = out.len().min(8000_usize.saturating_sub(self.0 as usize));
            for slot in out.iter_mut().take(count) {
                *slot = self.0 as i16;
                self.0 += 1;
            }
            count
        }

        fn rate(&self) -> u32 {
            8000
        }

        fn seek(&mut self, position: u64) -> bool {
            self.0 = position.min(8000);
            true
        }
    }

    fn file() -> (Controlled, Arc<FileControl>) {
        let control = Arc::new(FileControl::default());
        (Controlled::new(Box::new(Ramp(0)), Arc::clone(&control)), control)
    }

    fn frame(file: &mut Controlled) -> Vec<i16> {
        let mut frame = vec![0; 160];
        let filled = file.fill(&mut frame);
        frame.truncate(filled);
        frame
    }

    fn rest(file: &mut Controlled) -> usize {
        std::iter::from_fn(|| Some(frame(file).len()).filter(|count| *count > 0)).sum()
    }

    #[test]
    fn it_goes_where_it_is_told_to() {
        let (mut file, control) = file();
        assert_eq!(frame(&mut file)[0], 0);
        control.change(FileChange::Seek(Seek::By(500)));
        assert_eq!(frame(&mut file)[0], 4160);
        control.change(FileChange::Seek(Seek::By(-250)));
        assert_eq!(frame(&mut file)[0], 2320);
        control.change(FileChange::Seek(Seek::To(100)));
        assert_eq!(frame(&mut file)[0], 800);
        control.change(FileChange::Seek(Seek::By(i32::MIN)));
        assert_eq!(frame(&mut file)[0], 0);
        control.change(FileChange::Seek(Seek::To(u32::MAX)));
        assert!(frame(&mut file).is_empty());
    }

    #[test]
    fn it_waits_and_stops() {
        let (mut file, control) = file();
        control.change(FileChange::Pause);
        assert!(control.is_paused());
        assert_eq!(frame(&mut file), [0; 160]);
        control.change(FileChange::Pause);
        assert_eq!(frame(&mut file)[5], 5);
        control.change(FileChange::Stop);
        assert!(frame(&mut file).is_empty());
    }

    #[test]
    fn it_is_faster_slower_louder_and_softer() {
        for (speed, expected) in [(0, 8000), (1, 6000), (2, 4000), (9, 4000), (-1, 10_000), (-2, 12_000)] {
            let (mut file, control) = file();
            control.change(FileChange::Speed(Step::To(speed)));
            assert!(rest(&mut file).abs_diff(expected) < 4, "{speed}");
        }
        let (mut file, control) = file();
        control.change(FileChange::Volume(Step::By(20)));
        assert_eq!(frame(&mut file)[7], 70);
        control.change(FileChange::Volume(Step::By(i32::MIN)));
        assert_eq!(frame(&mut file)[150], 0);
    }
}
