//! The line editor that both consoles read with: history, and Tab for the names of commands.

use std::path::{Path, PathBuf};

use rustyline::completion::Completer;
use rustyline::config::Config;
use rustyline::error::{ReadlineError, Signal};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Context, Editor, ExternalPrinter, Helper};

/// Lines typed in a terminal.
pub struct LineEditor {
    editor: Editor<Names, FileHistory>,
    history: Option<PathBuf>,
}

/// What was typed.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// A line, trimmed; it may be empty.
    Line(String),
    /// Ctrl-C, Ctrl-D, or the terminal is gone.
    End,
}

impl LineEditor {
    /// An editor that completes `names` and keeps its history in the file `history`.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub fn new(names: Vec<String>, history: Option<PathBuf>) -> Result<LineEditor, ReadlineError> {
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .max_history_size(1000)?
            .history_ignore_dups(true)?
            // The program may end while a line is read: nothing shall stay switched on in the terminal.
            .bracketed_paste(false)
            .build();
        let mut editor = Editor::with_config(config)?;
        editor.set_helper(Some(Names::new(names)));
        if let Some(history) = &history {
            // There is none yet on the first run.
            let _ = editor.load_history(history);
        }
        Ok(LineEditor { editor, history })
    }

    /// What prints above the prompt while a line is read.
    ///
    /// # Errors
    /// The terminal cannot be used.
    pub fn printer(&mut self) -> Result<impl ExternalPrinter + Send + 'static + use<>, ReadlineError> {
        self.editor.create_external_printer()
    }

    /// Reads a line.
    pub fn read(&mut self, prompt: &str) -> Typed {
        loop {
            match self.editor.readline(prompt) {
                Ok(line) => {
                    let line = line.trim();
                    self.remember(line);
                    return Typed::Line(line.to_owned());
                }
                Err(ReadlineError::Signal(Signal::Resize)) => {}
                Err(_) => return Typed::End,
            }
        }
    }

    /// Adds a line to the history at once: the program may end before the next one is typed.
    fn remember(&mut self, line: &str) {
        let is_new = !line.is_empty() && self.editor.add_history_entry(line).unwrap_or(false);
        if let Some(history) = self.history.as_deref().filter(|_| is_new) {
            save(&mut self.editor, history);
        }
    }
}

/// Without a place to keep it the history is that of this run.
fn save(editor: &mut Editor<Names, FileHistory>, history: &Path) {
    if let Some(folder) = history.parent() {
        let _ = std::fs::create_dir_all(folder);
    }
    let _ = editor.append_history(history);
}

/// Completes the first word of a line.
struct Names(Vec<String>);

impl Names {
    fn new(mut names: Vec<String>) -> Names {
        names.sort();
        names.dedup();
        Names(names)
    }

    fn beginning_with(&self, start: &str) -> Vec<String> {
        self.0.iter().filter(|name| name.starts_with(start)).map(|name| format!("{name} ")).collect()
    }
}

impl Completer for Names {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let start = line.get(..pos).unwrap_or(line).trim_start();
        let is_first_word = !start.contains(char::is_whitespace);
        let names = if is_first_word { self.beginning_with(start) } else { Vec::new() };
        Ok((pos.saturating_sub(start.len()), names))
    }
}

impl Helper for Names {}
impl Highlighter for Names {}
impl Validator for Names {}
impl Hinter for Names {
    type Hint = String;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, start: usize, expected: &[&str]) {
        let names = Names::new(["show", "status", "shutdown", "show"].map(String::from).to_vec());
        let history = FileHistory::new();
        let completed = names.complete(line, line.len(), &Context::new(&history)).unwrap();
        assert_eq!(completed, (start, expected.iter().map(|name| (*name).to_owned()).collect()), "{line}");
    }

    #[test]
    fn the_first_word_is_completed() {
        check("sh", 0, &["show ", "shutdown "]);
        check("  st", 2, &["status "]);
        check("", 0, &["show ", "shutdown ", "status "]);
        check("show ch", 0, &[]);
        check("x", 0, &[]);
    }
}
