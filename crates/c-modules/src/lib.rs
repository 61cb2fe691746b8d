//! Modules of others: shared objects that are loaded while the switch runs, written in C with include/switch.h or in Rust
//! with `strowger-module`.
//!
//! The one crate of the switch that has `unsafe` code (docs/decisions/0005-modules.md), and the one that has a static:
//! functions of C get no context but what the module was given, so the switch they belong to is kept there.
//!
//! What a module gets to hold of pools and sessions are numbers that look like pointers: one that is not valid any more is
//! found out, and nothing is done. Only events are structures in memory, because modules read them.

mod application;
mod binds;
mod call;
mod command;
mod event;
mod gate;
mod handles;
mod host;
mod library;
mod loader;
mod module;
mod pool;
mod shared;
mod text;
mod threads;
mod xml;

use std::sync::Arc;

use strowger_core::Switch;

/// Has `switch` load modules from files. There can be one such switch in a program: for a second one nothing is done.
pub fn install(switch: &Arc<Switch>) {
    if shared::Shared::install(switch) {
        switch.set_module_loader(Arc::new(loader::Files));
    }
}
