//! The project's one door: `cargo xtask` runs its checks, tests, benches and fuzzers.

mod bench;
mod check;
mod clients;
mod fuzz;
mod licences;
mod nightly;
mod pages;
mod spdx;
mod test;
mod tools;

use std::process::ExitCode;

use tools::Failure;

const USAGE: &str = "\
cargo xtask check                     all that a commit must pass: fmt, licences, clippy, docs, pages, tests
cargo xtask pages                     writes docs/applications.md, docs/api.md and docs/hangup-causes.md anew
cargo xtask ci                        the same, with a summary line: what CI runs
cargo xtask test [ARG…]               what the tests need is installed, then `cargo test --workspace ARG…`
cargo xtask bench                     the rows of the speed table, measured on this machine
cargo xtask fuzz [TARGET] [SECONDS]   one fuzz target, or each in turn; 60 s
cargo xtask nightly                   10,000 sequences of the model of calls, then each fuzz target for 300 s";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::from(if matches!(failure, Failure::Usage(_)) { 2 } else { 1 })
        }
    }
}

fn run(words: &[&str]) -> Result<(), Failure> {
    std::env::set_current_dir(tools::root()).map_err(|source| Failure::File { path: tools::root(), source })?;
    match words {
        ["check"] => check::run().map(drop),
        ["pages"] => pages::write(),
        ["ci"] => check::ci(),
        ["test", arguments @ ..] => test::run(arguments),
        ["bench"] => bench::run(),
        ["fuzz", arguments @ ..] => fuzz::run(arguments),
        ["nightly"] => nightly::run(),
        ["help" | "-h" | "--help"] => {
            println!("{USAGE}");
            Ok(())
        }
        [] => Err(Failure::Usage("a command is missing".to_owned())),
        [other, ..] => Err(Failure::Usage(format!("`{other}` is no command, or takes no arguments"))),
    }
}
