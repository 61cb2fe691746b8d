//! The benches: a release build of the switch under load, with a release build of what loads it.

use std::process::Command;

use crate::tools::{self, Failure};

/// Builds both and prints the rows.
///
/// # Errors
/// [`Failure::Status`] when a build or a row fails.
pub fn run() -> Result<(), Failure> {
    let programs = tools::target()?.join("release");
    tools::install(&[("sipp", "sip-tester")])?;
    tools::run(&mut tools::cargo(["build", "--release", "--package", "strowger", "--package", "strowger-bench"]))?;
    tools::run(Command::new(programs.join("strowger-bench")).arg("rows").arg(programs.join("strowger")))
}
