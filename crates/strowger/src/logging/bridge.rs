use std::cell::Cell;
use std::fmt::{Debug, Write};
use std::sync::Arc;

use strowger_core::log::{LogBus, LogLevel};
use tracing::field::{Field, Visit};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Turns what is traced into log lines. A field `uuid` is the call a line is about; other fields follow the message.
pub struct Bridge {
    log: Arc<LogBus>,
}

impl Bridge {
    /// A bridge to `log`.
    pub fn new(log: Arc<LogBus>) -> Bridge {
        Bridge { log }
    }
}

impl<S: Subscriber> Layer<S> for Bridge {
    /// `sometimes`, so that each line is held against the level that is wanted at that moment.
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_ours(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        is_ours(metadata) && self.log.wants(level(metadata))
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // What is traced while a line is written (by a waker, say) would come back here under the bus's lock.
        thread_local!(static WRITING: Cell<bool> = const { Cell::new(false) });
        if WRITING.replace(true) {
            return;
        }
        let mut line = Line::default();
        event.record(&mut line);
        let metadata = event.metadata();
        let path = metadata.file().unwrap_or_default();
        let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
        let number = metadata.line().unwrap_or_default();
        line.message.push_str(&line.fields);
        self.log.write(level(metadata), file, metadata.target(), number, &line.uuid, &line.message);
        WRITING.set(false);
    }
}

/// Events of this project; of others' only what warns.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_event() && (metadata.target().starts_with("strowger") || *metadata.level() <= Level::WARN)
}

fn level(metadata: &Metadata<'_>) -> LogLevel {
    match *metadata.level() {
        Level::ERROR => LogLevel::Err,
        Level::WARN => LogLevel::Warning,
        Level::INFO => LogLevel::Info,
        _ => LogLevel::Debug,
    }
}

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
    uuid: String,
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message.push_str(value),
            "uuid" => self.uuid.push_str(value),
            // Writing into a String cannot fail.
            name => drop(write!(self.fields, " {name}={value:?}")),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            "uuid" => write!(self.uuid, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::task::{Context as TaskContext, Waker};

    use strowger_core::log::LogRecord;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// What reaches a listener of `wanted` while `trace` runs.
    fn check(wanted: LogLevel, trace: impl FnOnce()) -> Vec<Arc<LogRecord>> {
        let log = Arc::new(LogBus::default());
        let heard = log.subscribe(wanted);
        let subscriber = tracing_subscriber::registry().with(Bridge::new(Arc::clone(&log)));
        tracing::subscriber::with_default(subscriber, trace);
        let mut batch = Vec::new();
        let _ = std::pin::pin!(heard.next_batch(&mut batch)).poll(&mut TaskContext::from_waker(Waker::noop()));
        batch
    }

    #[test]
    fn a_line_carries_level_place_and_call() {
        let batch = check(LogLevel::Info, || tracing::warn!(uuid = "u-1", code = 3, "no {}", "way"));
        let [record] = &batch[..] else { panic!("{batch:?}") };
        assert_eq!((record.level, record.user_data.as_str()), (LogLevel::Warning, "u-1"));
        assert_eq!(record.file, "bridge.rs");
        assert!(record.text.contains(&format!("[WARNING] bridge.rs:{} no way code=3\n", record.line)), "{record:?}");
    }

    #[test]
    fn levels_nobody_wants_and_chatter_of_others_are_left_out() {
        let batch = check(LogLevel::Info, || {
            tracing::debug!("quiet");
            tracing::info!(target: "mio", "chatter");
            tracing::error!(target: "mio", "trouble");
            tracing::info!("said");
        });
        let levels: Vec<LogLevel> = batch.iter().map(|record| record.level).collect();
        assert_eq!(levels, [LogLevel::Err, LogLevel::Info]);
    }

    #[test]
    fn a_value_that_logs_does_not_come_back() {
        struct Loud;
        impl Debug for Loud {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                tracing::error!("inner");
                f.write_str("loud")
            }
        }
        let batch = check(LogLevel::Info, || tracing::info!("it is {:?}", Loud));
        assert_eq!(batch.len(), 1);
        assert!(batch[0].text.ends_with("it is loud\n"));
    }
}
