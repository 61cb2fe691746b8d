//! Waiting for sound, or for silence, on a call (`switch_ivr_wait_for_silence`, `switch_ivr_detect_audio`,
//! `switch_ivr_detect_silence`), and giving it back later (`switch_ivr_delay_echo`).

use std::sync::Arc;
use std::time::Duration;

use strowger_media::loudness::mean_magnitude;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::{Interrupted, Session};
use crate::media::{DelayLine, HOLD, Timeline};

/// What is waited for. Hits are frames of 20 ms; a frame without packets is silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    /// So many frames running that are as loud as the threshold, and one more.
    Sound(u32),
    /// So many frames running that are no louder, and one more.
    Silence(u32),
    /// More than `listened` frames that are as loud, then `silent` running that are not, and half a second.
    Pause {
        /// Frames running that are below the threshold.
        silent: u32,
        /// Frames in all that are not.
        listened: u32,
    },
}

/// A wait for sound or silence.
#[derive(Clone, Debug)]
pub struct SoundWait {
    /// What is waited for.
    pub sought: Sought,
    /// How loud is loud: the mean magnitude of a frame's samples.
    pub threshold: u32,
    /// For how long; `None` for ever.
    pub limit: Option<Duration>,
    /// What is played meanwhile; its end ends the wait.
    pub file: Option<String>,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// It came.
    Found,
    /// It did not come in time; what was counted so far.
    TimedOut(Counts),
    /// There is nothing to be heard, the file cannot be played, or it is over.
    Ended,
}

/// What a wait has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames that count, running.
    pub hits: u32,
    /// For [`Sought::Pause`]: frames as loud as the threshold, in all.
    pub listened: u32,
}

impl Session {
    /// Waits for sound or silence in what the far end says.
    ///
    /// # Errors
    /// [`Interrupted`] when the call ends or is sent elsewhere first.
    pub async fn wait_for_sound(&mut self, wait: SoundWait) -> Result<Waited, Interrupted> {
        self.pre_answer()?;
        let playing = match &wait.file {
            Some(file) => match self.play(file).await? {
                Some(playing) => Some(playing),
                None => return Ok(Waited::Ended),
            },
            None => None,
        };
        let timeline = Arc::new(Timeline::new(std::time::Instant::now()));
        let tap = Arc::clone(&timeline);
        let Ok(id) = self.add_private_tap(tap) else { return Ok(Waited::Ended) };
        let over = async {
            match playing {
                Some(playing) => drop(playing.await),
                None => std::future::pending().await,
            }
        };
        let listening = async {
            tokio::select! {
                waited = listen(&wait, &timeline) => waited,
                () = over => Waited::Ended,
            }
        };
        let waited = self.attend(listening).await;
        self.remove_tap(id);
        if let Some(stream) = self.leg.stream().filter(|_| wait.file.is_some()) {
            stream.stop();
        }
        waited
    }

    /// Sends what the far end says back so much later, until the call ends or is sent elsewhere.
    pub async fn echo_later(&mut self, milliseconds: u16) -> Interrupted {
        if let Err(interrupted) = self.pre_answer() {
            return interrupted;
        }
        let tap = self.add_private_tap(Arc::new(DelayLine::new(milliseconds))).ok();
        if let Some(stream) = self.leg.stream() {
            stream.echo();
        }
        let interrupted = self.idle().await;
        if let Some(stream) = self.leg.stream() {
            stream.idle();
        }
        if let Some(id) = tap {
            self.remove_tap(id);
        }
        interrupted
    }
}

impl Session {
    /// Tells in the log, every second, how loud the far end is, until the call ends, is sent elsewhere or is to break
    /// (`switch_ivr_sound_test`).
    ///
    /// # Errors
    /// [`Interrupted`] when the call ends or is sent elsewhere.
    pub async fn test_sound(&mut self) -> Result<(), Interrupted> {
        self.pre_answer()?;
        let timeline = Arc::new(Timeline::new(std::time::Instant::now()));
        let tap = Arc::clone(&timeline);
        let Ok(id) = self.add_private_tap(tap) else { return Ok(()) };
        let uuid = self.channel.uuid.clone();
        let ended = self.attend_until(measure(&uuid, &timeline), Session::take_break).await;
        self.remove_tap(id);
        ended.map(|_| ())
    }
}

async fn measure(uuid: &str, timeline: &Timeline) {
    let mut meter = Meter::default();
    let (mut heard, mut said) = (Vec::with_capacity(USUAL), Vec::with_capacity(USUAL));
    let mut beat = interval(FRAME_TIME);
    beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        beat.tick().await;
        let Some(until) = std::time::Instant::now().checked_sub(HOLD) else { continue };
        said.clear();
        timeline.take(until, &mut heard, &mut said);
        let whole = heard.len() - heard.len() % FRAME;
        for told in heard.drain(..whole).as_slice().chunks(FRAME).filter_map(|frame| meter.hear(frame)) {
            tracing::info!(uuid, "{told}");
        }
    }
}

/// Means of magnitudes.
#[derive(Default)]
struct Meter {
    period: (u64, u64),
    all: (u64, u64),
}

/// Frames of a second.
const PERIOD: u64 = 50;

