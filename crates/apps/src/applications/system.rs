//! `system` and `bgsystem`, `mkdir` and `rename`.

use async_trait::async_trait;
use strowger_core::log::LogLevel;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use super::about;
use crate::system::{Line, Programs};

/// `system` and `bgsystem`.
pub(super) struct System {
    about: About,
    waits: bool,
    programs: Programs,
}

/// Both; they share how many programs may run.
pub(super) fn all() -> [System; 2] {
    let programs = Programs::default();
    let one = |name, help, waits| System { about: about(name, "<command>", help), waits, programs: programs.clone() };
    [
        one("system", "Has a shell run a line and waits for it, a minute at the most. Off unless switched on.", true),
        one("bgsystem", "Has a shell run a line and does not wait for it. Off unless switched on.", false),
    ]
}

#[async_trait]
impl Application for System {
    fn about(&self) -> About {
        self.about
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        note(session, LogLevel::Notice, &format!("Executing command: {data}"));
        let done = if self.waits {
            self.programs.run(session.switch(), Line::Shell, data, false).await.map(drop)
        } else {
            self.programs.start(session.switch(), Line::Shell, data)
        };
        if let Err(error) = done {
            note(session, LogLevel::Notice, &format!("Failed to execute command: {data}"));
            tracing::error!(uuid = %session.channel.uuid, "{}: {error}", self.about.name);
        }
        session.check()
    }
}

/// `mkdir`.
pub(super) struct Mkdir;

#[async_trait]
impl Application for Mkdir {
    fn about(&self) -> About {
        about("mkdir", "<path>", "Makes a folder, and those that it is in.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let path = data.to_owned();
        let done = tokio::task::spawn_blocking(move || std::fs::create_dir_all(path)).await;
        tell(session, "mkdir", done.unwrap_or_else(|error| Err(error.into())), &format!("MKDIR: {data}"));
        session.check()
    }
}

/// `rename`.
pub(super) struct Rename;

#[async_trait]
impl Application for Rename {
    fn about(&self) -> About {
        about("rename", "<from_path> <to_path>", "Gives a file another name; one that has it is replaced.")
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let Some((from, to)) = data.trim().split_once(' ').filter(|(_, to)| !to.contains(' ')) else {
            tracing::error!(uuid = %session.channel.uuid, "Usage: {}", self.about().syntax);
            return Ok(());
        };
        let paths = (from.to_owned(), to.to_owned());
        let done = tokio::task::spawn_blocking(move || std::fs::rename(paths.0, paths.1)).await;
        tell(session, "rename", done.unwrap_or_else(|error| Err(error.into())), &format!("RENAME: {from} {to}"));
        session.check()
    }
}

fn tell(session: &Session, name: &str, done: std::io::Result<()>, what: &str) {
    match done {
        Ok(()) => note(session, LogLevel::Debug, &format!("{} {what}", session.channel.name)),
        Err(error) => tracing::error!(uuid = %session.channel.uuid, "{name}: {what}: {error}"),
    }
}

fn note(session: &Session, level: LogLevel, text: &str) {
    session.switch().log().write(level, "mod_dptools.c", "system_session_function", 2370, &session.channel.uuid, text);
}
