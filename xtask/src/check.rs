//! All that a commit must pass.

use std::time::Instant;

use crate::tools::{self, Failure, cargo};
use crate::{licences, pages, test};

/// One check: its name, and what runs it.
type Check = (&'static str, fn() -> Result<(), Failure>);

/// The quick ones first.
const CHECKS: [Check; 6] = [
    ("fmt", fmt),
    ("licences", licences::run),
    ("clippy", clippy),
    ("docs", docs),
    ("pages", pages::check),
    ("tests", tests),
];

/// Runs every check and gives their number.
///
/// # Errors
/// The first check that fails.
pub fn run() -> Result<usize, Failure> {
    for (name, check) in CHECKS {
        println!("== {name}");
        check()?;
    }
    Ok(CHECKS.len())
}

/// Runs every check and prints a summary line.
///
/// # Errors
/// As [`run`].
pub fn ci() -> Result<(), Failure> {
    let start = Instant::now();
    let passed = run()?;
    println!("ci: {passed} checks passed in {} s", start.elapsed().as_secs());
    Ok(())
}

fn fmt() -> Result<(), Failure> {
    tools::run(&mut cargo(["fmt", "--all", "--check"]))
}

fn clippy() -> Result<(), Failure> {
    tools::run(&mut cargo(["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn docs() -> Result<(), Failure> {
    tools::run(cargo(["doc", "--quiet", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
}

fn tests() -> Result<(), Failure> {
    test::run(&[])
}
