//! What the variables of a call say about how it is recorded.

use std::path::Path;
use std::time::Duration;

use strowger_config::is_true;
use strowger_media::wav_file::WavTag;

use super::Session;
use super::record::{Gate, RecordRequest};
use crate::media::{Hush, Recorder, RecorderError, RecorderOptions, Tracks};

/// A recording to be begun.
pub(super) struct Plan {
    /// The file.
    pub(super) path: String,
    /// As it was asked for.
    pub(super) asked: String,
    pub(super) gate: Gate,
    /// RECORD_HANGUP_ON_ERROR
    pub(super) hangs_up: bool,
    /// RECORD_TOGGLE_ON_REPEAT
    pub(super) toggles: bool,
    options: RecorderOptions,
}

impl Plan {
    /// Looks up what the request and the channel say. What a file tells about itself is said once: those variables go.
    pub(super) fn new(session: &mut Session, request: RecordRequest) -> Plan {
        let path = session.recording_path(&request.path, "base_dir");
        let tags = session.take_tags();
        let find = |name: &str| {
            let own = request.variables.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
            own.map(|(_, value)| value.as_str()).or_else(|| session.channel.variable(name))
        };
        let set = |name: &str| find(name).is_some_and(is_true);
        let append = set("RECORD_APPEND");
        let least = number(find("RECORD_MIN_SEC")).unwrap_or(0);
        let options = RecorderOptions {
            path: path.clone().into(),
            tracks: tracks(set),
            rate: session.recording_rate(find("record_sample_rate")),
            append,
            tags,
            limit: request.limit,
            least: Duration::from_secs(least),
            hush: hush(find),
        };
        Plan {
            path,
            gate: Gate { answer: set("RECORD_ANSWER_REQ"), bridge: set("RECORD_BRIDGE_REQ") },
            hangs_up: set("RECORD_HANGUP_ON_ERROR"),
            toggles: set("RECORD_TOGGLE_ON_REPEAT"),
            options,
            asked: request.path,
        }
    }

    /// Makes the file, where blocking is allowed.
    pub(super) async fn open(self) -> (Plan, Result<Recorder, RecorderError>) {
        let options = self.options.clone();
        let path = options.path.clone();
        let opened = tokio::task::spawn_blocking(move || Recorder::open(options)).await;
        // The task fails only when the runtime is shut down.
        (self, opened.unwrap_or(Err(RecorderError::Unsupported(path))))
    }
}

impl Session {
    /// Where a recording goes: a relative path is one below `sound_prefix`, or else that global directory.
    #[must_use]
    pub fn recording_path(&self, path: &str, directory: &str) -> String {
        if Path::new(path).is_absolute() || path.contains("://") {
            return path.to_owned();
        }
        let prefix = self.channel.variable("sound_prefix").map(str::to_owned);
        match prefix.or_else(|| self.switch.globals().get(directory)) {
            Some(prefix) => format!("{prefix}/{path}"),
            None => path.to_owned(),
        }
    }

    /// The rate a recording is to have: what is asked for, if that can be, or the channel's.
    #[must_use]
    pub fn recording_rate(&self, asked: Option<&str>) -> u32 {
        let asked = asked.and_then(|rate| rate.trim().parse().ok()).filter(|rate| RATES.contains(rate));
        asked.unwrap_or_else(|| self.channel.read_codec.map_or(RATE, |codec| codec.rate()))
    }

    /// What a recording tells about itself: `RECORD_TITLE` and its like, which go.
    pub fn take_tags(&mut self) -> Vec<(WavTag, String)> {
        let mut tags = Vec::new();
        for (tag, name) in &TAGS {
            if let Some(text) = self.channel.variables.get(name).map(str::to_owned) {
                self.channel.variables.remove(name);
                tags.push((*tag, text));
            }
        }
        tags
    }
}

/// The last that is set counts, as in FreeSWITCH.
fn tracks(set: impl Fn(&str) -> bool) -> Tracks {
    let stereo =
        if set("RECORD_STEREO_SWAP") { Some(Tracks::Swapped) } else { set("RECORD_STEREO").then_some(Tracks::Stereo) };
    let (heard, said) = (set("RECORD_READ_ONLY"), set("RECORD_WRITE_ONLY"));
    match (stereo, heard, said) {
        (Some(stereo), _, _) => stereo,
        (None, true, _) => Tracks::Heard,
        (None, false, true) => Tracks::Said,
        (None, false, false) => Tracks::Mixed,
    }
}

fn hush<'a>(find: impl Fn(&str) -> Option<&'a str>) -> Option<Hush> {
    let threshold = number(find("RECORD_SILENCE_THRESHOLD")).filter(|threshold| *threshold > 0)?;
    let time = |name| number(find(name)).filter(|ms| *ms > 0).map(Duration::from_millis);
    Some(Hush {
        threshold: u32::try_from(threshold).unwrap_or(u32::MAX),
        first: time("RECORD_INITIAL_TIMEOUT_MS"),
        last: time("RECORD_FINAL_TIMEOUT_MS"),
    })
}

fn number(value: Option<&str>) -> Option<u64> {
    value?.trim().parse().ok()
}

/// What a channel records at while it has no codec.
const RATE: u32 = 8000;
/// The rates that can be asked for (`switch_is_valid_rate`).
const RATES: [u32; 10] = [8000, 12_000, 16_000, 24_000, 32_000, 11_025, 22_050, 44_100, 48_000, 96_000];
const TAGS: [(WavTag, &str); 6] = [
    (WavTag::Title, "RECORD_TITLE"),
    (WavTag::Copyright, "RECORD_COPYRIGHT"),
    (WavTag::Software, "RECORD_SOFTWARE"),
    (WavTag::Artist, "RECORD_ARTIST"),
    (WavTag::Comment, "RECORD_COMMENT"),
    (WavTag::Date, "RECORD_DATE"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_recorded() {
        let of = |names: &[&str]| tracks(|name| names.contains(&name));
        assert_eq!(of(&[]), Tracks::Mixed);
        assert_eq!(of(&["RECORD_READ_ONLY"]), Tracks::Heard);
        assert_eq!(of(&["RECORD_WRITE_ONLY"]), Tracks::Said);
        assert_eq!(of(&["RECORD_READ_ONLY", "RECORD_WRITE_ONLY"]), Tracks::Heard);
        assert_eq!(of(&["RECORD_STEREO", "RECORD_READ_ONLY"]), Tracks::Stereo);
        assert_eq!(of(&["RECORD_STEREO", "RECORD_STEREO_SWAP"]), Tracks::Swapped);
    }

    #[test]
    fn what_silence_ends_it() {
        let rule = hush(|name| match name {
            "RECORD_SILENCE_THRESHOLD" => Some("200"),
            "RECORD_FINAL_TIMEOUT_MS" => Some("1500"),
            _ => None,
        });
        let rule = rule.unwrap();
        assert_eq!((rule.threshold, rule.first, rule.last), (200, None, Some(Duration::from_millis(1500))));
        assert!(hush(|_| Some("0")).is_none());
    }
}
