use std::collections::BTreeSet;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::registry::{About, ApiCall, ApiCommand};

use super::about;
use super::network::interface_names;
use super::show::escaped;

/// `console_complete`.
pub(super) struct ConsoleComplete;

#[async_trait]
impl ApiCommand for ConsoleComplete {
    fn about(&self) -> About {
        about(
            "console_complete",
            "[c=<position>;]<line>",
            "What a console may complete the line with, and, behind an empty line, what it is to write: what fs_cli asks for Tab.",
        )
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (words, word) = at_cursor(call.arguments);
        answer(word, &candidates(call.switch, words, word))
    }
}

/// The words in front of the one at the cursor, and that one. Blanks at the end of a line do not get here: a cursor
/// behind its end stands behind them.
fn at_cursor(arguments: &str) -> (&str, &str) {
    let apart = arguments.strip_prefix("c=").and_then(|rest| rest.split_once(';'));
    let (position, line) = apart.map_or((None, arguments), |(position, line)| (position.parse().ok(), line));
    match position {
        Some(position) if position > line.len() => (line.trim(), ""),
        _ => {
            let line = position.and_then(|position| line.get(..position)).unwrap_or(line);
            line.rsplit_once(' ').map_or(("", line), |(words, word)| (words.trim(), word))
        }
    }
}

/// Names of commands and aliases; behind a command what may stand there: calls, modules, interfaces, or words.
fn candidates(switch: &Switch, words: &str, word: &str) -> Vec<String> {
    let commands = &switch.registries().commands;
    let before: Vec<&str> = words.split_whitespace().collect();
    let mut all = BTreeSet::new();
    if before.is_empty() {
        all.extend(commands.names());
        all.extend(switch.console().aliases().into_iter().map(|(name, _)| name));
    } else if commands.get(words).is_some_and(|command| command.about().syntax.starts_with("<uuid>")) {
        all.extend(calls(switch));
    }
    for one in switch.console().behind(&before) {
        match one.as_str() {
            "::console::list_uuid" => all.extend(calls(switch)),
            "::console::list_loaded_modules" => all.extend(switch.modules()),
            "::console::list_available_modules" => all.extend(switch.unloaded_modules()),
            "::console::list_interfaces" => all.extend(interface_names()),
            list if list.starts_with("::") => {}
            word => all.extend([word.to_owned()]),
        }
    }
    all.into_iter().filter(|one| starts_with(one, word)).collect()
}

fn calls(switch: &Switch) -> impl Iterator<Item = String> {
    switch.sessions().all().into_iter().map(|handle| handle.uuid().to_owned())
}

/// `console_complete_xml`.
pub(super) struct ConsoleCompleteXml;

#[async_trait]
impl ApiCommand for ConsoleCompleteXml {
    fn about(&self) -> About {
        about("console_complete_xml", "<line>", "As `console_complete`, as XML.")
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (words, word) = at_cursor(call.arguments);
        let candidates = candidates(call.switch, words, word);
        let matches: String = candidates.iter().map(|one| format!("  <match>{}</match>\n", escaped(one))).collect();
        let write = match candidates.as_slice() {
            [only] => only,
            some => common(some),
        };
        format!("<complete>\n{matches}  <write length=\"{}\">{}</write>\n</complete>\n", word.len(), escaped(write))
    }
}

fn answer(word: &str, candidates: &[String]) -> String {
    match candidates {
        [] => "\n\n".to_owned(),
        [only] => format!("[{only:>20}]\t\n\nwrite={}:{only} ", word.len()),
        some => {
            let list: String = some.iter().map(|one| format!("[{one:>20}]\t")).collect();
            format!("{list}\n\nwrite={}:{}", word.len(), common(some))
        }
    }
}

/// The beginning that all have in common.
fn common(candidates: &[String]) -> &str {
    let Some(first) = candidates.first() else { return "" };
    let ends = first.char_indices().map(|(at, character)| at + character.len_utf8());
    let shared = ends.take_while(|end| candidates.iter().all(|one| one.get(..*end) == first.get(..*end))).last();
    first.get(..shared.unwrap_or(0)).unwrap_or_default()
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_the_cursor() {
        assert_eq!(at_cursor("c=3;status"), ("", "sta"));
        assert_eq!(at_cursor("c=6;status"), ("", "status"));
        assert_eq!(at_cursor("c=12;uuid_getvar"), ("uuid_getvar", ""));
        assert_eq!(at_cursor("c=13;uuid_getvar abc"), ("uuid_getvar", "a"));
        assert_eq!(at_cursor("c=1;ü"), ("", "ü"));
        assert_eq!(at_cursor("status"), ("", "status"));
    }

    #[test]
    fn what_is_common_is_written() {
        let two = ["uuid_kill".to_owned(), "uuid_getvar".to_owned()];
        assert_eq!(answer("uu", &two), "[           uuid_kill]\t[         uuid_getvar]\t\n\nwrite=2:uuid_");
        assert_eq!(answer("uuid_k", &two[..1]), "[           uuid_kill]\t\n\nwrite=6:uuid_kill ");
        assert_eq!(answer("x", &[]), "\n\n");
    }
}
