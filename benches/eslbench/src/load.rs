//! Loads: each does one kind of work against a server and gives what it measured.

mod calls;
mod churn;
mod dialplan;
mod events;
mod floor;
mod idle;
mod lag;
mod limit;
mod lua;
mod phones;
mod requests;
mod tables;

pub use calls::{calls, show};
pub use churn::churn;
pub use dialplan::dialplan;
pub use events::{FIRE, Format, burst, fanout, inside};
pub use floor::floor;
pub use idle::{NOTHING_FIRED, connections, idle};
pub use lag::lag;
pub use limit::limit;
pub use lua::lua;
pub use phones::{PhoneError, Phones};
pub use requests::{PACE, api, bgapi, latency};
pub use tables::tables;

use crate::ConnError;

/// Where a loaded server is.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its event socket, `HOST:PORT`.
    pub addr: String,
    /// Its password.
    pub password: String,
    /// Its process, where known: only then memory and processor time are measured.
    pub pid: Option<u32>,
}

/// Why a load could not be carried through.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A connection failed.
    #[error(transparent)]
    Conn(#[from] ConnError),
    /// A socket or file of our own failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A thread of ours ended by a panic.
    #[error("a thread of the bench panicked")]
    Thread,
    /// The script that fires the events could not be run by the server.
    #[error("the server did not run the Lua script: {0}")]
    Script(String),
    /// The command that fires the events could not be run by the server.
    #[error("the server did not fire: {0}")]
    Fire(String),
    /// Connections are closed, and the server keeps something of them.
    #[error("{0} s after the last connection was closed the server still has {1} files more open than before")]
    Kept(u64, f64),
    /// The benches' own dialplan cannot be read.
    #[error(transparent)]
    Config(#[from] strowger_config::ConfigError),
    /// The benches' own dialplan has no route.
    #[error("the dialplan of the bench has no route for the number called")]
    NoRoute,
    /// Fewer calls came than were asked for.
    #[error("{came} of {wanted} calls {what}: {source}")]
    Calls {
        /// What they should have done.
        what: &'static str,
        /// How many did.
        came: usize,
        /// How many should have.
        wanted: usize,
        /// What ended the waiting.
        source: ConnError,
    },
}

impl Target {
    fn login(&self) -> Result<crate::Conn, LoadError> {
        Ok(crate::Conn::login(self.addr.as_str(), &self.password)?)
    }

    fn usage(&self) -> crate::Usage {
        self.pid.map(crate::Usage::of).unwrap_or_default()
    }
}
