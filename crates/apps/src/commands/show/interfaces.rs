use strowger_core::Switch;
use strowger_core::registry::About;

use super::table::Table;

/// One thing that a module brings: its type, its name, the module.
type Interface = (&'static str, String, String);

/// What has a help text: applications or commands; with a name only that one.
pub(super) fn described(abouts: impl Iterator<Item = About>, rest: &[&str]) -> Table {
    let only = rest.first().filter(|word| !word.eq_ignore_ascii_case("count"));
    let mut table = Table::new(&["name", "description", "syntax", "ikey"]);
    for about in abouts.filter(|about| only.is_none_or(|name| about.name.eq_ignore_ascii_case(name))) {
        let (name, module) = (about.name.to_owned(), about.module.to_owned());
        table.push(vec![name, about.help.to_owned(), about.syntax.to_owned(), module]);
    }
    table
}

/// Everything that modules bring, or what is of one type.
pub(super) fn interfaces(switch: &Switch, only: Option<&str>) -> Table {
    let mut table = Table::new(&["type", "name", "ikey"]);
    for (kind, name, module) in all(switch).into_iter().filter(|(kind, ..)| only.is_none_or(|only| only == *kind)) {
        table.push(vec![kind.to_owned(), name, module]);
    }
    table
}

/// How many there are of each type.
pub(super) fn types(switch: &Switch) -> Table {
    let all = all(switch);
    let mut table = Table::new(&["type", "total"]);
    for group in all.chunk_by(|one, other| one.0 == other.0) {
        if let Some((kind, ..)) = group.first() {
            table.push(vec![(*kind).to_owned(), group.len().to_string()]);
        }
    }
    table
}

/// What each module brings; with a name, what that one brings. All of them are built in.
pub(super) fn modules(switch: &Switch, only: Option<&str>) -> Table {
    let only = only.filter(|word| !word.eq_ignore_ascii_case("count"));
    let mut table = Table::new(&["type", "name", "ikey", "filename"]);
    for (kind, name, module) in all(switch).into_iter().filter(|(.., module)| only.is_none_or(|only| only == *module)) {
        table.push(vec![kind.to_owned(), name, module, "built-in".to_owned()]);
    }
    table
}

/// By type, then name.
fn all(switch: &Switch) -> Vec<Interface> {
    let registries = switch.registries();
    let own = |kind: &'static str, about: About| (kind, about.name.to_owned(), about.module.to_owned());
    let mut all: Vec<Interface> = Vec::new();
    all.extend(registries.commands.all().iter().map(|one| own("api", one.about())));
    all.extend(registries.applications.all().iter().map(|one| own("application", one.about())));
    all.extend(registries.endpoints.names().into_iter().map(|name| ("endpoint", name.clone(), endpoint_module(&name))));
    all.extend(BUILT_IN.iter().map(|(kind, name, module)| (*kind, (*name).to_owned(), (*module).to_owned())));
    all.sort();
    all
}

/// The module of FreeSWITCH that has it.
fn endpoint_module(name: &str) -> String {
    if name == "null" { "mod_loopback".to_owned() } else { format!("mod_{name}") }
}

/// What is in no registry: type, name, module.
const BUILT_IN: [(&str, &str, &str); 6] = [
    ("codec", "G.711 alaw", "CORE_PCM_MODULE"),
    ("codec", "G.711 ulaw", "CORE_PCM_MODULE"),
    ("dialplan", "XML", "mod_dialplan_xml"),
    ("file", "silence_stream", "mod_tone_stream"),
    ("file", "tone_stream", "mod_tone_stream"),
    ("file", "wav", "mod_sndfile"),
];
