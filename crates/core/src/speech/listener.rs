//! One call's speech, listened to by a task of its own.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use strowger_media::pcm::Pcm;
use strowger_media::utterance::{Turn, UtteranceDetector, UtteranceSettings};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::{Heard, Recogniser, Recognition, SpeechError};
use crate::media::{Passing, Side, Tap};

/// The rate of what passes by a tap, in Hz.
const RATE: u32 = 8000;

/// Frames that may wait for the task: 5 s of 20 ms. Policy when full: what is newest is lost.
const MAX_FRAMES: usize = 250;

/// Sound that does not come is silence after this time.
const PATIENCE: Duration = Duration::from_millis(100);

/// Grammars and parameters a call may have, each; further ones are forgotten.
const MAX_SETTINGS: usize = 64;

/// How long nobody may speak, unless the call says otherwise (`no-input-timeout`).
const NO_INPUT: Duration = Duration::from_secs(5);

/// A tap that hands what is heard on, and never waits.
pub(crate) struct Ear(mpsc::Sender<Box<[i16]>>);

impl Ear {
    /// One, and the way out of it.
    pub(crate) fn new() -> (Arc<Ear>, mpsc::Receiver<Box<[i16]>>) {
        let (sender, frames) = mpsc::channel(MAX_FRAMES);
        (Arc::new(Ear(sender)), frames)
    }
}

impl Tap for Ear {
    fn pass(&self, frame: &mut [i16], passing: Passing) -> bool {
        if passing.side == Side::Heard {
            let _ = self.0.try_send(Box::from(&*frame));
        }
        false
    }
}

/// What a listener is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Hear nothing until told to resume.
    Pause,
    /// Hear again.
    Resume,
    /// Nobody may be silent for longer than the no-input timeout from now on.
    StartTimers,
    /// A parameter.
    Set(String, String),
    /// A grammar, by its name.
    Load(String, String),
    /// It is forgotten.
    Unload(String),
    /// It is on or off.
    Enable(String, bool),
    /// All are off.
    DisableAll,
}

/// What a listener tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// Somebody speaks.
    Began,
    /// What was said, as XML or as the engine words it.
    Detected(String),
}

type Work = Pin<Box<dyn Future<Output = Result<Recognition, SpeechError>> + Send>>;

/// Finds utterances in what is heard, and has them recognised, one after the other.
pub(crate) struct Listener {
    engine: Arc<dyn Recogniser>,
    uuid: String,
    detector: UtteranceDetector,
    settings: UtteranceSettings,
    no_input: Duration,
    grammars: BTreeMap<String, (String, bool)>,
    grammar: String,
    parameters: BTreeMap<String, String>,
    /// It hears nothing: it was told so, or has told what was said.
    paused: bool,
    /// Until when somebody must begin to speak.
    due: Option<Instant>,
    heard_at: Instant,
}

impl Listener {
    /// One for a call.
    pub(crate) fn new(engine: Arc<dyn Recogniser>, uuid: &str) -> Listener {
        let settings = UtteranceSettings::default();
        Listener {
            engine,
            uuid: uuid.to_owned(),
            detector: UtteranceDetector::new(settings, RATE),
            settings,
            no_input: NO_INPUT,
            grammars: BTreeMap::new(),
            grammar: String::new(),
            parameters: BTreeMap::new(),
            paused: false,
            due: None,
            heard_at: Instant::now(),
        }
    }

    /// Listens until nobody can tell it anything any more. `tell` is awaited, and `false` of it ends the listening.
    pub(crate) async fn listen<F: Future<Output = bool>>(
        mut self,
        mut frames: mpsc::Receiver<Box<[i16]>>,
        mut changes: mpsc::Receiver<Change>,
        mut tell: impl FnMut(News) -> F,
    ) {
        let mut work: Option<Work> = None;
        loop {
            let wakes = self.wakes(work.is_some());
            let news = tokio::select! {
                biased;
                change = changes.recv() => match change {
                    Some(change) => {
                        if self.change(change) {
                            work = None;
                        }
                        None
                    }
                    None => return,
                },
                recognised = run(&mut work) => {
                    work = None;
                    self.paused = true;
                    Some(News::Detected(self.worded(recognised)))
                }
                Some(frame) = frames.recv() => self.hear(&frame, &mut work),
                () = at(wakes) => self.wake(&mut work),
            };
            if let Some(news) = news
                && !tell(news).await
            {
                return;
            }
        }
    }

