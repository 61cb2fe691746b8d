//! Our words beside FreeSWITCH's: each of theirs is ours, or docs/differences.md says why not; each that is ours alone
//! stands there too.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::fs;

use support::pages::words;
use support::{Server, repository, serve};

type Names = BTreeSet<String>;

/// The names of FreeSWITCH's list: `name module` a line.
fn theirs(kind: &str) -> Names {
    let text = fs::read_to_string(repository(&format!("tests/vocabulary/freeswitch-{kind}s.txt"))).unwrap();
    text.lines().map(|line| line.split_once(' ').unwrap().0.to_owned()).collect()
}

/// The names in the first columns of the table below a heading of docs/differences.md, none twice.
fn told(heading: &str) -> Names {
    let page = fs::read_to_string(repository("docs/differences.md")).unwrap();
    let below = page.lines().skip_while(|line| *line != heading).skip(1);
    let rows = below.take_while(|line| !line.starts_with('#')).filter(|line| line.starts_with("| `"));
    let mut names = Names::new();
    for name in rows.flat_map(|row| row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2)) {
        assert!(names.insert(name.to_owned()), "{heading}: {name} is there twice");
    }
    names
}

fn list(names: impl IntoIterator<Item = String>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// What is wrong with a kind of words.
fn faults(server: &Server, kind: &str) -> Vec<String> {
    let (theirs, ours) = (theirs(kind), words(&mut server.login(), kind));
    let left_out = told(&format!("### {kind}s left out"));
    let not_yet = told(&format!("### {kind}s not yet there"));
    let own = told(&format!("### {kind}s of our own"));
    let excused: Names = left_out.union(&not_yet).cloned().collect();
    let missing = theirs.difference(&ours).filter(|name| !excused.contains(*name)).cloned();
    let alone = ours.difference(&theirs).filter(|name| !own.contains(*name)).cloned();
    let faults = [
        ("FreeSWITCH has them, and docs/differences.md does not say why we do not", list(missing)),
        ("docs/differences.md does not say that they are our own", list(alone)),
        ("they are there, whatever docs/differences.md says", list(excused.intersection(&ours).cloned())),
        ("docs/differences.md leaves out what FreeSWITCH does not have", list(excused.difference(&theirs).cloned())),
        ("docs/differences.md says why not and not yet", list(left_out.intersection(&not_yet).cloned())),
        ("docs/differences.md tells of them, and they are not there", list(own.difference(&ours).cloned())),
    ];
    faults
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("{kind}s: {what}: {names}"))
        .collect()
}

#[test]
fn every_word_is_accounted_for() {
    let server = Server::start(&mut serve(&repository("tests/vocabulary/conf")));
    let faults: Vec<_> = ["application", "command"].iter().flat_map(|kind| faults(&server, kind)).collect();
    server.stop();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
