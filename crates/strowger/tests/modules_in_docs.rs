//! The modules that docs/modules.md has its reader write: compiled, loaded, and asked, as it says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::process::Command;

use support::modules::{Bed, build_package, compile};
use support::pages::{Block, ask, blocks};
use support::{folder, repository};

/// The blocks of a section.
fn section(heading: &str) -> Vec<Block> {
    let page = fs::read_to_string(repository("docs/modules.md")).unwrap();
    blocks(&page).into_iter().filter(|block| block.heading == heading).collect()
}

fn block<'a>(blocks: &'a [Block], language: &str) -> &'a str {
    let found = blocks.iter().find(|block| block.language == language);
    &found.unwrap_or_else(|| panic!("no {language}")).text
}

/// Types what a section has its reader type: `> COMMAND`, and the answer below it. Between two steps a call that was made
/// comes to its end, which its reader waits for.
fn follow(bed: &Bed, blocks: &[Block]) {
    let mut conn = bed.login();
    for step in block(blocks, "console").split("> ").skip(1) {
        let (command, answer) = step.split_once('\n').unwrap();
        for (command, answer) in [("show channels count", "\n0 total."), (command, answer)] {
            ask(&mut conn, command, answer).unwrap_or_else(|fault| panic!("{fault}"));
        }
    }
}

#[test]
fn the_first_module_in_c() {
    let blocks = section("A first module in C");
    let bed = Bed::with("docs_c", &[]);
    let source = bed.folder.join("mod_first.c");
    fs::write(&source, block(&blocks, "c")).unwrap();
    compile(&source, &bed.folder.join("mod_first.so"));
    // As the page has it, from the sources' own folder.
    let mut shell = Command::new("sh");
    let line = block(&blocks, "sh").replace("mod_first.", &format!("{}/mod_first.", bed.folder.display()));
    let compiled = support::run(shell.arg("-c").arg(line).current_dir(repository("")));
    assert_eq!(compiled.code, Some(0), "{}", compiled.said);
    let mut listener = bed.login();
    listener.command("event plain CHANNEL_HANGUP_COMPLETE CUSTOM first::greeted").unwrap();
    follow(&bed, &blocks);
    assert!(listener.event().unwrap().has("\nname: anna\n"));
    assert!(listener.event().unwrap().has("\nvariable_greeted: bert\n"));
    bed.server.stop();
}

#[test]
fn the_first_module_in_rust() {
    let blocks = section("A first module in Rust");
    let bed = Bed::with("docs_rust", &[]);
    let package = folder("docs_rust_package");
    let manifest = block(&blocks, "toml").replace("crates/module", &repository("crates/module").display().to_string());
    // It is nobody's workspace, wherever the tests' folder is.
    fs::write(package.join("Cargo.toml"), manifest + "\n[workspace]\n").unwrap();
    fs::create_dir(package.join("src")).unwrap();
    fs::write(package.join("src/lib.rs"), block(&blocks, "rust")).unwrap();
    build_package(&package, "mod_second", &bed.folder);
    follow(&bed, &blocks);
    bed.server.stop();
}
