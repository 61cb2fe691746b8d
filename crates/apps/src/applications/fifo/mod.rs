//! `fifo`: waiting in a queue, and serving one (mod_fifo).

mod caller;
mod consumer;
mod track;

use std::sync::Arc;

use async_trait::async_trait;
use strowger_config::is_true;
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};

use crate::fifo::{Fifos, SLOTS};
use crate::words::leading_integer;
use crate::words::words;
pub(super) use track::FifoTrackCall;

/// `fifo`.
pub(super) struct Fifo(pub(super) Arc<Fifos>);

const ABOUT: About = About {
    name: "fifo",
    syntax: "<fifo name>[!<importance_number>] [in [<announce file>|undef] [<music file>|undef] | out [wait|nowait] [<announce file>|undef] [<music file>|undef]]",
    help: "Puts the call into a queue, or has it serve one, or several whose names are separated by commas: it is joined with one caller after the other, with `nowait` with one that waits already.",
    module: "mod_fifo",
};

/// Queues that one consumer may serve.
const MAX_NODES: usize = 25;

/// What is asked for.
struct Order {
    /// The names as they are written, importance included.
    written: String,
    names: Vec<String>,
    announce: Option<String>,
    music: Option<String>,
    waits: bool,
}

#[async_trait]
impl Application for Fifo {
    fn about(&self) -> About {
        ABOUT
    }

    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        if data.trim().is_empty() {
            tracing::error!(uuid = %session.channel.uuid, "No Args");
            return Ok(());
        }
        session.channel.variables.remove("fifo_hangup_check");
        let words = words(data);
        let (Some(names), Some(way)) = (words.first(), words.get(1)) else { return say_usage(session) };
        let is_consumer = way.eq_ignore_ascii_case("out");
        let listed: Vec<&str> =
            names.split(',').map(str::trim).filter(|name| !name.is_empty()).take(MAX_NODES).collect();
        let is_wrong = !is_consumer && (!way.eq_ignore_ascii_case("in") || listed.len() > 1);
        if listed.is_empty() || is_wrong {
            return say_usage(session);
        }
        let waits = match words.get(2).filter(|_| is_consumer).map(|word| word.to_ascii_lowercase()) {
            None => true,
            Some(word) if word == "wait" => true,
            Some(word) if word == "nowait" => false,
            Some(_) => return say_usage(session),
        };
        let files = words.get(if is_consumer { 3 } else { 2 }..).unwrap_or_default();
        let mut order = Order {
            written: names.clone(),
            names: Vec::new(),
            announce: file(session, files.first(), "fifo_announce"),
            music: file(session, files.get(1), "fifo_music").filter(|music| !music.eq_ignore_ascii_case("silence")),
            waits,
        };
        for one in listed {
            let (name, importance) = one.rsplit_once('!').unwrap_or((one, ""));
            let importance = u32::try_from(leading_integer(importance).max(0)).unwrap_or(u32::MAX);
            if let Err(error) = self.0.open(session.switch(), name, importance) {
                tracing::error!(uuid = %session.channel.uuid, "fifo {name}: {error}");
                return Ok(());
            }
            order.names.push(name.to_owned());
        }
        let outcome = if is_consumer {
            consumer::serve(&self.0, session, &order).await
        } else {
            caller::stand_in(&self.0, session, &order).await
        };
        if session.channel.variable("fifo_destroy_after_use").is_some_and(is_true) {
            order.names.iter().for_each(|name| self.0.destroy_if_empty(session.switch(), name));
        }
        outcome
    }
}

fn say_usage(session: &Session) -> Result<(), Interrupted> {
    tracing::error!(uuid = %session.channel.uuid, "USAGE {}", ABOUT.syntax);
    Ok(())
}

/// A file that is named, else the variable's; `undef` is none.
fn file(session: &Session, word: Option<&String>, variable: &str) -> Option<String> {
    let own = || session.channel.variable(variable).map(str::to_owned);
    word.cloned().or_else(own).filter(|file| !file.is_empty() && !file.eq_ignore_ascii_case("undef"))
}

/// Sets `fifo_status`, and when that was.
fn set_status(session: &mut Session, status: &str) {
    session.channel.variables.set("fifo_status", status);
    session.channel.variables.set("fifo_timestamp", &now());
}

/// `2026-01-31 12:00:00`.
fn now() -> String {
    chrono::Local::now().format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A slot as a variable names it.
fn slot(value: &str) -> usize {
    usize::try_from(leading_integer(value).max(0)).unwrap_or(usize::MAX).min(SLOTS - 1)
}
