//! A switch as a child process.

use std::io::{self, BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// A running switch; it is killed when the value is dropped.
#[derive(Debug)]
pub struct Switch {
    child: Child,
    lines: Receiver<String>,
    said: Vec<String>,
}

/// Where a switch answers, from its line `ready esl=ADDR[,ADDR…] sip=ADDR[,ADDR…] [tls=ADDR]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// The event socket.
    pub esl: SocketAddr,
    /// The SIP profiles, in the order of the configuration.
    pub sip: Vec<SocketAddr>,
    /// The event socket's TLS, when that is on.
    pub tls: Option<SocketAddr>,
}

/// A switch that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its exit status; `None` when a signal ended it.
    pub code: Option<i32>,
    /// All that it printed, stdout and stderr, a line each.
    pub said: String,
}

/// What kept a switch from doing as expected.
#[derive(Debug, thiserror::Error)]
pub enum SwitchError {
    /// It could not be started, or a signal not be sent.
    #[error("{what}: {source}")]
    Start {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// It ended before it was ready.
    #[error("the switch ended before it was ready ({status}):\n{said}")]
    Early {
        /// How it ended.
        status: ExitStatus,
        /// What it printed.
        said: String,
    },
    /// Something did not happen in time.
    #[error("the switch {what} within {} s:\n{said}", limit.as_secs_f64())]
    Late {
        /// What did not happen: `was not ready`, `did not end`, `did not say …`.
        what: String,
        /// How long it had.
        limit: Duration,
        /// What it printed.
        said: String,
    },
}

impl Switch {
    /// Starts a program, its output piped to us and its input empty.
    ///
    /// # Errors
    /// [`SwitchError::Start`] when it cannot be started.
    pub fn spawn(command: &mut Command) -> Result<Switch, SwitchError> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let what = || command.get_program().to_string_lossy().into_owned();
        let mut child = child.map_err(|source| SwitchError::Start { what: what(), source })?;
        let (sender, lines) = channel();
        if let Some(out) = child.stdout.take() {
            forward(out, sender.clone());
        }
        if let Some(err) = child.stderr.take() {
            forward(err, sender);
        }
        Ok(Switch { child, lines, said: Vec::new() })
    }

    /// Waits for the line that says where it answers.
    ///
    /// # Errors
    /// [`SwitchError::Early`] when it ends instead, [`SwitchError::Late`] after `limit`.
    pub fn ready(&mut self, limit: Duration) -> Result<Ready, SwitchError> {
        self.line(limit, "was not ready", Ready::parse)
    }

    /// Waits for a line that holds this text, and gives it; lines before it count too if nobody waited for them.
    ///
    /// # Errors
    /// As [`Switch::ready`].
    pub fn says(&mut self, text: &str, limit: Duration) -> Result<String, SwitchError> {
        self.line(limit, &format!("did not say `{text}`"), |line| line.contains(text).then(|| line.to_owned()))
    }

    /// Waits until it has ended by itself.
    ///
    /// # Errors
    /// [`SwitchError::Late`] after `limit`.
    pub fn ended(mut self, limit: Duration) -> Result<Ended, SwitchError> {
        let until = Instant::now() + limit;
        // Both of its outputs close when it ends, so no clock needs to be watched for that.
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => self.said.push(line),
                Err(RecvTimeoutError::Timeout) => return Err(self.late("did not end", limit)),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let status = self.child.wait().map_err(|source| SwitchError::Start { what: "wait".to_owned(), source })?;
        Ok(Ended { code: status.code(), said: self.said.join("\n") })
    }

    /// Sends it a signal by its short name: `TERM`, `HUP`.
    ///
    /// # Errors
    /// [`SwitchError::Start`] when `kill` cannot be run.
    pub fn signal(&self, name: &str) -> Result<(), SwitchError> {
        // The command, because the standard library knows no signal but KILL and the crate is free of unsafe code.
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()).status();
        status.map(drop).map_err(|source| SwitchError::Start { what: format!("kill -{name}"), source })
    }

    /// Its process number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn line<T>(&mut self, limit: Duration, what: &str, find: impl Fn(&str) -> Option<T>) -> Result<T, SwitchError> {
        let until = Instant::now() + limit;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    let found = find(&line);
                    self.said.push(line);
                    if let Some(found) = found {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Timeout) => return Err(self.late(what, limit)),
                Err(RecvTimeoutError::Disconnected) => return Err(self.early()),
            }
        }
    }

    fn late(&self, what: &str, limit: Duration) -> SwitchError {
        SwitchError::Late { what: what.to_owned(), limit, said: self.said.join("\n") }
    }

    fn early(&mut self) -> SwitchError {
        match self.child.wait() {
            Ok(status) => SwitchError::Early { status, said: self.said.join("\n") },
            Err(source) => SwitchError::Start { what: "wait".to_owned(), source },
        }
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ready {
    fn parse(line: &str) -> Option<Ready> {
        let mut words = line.strip_prefix("ready ")?.split_whitespace();
        let esl = addresses(words.next()?.strip_prefix("esl=")?)?;
        let sip = addresses(words.next()?.strip_prefix("sip=")?)?;
        let tls = words.next().and_then(|word| word.strip_prefix("tls=")?.parse().ok());
        Some(Ready { esl: *esl.first()?, sip, tls })
    }
}

fn addresses(list: &str) -> Option<Vec<SocketAddr>> {
    list.split(',').filter(|word| !word.is_empty()).map(|word| word.parse().ok()).collect()
}

fn forward(from: impl Read + Send + 'static, to: Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n') {
            let Ok(line) = line else { return };
            if to.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    fn shell(script: &str) -> Switch {
        Switch::spawn(Command::new("sh").args(["-c", script])).unwrap()
    }

    #[test]
    fn the_ready_line_is_read() {
        let mut switch = shell("echo hello; echo ready esl=127.0.0.1:8021 sip=127.0.0.1:5060,127.0.0.1:5070; exec cat");
        let ready = switch.ready(LIMIT).unwrap();
        assert_eq!(ready.esl.port(), 8021);
        assert_eq!(ready.sip.iter().map(SocketAddr::port).collect::<Vec<_>>(), [5060, 5070]);
    }

    #[test]
    fn an_early_end_shows_what_was_said() {
        let error = shell("echo freeswitch.xml:3: no >&2; exit 2").ready(LIMIT).unwrap_err().to_string();
        assert!(error.contains("exit status: 2") && error.contains("freeswitch.xml:3"), "{error}");
        assert_eq!(shell("exit 3").ended(LIMIT).unwrap().code, Some(3));
    }

    #[test]
    fn a_signal_ends_it() {
        let mut switch = shell("echo up; exec sleep 60");
        switch.says("up", LIMIT).unwrap();
        switch.signal("KILL").unwrap();
        assert_eq!(switch.ended(LIMIT).unwrap().code, None);
    }

    #[test]
    fn too_late_is_said() {
        let error = shell("echo up; exec sleep 60").ended(Duration::from_millis(50)).unwrap_err().to_string();
        assert!(error.contains("did not end within 0.05 s"), "{error}");
    }
}
