//! What consoles know besides the commands: aliases, and how a line may go on (switch_console.c).
//!
//! In memory: gone with the switch.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::RwLock;

/// Aliases and completions.
pub struct ConsoleWords {
    aliases: RwLock<BTreeMap<String, Alias>>,
    completions: RwLock<BTreeSet<Vec<String>>>,
}

/// What a word stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// It was added with `stickyadd`.
    pub is_sticky: bool,
    /// What it stands for.
    pub command: String,
}

/// Entries of each kind at the most.
const MAX_ENTRIES: usize = 10_000;

/// Bytes of an alias, its command, or a line that is completed, at the most.
const MAX_BYTES: usize = 4096;

/// Words of a completion at the most.
pub const MAX_WORDS: usize = 10;

/// An alias may stand for an alias so many times.
const MAX_DEPTH: usize = 100;

impl Default for ConsoleWords {
    fn default() -> Self {
        let known = KNOWN.iter().map(|line| line.split(' ').map(str::to_owned).collect());
        Self { aliases: RwLock::default(), completions: RwLock::new(known.collect()) }
    }
}

impl ConsoleWords {
    /// Has a word, or a whole line, stand for a command; whether there is room for it.
    pub fn alias(&self, name: &str, alias: Alias) -> bool {
        let mut aliases = self.aliases.write();
        let fits = name.len() <= MAX_BYTES && alias.command.len() <= MAX_BYTES;
        if !fits || aliases.len() >= MAX_ENTRIES && !aliases.contains_key(name) {
            return false;
        }
        aliases.insert(name.to_owned(), alias);
        true
    }

    /// Forgets an alias, or all of them (`*`).
    pub fn forget_alias(&self, name: &str) {
        let mut aliases = self.aliases.write();
        match name {
            "*" => aliases.clear(),
            name => drop(aliases.remove(name)),
        }
    }

    /// The aliases, by name.
    pub fn aliases(&self) -> Vec<(String, Alias)> {
        self.aliases.read().iter().map(|(name, alias)| (name.clone(), alias.clone())).collect()
    }

    /// What a line stands for: its first word may be an alias, or the line as a whole. `None` when it is none.
    fn expand_once(&self, line: &str) -> Option<String> {
        let aliases = self.aliases.read();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match (aliases.get(word), aliases.get(line)) {
            (Some(alias), _) if rest.is_empty() => Some(alias.command.clone()),
            (Some(alias), _) => Some(format!("{} {rest}", alias.command)),
            (None, whole) => whole.map(|alias| alias.command.clone()),
        }
    }

    /// What a line stands for; itself when it is no alias. `None` when aliases name one another without an end.
    pub fn expand(&self, line: &str) -> Option<String> {
        let mut line = line.to_owned();
        for _ in 0..MAX_DEPTH {
            match self.expand_once(&line) {
                Some(next) if next.len() <= 2 * MAX_BYTES + line.len() && next != line => line = next,
                Some(_) => return None,
                None => return Some(line),
            }
        }
        None
    }

    /// Has lines go on like this; whether there is room for it.
    pub fn complete(&self, words: Vec<String>) -> bool {
        let mut completions = self.completions.write();
        let bytes: usize = words.iter().map(String::len).sum();
        if completions.len() >= MAX_ENTRIES || bytes > MAX_BYTES || words.len() > MAX_WORDS {
            return false;
        }
        completions.insert(words);
        true
    }

    /// Forgets the completions that begin like this, or all of them (`*`).
    pub fn forget_completions(&self, words: &[String]) {
        let mut completions = self.completions.write();
        match words {
            [all] if all == "*" => completions.clear(),
            words => completions.retain(|known| !known.starts_with(words)),
        }
    }

    /// The completions, sorted.
    pub fn completions(&self) -> Vec<Vec<String>> {
        self.completions.read().iter().cloned().collect()
    }

    /// What may stand behind these words, sorted; `::console::list_uuid` and its kin as they stand.
    pub fn behind(&self, words: &[&str]) -> BTreeSet<String> {
        let completions = self.completions.read();
        let fits = |known: &&Vec<String>| {
            known.len() > words.len() && known.iter().zip(words).all(|(known, word)| known.eq_ignore_ascii_case(word))
        };
        completions.iter().filter(fits).filter_map(|known| known.get(words.len()).cloned()).collect()
    }
}

