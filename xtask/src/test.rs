//! The tests, and what they need.

use crate::tools::{self, Failure};

/// Programs that the tests run, with Debian's packages of them.
const NEEDED: [(&str, &str); 2] = [("sipp", "sip-tester"), ("python3", "python3")];

/// Installs what is missing and runs `cargo test --workspace` with these arguments.
///
/// # Errors
/// [`Failure::Missing`] when something cannot be installed, [`Failure::Status`] when a test fails.
pub fn run(arguments: &[&str]) -> Result<(), Failure> {
    tools::install(&NEEDED)?;
    tools::run(tools::cargo(["test", "--workspace"]).args(arguments))
}
