use std::collections::BTreeMap;

use strowger_core::Switch;
use strowger_core::modules::Interface;

use super::table::Table;

/// The applications or the commands; with a name only that one.
pub(super) fn described(switch: &Switch, kind: &str, rest: &[&str]) -> Table {
    let only = name(rest);
    let mut table = Table::new(["name", "description", "syntax", "ikey"]);
    for one in of_kind(switch, kind).filter(|one| only.is_none_or(|name| one.name.eq_ignore_ascii_case(name))) {
        table.push(vec![one.name, one.description, one.syntax, one.module]);
    }
    table
}

/// Everything that modules bring, or what is of one type.
pub(super) fn interfaces(switch: &Switch, only: Option<&str>) -> Table {
    let mut table = Table::new(["type", "name", "ikey"]);
    for one in switch.interfaces().into_iter().filter(|one| only.is_none_or(|only| only == one.kind)) {
        table.push(vec![one.kind.to_owned(), one.name, one.module]);
    }
    table
}

/// How many there are of each type.
pub(super) fn types(switch: &Switch) -> Table {
    let mut totals: BTreeMap<&str, usize> = BTreeMap::new();
    for one in switch.interfaces() {
        *totals.entry(one.kind).or_default() += 1;
    }
    let mut table = Table::new(["type", "total"]);
    totals.into_iter().for_each(|(kind, total)| table.push(vec![kind.to_owned(), total.to_string()]));
    table
}

/// What each module brings; with a name, what that one brings.
pub(super) fn modules(switch: &Switch, rest: &[&str]) -> Table {
    let only = name(rest);
    let mut table = Table::new(["type", "name", "ikey", "filename"]);
    for one in switch.interfaces().into_iter().filter(|one| only.is_none_or(|only| only == one.module)) {
        table.push(vec![one.kind.to_owned(), one.name, one.module, one.filename]);
    }
    table
}

/// `show help`: the commands, or one, as the command `help` tells of them.
pub(super) fn help(switch: &Switch, rest: &[&str]) -> String {
    let only = name(rest);
    let told = of_kind(switch, "api").filter(|one| only.is_none_or(|name| one.name.eq_ignore_ascii_case(name)));
    let lines: String =
        told.map(|one| format!("{},{},{},{}\n", one.name, one.syntax, one.description, one.module)).collect();
    if lines.is_empty() { "-ERR No such command\n".to_owned() } else { lines }
}

fn of_kind(switch: &Switch, kind: &str) -> impl Iterator<Item = Interface> {
    switch.interfaces().into_iter().filter(move |one| one.kind == kind)
}

/// The name that is asked for.
fn name<'a>(rest: &[&'a str]) -> Option<&'a str> {
    rest.first().copied().filter(|word| !word.eq_ignore_ascii_case("count"))
}
