//! Dialplan applications and API commands, as FreeSWITCH's mod_dptools and mod_commands have them.
//!
//! Each is declared in one place, its [`About`](strowger_core::registry::About): from it come the help, Tab completion,
//! `show application`, `show api`, and docs/applications.md and docs/api.md ([`docs`]).

mod applications;
mod broadcast;
mod commands;
pub mod cond;
mod destination;
pub mod docs;
pub mod expr;
mod fifo;
mod gain;
mod languages;
mod limit;
mod packet_log;
mod page;
mod presence;
mod recording;
pub mod regex;
mod say;
mod schedule;
mod store;
mod system;
#[cfg(test)]
mod tests;
mod tones;
mod valet;
mod words;

pub use applications::assignments;
use std::sync::Arc;

use strowger_core::registry::Registries;

/// Adds every application and command of this crate.
pub fn register(registries: &Registries) {
    applications::register(registries);
    commands::register(registries);
    let (lots, fifos) = (Arc::default(), Arc::default());
    applications::register_queues(registries, &lots, &fifos);
    commands::register_queues(registries, &lots, &fifos);
}