    /// Takes a change; whether what is being recognised is of no interest any more.
    fn change(&mut self, change: Change) -> bool {
        match change {
            Change::Pause => {
                self.begin_anew(true);
                return true;
            }
            Change::Resume => {
                self.begin_anew(false);
                return true;
            }
            Change::StartTimers => self.start_timers(),
            Change::Set(name, value) => self.set(&name, value),
            Change::Load(name, text) => {
                self.grammar.clone_from(&name);
                put(&mut self.grammars, name, (text, true));
            }
            Change::Unload(name) => drop(self.grammars.remove(&name)),
            Change::Enable(name, on) => {
                if let Some(grammar) = self.grammars.get_mut(&name) {
                    grammar.1 = on;
                }
            }
            Change::DisableAll => self.grammars.values_mut().for_each(|grammar| grammar.1 = false),
        }
        false
    }

    fn begin_anew(&mut self, paused: bool) {
        self.paused = paused;
        self.due = None;
        self.detector.reset();
        if !paused && self.parameters.get("start-input-timers").is_some_and(|value| strowger_config::is_true(value)) {
            self.start_timers();
        }
    }

    fn start_timers(&mut self) {
        if !self.detector.is_speaking() {
            self.due = Instant::now().checked_add(self.no_input);
        }
    }

    fn set(&mut self, name: &str, value: String) {
        let milliseconds = || value.trim().parse().ok().map(|number: u64| Duration::from_millis(number.min(MAX_MS)));
        match name {
            "no-input-timeout" => self.no_input = milliseconds().unwrap_or(self.no_input),
            "speech-complete-timeout" => self.settings.silence = milliseconds().unwrap_or(self.settings.silence),
            "recognition-timeout" => {
                let longest = milliseconds().unwrap_or(self.settings.longest);
                self.settings.longest = longest.clamp(SHORTEST, LONGEST);
            }
            "threshold" => self.settings.threshold = value.trim().parse().unwrap_or(self.settings.threshold),
            _ => {}
        }
        self.detector.set(self.settings);
        put(&mut self.parameters, name.to_owned(), value);
        if name == "start-input-timers" && !self.paused && self.due.is_none() {
            self.begin_anew(false);
        }
    }

    fn hear(&mut self, frame: &[i16], work: &mut Option<Work>) -> Option<News> {
        self.heard_at = Instant::now();
        if self.paused || work.is_some() {
            return None;
        }
        let mut news = None;
        for turn in self.detector.hear(frame) {
            match turn {
                Turn::Began => {
                    self.due = None;
                    news = Some(News::Began);
                }
                Turn::Ended(samples) => {
                    *work = Some(self.recognition(samples));
                    self.detector.reset();
                    break;
                }
            }
        }
        news
    }

    fn recognition(&self, samples: Vec<i16>) -> Work {
        let on = self.grammars.values().filter(|(_, on)| *on).map(|(text, _)| text.clone());
        let heard = Heard {
            sound: Pcm { samples, rate: RATE },
            grammars: on.collect(),
            parameters: self.parameters.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        };
        let engine = Arc::clone(&self.engine);
        Box::pin(async move { engine.recognise(&heard).await })
    }

    /// When something is to be done though nothing is heard.
    fn wakes(&self, works: bool) -> Option<Instant> {
        match (self.paused || works, self.detector.is_speaking()) {
            (true, _) => None,
            (false, true) => Some(self.heard_at + PATIENCE),
            (false, false) => self.due,
        }
    }

    fn wake(&mut self, work: &mut Option<Work>) -> Option<News> {
        if self.detector.is_speaking() {
            return self.hear(&[0; SILENCE], work);
        }
        (self.due, self.paused) = (None, true);
        Some(News::Detected(self.result("<noinput/>", 0)))
    }

    fn worded(&self, recognised: Result<Recognition, SpeechError>) -> String {
        match recognised {
            Ok(Recognition::Result(result)) => result,
            Ok(Recognition::Text { text, confidence }) if !text.trim().is_empty() => {
                self.result(&escaped(text.trim()), confidence.min(100))
            }
            Ok(Recognition::Text { .. }) => self.result("<nomatch/>", 0),
            Err(error) => {
                tracing::error!(uuid = %self.uuid, "speech was not recognised: {error}");
                self.result("<nomatch/>", 0)
            }
        }
    }

