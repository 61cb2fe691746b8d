//! docs/variables.md has every channel variable that the code names.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use support::repository;

/// What stands in front of a variable's name where the code reads or sets one; blanks do not count.
const CALLS: [&str; 20] = [
    ".variable(\"",
    "=variable(\"",
    "|variable(\"",
    "variables.get(\"",
    "variables.set(\"",
    "variables.push(\"",
    "variables.remove(\"",
    "own.get(\"",
    "is_set(\"",
    "=set(\"",
    "||set(\"",
    ":set(\"",
    "find(\"",
    "file(\"",
    "time(\"",
    "milliseconds(\"",
    "(variables,\"",
    ".variables,\"",
    "post_process(\"",
    "run_last_hook(\"",
];

/// Beginnings and ends of names that are put together.
const PARTS: [&str; 7] = ["sip_from", "sip_to", "sip_req", "sip_contact", "app", "data", "Hunt"];

/// Variables of the directory's users and groups, which no call has.
const OF_USERS: [&str; 2] = ["callgroup", "user_context"];

/// The names that a source has behind one of [`CALLS`]; its tests are not looked at.
fn names(source: &str) -> BTreeSet<String> {
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let dense: String = code.split_whitespace().collect();
    let name = |behind: &str| {
        let name = behind.split('"').next().unwrap_or_default();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        (!name.is_empty() && !name.starts_with('_') && name.chars().all(is_name)).then(|| name.to_owned())
    };
    CALLS.iter().flat_map(|call| dense.split(call).skip(1).filter_map(name).collect::<Vec<_>>()).collect()
}

/// Every name, and a file that has it.
fn scan(folder: &Path, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && file != "tests" {
            scan(&path, found);
        } else if file.ends_with(".rs") && file != "tests.rs" {
            let source = fs::read_to_string(&path).unwrap();
            found.extend(names(&source).into_iter().map(|name| (name, path.display().to_string())));
        }
    }
}

#[test]
fn names_are_found_where_variables_are_read_and_set() {
    let source = "channel.variables.set(\"colour\", x); let y = session\n    .channel.variable(\"shape\");\n\
                  seconds(&self.channel.variables, \"size\");\n#[cfg(test)]\nmod tests { x.variable(\"no\") }";
    assert_eq!(names(source).into_iter().collect::<Vec<_>>(), ["colour", "shape", "size"]);
}

#[test]
fn the_page_has_every_variable_that_the_code_names() {
    let mut found = BTreeMap::new();
    for name in ["core", "apps", "sip", "event-socket"] {
        scan(&repository(&format!("crates/{name}/src")), &mut found);
    }
    assert!(found.len() > 200, "the scan finds the code's variables: {}", found.len());
    let page = fs::read_to_string(repository("docs/variables.md")).unwrap();
    let words: BTreeSet<&str> = page.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let excepted = |name: &str| PARTS.contains(&name) || OF_USERS.contains(&name);
    let missing: Vec<_> = found.iter().filter(|(name, _)| !words.contains(name.as_str()) && !excepted(name)).collect();
    assert!(missing.is_empty(), "docs/variables.md does not have {missing:#?}");
}
