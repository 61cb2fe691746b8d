use std::time::Duration;

use async_trait::async_trait;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Counts, Interrupted, Session, Sought, SoundWait, Waited};

use super::about;
use crate::words::{fields, leading_integer};

/// A wait for sound or for silence.
pub(super) struct Listen {
    about: About,
    /// Where the words of a wait are: the threshold is the first, then so many counts, the time and a file.
    counts: usize,
    sought: fn(&[u32]) -> Sought,
    /// The beginning of the names of what it leaves, and what is logged.
    told: &'static str,
    found: &'static str,
}

pub(super) const WAIT_FOR_SILENCE: Listen = Listen {
    about: about(
        "wait_for_silence",
        "<silence_thresh> <silence_hits> <listen_hits> <timeout_ms> [<file>]",
        "Waits until the caller has spoken for so many frames of 20 ms and then been silent for so many; `wait_for_silence_timeout` says whether that came too late. A file may play meanwhile.",
    ),
    counts: 2,
    sought: |counts| Sought::Pause {
        silent: counts.first().copied().unwrap_or(1),
        listened: counts.get(1).copied().unwrap_or(1),
    },
    told: "wait_for_silence",
    found: "SILENCE DETECTED",
};

pub(super) const DETECT_AUDIO: Listen = Listen {
    about: about(
        "detect_audio",
        "<threshold> <audio_hits> <timeout_ms> [<file>]",
        "Waits until the caller is as loud as the threshold for more than so many frames of 20 ms; `detect_audio_timeout` says whether that came too late.",
    ),
    counts: 1,
    sought: |counts| Sought::Sound(counts.first().copied().unwrap_or(1)),
    told: "detect_audio",
    found: "AUDIO DETECTED",
};

pub(super) const DETECT_SILENCE: Listen = Listen {
    about: about(
        "detect_silence",
        "<threshold> <silence_hits> <timeout_ms> [<file>]",
        "Waits until the caller is no louder than the threshold for more than so many frames of 20 ms; `detect_silence_timeout` says whether that came too late.",
    ),
    counts: 1,
    sought: |counts| Sought::Silence(counts.first().copied().unwrap_or(1)),
    told: "detect_silence",
    found: "SILENCE DETECTED",
};

#[async_trait]
impl Application for Listen {
    fn about(&self) -> About {
        self.about
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let Some(wait) = self.parse(data) else {
            tracing::error!(uuid = %session.channel.uuid, "Usage: {}", self.about.syntax);
            return Ok(());
        };
        let waited = session.wait_for_sound(wait.clone()).await?;
        self.tell(session, &wait, waited);
        Ok(())
    }
}

impl Listen {
    /// Reads the words; `None` when there are too few, or a count is not above 0.
    fn parse(&self, data: &str) -> Option<SoundWait> {
        let words = fields(data, ' ', self.counts + 3);
        let value = |place: usize| words.get(place).map(|word| u32::try_from(leading_integer(word)).unwrap_or(0));
        let counts: Vec<u32> = (1..=self.counts).filter_map(value).filter(|count| *count > 0).collect();
        let threshold = value(0).filter(|threshold| *threshold > 0)?;
        if words.len() < 3 || counts.len() < self.counts {
            return None;
        }
        let limit = value(self.counts + 1).filter(|limit| *limit > 0);
        let file = words.get(self.counts + 2).filter(|file| !file.is_empty()).cloned();
        let limit = limit.map(|limit| Duration::from_millis(u64::from(limit)));
        Some(SoundWait { sought: (self.sought)(&counts), threshold, limit, file })
    }

    fn tell(&self, session: &mut Session, wait: &SoundWait, waited: Waited) {
        let (told, uuid) = (self.told, session.channel.uuid.clone());
        let mut set = |name: &str, value: &str| session.channel.variables.set(&format!("{told}_{name}"), value);
        match waited {
            Waited::Found => {
                set("timeout", "false");
                tracing::debug!(%uuid, "switch_ivr_{told}: {}", self.found);
            }
            Waited::TimedOut(Counts { hits, listened }) => {
                set("timeout", "true");
                if let Sought::Pause { silent, .. } = wait.sought {
                    set("listenhits", &listened.to_string());
                    set("silence_hits", &silent.saturating_sub(hits).to_string());
                    tracing::debug!(%uuid, "switch_ivr_{told}: TIMEOUT 0");
                } else {
                    set("hits", &hits.to_string());
                    tracing::debug!(%uuid, "switch_ivr_{told}: TIMEOUT {hits} hits");
                }
            }
            Waited::Ended => {}
        }
    }
}

/// `sound_test`.
pub(super) struct SoundTest;

#[async_trait]
impl Application for SoundTest {
    fn about(&self) -> About {
        about(
            "sound_test",
            "",
            "Tells in the log, every second, how loud the caller is: means and peaks of magnitudes.",
        )
    }

    async fn run(&self, session: &mut Session, _data: &str) -> Result<(), Interrupted> {
        session.test_sound().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read() {
        let wait = WAIT_FOR_SILENCE.parse("200 15 10 5000 tone_stream://%(100,0,440)").unwrap();
        assert_eq!(wait.sought, Sought::Pause { silent: 15, listened: 10 });
        assert_eq!((wait.threshold, wait.limit), (200, Some(Duration::from_secs(5))));
        assert_eq!(wait.file.as_deref(), Some("tone_stream://%(100,0,440)"));
        assert_eq!(WAIT_FOR_SILENCE.parse("200 15 10").unwrap().limit, None);
        assert_eq!(DETECT_AUDIO.parse("200 5 -1").unwrap().limit, None);
        for data in ["", "200", "200 15", "0 15 10 5", "200 x 10 5", "200 15 -1 5"] {
            assert!(WAIT_FOR_SILENCE.parse(data).is_none(), "{data}");
        }
        assert!(DETECT_SILENCE.parse(&"9".repeat(100_000)).is_none());
    }
}
