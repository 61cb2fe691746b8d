//! The pages of docs/ that the code writes: docs/applications.md, docs/api.md, docs/hangup-causes.md.

use crate::tools::{self, Failure, cargo};

/// What of the tests renders them.
const RENDERER: [&str; 6] = ["test", "--quiet", "-p", "strowger-apps", "--lib", "docs::"];

/// Whether they say what the code says.
///
/// # Errors
/// [`Failure::Stale`] when one does not.
pub fn check() -> Result<(), Failure> {
    tools::run(&mut cargo(RENDERER)).map_err(|_| Failure::Stale)
}

/// Writes them.
///
/// # Errors
/// As [`tools::run`].
pub fn write() -> Result<(), Failure> {
    tools::run(cargo(RENDERER).env("STROWGER_WRITE_DOCS", "1"))
}
