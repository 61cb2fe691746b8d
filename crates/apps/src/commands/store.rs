//! `hash`, `db` and `group`: what dialplans and programs keep in the switch.

use std::fmt::Write;

use strowger_core::Switch;
use strowger_core::registry::About;
use strowger_core::resources::Backend;

use super::plain::Plain;
use crate::store::{Done, Order};
use crate::words::words;

pub(super) const COMMANDS: [Plain; 4] = [
    Plain {
        about: About {
            name: "hash",
            syntax: "[insert|delete|select]/<realm>/<key>/<value>",
            help: "Keeps a text under a realm and a key; also `insert_ifempty`, `delete_ifmatch`.",
            module: "mod_hash",
        },
        answer: |switch, text| hash(switch, text),
    },
    Plain {
        about: About {
            name: "hash_dump",
            syntax: "all|limit|db [<realm>]",
            help: "What `hash` keeps, and what `limit hash` counts.",
            module: "mod_hash",
        },
        answer: |switch, text| hash_dump(switch, text),
    },
    Plain {
        about: About {
            name: "db",
            syntax: "[insert|delete|select|exists|count|list]/<realm>/<key>/<value>",
            help: "Keeps a text under a realm and a key, apart from `hash`.",
            module: "mod_db",
        },
        answer: |switch, text| database(switch, text).unwrap_or_else(|| "!err!".to_owned()),
    },
    Plain {
        about: About {
            name: "group",
            syntax: "[insert|delete|call]:<group name>:<url>",
            help: "Keeps dial strings in a group; `call:<group>[:order|multi]` answers with all of them as one.",
            module: "mod_db",
        },
        answer: |switch, text| group(switch, text).unwrap_or_else(|| "!err!".to_owned()),
    },
];

fn hash(switch: &Switch, text: &str) -> String {
    let order = Order::parse(text, '/');
    if let ("select", [realm, key, ..]) = (order.verb().as_str(), order.parts()) {
        return switch.hash().get(realm, key).unwrap_or_default();
    }
    match order.change(switch.hash()) {
        Done::Yes => "+OK\n",
        Done::Exists => "-ERR key already exists\n",
        Done::Missing => "-ERR Not found\n",
        Done::Differs => "-ERR Doesn't match\n",
        Done::Full => "-ERR no room\n",
        Done::Usage => "-ERR Usage: hash insert|insert_ifempty|select|delete|delete_ifmatch/realm/key[/value]\n",
    }
    .to_owned()
}

fn hash_dump(switch: &Switch, text: &str) -> String {
    let words = words(text);
    let (limits, texts) = match words.first().map(String::as_str) {
        Some("all") => (true, true),
        Some("limit") => (true, false),
        Some("db") => (false, true),
        _ => return "Usage: all|limit|db [<realm>]\n".to_owned(),
    };
    let mut out = String::new();
    for (name, usage) in limits.then(|| switch.resources().all(Backend::Hash)).into_iter().flatten() {
        let _ = writeln!(out, "L/{name}/{}/{}/{}/{}", usage.total, usage.rate, usage.interval, usage.since);
    }
    let of_realm = words.get(1).map(|realm| format!("{realm}_"));
    for (realm, key, text) in texts.then(|| switch.hash().all()).into_iter().flatten() {
        let name = format!("{realm}_{key}");
        if of_realm.as_ref().is_none_or(|realm| name.contains(realm.as_str())) {
            let _ = writeln!(out, "D/{name}/{text}");
        }
    }
    out
}

fn database(switch: &Switch, text: &str) -> Option<String> {
    let (order, store) = (Order::parse(text, '/'), switch.database());
    Some(match (order.verb().as_str(), order.parts()) {
        ("insert" | "delete", _) => ok_unless(order.change(store))?,
        ("select", [realm, key, ..]) => store.get(realm, key).unwrap_or_default(),
        ("exists", [realm, key, ..]) => store.get(realm, key).is_some_and(|text| !text.is_empty()).to_string(),
        ("count", [] | [_]) => names(switch, order.parts()).len().to_string(),
        ("list", [] | [_]) => names(switch, order.parts()).join(","),
        _ => return None,
    })
}

/// The keys of a realm, or the realms.
fn names(switch: &Switch, of: &[String]) -> Vec<String> {
    let Some(realm) = of.first() else {
        let mut realms: Vec<String> = switch.database().all().into_iter().map(|(realm, _, _)| realm).collect();
        realms.dedup();
        return realms;
    };
    switch.database().keys(realm)
}

fn group(switch: &Switch, text: &str) -> Option<String> {
    let order = Order::parse(text, ':');
    if let ("call", [name, how @ ..]) = (order.verb().as_str(), order.parts()) {
        let between = match how.first().map(|how| how.to_ascii_lowercase()).as_deref() {
            Some("order") => "|",
            Some("multi") => ":_:",
            _ => ",",
        };
        return Some(switch.groups().keys(name).join(between));
    }
    ok_unless(order.change_group(switch.groups()))
}

/// mod_db says `+OK` to whatever it understands.
fn ok_unless(done: Done) -> Option<String> {
    (done != Done::Usage && done != Done::Full).then(|| "+OK".to_owned())
}
