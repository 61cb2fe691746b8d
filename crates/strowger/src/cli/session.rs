//! The console's session: what is typed goes out, what comes in is shown.

use std::io::{IsTerminal, Write, stdin, stdout};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rustyline::ExternalPrinter;
use strowger_core::log::LogLevel;
use strowger_esl::client::{self, ServerPacket};

use super::connection::{CliError, Connection, is_reply};
use super::show;
use super::stream::Stream;
use crate::editor::{LineEditor, Typed};
use crate::paint;
use crate::terminal::Terminal;

/// Reads commands until the end of the input or `/exit`: in a terminal with a prompt, else a line at a time.
///
/// # Errors
/// The connection broke.
pub fn run(mut connection: Connection, level: Option<LogLevel>) -> Result<(), CliError> {
    let in_terminal = stdin().is_terminal() && stdout().is_terminal();
    let level = level.or(in_terminal.then_some(LogLevel::Info));
    if let Some(level) = level {
        connection.ask(&client::log(level as u8))?;
    }
    if !in_terminal {
        let session = Session::start(connection, false, print)?;
        return session.pipe();
    }
    let host = connection.ask(&client::api("hostname"))?;
    let names = names(connection.ask(&client::api("show api"))?.text());
    let mut editor = LineEditor::new(names, history())?;
    let mut above = editor.printer()?;
    let session = Session::start(connection, true, move |text| drop(above.print(text.to_owned())))?;
    println!("Type /help for the console's own commands, /exit to leave.");
    session.prompt(&mut editor, &format!("{}> ", paint::clean(host.text().trim())))
}

/// What the console itself knows; the event socket's own commands go out without their slash.
const OWN: [(&str, &str); 9] = [
    ("/help", "these lines; without a slash a line is an API command (`status`, `show channels`)"),
    ("/event", "plain|json|xml NAMES: show events, `/event plain ALL` for example"),
    ("/nixevent", "NAMES: show those no more"),
    ("/noevents", "show no events"),
    ("/filter", "HEADER VALUE: show only events with it; `/filter delete HEADER` takes it back"),
    ("/log", "LEVEL: show log lines up to this level: console, alert, crit, err, warning, notice, info, debug"),
    ("/nolog", "show no log lines"),
    ("/bgapi", "COMMAND: run it in the background; BACKGROUND_JOB tells its answer"),
    ("/exit", "leave, as /quit, /bye, Ctrl-C and Ctrl-D do"),
];

/// A connection whose packets a thread reads.
struct Session {
    writer: Stream,
    replies: Receiver<ServerPacket>,
    leaving: Arc<AtomicBool>,
}

impl Session {
    /// Starts the reader; `out` takes what nobody asked for, above a prompt when there is one.
    fn start(
        connection: Connection,
        in_terminal: bool,
        out: impl FnMut(&str) + Send + 'static,
    ) -> Result<Session, CliError> {
        let writer = connection.writer()?;
        let (sender, replies) = channel();
        let leaving = Arc::new(AtomicBool::new(false));
        let reader = Reader {
            connection,
            out,
            replies: sender,
            leaving: Arc::clone(&leaving),
            terminal: Terminal::remember(),
            in_terminal,
        };
        thread::Builder::new().name("packets".to_owned()).spawn(move || reader.read())?;
        Ok(Session { writer, replies, leaving })
    }

    fn prompt(mut self, editor: &mut LineEditor, prompt: &str) -> Result<(), CliError> {
        while let Typed::Line(line) = editor.read(prompt) {
            if !self.perform(&line)? {
                break;
            }
        }
        self.leave()
    }

    fn pipe(mut self) -> Result<(), CliError> {
        for line in stdin().lines() {
            if !self.perform(line?.trim())? {
                break;
            }
        }
        self.leave()
    }

    /// Does what a line says and shows the answer; false when it says to end.
    fn perform(&mut self, line: &str) -> Result<bool, CliError> {
        let command = match line {
            "" => return Ok(true),
            "/exit" | "/quit" | "/bye" | "exit" | "quit" | "..." => return Ok(false),
            "/help" => {
                print(&help());
                return Ok(true);
            }
            _ => line.strip_prefix('/').map_or_else(|| client::console(line), client::command),
        };
        self.writer.write_all(&command)?;
        let reply = self.replies.recv().map_err(|_| CliError::Closed)?;
        print(&paint::clean(&show::answer(&reply)));
        Ok(true)
    }

    fn leave(mut self) -> Result<(), CliError> {
        self.leaving.store(true, Ordering::Release);
        // The switch may be gone already; there is nothing more to say to it.
        let _ = self.writer.write_all(&client::command("exit"));
        Ok(())
    }
}

/// Prints; a reader that is gone ends the program by itself, when the input ends.
fn print(text: &str) {
    let mut out = stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

struct Reader<F> {
    connection: Connection,
    out: F,
    replies: Sender<ServerPacket>,
    leaving: Arc<AtomicBool>,
    terminal: Terminal,
    in_terminal: bool,
}

impl<F: FnMut(&str)> Reader<F> {
    /// Reads until the connection ends, which ends the program too: the other thread waits for a line and cannot be woken.
    fn read(mut self) {
        let coloured = paint::wanted(&stdout());
        let ended = loop {
            match self.connection.packet() {
                Ok(packet) if is_reply(&packet) => drop(self.replies.send(packet)),
                Ok(packet) if self.leaving.load(Ordering::Acquire) => drop(packet),
                Ok(packet) => (self.out)(&show::unasked(&packet, coloured)),
                Err(error) => break error,
            }
        };
        if !self.leaving.load(Ordering::Acquire) {
            self.end(&ended);
        }
    }

    fn end(&mut self, ended: &CliError) -> ! {
        if self.in_terminal {
            (self.out)(&format!("strowger: {ended}\n"));
            // What is printed above a prompt waits in a queue of one: these two come through when it is shown.
            (self.out)("");
            (self.out)("");
        } else {
            eprintln!("strowger: {ended}");
        }
        self.terminal.leave(1)
    }
}

/// The names of a switch's commands, from `show api`: lines of comma-separated columns, a head, and a count at the end.
fn names(table: &str) -> Vec<String> {
    let lines = table.lines().skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.split(',').next()).filter(|name| !name.is_empty());
    names.map(str::to_owned).chain(OWN.map(|(name, _)| name.to_owned())).collect()
}

fn help() -> String {
    OWN.iter().map(|(name, about)| format!("{name:<10} {about}\n")).collect()
}

/// Where fs_cli-like histories live, in the user's home.
fn history() -> Option<PathBuf> {
    Some(PathBuf::from(std::env::var_os("HOME")?).join(".strowger_cli_history"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_names_come_from_the_table() {
        let names = names("name,description,syntax,ikey\nstatus,Status,,mod_commands\nshow,,,x\n\n2 total.\n");
        assert_eq!(names.get(..2), Some(&["status".to_owned(), "show".to_owned()][..]));
        assert!(names.contains(&"/event".to_owned()));
    }
}
