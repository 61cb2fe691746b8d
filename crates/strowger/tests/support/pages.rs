//! Pages in Markdown whose fenced blocks are played against a switch.

use std::collections::BTreeSet;
use std::time::Instant;

use strowger_bench::Conn;

use super::LIMIT;

/// One fenced block of a page.
pub struct Block {
    /// What stands behind the fence.
    pub language: String,
    /// Its lines, each with its end.
    pub text: String,
    /// The line of the fence, from 1.
    pub line: usize,
    /// The last second-level heading before it.
    pub heading: String,
}

/// The fenced blocks of a page, in their order.
pub fn blocks(page: &str) -> Vec<Block> {
    let (mut found, mut heading) = (Vec::new(), String::new());
    let mut open: Option<Block> = None;
    for (number, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => found.push(block),
            (Some(language), None) => {
                let (language, heading) = (language.to_owned(), heading.clone());
                open = Some(Block { language, text: String::new(), line: number + 1, heading });
            }
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {
                if let Some(title) = line.strip_prefix("## ") {
                    title.trim().clone_into(&mut heading);
                }
            }
        }
    }
    found
}

/// Whether `text` is as `expected` says, where `…` stands for anything.
pub fn is_as(text: &str, expected: &str) -> bool {
    let mut pieces = expected.split('…');
    let Some(mut rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut open_end = false;
    for piece in pieces {
        open_end = piece.is_empty();
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    open_end || rest.is_empty()
}

/// Commands that ask and change nothing: a reader types them slower than the switch acts, so they may be asked again.
const ASKING: [&str; 5] = ["uuid_getvar ", "uuid_exists ", "global_getvar ", "show ", "eval "];

/// Types a command, which must answer as `expected` says; one that only asks is asked again until it does.
///
/// # Errors
/// What it answered, and what it should have.
pub fn ask(conn: &mut Conn, command: &str, expected: &str) -> Result<(), String> {
    let asks = ASKING.iter().any(|asking| command.starts_with(asking));
    let beginning = Instant::now();
    loop {
        let answer = conn.api(command).map_err(|error| format!("{command}\n{error}"))?;
        if is_as(answer.trim_end(), expected.trim_end()) {
            return Ok(());
        }
        if !asks || beginning.elapsed() > LIMIT {
            return Err(format!("{command}\nanswers\n{answer}\nand the page says\n{expected}"));
        }
        std::thread::yield_now();
    }
}

/// The words of a kind, `application` or `command`, that a switch has.
pub fn words(conn: &mut Conn, kind: &str) -> BTreeSet<String> {
    let table = conn.api(&format!("show {}", if kind == "command" { "api" } else { kind })).unwrap();
    let rows = table.lines().skip(1).take_while(|line| !line.is_empty());
    rows.map(|row| row.split_once(',').unwrap().0.to_owned()).collect()
}
