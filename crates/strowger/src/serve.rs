//! `strowger serve`: from the command line to the exit status.

use std::io::{self, IsTerminal, Write, stdin, stdout};
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};
use std::sync::Arc;

use rustix::process::{Resource, getrlimit, setrlimit};
use strowger_config::Config;
use strowger_core::Switch;
use strowger_core::log::{LogBus, LogLevel};
use tokio::runtime::{Builder, Runtime};

use crate::arguments::ServeArguments;
use crate::configuration::{Configuration, log_warnings};
use crate::console;
use crate::host::Host;
use crate::logging::{self, Printer};
use crate::signals::{Asked, Signals};
use crate::start::{Running, StartError};
use crate::terminal::Terminal;

/// Serves until someone asks for the end; 0 then, 2 when the configuration cannot be served, else 1.
pub fn serve(arguments: &ServeArguments) -> ExitCode {
    let with_console = !arguments.no_console && stdin().is_terminal() && stdout().is_terminal();
    let log = Arc::new(LogBus::default());
    let level = arguments.log.unwrap_or(if with_console { LogLevel::Info } else { LogLevel::Warning });
    let heard = log.subscribe(level);
    logging::install(&log);
    raise_open_files();
    let started = Builder::new_multi_thread().enable_all().build().and_then(|runtime| {
        let printer = Printer::start(runtime.handle(), heard)?;
        Ok((runtime, Arc::new(printer)))
    });
    let (runtime, printer) = match started {
        Ok(started) => started,
        Err(error) => {
            eprintln!("strowger: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let serving =
        Serving { arguments, log, printer: Arc::clone(&printer), with_console, terminal: Terminal::remember() };
    let outcome = runtime.block_on(Box::pin(serving.run(&runtime)));
    printer.finish();
    // A console's reader cannot be woken: nothing is waited for from here on.
    runtime.shutdown_background();
    serving.terminal.restore();
    match outcome {
        Ok(true) => start_anew(),
        Ok(false) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("strowger: {error}");
            error.exit_code()
        }
    }
}

/// Why serving ended with an error.
#[derive(Debug, thiserror::Error)]
enum ServeError {
    /// It did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The system refuses something every program may have.
    #[error("cannot start: {0}")]
    Io(#[from] io::Error),
}

impl ServeError {
    fn exit_code(&self) -> ExitCode {
        match self {
            ServeError::Start(error) => error.exit_code(),
            ServeError::Io(_) => ExitCode::FAILURE,
        }
    }
}

struct Serving<'a> {
    arguments: &'a ServeArguments,
    log: Arc<LogBus>,
    printer: Arc<Printer>,
    with_console: bool,
    terminal: Terminal,
}

impl Serving<'_> {
    /// Serves; whether it is to be started anew then.
    async fn run(&self, runtime: &Runtime) -> Result<bool, ServeError> {
        let host = Host::find();
        let configuration = Configuration::new(&self.arguments.configured, &host);
        // Host names in it may take their time; until then a signal ends the program by itself.
        let config = configuration.load().map_err(StartError::from)?;
        log_warnings(&config);
        let mut signals = Signals::install()?;
        let running = Running::start(&configuration, config, host, Arc::clone(&self.log)).await?;
        announce(&running.ready_line());
        if self.with_console {
            if self.arguments.log.is_none() {
                self.printer.set_level(console_level(&running.switch().config()));
            }
            console::open(&running, &configuration, &self.printer, runtime.handle())?;
        }
        let restart = wait_for_the_end(&running, &mut signals).await;
        tokio::select! {
            () = running.stop() => Ok(restart),
            () = again(&mut signals) => self.terminal.leave(1),
        }
    }
}

/// Says that it answers, to whoever started it; a reader that is gone is no reason to end.
fn announce(line: &str) {
    let mut out = stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Waits until it is time to stop; whether the program is to be started anew then.
async fn wait_for_the_end(running: &Running, signals: &mut Signals) -> bool {
    loop {
        tokio::select! {
            asked = signals.next() => match asked {
                Asked::Stop => return false,
                Asked::Reload => reload(running.switch()).await,
            },
            request = running.switch().stop_requested() => return request.restart,
        }
    }
}

/// Becomes the program that it was started as, with the same arguments (`fsctl shutdown restart`): a new version, if one
/// was put in its place. Returns only when that fails.
fn start_anew() -> ExitCode {
    let mut words = std::env::args_os();
    let program = words.next().unwrap_or_else(|| "strowger".into());
    let error = Command::new(&program).args(words).exec();
    eprintln!("strowger: cannot start {} anew: {error}", program.display());
    ExitCode::FAILURE
}

/// Waits for a second signal to stop.
async fn again(signals: &mut Signals) {
    while signals.next().await != Asked::Stop {}
}

async fn reload(switch: &Arc<Switch>) {
    let switch = Arc::clone(switch);
    // Reads files: not on a thread that calls depend on.
    match tokio::task::spawn_blocking(move || switch.reload().map(drop)).await {
        Ok(Ok(())) => tracing::info!("SIGHUP: the configuration is read anew"),
        Ok(Err(error)) => tracing::error!("SIGHUP: the running configuration is kept: {error}"),
        Err(error) => tracing::error!("SIGHUP: {error}"),
    }
}

/// `loglevel` of console.conf.xml.
fn console_level(config: &Config) -> LogLevel {
    let settings = config.configuration("console.conf").and_then(|console| console.child("settings"));
    let level = settings.and_then(|settings| settings.params().filter(|(name, _)| *name == "loglevel").last());
    level.and_then(|(_, value)| LogLevel::parse(value)).unwrap_or(LogLevel::Info)
}

/// Many systems allow 1024 open files unless one asks for more, and each connection and call is one or two.
fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!("the limit of open files stays as it is: {error}");
        }
    }
}
