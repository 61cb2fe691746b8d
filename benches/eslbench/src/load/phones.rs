//! Calls over SIP, made by sipp.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::free_port;

/// A crowd of callers.
#[derive(Debug, Clone)]
pub struct Phones<'a> {
    /// The server's SIP address.
    pub server: SocketAddr,
    /// The number they call.
    pub number: &'a str,
    /// What a caller does: a sipp scenario.
    pub scenario: &'a Path,
    /// Calls in all.
    pub calls: u32,
    /// New calls a second.
    pub rate: u32,
    /// How long a call is held by a scenario that leaves it open.
    pub hold: Duration,
}

/// Why the phones did not call.
#[derive(Debug, thiserror::Error)]
pub enum PhoneError {
    /// sipp is not there.
    #[error("sipp cannot be run ({0}): install it with `apt-get install sip-tester`")]
    Missing(std::io::Error),
    /// sipp ended by itself.
    #[error("sipp ended with {code:?}: {said}")]
    Sipp {
        /// Its exit status.
        code: Option<i32>,
        /// The end of what it printed.
        said: String,
    },
}

impl Phones<'_> {
    /// Makes the calls; whether every one of them went as the scenario has it.
    ///
    /// # Errors
    /// [`PhoneError`] when sipp cannot be run or fails for another reason than a call.
    pub fn call(&self) -> Result<bool, PhoneError> {
        let out = self.command().stdin(Stdio::null()).output().map_err(PhoneError::Missing)?;
        match out.status.code() {
            Some(0) => Ok(true),
            // sipp: "at least one call failed"; 97 is its own time limit, reached with calls still open.
            Some(1 | 97) => Ok(false),
            code => {
                let said = String::from_utf8_lossy(&out.stderr);
                let said = said.lines().rev().take(4).collect::<Vec<_>>().join(" / ");
                Err(PhoneError::Sipp { code, said })
            }
        }
    }

    fn command(&self) -> Command {
        let most = Duration::from_secs(u64::from(self.calls / self.rate.max(1)) + 30) + self.hold;
        let mut command = Command::new("sipp");
        command.arg(self.server.to_string()).arg("-sf").arg(self.scenario).args(["-i", "127.0.0.1", "-nostdin"]);
        command.args(["-s", self.number, "-p", &free_port().to_string()]);
        command.args(["-m", &self.calls.to_string(), "-r", &self.rate.to_string(), "-l", &self.calls.to_string()]);
        command.args(["-d", &self.hold.as_millis().to_string(), "-timeout", &format!("{}s", most.as_secs())]);
        command
    }
}
