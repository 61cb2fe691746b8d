//! The tests, and what they need.

use crate::clients;
use crate::tools::{self, Failure};

/// Programs that the tests run, with Debian's packages of them.
const NEEDED: [(&str, &str); 4] =
    [("sipp", "sip-tester"), ("python3", "python3"), ("node", "nodejs"), ("openssl", "openssl")];

/// Installs what is missing and runs `cargo test --workspace` with these arguments.
///
/// # Errors
/// [`Failure::Missing`] and [`Failure::Client`] when something cannot be installed, [`Failure::Status`] when a test
/// fails.
pub fn run(arguments: &[&str]) -> Result<(), Failure> {
    tools::install(&NEEDED)?;
    clients::install()?;
    tools::run(tools::cargo(["test", "--workspace"]).args(arguments))
}
