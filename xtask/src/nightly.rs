//! What takes too long for every commit.

use crate::fuzz;
use crate::tools::{self, Failure};

/// How many sequences the model of calls plays.
const SEQUENCES: &str = "10000";

/// How long each fuzz target runs, seconds.
const FUZZ: &str = "300";

/// The model of calls at length, then each fuzz target.
///
/// # Errors
/// [`Failure::Status`] when one has a finding.
pub fn run() -> Result<(), Failure> {
    let mut model = tools::cargo(["test", "--release", "--package", "strowger-apps", "--test", "model"]);
    tools::run(model.env("STROWGER_MODEL_SEQUENCES", SEQUENCES))?;
    fuzz::run(&[FUZZ])
}