impl Meter {
    /// Takes a frame in; what is to be told, once a second.
    fn hear(&mut self, frame: &[i16]) -> Option<String> {
        let (mean, peak) = (mean_magnitude(frame), frame.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0));
        let add = |(sum, count): (u64, u64)| (sum + u64::from(mean), count + 1);
        (self.period, self.all) = (add(self.period), add(self.all));
        let [(period, frames), (all, total)] = [self.period, self.all];
        if frames < PERIOD {
            return None;
        }
        self.period = (0, 0);
        let (period, all) = (period / frames, all / total);
        Some(format!("packet_avg={mean} packet_peak={peak} period_avg={period} global_avg={all}"))
    }
}

async fn listen(wait: &SoundWait, timeline: &Timeline) -> Waited {
    let begun = Instant::now();
    let mut counter = Counter { wait, counts: Counts::default(), countdown: None };
    let (mut heard, mut said) = (Vec::with_capacity(USUAL), Vec::with_capacity(USUAL));
    let mut beat = interval(FRAME_TIME);
    beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        beat.tick().await;
        if wait.limit.is_some_and(|limit| begun.elapsed() >= limit + HOLD) {
            return Waited::TimedOut(counter.counts);
        }
        let Some(until) = std::time::Instant::now().checked_sub(HOLD) else { continue };
        said.clear();
        timeline.take(until, &mut heard, &mut said);
        let whole = heard.len() - heard.len() % FRAME;
        if heard.drain(..whole).as_slice().chunks(FRAME).any(|frame| counter.is_found(mean_magnitude(frame))) {
            return Waited::Found;
        }
    }
}

struct Counter<'a> {
    wait: &'a SoundWait,
    counts: Counts,
    /// Frames until it is over, once it was found.
    countdown: Option<u32>,
}

impl Counter<'_> {
    /// Counts a frame as loud as that; whether it is what was missing.
    fn is_found(&mut self, loudness: u32) -> bool {
        let threshold = self.wait.threshold;
        let counts = &mut self.counts;
        match self.wait.sought {
            Sought::Sound(least) => counts.note(loudness >= threshold, least),
            Sought::Silence(least) => counts.note(loudness <= threshold, least),
            Sought::Pause { silent, listened } => {
                if let Some(left) = &mut self.countdown {
                    *left = left.saturating_sub(1);
                    return *left == 0;
                }
                counts.listened = counts.listened.saturating_add(u32::from(loudness >= threshold));
                if counts.note(loudness < threshold && counts.listened > listened, silent.saturating_sub(1)) {
                    self.countdown = Some(LINGER);
                }
                false
            }
        }
    }
}

impl Counts {
    /// Counts a frame that counts, or begins anew; whether there are more than so many.
    fn note(&mut self, counts: bool, least: u32) -> bool {
        self.hits = if counts { self.hits.saturating_add(1) } else { 0 };
        self.hits > least
    }
}

/// Samples that are silent together, or not: 20 ms.
const FRAME: usize = 160;
const FRAME_TIME: Duration = Duration::from_millis(20);
/// Samples taken at a time, as long as nothing is late.
const USUAL: usize = 4 * FRAME;
/// Frames that a pause lasts once it was found.
const LINGER: u32 = 25;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sought: Sought, frames: &[(u32, usize)], expected: Option<usize>) {
        let wait = SoundWait { sought, threshold: 100, limit: None, file: None };
        let mut counter = Counter { wait: &wait, counts: Counts::default(), countdown: None };
        let frames = frames.iter().flat_map(|(loudness, count)| std::iter::repeat_n(*loudness, *count));
        let found = frames.enumerate().find(|(_, loudness)| counter.is_found(*loudness)).map(|(place, _)| place);
        assert_eq!(found, expected, "{sought:?}");
    }

    #[test]
    fn a_meter_tells_once_a_second() {
        let mut meter = Meter::default();
        let mut told = [100, 200]
            .into_iter()
            .flat_map(|level| (0..PERIOD).filter_map(|_| meter.hear(&[-level; FRAME])).collect::<Vec<_>>());
        assert_eq!(told.next().as_deref(), Some("packet_avg=100 packet_peak=100 period_avg=100 global_avg=100"));
        assert_eq!(told.next().as_deref(), Some("packet_avg=200 packet_peak=200 period_avg=200 global_avg=150"));
        assert_eq!(told.next(), None);
    }

    #[test]
    fn sound_and_silence_are_counted() {
        check(Sought::Sound(3), &[(99, 5), (100, 3), (0, 1), (500, 4)], Some(12));
        check(Sought::Sound(3), &[(99, 50)], None);
        check(Sought::Silence(2), &[(101, 5), (100, 2), (101, 1), (0, 3)], Some(10));
        check(Sought::Sound(u32::MAX), &[(500, 50)], None);
    }

    #[test]
    fn a_pause_is_silence_behind_speech() {
        let pause = Sought::Pause { silent: 4, listened: 2 };
        check(pause, &[(0, 50)], None);
        check(pause, &[(500, 2), (0, 50)], None);
        check(pause, &[(500, 3), (0, 3), (500, 1), (0, 50)], Some(3 + 3 + 1 + 4 + 24));
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_counted_has_an_end(silent: u32, listened: u32, loudness in proptest::collection::vec(0..40_000_u32, 0..200)) {
            let wait = SoundWait { sought: Sought::Pause { silent, listened }, threshold: 100, limit: None, file: None };
            let mut counter = Counter { wait: &wait, counts: Counts::default(), countdown: None };
            for loudness in loudness {
                counter.is_found(loudness);
            }
        }
    }
}
