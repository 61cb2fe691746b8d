//! Scripts in Lua 5.3, within the process (mod_lua).
//!
//! A script runs on a thread of its own, in a state of its own: the table `freeswitch`, and, by what started it, `session`,
//! `argv`, `stream`, `env`, `event`, `params`. Its memory, its instructions and its time are bounded.

mod convert;
mod database;
mod debug;
mod engine;
mod event;
mod freeswitch;
mod hooks;
mod json;
mod limits;
mod session;
mod source;
mod stream;
mod words;
mod xml;

use std::sync::Arc;

use strowger_config::{Config, LuaSettings};
use strowger_core::Switch;
use strowger_core::registry::Registries;
use strowger_script::Threads;

use engine::Engine;
use hooks::Hooks;

/// Lua on a switch: its words, the hooks on events, the handler for parts of the configuration.
pub struct Lua {
    engine: Engine,
    hooks: Hooks,
}

impl Lua {
    /// Brings the words and binds what `lua.conf` names. Called within the runtime.
    pub fn start(switch: &Arc<Switch>) -> Self {
        let settings = &switch.config().lua;
        let engine = register(switch.registries(), settings);
        xml::bind(switch, &engine);
        let hooks = Hooks::start(switch, &engine, settings);
        Self { engine, hooks }
    }

    /// Runs the `startup-script`s: once, when the switch has started.
    pub fn run_startup_scripts(&self, switch: &Arc<Switch>) {
        for script in &switch.config().lua.startup_scripts {
            self.engine.begin(switch, script);
        }
    }

    /// Takes over the hooks of another configuration; scripts that are begun later have its bounds.
    pub fn configure(&mut self, switch: &Arc<Switch>, config: &Config) {
        self.hooks = Hooks::start(switch, &self.engine, &config.lua);
    }
}

/// Adds the application and the commands, for what looks at a configuration without a switch too.
pub fn register_words(registries: &Registries) {
    register(registries, &LuaSettings::default());
}

fn register(registries: &Registries, settings: &LuaSettings) -> Engine {
    let engine = Engine::new(Threads::new("lua", settings.max_scripts));
    words::register(registries, &engine);
    engine
}
