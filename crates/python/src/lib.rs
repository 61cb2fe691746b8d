//! Scripts in Python 3, in worker processes (mod_python3).
//!
//! A function of a script runs in a process of its own, which has our module `freeswitch` and asks the switch for all that
//! it does by a socket. A thread here listens to it meanwhile. Workers are kept warm for the next script; one that dies, or
//! is killed because its time is up, takes nothing with it but the function that it ran.

mod arguments;
mod conversation;
mod engine;
mod event;
mod hooks;
mod pool;
mod session;
mod switch;
mod words;
mod worker;
mod xml;

use std::sync::Arc;

use strowger_config::{Config, PythonSettings};
use strowger_core::Switch;
use strowger_core::registry::Registries;
use strowger_script::Threads;

use engine::Engine;
use hooks::Hooks;

/// Python on a switch: its words, the hooks on events, the handler for parts of the configuration.
pub struct Python {
    engine: Engine,
    hooks: Hooks,
}

impl Python {
    /// Brings the words and binds what `python.conf` names. Called within the runtime; no Python runs before it is wanted.
    pub fn start(switch: &Arc<Switch>) -> Self {
        let settings = &switch.config().python;
        let engine = register(switch.registries(), settings);
        xml::bind(switch, &engine);
        let hooks = Hooks::start(switch, &engine, settings);
        Self { engine, hooks }
    }

    /// Runs the `runtime` of each `startup-script`: once, when the switch has started.
    pub fn run_startup_scripts(&self, switch: &Arc<Switch>) {
        for script in &switch.config().python.startup_scripts {
            self.engine.begin(switch, script);
        }
    }

    /// Takes over the hooks of another configuration; scripts that are begun later have its bounds.
    pub fn configure(&mut self, switch: &Arc<Switch>, config: &Config) {
        self.hooks = Hooks::start(switch, &self.engine, &config.python);
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        self.engine.pool.clear();
    }
}

/// Adds the application and the commands, for what looks at a configuration without a switch too.
pub fn register_words(registries: &Registries) {
    register(registries, &PythonSettings::default());
}

fn register(registries: &Registries, settings: &PythonSettings) -> Engine {
    let engine = Engine { threads: Threads::new("python", settings.max_workers), pool: Arc::default() };
    words::register(registries, &engine);
    engine
}