    /// As `mod_pocketsphinx` words its results.
    fn result(&self, input: &str, confidence: u8) -> String {
        let grammar = escaped(&self.grammar);
        format!(
            "<?xml version=\"1.0\"?>\n<result grammar=\"{grammar}\">\n  <interpretation grammar=\"{grammar}\" \
             confidence=\"{confidence}\">\n    <input mode=\"speech\">{input}</input>\n  </interpretation>\n</result>\n"
        )
    }
}

fn put<T>(map: &mut BTreeMap<String, T>, name: String, value: T) {
    if map.len() < MAX_SETTINGS || map.contains_key(&name) {
        map.insert(name, value);
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

async fn run(work: &mut Option<Work>) -> Result<Recognition, SpeechError> {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// Samples of [`PATIENCE`].
const SILENCE: usize = RATE as usize / 10;
/// No time that a call sets is longer: an hour.
const MAX_MS: u64 = 3_600_000;
const SHORTEST: Duration = Duration::from_millis(500);
/// A minute of sound is the most that is kept.
const LONGEST: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use async_trait::async_trait;

    use super::*;

    /// Understands how long an utterance is, and what it was told.
    struct Counts;

    #[async_trait]
    impl Recogniser for Counts {
        async fn recognise(&self, heard: &Heard) -> Result<Recognition, SpeechError> {
            match heard.grammars.join(" ") {
                grammars if grammars == "fail" => Err(SpeechError::Status(500)),
                grammars => Ok(Recognition::Text {
                    text: format!("{} <{grammars}>", heard.sound.samples.len() >= 4000),
                    confidence: 71,
                }),
            }
        }
    }

    struct Bench {
        ear: Arc<Ear>,
        changes: mpsc::Sender<Change>,
        news: mpsc::Receiver<News>,
    }

    impl Bench {
        fn new() -> Bench {
            let (ear, frames) = Ear::new();
            let (changes, told) = mpsc::channel(64);
            let (sender, news) = mpsc::channel(64);
            let tell = move |one| {
                let sender = sender.clone();
                async move { sender.send(one).await.is_ok() }
            };
            tokio::spawn(Listener::new(Arc::new(Counts), "a").listen(frames, told, tell));
            Bench { ear, changes, news }
        }

        fn say(&self, milliseconds: usize) {
            let passing = |side| Passing { side, at: std::time::Instant::now(), timestamp: None };
            for _ in 0..milliseconds / 20 {
                self.ear.pass(&mut [3000; 160], passing(Side::Heard));
                self.ear.pass(&mut [9000; 160], passing(Side::Said));
            }
        }

        async fn tell(&self, change: Change) {
            self.changes.send(change).await.unwrap();
        }

        async fn next(&mut self) -> String {
            match self.news.recv().await.unwrap() {
                News::Began => "began".into(),
                News::Detected(text) => text,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_utterance_is_recognised_and_then_it_waits() {
        let mut bench = Bench::new();
        bench.tell(Change::Load("g".into(), "yes&no".into())).await;
        bench.say(500);
        assert_eq!(bench.next().await, "began");
        let result = bench.next().await;
        assert!(result.contains("<interpretation grammar=\"g\" confidence=\"71\">"), "{result}");
        assert!(result.contains("<input mode=\"speech\">true &lt;yes&amp;no&gt;</input>"), "{result}");
        // It hears nothing until it is to.
        bench.say(500);
        bench.tell(Change::Resume).await;
        tokio::task::yield_now().await;
        bench.tell(Change::DisableAll).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        bench.say(500);
        assert_eq!(bench.next().await, "began");
        assert!(bench.next().await.contains("true &lt;&gt;"));
    }

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_is_told_of() {
        let mut bench = Bench::new();
        bench.tell(Change::Set("no-input-timeout".into(), "300".into())).await;
        bench.tell(Change::StartTimers).await;
        let begun = Instant::now();
        assert!(bench.next().await.contains("<noinput/>"));
        assert_eq!(begun.elapsed(), Duration::from_millis(300));
    }

    #[tokio::test(start_paused = true)]
    async fn an_engine_that_fails_is_no_match() {
        let mut bench = Bench::new();
        bench.tell(Change::Load("g".into(), "fail".into())).await;
        bench.say(200);
        assert_eq!(bench.next().await, "began");
        assert!(bench.next().await.contains("<nomatch/>"));
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_when_nobody_is_left_to_steer_it() {
        let mut bench = Bench::new();
        bench.say(200);
        assert_eq!(bench.next().await, "began");
        drop(bench.changes);
        assert_eq!(bench.news.recv().await, None);
    }
}
