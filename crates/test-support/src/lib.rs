//! What tests of several crates share: a switch of one's own, an ear for its events, null calls and two applications.
//!
//! A dev-dependency only. Unit tests *inside* core cannot use it: they would see core's types twice.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod applications;
mod call;
mod ear;
mod switch;

pub use applications::{Put, Wait};
pub use call::{becomes, execute, originate, originate_within, variable};
pub use ear::Ear;
pub use switch::{config, identity, switch, switch_that_loads};

/// No test waits longer for anything. With tokio's clock paused it passes at once when nothing else is due before.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
