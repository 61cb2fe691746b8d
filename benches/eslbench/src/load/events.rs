//! Events from one sender to many subscribers.

use std::fmt;
use std::str::FromStr;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{LoadError, Target};
use crate::{Conn, Figure};

/// How an event is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `Name: value` lines.
    Plain,
    /// One JSON object.
    Json,
    /// An XML document.
    Xml,
}

/// Commands whose reply is still due.
const IN_FLIGHT: usize = 256;
/// Replies taken before more is sent.
const BATCH: usize = 64;
/// A listener that hears nothing for so long has lost the rest.
const SILENCE: Duration = Duration::from_secs(8);
/// The API command of a server of ours that fires events: `fire COUNT`.
pub const FIRE: &str = "fire";
/// How long a server's script may take for all its events.
const SCRIPT: Duration = Duration::from_secs(600);

/// One sender, `listeners` subscribers: `events` of 2.2 KiB by `sendevent`.
///
/// Gives what was `taken_in` and what was `delivered` a second, the latter to all listeners together, in events and
/// `mib` of bodies, and how many were `lost`.
///
/// # Errors
/// [`LoadError::Conn`] when the sender's connection fails.
pub fn fanout(target: &Target, listeners: usize, events: usize, format: Format) -> Result<Vec<Figure>, LoadError> {
    run(target, listeners, events, format, send_all)
}

/// As [`fanout`], but a Lua script inside the server fires the events (`api lua`).
///
/// # Errors
/// [`LoadError::Script`] when the server runs no Lua, else as [`fanout`].
pub fn burst(target: &Target, listeners: usize, events: usize, format: Format) -> Result<Vec<Figure>, LoadError> {
    run(target, listeners, events, format, script_all)
}

/// As [`fanout`], but the server has a command [`FIRE`] that fires the events.
///
/// # Errors
/// [`LoadError::Fire`] when it has not, else as [`fanout`].
pub fn inside(target: &Target, listeners: usize, events: usize, format: Format) -> Result<Vec<Figure>, LoadError> {
    run(target, listeners, events, format, fire_all)
}

fn run(
    target: &Target,
    listeners: usize,
    events: usize,
    format: Format,
    make: fn(&mut Conn, usize) -> Result<(), LoadError>,
) -> Result<Vec<Figure>, LoadError> {
    let threads = (0..listeners).map(|_| listen(target, events, format)).collect::<Result<Vec<_>, _>>()?;
    let mut sender = target.login()?;
    let start = Instant::now();
    make(&mut sender, events)?;
    let taken = start.elapsed().as_secs_f64();
    let (mut got, mut bytes, mut last) = (0, 0, start);
    for thread in threads {
        let heard = thread.join().map_err(|_| LoadError::Thread)?;
        got += heard.events;
        bytes += heard.bytes;
        last = last.max(heard.last);
    }
    let all = last.duration_since(start).as_secs_f64().max(taken);
    Ok(vec![
        Figure::new("taken_in", events as f64 / taken, "/s"),
        Figure::new("delivered", got as f64 / all, "/s"),
        Figure::new("mib", bytes as f64 / all / 1_048_576.0, "MiB/s"),
        Figure::new("lost", (events * listeners - got) as f64, "events"),
    ])
}

/// What one listener heard.
pub(super) struct Heard {
    pub(super) events: usize,
    bytes: usize,
    last: Instant,
}

/// A subscriber that reads, on a thread of its own, until it has so many events or hears no more.
pub(super) fn listen(target: &Target, events: usize, format: Format) -> Result<JoinHandle<Heard>, LoadError> {
    let mut conn = target.login()?;
    conn.command(&format!("event {format} CUSTOM bench::load"))?;
    conn.set_patience(SILENCE)?;
    Ok(std::thread::spawn(move || {
        let mut heard = Heard { events: 0, bytes: 0, last: Instant::now() };
        while heard.events < events {
            let Ok(packet) = conn.event() else { break };
            heard = Heard { events: heard.events + 1, bytes: heard.bytes + packet.body.len(), last: Instant::now() };
        }
        heard
    }))
}

/// Pipelines `sendevent`s of 2.2 KiB and takes their replies.
pub(super) fn send_all(conn: &mut Conn, events: usize) -> Result<(), LoadError> {
    let pad: String = (0..20)
        .map(|i| format!("variable_number_{i}: value {i} of some length, as channel variables have\n"))
        .collect();
    let (mut sent, mut acked) = (0, 0);
    while acked < events {
        let mut batch = String::new();
        while sent < events && sent - acked < IN_FLIGHT {
            batch += &format!("sendevent CUSTOM\nEvent-Subclass: bench::load\nNumber: {sent}\n{pad}\n");
            sent += 1;
        }
        conn.send(&batch)?;
        let enough = sent.min(acked + BATCH);
        while acked < enough {
            conn.packet()?;
            acked += 1;
        }
    }
    Ok(())
}

/// Has the server run a script that fires them all.
fn script_all(conn: &mut Conn, events: usize) -> Result<(), LoadError> {
    let path = std::env::temp_dir().join(format!("strowger-bench-{}.lua", std::process::id()));
    let script = format!(
        "for n = 1, {events} do\n  local e = freeswitch.Event(\"CUSTOM\", \"bench::load\")\n  \
         e:addHeader(\"Number\", tostring(n))\n  for i = 0, 19 do e:addHeader(\"variable_number_\" .. i, \
         \"value \" .. i .. \" of some length, as channel variables have\") end\n  e:fire()\nend\n\
         stream:write(\"+OK\")\n"
    );
    std::fs::write(&path, script)?;
    conn.set_patience(SCRIPT)?;
    let said = conn.api(&format!("lua {}", path.display()));
    std::fs::remove_file(&path)?;
    match said? {
        said if said.starts_with("+OK") => Ok(()),
        said => Err(LoadError::Script(said.trim().to_owned())),
    }
}

/// Has the server fire them all.
fn fire_all(conn: &mut Conn, events: usize) -> Result<(), LoadError> {
    conn.set_patience(SCRIPT)?;
    match conn.api(&format!("{FIRE} {events}"))? {
        said if said.starts_with("+OK") => Ok(()),
        said => Err(LoadError::Fire(said.trim().to_owned())),
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Plain => "plain",
            Format::Json => "json",
            Format::Xml => "xml",
        })
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(word: &str) -> Result<Format, String> {
        match word {
            "plain" => Ok(Format::Plain),
            "json" => Ok(Format::Json),
            "xml" => Ok(Format::Xml),
            _ => Err(format!("`{word}` is no format: plain, json or xml")),
        }
    }
}
