//! Random sequences of what can be done to calls, and what must hold whatever is done: every channel that is made is
//! destroyed, states move along the edges that there are, what begins ends, and nothing is left behind.
//!
//! `STROWGER_MODEL_SEQUENCES` says how many sequences are played; `cargo xtask nightly` plays 10,000.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod act;
mod ledger;
mod stage;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use act::Act;
use stage::Stage;

/// How many sequences are played where nobody says otherwise.
const SEQUENCES: u32 = 300;

/// Calls that a sequence may have at once.
const MAX_CALLS: usize = 50;

/// Acts of one sequence.
const ACTS: std::ops::Range<usize> = 1..120;

fn sequences() -> u32 {
    let said = std::env::var("STROWGER_MODEL_SEQUENCES").ok();
    said.map_or(SEQUENCES, |said| said.parse().expect("STROWGER_MODEL_SEQUENCES is a number"))
}

#[test]
fn whatever_is_done_to_calls_they_end_clean() {
    let config = Config { cases: sequences(), failure_persistence: None, ..Config::default() };
    let stage = Stage::new();
    let played = TestRunner::new(config)
        .run(&prop::collection::vec(act::any(), ACTS), |acts| stage.play(&acts).map_err(TestCaseError::fail));
    if let Err(failure) = played {
        panic!("{failure}");
    }
}

/// Each kind of act alone, with time to come to its end: none hides behind the others.
#[test]
fn each_act_alone_ends_clean() {
    let stage = Stage::new();
    for act in Act::one_of_each() {
        let acts = [Act::Originate(0), Act::Originate(1), Act::Sleep(50), act, Act::Sleep(5000)];
        stage.play(&acts).unwrap_or_else(|fault| panic!("{act:?}: {fault}"));
    }
}
