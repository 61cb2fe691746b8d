//! How far a directory user's rights go beyond events and API commands: which commands, and about which calls.

use std::collections::HashSet;

use strowger_event::FilterSet;

use crate::command::{Command, known_name};

/// `esl-allowed-commands`: the event socket's commands a user may give.
#[derive(Clone, Debug)]
pub(crate) struct CommandScope {
    pub(crate) text: String,
    names: HashSet<&'static str>,
}

impl CommandScope {
    /// Names separated by commas or spaces, in any case, as a client gives them (`events` is `event`). What is no command
    /// allows nothing.
    pub(crate) fn parse(text: &str) -> Self {
        let words = text.split([',', ' ']).filter(|word| !word.is_empty());
        Self { text: text.to_string(), names: words.filter_map(known_name).collect() }
    }

    /// Whether the command may be given. What only gives up something always may.
    pub(crate) fn allows(&self, command: &Command) -> bool {
        match command {
            Command::Exit
            | Command::Auth { .. }
            | Command::UserAuth { .. }
            | Command::NoEvents
            | Command::NixEvent { .. }
            | Command::NoLog
            // It is refused as an unknown one.
            | Command::Unknown => true,
            command => self.names.contains(command.name()),
        }
    }
}

/// `esl-allowed-channels`: the calls a user may see and drive.
#[derive(Clone, Debug)]
pub(crate) struct ChannelScope {
    pub(crate) text: String,
    pub(crate) filters: FilterSet,
    pub(crate) is_broken: bool,
}

impl ChannelScope {
    /// `Header=value` entries separated by commas, the values as `filter` takes them: a comma within `/…/` belongs to it.
    /// A list that is empty or cannot be read lets no call pass: a typing mistake must not open a door.
    pub(crate) fn parse(text: &str) -> Self {
        let filters = entries(text).and_then(|entries| {
            let mut filters = FilterSet::new();
            entries.iter().try_for_each(|(header, value)| filters.add(header, value).ok())?;
            (!filters.is_empty() && !filters.has_broken()).then_some(filters)
        });
        Self { text: text.to_string(), is_broken: filters.is_none(), filters: filters.unwrap_or_else(nothing) }
    }
}

/// Filters that no call passes.
fn nothing() -> FilterSet {
    let mut filters = FilterSet::new();
    // No header has an empty name, and this expression does not compile.
    let _ = filters.add("", "/(/");
    filters
}

/// Header and value of each entry; `None` when one of them is none.
fn entries(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (header, behind) = rest.split_once('=')?;
        let (value, others) = split_value(behind);
        let (header, value) = (header.trim(), value.trim());
        if header.is_empty() || header.contains(',') || value.is_empty() {
            return None;
        }
        found.push((header, value));
        rest = others.trim();
    }
    Some(found)
}

/// The value at the start of `text`, and what stands behind the comma after it.
fn split_value(text: &str) -> (&str, &str) {
    let wanted = text.trim_start_matches(['+', '-', ' ']);
    let start = text.len() - wanted.len();
    let end = if wanted.starts_with('/') { regex_end(wanted) } else { wanted.find(',') };
    let end = end.map_or(text.len(), |end| start + end);
    let (value, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (value, rest.strip_prefix(',').unwrap_or(rest))
}

/// Where the comma behind the regular expression at the start of `text` stands: the first one behind a `/` with its options.
fn regex_end(text: &str) -> Option<usize> {
    let slashes = text.match_indices('/').skip(1);
    slashes.map(|(at, _)| at + 1).find_map(|at| {
        let behind = text.get(at..)?.trim_start_matches(['i', 'm', 's', 'x']).trim_start();
        behind.starts_with(',').then(|| text.len() - behind.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use strowger_event::Headers;

    #[test]
    fn commands_are_named_as_a_client_gives_them() {
        let scope = CommandScope::parse("sendmsg,API Events nosuch");
        let check = |line: &str, allowed| {
            let packet = crate::Packet { command: line.to_string(), ..Default::default() };
            assert_eq!(scope.allows(&Command::parse(&packet)), allowed, "{line}");
        };
        for line in ["sendmsg u", "api status", "event plain ALL", "exit", "noevents", "nixevent ALL", "nolog", "what"]
        {
            check(line, true);
        }
        for line in
            ["bgapi status", "sendevent X", "myevents u", "log 7", "filter a b", "linger", "getvar x", "connect"]
        {
            check(line, false);
        }
    }

    fn check(scope: &str, headers: &[(&str, &str)], passes: bool) {
        let headers: Headers = headers.iter().copied().collect();
        assert_eq!(ChannelScope::parse(scope).filters.matches(&headers), passes, "{scope} {headers:?}");
    }

    #[test]
    fn any_entry_lets_a_call_pass() {
        let scope = "variable_accountcode=acme, Caller-Context = tenant 1";
        check(scope, &[("variable_accountcode", "ACME")], true);
        check(scope, &[("Caller-Context", "tenant 1")], true);
        check(scope, &[("Caller-Context", "tenant 2")], false);
        check(scope, &[], false);
    }

    #[test]
    fn a_regular_expression_may_have_commas() {
        let scope = r"n=/^1\d{2,3}$/, m=/a/b/i ,k=v";
        for (header, value, passes) in
            [("n", "123", true), ("n", "1", false), ("m", "A/B", true), ("k", "v", true), ("k", "w", false)]
        {
            check(scope, &[(header, value)], passes);
        }
        check("n=/^1/,n=-100", &[("n", "101")], true);
        check("n=/^1/,n=-100", &[("n", "100")], false);
    }

    #[test]
    fn what_cannot_be_read_lets_nothing_pass() {
        for scope in ["", " ", "acme", "a=b,acme", "a=b,c,d=e", "a=", "=b", "a=/(/", "a=b,c=-/(/", "a=b,,c=d"] {
            check(scope, &[("a", "b"), ("acme", "acme"), ("", ""), ("c", "x")], false);
            assert!(ChannelScope::parse(scope).is_broken, "{scope}");
        }
        assert!(!ChannelScope::parse("a=b,").is_broken);
    }
}
