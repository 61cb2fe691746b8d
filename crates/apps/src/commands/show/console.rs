use strowger_core::Switch;
use strowger_core::console::MAX_WORDS;

use super::table::Table;

/// The columns of FreeSWITCH's table `aliases`, and who has them.
pub(super) fn aliases(switch: &Switch) -> Table {
    let mut table = Table::new(["sticky", "alias", "command", "hostname"]);
    for (name, alias) in switch.console().aliases() {
        table.push(vec![number(alias.is_sticky), name, alias.command, host(switch)]);
    }
    table
}

/// How lines of the console go on, a word a column.
pub(super) fn completions(switch: &Switch) -> Table {
    let words = (1..=MAX_WORDS).map(|number| format!("a{number}"));
    let names = ["sticky".to_owned()].into_iter().chain(words).chain(["hostname".to_owned()]);
    let mut table = Table::new(names);
    for mut line in switch.console().completions() {
        line.resize(MAX_WORDS, String::new());
        line.insert(0, number(false));
        line.push(host(switch));
        table.push(line);
    }
    table
}

fn number(yes: bool) -> String {
    u8::from(yes).to_string()
}

fn host(switch: &Switch) -> String {
    switch.bus().identity().switchname.clone()
}
