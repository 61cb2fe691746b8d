//! `event_socket status`: who listens, and how each of them keeps up.

use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use serde_json::{Value, json};
use strowger_core::registry::{About, ApiCall, ApiCommand};

use crate::listeners::{Figures, Listeners};

/// The API command that this crate adds to a switch.
pub const COMMAND: About = About {
    name: "event_socket",
    syntax: "status [json]",
    help: "Tells who is connected to the event socket: what each was sent, what waits for it, what it lost.",
    module: "mod_event_socket",
};

/// `event_socket`.
pub(crate) struct EventSocketCommand {
    address: SocketAddr,
    tls: Option<SocketAddr>,
    listeners: Arc<Listeners>,
}

impl EventSocketCommand {
    pub(crate) fn new(address: SocketAddr, tls: Option<SocketAddr>, listeners: Arc<Listeners>) -> Self {
        Self { address, tls, listeners }
    }

    fn text(&self) -> String {
        let listeners = self.listeners.all();
        let tls = self.tls.map_or_else(String::new, |tls| format!(", by TLS on {tls}"));
        let mut out = format!("Listening on {}{tls}\n", self.address);
        let (entered, refused) = (self.listeners.entered(), self.listeners.refused());
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{} connected now, {entered} since the start, {refused} refused", listeners.len());
        let gate = self.listeners.gate.figures();
        let _ = writeln!(
            out,
            "{} wrong passwords, {} addresses slowed down, {} answers delayed, {} turned away\n",
            gate.wrong_passwords, gate.addresses_slowed, gate.delayed, gate.turned_away
        );
        let rows: Vec<[String; COLUMNS.len()]> = listeners.iter().map(|figures| row(figures)).collect();
        let heads = COLUMNS.map(str::to_owned);
        let widths: [usize; COLUMNS.len()] = std::array::from_fn(|column| {
            let cells = std::iter::once(&heads).chain(&rows);
            cells.filter_map(|cells| cells.get(column)).map(String::len).max().unwrap_or(0)
        });
        for cells in std::iter::once(&heads).chain(&rows) {
            let mut line = String::new();
            for (cell, width) in cells.iter().zip(widths) {
                let _ = write!(line, "{cell:width$}  ");
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }

    fn json(&self) -> String {
        let listeners: Vec<Value> = self.listeners.all().iter().map(|figures| object(figures)).collect();
        let gate = self.listeners.gate.figures();
        let status = json!({
            "address": self.address.to_string(),
            "tls_address": self.tls.map(|tls| tls.to_string()),
            "connected": listeners.len(),
            "since_start": self.listeners.entered(),
            "refused": self.listeners.refused(),
            "wrong_passwords": gate.wrong_passwords,
            "addresses_slowed": gate.addresses_slowed,
            "delayed": gate.delayed,
            "turned_away": gate.turned_away,
            "listeners": listeners,
        });
        format!("{status}\n")
    }
}

#[async_trait]
impl ApiCommand for EventSocketCommand {
    fn about(&self) -> About {
        COMMAND
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let words: Vec<_> = call.arguments.split_whitespace().map(str::to_ascii_lowercase).collect();
        match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["status"] => self.text(),
            ["status", "json"] | ["status", "as", "json"] => self.json(),
            _ => ApiCall::usage(COMMAND),
        }
    }
}

const COLUMNS: [&str; 12] = [
    "number",
    "address",
    "kind",
    "user",
    "format",
    "seconds",
    "commands",
    "events",
    "bytes",
    "waiting",
    "waiting bytes",
    "lost",
];

fn row(figures: &Figures) -> [String; COLUMNS.len()] {
    let words = figures.words.lock().clone();
    let queue = figures.queue();
    let shown = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    [
        figures.number.to_string(),
        figures.peer.to_string(),
        figures.kind.name().to_owned(),
        shown(&words.user),
        shown(words.format),
        figures.since.elapsed().as_secs().to_string(),
        figures.commands.load(Ordering::Relaxed).to_string(),
        figures.events.load(Ordering::Relaxed).to_string(),
        figures.bytes.load(Ordering::Relaxed).to_string(),
        queue.items.to_string(),
        queue.bytes.to_string(),
        queue.lost.to_string(),
    ]
}

fn object(figures: &Figures) -> Value {
    let words = figures.words.lock().clone();
    let queue = figures.queue();
    json!({
        "number": figures.number,
        "address": figures.peer.to_string(),
        "kind": figures.kind.name(),
        "user": words.user,
        "call": words.call,
        "format": words.format,
        "seconds": figures.since.elapsed().as_secs(),
        "commands": figures.commands.load(Ordering::Relaxed),
        "events": figures.events.load(Ordering::Relaxed),
        "bytes": figures.bytes.load(Ordering::Relaxed),
        "waiting": queue.items,
        "waiting_bytes": queue.bytes,
        "lost": queue.lost,
    })
}
