//! `alias` and `complete`: what consoles know besides the commands.

use strowger_core::console::{Alias, MAX_WORDS};

use super::plain::Plain;
use super::{OK, about};
use crate::words::words;

pub(super) const ALIAS: Plain = Plain {
    about: about(
        "alias",
        "[add|stickyadd] <alias> <command> | del [<alias>|*]",
        "Has a word of the console stand for a command, or no more; `show aliases` lists them.",
    ),
    answer: |switch, text| {
        let words = words(text);
        let console = switch.console();
        let done = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [_, alias, command] if alias == command => {
                tracing::error!("Alias and command cannot be the same, this will cause loop!");
                false
            }
            [verb, alias, command] if ["add", "stickyadd"].contains(&verb.to_ascii_lowercase().as_str()) => {
                let is_sticky = verb.len() > "add".len();
                console.alias(alias, Alias { is_sticky, command: (*command).to_owned() })
            }
            [verb, alias] if verb.eq_ignore_ascii_case("del") => {
                console.forget_alias(alias);
                true
            }
            _ => false,
        };
        answer(done, ALIAS.about.syntax)
    },
};

pub(super) const COMPLETE: Plain = Plain {
    about: about(
        "complete",
        "add <word>|del [<word>|*]",
        "Adds a line to those that the console completes, or takes one away; `show complete` lists them.",
    ),
    answer: |switch, text| {
        let mut words = words(text);
        words.truncate(MAX_WORDS + 1);
        let console = switch.console();
        let done = match words.split_first() {
            Some((verb, line)) if verb.eq_ignore_ascii_case("add") && !line.is_empty() => {
                console.complete(line.to_vec())
            }
            Some((verb, line)) if verb.eq_ignore_ascii_case("del") && !line.is_empty() => {
                console.forget_completions(line);
                true
            }
            _ => false,
        };
        answer(done, COMPLETE.about.syntax)
    },
};

fn answer(done: bool, syntax: &str) -> String {
    if done { OK.to_owned() } else { format!("-USAGE: {syntax}\n") }
}
