use std::io::{self, Write, stderr};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;
use rustyline::ExternalPrinter;
use strowger_core::log::{LogLevel, LogRecord, LogSubscription};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::paint;

/// Prints log lines on a thread of its own: a terminal that is held (Ctrl-S) must hold nothing else.
pub struct Printer {
    subscription: Arc<LogSubscription>,
    sink: Arc<Mutex<Sink>>,
    stop: watch::Sender<bool>,
    done: Mutex<Receiver<()>>,
}

/// Where the lines go.
enum Sink {
    Stderr {
        coloured: bool,
    },
    /// Above the prompt of a console.
    Above {
        printer: Box<dyn ExternalPrinter + Send>,
        coloured: bool,
    },
}

/// How long the last lines may take.
const PATIENCE: Duration = Duration::from_secs(1);

impl Printer {
    /// Prints what `subscription` hears to stderr.
    ///
    /// # Errors
    /// No thread can be had.
    pub fn start(runtime: &Handle, subscription: LogSubscription) -> io::Result<Printer> {
        let subscription = Arc::new(subscription);
        let sink = Arc::new(Mutex::new(Sink::Stderr { coloured: paint::wanted(&stderr()) }));
        let (stop, stopped) = watch::channel(false);
        let (finished, done) = sync_channel(1);
        let (lines, out, runtime) = (Arc::clone(&subscription), Arc::clone(&sink), runtime.clone());
        thread::Builder::new().name("log".to_owned()).stack_size(256 << 10).spawn(move || {
            runtime.block_on(print(&lines, &out, stopped));
            // Nobody waits any more when the program is in a hurry.
            let _ = finished.send(());
        })?;
        Ok(Printer { subscription, sink, stop, done: Mutex::new(done) })
    }

    /// Changes which lines are printed.
    pub fn set_level(&self, level: LogLevel) {
        self.subscription.set_level(level);
    }

    /// Prints above a console's prompt from now on.
    pub fn print_above(&self, printer: impl ExternalPrinter + Send + 'static) {
        *self.sink.lock() = Sink::Above { printer: Box::new(printer), coloured: paint::wanted(&io::stdout()) };
    }

    /// Prints to stderr again: the console is gone.
    pub fn print_to_stderr(&self) {
        // A console's thread may hold the lock for as long as its terminal is held; the end does not wait for that.
        if let Some(mut sink) = self.sink.try_lock_for(PATIENCE) {
            *sink = Sink::Stderr { coloured: paint::wanted(&stderr()) };
        }
    }

    /// Prints what is still queued and ends; waits for that a second at the most.
    pub fn finish(&self) {
        self.stop.send_replace(true);
        // The thread may be held by its terminal; then its lines are lost.
        let _ = self.done.lock().recv_timeout(PATIENCE);
    }
}

async fn print(lines: &LogSubscription, sink: &Mutex<Sink>, mut stopped: watch::Receiver<bool>) {
    let mut batch = Vec::new();
    let mut lost = 0;
    loop {
        tokio::select! {
            // Lines first: the last ones are those about the end.
            biased;
            () = lines.next_batch(&mut batch) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        sink.lock().print(&batch);
        batch.clear();
        let lost_now = lines.lost();
        if lost_now > lost {
            sink.lock().write(&format!("({} log lines were lost)\n", lost_now - lost));
            lost = lost_now;
        }
    }
}

impl Sink {
    fn print(&mut self, batch: &[Arc<LogRecord>]) {
        let (Sink::Stderr { coloured } | Sink::Above { coloured, .. }) = *self;
        let text: String = batch.iter().map(|record| paint::log_line(record.level, &record.text, coloured)).collect();
        self.write(&text);
    }

    /// Writes; where nobody reads any more there is nobody to tell.
    fn write(&mut self, text: &str) {
        match self {
            Sink::Stderr { .. } => drop(stderr().lock().write_all(text.as_bytes())),
            Sink::Above { printer, .. } => drop(printer.print(text.to_owned())),
        }
    }
}
