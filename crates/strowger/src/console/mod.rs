//! The console of a switch that was started in a terminal.

mod banner;

use std::future::ready;
use std::io;
use std::sync::Arc;
use std::thread;

use strowger_core::Switch;
use strowger_core::log::LogLevel;
use strowger_core::registry::AboutOf;
use tokio::runtime::Handle;

use crate::configuration::Configuration;
use crate::editor::{LineEditor, Typed};
use crate::logging::Printer;
use crate::paint;
use crate::start::Running;

/// Shows what listens where and reads commands, on a thread of its own; its end is the switch's end.
///
/// # Errors
/// No thread can be had.
pub fn open(
    running: &Running,
    configuration: &Configuration,
    printer: &Arc<Printer>,
    runtime: &Handle,
) -> io::Result<()> {
    let switch = Arc::clone(running.switch());
    let mut names = switch.registries().commands.names();
    names.extend(OWN.map(|(name, _)| name.to_owned()));
    let history = configuration.data().join("console_history");
    let mut editor = match LineEditor::new(names, Some(history)) {
        Ok(editor) => editor,
        Err(error) => {
            tracing::warn!("there is no console: {error}");
            return Ok(());
        }
    };
    match editor.printer() {
        Ok(above) => printer.print_above(above),
        Err(error) => tracing::warn!("log lines disturb the console: {error}"),
    }
    print!("{}", banner::banner(running, configuration));
    let console = Console {
        prompt: format!("strowger@{}> ", switch.bus().identity().hostname),
        switch,
        runtime: runtime.clone(),
        printer: Arc::clone(printer),
    };
    thread::Builder::new().name("console".to_owned()).spawn(move || console.read(editor))?;
    Ok(())
}

/// What the console itself knows.
///
/// There is no `/event`: log lines already fill the screen, and `strowger cli` in another terminal has it.
const OWN: [(&str, &str); 5] = [
    ("/help", "these lines; `help` lists the switch's commands; for events: `strowger cli`, then `/event plain ALL`"),
    ("/log", "LEVEL: show log lines up to this level: console, alert, crit, err, warning, notice, info, debug"),
    ("/nolog", "show no log lines but those of level console"),
    ("/exit", "stop the switch, as Ctrl-C, Ctrl-D and `shutdown` do"),
    ("/quit", "the same"),
];

struct Console {
    switch: Arc<Switch>,
    runtime: Handle,
    printer: Arc<Printer>,
    prompt: String,
}

impl Console {
    fn read(self, mut editor: LineEditor) {
        while let Typed::Line(line) = editor.read(&self.prompt) {
            if !self.perform(&line) || self.is_ending() {
                break;
            }
        }
        self.printer.print_to_stderr();
        self.switch.request_stop();
    }

    /// Whether a command asked for the end: then there is no use in another prompt.
    fn is_ending(&self) -> bool {
        let asked = async {
            tokio::select! {
                biased;
                _ = self.switch.stop_requested() => true,
                () = ready(()) => false,
            }
        };
        self.runtime.block_on(asked)
    }

    /// Does what a line says; false when it says to end.
    fn perform(&self, line: &str) -> bool {
        let Some(line) = self.switch.console().expand(line) else {
            println!("{line}: aliases that stand for one another without an end");
            return true;
        };
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((&line, ""));
        match word {
            "" => {}
            "/exit" | "/quit" | "/bye" | "exit" | "quit" | "..." => return false,
            "/help" => print!("{}", help()),
            "/log" => self.set_level(rest.trim()),
            "help" if rest.trim().is_empty() => print!("{}", self.commands()),
            "/nolog" => self.printer.set_level(LogLevel::Console),
            _ if word.starts_with('/') => println!("{word} is not known; /help lists what is"),
            _ => self.execute(word, rest.trim()),
        }
        true
    }

    /// The switch's commands, a line each. `help` of the API is made for programs: `name,arguments,about,module`.
    fn commands(&self) -> String {
        let commands = self.switch.registries().commands.all();
        let abouts: Vec<AboutOf<'_>> = commands.iter().map(|command| command.about()).collect();
        let width = abouts.iter().map(|about| about.name.len()).max().unwrap_or(0);
        let lines: String = abouts.iter().map(|about| format!("{:<width$}  {}\n", about.name, about.help)).collect();
        lines + "`help COMMAND` tells its arguments, /help what the console itself knows.\n"
    }

    fn set_level(&self, text: &str) {
        match LogLevel::parse(text) {
            Some(level) => {
                self.printer.set_level(level);
                println!("log level {} [{}]", level.name(), level as u8);
            }
            None => println!("which level? console, alert, crit, err, warning, notice, info or debug"),
        }
    }

    fn execute(&self, command: &str, arguments: &str) {
        let answer = self.runtime.block_on(self.switch.execute_api(command, arguments));
        let answer = answer.unwrap_or_else(|| format!("-ERR {command} Command not found!\n"));
        let answer = paint::clean(&answer);
        println!("{}", answer.trim_end_matches('\n'));
    }
}

fn help() -> String {
    OWN.iter().map(|(name, about)| format!("{name:<8} {about}\n")).collect()
}