/// How lines go on from the beginning. What begins with `::` names a list.
const KNOWN: &[&str] = &[
    "alias add",
    "alias stickyadd",
    "alias del",
    "complete add",
    "complete del",
    "fsctl hupall",
    "fsctl loglevel alert",
    "fsctl loglevel console",
    "fsctl loglevel crit",
    "fsctl loglevel debug",
    "fsctl loglevel err",
    "fsctl loglevel info",
    "fsctl loglevel notice",
    "fsctl loglevel warning",
    "fsctl max_sessions",
    "fsctl min_idle_cpu",
    "fsctl pause inbound",
    "fsctl pause outbound",
    "fsctl pause_check inbound",
    "fsctl pause_check outbound",
    "fsctl ready_check",
    "fsctl resume inbound",
    "fsctl resume outbound",
    "fsctl shutdown asap restart",
    "fsctl shutdown cancel",
    "fsctl shutdown elegant restart",
    "fsctl shutdown now",
    "fsctl shutdown restart asap",
    "fsctl shutdown restart elegant",
    "fsctl shutdown_check",
    "fsctl sps",
    "interface_ip auto ::console::list_interfaces",
    "interface_ip ipv4 ::console::list_interfaces",
    "interface_ip ipv6 ::console::list_interfaces",
    "load ::console::list_available_modules",
    "module_exists ::console::list_loaded_modules",
    "nat_map reinit",
    "nat_map republish",
    "nat_map status",
    "reload ::console::list_loaded_modules",
    "reloadacl reloadxml",
    "show aliases",
    "show api",
    "show application",
    "show bridged_calls",
    "show calls count",
    "show channels count",
    "show channels like",
    "show chat",
    "show codec",
    "show complete",
    "show detailed_bridged_calls",
    "show detailed_calls",
    "show dialplan",
    "show endpoint",
    "show file",
    "show interface_types",
    "show interfaces",
    "show limits",
    "show management",
    "show modules ::console::list_loaded_modules",
    "show nat_map",
    "show registrations count",
    "show say",
    "show tasks",
    "show timer",
    "unload ::console::list_loaded_modules",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn sticky(command: &str) -> Alias {
        Alias { is_sticky: true, command: command.to_owned() }
    }

    #[test]
    fn aliases_stand_for_lines() {
        let words = ConsoleWords::default();
        assert!(words.alias("st", sticky("status")) && words.alias("all calls", sticky("show channels")));
        assert!(
            words.alias("s", sticky("st"))
                && words.alias("loop", sticky("pool x"))
                && words.alias("pool", sticky("loop"))
        );
        let check = |line: &str, expected: Option<&str>| assert_eq!(words.expand(line).as_deref(), expected, "{line}");
        check("st", Some("status"));
        check("s  a b", Some("status  a b"));
        check("all calls", Some("show channels"));
        check("all", Some("all"));
        check("loop", None);
        words.forget_alias("st");
        check("s", Some("st"));
        words.forget_alias("*");
        assert_eq!(words.aliases(), []);
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let words = ConsoleWords::default();
        assert!(!words.alias(&"x".repeat(MAX_BYTES + 1), sticky("a")) && !words.alias("a", sticky(&"x".repeat(5000))));
        assert!(!words.complete(vec!["x".repeat(5000)]) && !words.complete(vec![String::new(); 11]));
        for number in 0..MAX_ENTRIES {
            assert!(words.alias(&number.to_string(), sticky("a")));
        }
        assert!(!words.alias("one more", sticky("a")) && words.alias("7", sticky("b")));
    }

    #[test]
    fn lines_go_on() {
        let words = ConsoleWords::default();
        assert!(words.behind(&["SHOW", "channels"]).into_iter().eq(["count".to_owned(), "like".to_owned()]));
        assert!(words.behind(&["nosuch"]).is_empty());
        let mine = ["nosuch", "word"].map(str::to_owned).to_vec();
        assert!(words.complete(mine.clone()));
        assert_eq!(words.behind(&["nosuch"]).len(), 1);
        words.forget_completions(&mine[..1]);
        assert!(words.behind(&["nosuch"]).is_empty());
        words.forget_completions(&["*".to_owned()]);
        assert!(words.completions().is_empty());
    }
}
