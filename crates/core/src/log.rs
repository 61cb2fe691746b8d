//! Log lines on their way to the console, to files and to event-socket listeners that asked with `log`.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use parking_lot::{Mutex, RwLock};

use crate::queue::{Queue, QueueLimits};

/// FreeSWITCH's log levels; a smaller number is more important.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum LogLevel {
    /// Always shown.
    Console = 0,
    /// Something must be done at once.
    Alert = 1,
    /// Critical.
    Crit = 2,
    /// An error.
    Err = 3,
    /// A warning.
    Warning = 4,
    /// Normal, but worth a note.
    Notice = 5,
    /// Information.
    Info = 6,
    /// For those who look for a fault.
    Debug = 7,
}

impl LogLevel {
    /// All levels, by number.
    pub const ALL: [Self; 8] =
        [Self::Console, Self::Alert, Self::Crit, Self::Err, Self::Warning, Self::Notice, Self::Info, Self::Debug];

    /// As it stands in a log line: `[INFO]`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Console => "CONSOLE",
            Self::Alert => "ALERT",
            Self::Crit => "CRIT",
            Self::Err => "ERR",
            Self::Warning => "WARNING",
            Self::Notice => "NOTICE",
            Self::Info => "INFO",
            Self::Debug => "DEBUG",
        }
    }

    /// A name in any case (`error` is `err` too), or a number; above 7 is DEBUG, as FreeSWITCH has it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse::<usize>() {
            return Some(Self::ALL.get(number).copied().unwrap_or(Self::Debug));
        }
        if text.eq_ignore_ascii_case("error") {
            return Some(Self::Err);
        }
        if text.eq_ignore_ascii_case("warn") {
            return Some(Self::Warning);
        }
        Self::ALL.into_iter().find(|level| level.name().eq_ignore_ascii_case(text))
    }
}

/// One log line.
#[derive(Clone, Debug)]
pub struct LogRecord {
    /// How important it is.
    pub level: LogLevel,
    /// The FreeSWITCH source file that writes such a line, or ours.
    pub file: String,
    /// The function.
    pub function: String,
    /// The line number.
    pub line: u32,
    /// The call it is about, else empty.
    pub user_data: String,
    /// The whole line: `2026-11-22 15:24:39.123456 [INFO] mod_commands.c:7247 text\n`.
    pub text: String,
}

/// Hands each log line to everyone who asked for its level.
#[derive(Default)]
pub struct LogBus {
    subscribers: Mutex<Vec<Arc<LogSubscriber>>>,
    /// One more than the most talkative level anyone wants; 0 when nobody listens.
    threshold: AtomicU8,
    /// How many of the most talkative levels are not written, whoever wants them.
    withheld: AtomicU8,
    /// The most talkative level that is written about a call, by Unique-ID, where it was limited.
    calls: RwLock<HashMap<String, LogLevel>>,
}

struct LogSubscriber {
    level: AtomicU8,
    queue: Queue<Arc<LogRecord>>,
}

impl LogBus {
    /// Whether anyone wants lines of this level.
    pub fn wants(&self, level: LogLevel) -> bool {
        (level as u8) < self.threshold.load(Ordering::Relaxed) && level <= self.limited_to()
    }

    /// Has no more talkative line written than `level`, whoever wants them (FreeSWITCH's hard log level).
    pub fn limit(&self, level: LogLevel) {
        self.withheld.store(LogLevel::Debug as u8 - level as u8, Ordering::Relaxed);
    }

    /// The most talkative level that is written; DEBUG unless it was limited.
    pub fn limited_to(&self) -> LogLevel {
        let most = LogLevel::Debug as u8 - self.withheld.load(Ordering::Relaxed).min(LogLevel::Debug as u8);
        LogLevel::ALL.get(usize::from(most)).copied().unwrap_or(LogLevel::Debug)
    }

    /// Has no more talkative line written about that call than `level`, whoever wants them, until it ends.
    pub fn limit_call(&self, uuid: &str, level: LogLevel) {
        self.calls.write().insert(uuid.to_owned(), level);
    }

    /// The call is over: its limit goes with it.
    pub(crate) fn forget_call(&self, uuid: &str) {
        if !self.calls.read().is_empty() {
            self.calls.write().remove(uuid);
        }
    }

    fn is_withheld(&self, uuid: &str, level: LogLevel) -> bool {
        !uuid.is_empty() && self.calls.read().get(uuid).is_some_and(|most| level > *most)
    }

    /// Writes a line; the date, the level and the place are put in front of `message`.
    pub fn write(&self, level: LogLevel, file: &str, function: &str, line: u32, user_data: &str, message: &str) {
        if !self.wants(level) || self.is_withheld(user_data, level) {
            return;
        }
        let date = chrono::Local::now().format("%Y-%m-%d %H:%M:%S%.6f");
        let text = format!("{date} [{}] {file}:{line} {message}\n", level.name());
        let record = Arc::new(LogRecord {
            level,
            file: file.into(),
            function: function.into(),
            line,
            user_data: user_data.into(),
            text,
        });
        for subscriber in self.subscribers.lock().iter() {
            if (level as u8) < subscriber.level.load(Ordering::Relaxed) {
                subscriber.queue.push(Arc::clone(&record), record.text.len() + 128, 0);
            }
        }
    }

    /// A subscription that hears lines up to `level`.
    #[must_use]
    pub fn subscribe(self: &Arc<Self>, level: LogLevel) -> LogSubscription {
        let limits = QueueLimits { items: 10_000, bytes: 4 << 20, losses: None };
        let subscriber = Arc::new(LogSubscriber { level: AtomicU8::new(level as u8 + 1), queue: Queue::new(limits) });
        self.subscribers.lock().push(Arc::clone(&subscriber));
        self.levels_changed();
        LogSubscription { bus: Arc::clone(self), subscriber }
    }

    fn levels_changed(&self) {
        let subscribers = self.subscribers.lock();
        let most = subscribers.iter().map(|one| one.level.load(Ordering::Relaxed)).max().unwrap_or(0);
        self.threshold.store(most, Ordering::Relaxed);
    }
}

/// A listener of log lines; it ends when it is dropped.
pub struct LogSubscription {
    bus: Arc<LogBus>,
    subscriber: Arc<LogSubscriber>,
}

impl LogSubscription {
    /// Changes the level.
    pub fn set_level(&self, level: LogLevel) {
        self.subscriber.level.store(level as u8 + 1, Ordering::Relaxed);
        self.bus.levels_changed();
    }

    /// Waits for lines and moves a batch of them to the end of `batch`.
    pub async fn next_batch(&self, batch: &mut Vec<Arc<LogRecord>>) {
        self.subscriber.queue.take(batch, |_| None).await;
    }

    /// Lines lost because the queue was full.
    pub fn lost(&self) -> u64 {
        self.subscriber.queue.lost()
    }
}

impl Drop for LogSubscription {
    fn drop(&mut self) {
        self.bus.subscribers.lock().retain(|other| !Arc::ptr_eq(other, &self.subscriber));
        self.bus.levels_changed();
    }
}
