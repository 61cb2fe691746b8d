//! Programs of the machine, run for commands and applications (`system`, `spawn`, …). Off unless the param
//! `enable-system-commands` of switch.conf.xml is true.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use strowger_core::Switch;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use crate::words::words;

/// Runs programs, so many at the same time.
#[derive(Clone)]
pub(crate) struct Programs(Arc<Semaphore>);

/// How a line is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// By a shell.
    Shell,
    /// As a program and its arguments.
    Words,
}

/// Why a program was not run, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProgramError {
    /// The configuration does not allow it.
    #[error("programs may not be run: param \"enable-system-commands\" of switch.conf.xml is not true")]
    Off,
    /// Too many are running.
    #[error("{PROGRAMS} programs are running already")]
    Full,
    /// It could not be started.
    #[error("{0}")]
    Start(#[from] std::io::Error),
    /// It took too long, and was ended.
    #[error("did not end within {} seconds", .0.as_secs())]
    Late(Duration),
}

/// Programs at the same time.
const PROGRAMS: usize = 32;

/// How long one may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long one may take that is not.
const LONG_PATIENCE: Duration = Duration::from_secs(3600);

/// Bytes that are kept of what a program writes.
const MAX_OUTPUT: u64 = 1 << 20;

impl Default for Programs {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(PROGRAMS)))
    }
}

impl Programs {
    /// Runs a line and waits for its end; what it wrote to its output, when `reads`.
    ///
    /// # Errors
    /// See [`ProgramError`].
    pub(crate) async fn run(
        &self,
        switch: &Switch,
        how: Line,
        line: &str,
        reads: bool,
    ) -> Result<String, ProgramError> {
        let _turn = self.turn(switch)?;
        let mut running = Running::start(how, line, reads)?;
        running.finish(PATIENCE).await
    }

    /// Starts a line and leaves it to itself.
    ///
    /// # Errors
    /// As [`Programs::run`], but for what happens once it runs.
    pub(crate) fn start(&self, switch: &Switch, how: Line, line: &str) -> Result<(), ProgramError> {
        let turn = self.turn(switch)?;
        let mut running = Running::start(how, line, false)?;
        let line = line.to_owned();
        tokio::spawn(async move {
            if let Err(error) = running.finish(LONG_PATIENCE).await {
                tracing::error!("{line}: {error}");
            }
            drop(turn);
        });
        Ok(())
    }

    fn turn(&self, switch: &Switch) -> Result<tokio::sync::OwnedSemaphorePermit, ProgramError> {
        if !switch.config().switch.system_commands {
            return Err(ProgramError::Off);
        }
        Arc::clone(&self.0).try_acquire_owned().map_err(|_| ProgramError::Full)
    }
}

/// A program, and all that it starts; ended when this is dropped.
struct Running {
    child: Child,
    group: Option<Pid>,
}

impl Running {
    fn start(how: Line, line: &str, reads: bool) -> Result<Self, ProgramError> {
        let mut command = match how {
            Line::Shell => {
                let mut command = Command::new("/bin/sh");
                command.arg("-c").arg(line);
                command
            }
            Line::Words => {
                let words = words(line);
                let (program, arguments) =
                    words.split_first().ok_or(std::io::ErrorKind::InvalidInput).map_err(std::io::Error::from)?;
                let mut command = Command::new(program);
                command.args(arguments);
                command
            }
        };
        command.stdin(Stdio::null()).stdout(if reads { Stdio::piped() } else { Stdio::null() }).stderr(Stdio::null());
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        Ok(Self { child, group })
    }

    async fn finish(&mut self, patience: Duration) -> Result<String, ProgramError> {
        let mut output = Vec::new();
        let mut pipe = self.child.stdout.take();
        let ended = tokio::time::timeout(patience, async {
            if let Some(pipe) = &mut pipe {
                pipe.take(MAX_OUTPUT).read_to_end(&mut output).await?;
                // What is too much is read all the same: the program would wait for ever.
                tokio::io::copy(pipe, &mut tokio::io::sink()).await?;
            }
            self.child.wait().await
        });
        ended.await.map_err(|_| ProgramError::Late(patience))??;
        self.group = None;
        Ok(String::from_utf8_lossy(&output).into_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // One that has ended meanwhile is none to end.
            let _ = killpg(group, Signal::SIGKILL);
        }
    }
}
