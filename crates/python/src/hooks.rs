//! Scripts that are run for events (`<hook>` of python.conf): `hook(event)`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use strowger_config::PythonSettings;
use strowger_core::Switch;
use strowger_event::EventKind;
use strowger_script::{EventConsumer, Threads};

use crate::engine::{Engine, Job};

/// The hooks that are bound; dropped, they are not any more.
pub(crate) struct Hooks(Arc<AtomicBool>);

/// Events that may wait for a hook; those that come then are lost, and counted.
const WAITING: usize = 10_000;
/// How soon a hook is over that is not bound any more.
const GLANCE: Duration = Duration::from_millis(500);

impl Hooks {
    /// Binds the hooks of the settings. Each runs its script for one event after the other.
    pub(crate) fn start(switch: &Arc<Switch>, engine: &Engine, settings: &PythonSettings) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let threads = Threads::new("python-hook", settings.hooks.len());
        for hook in &settings.hooks {
            if EventKind::parse(&hook.event).is_none() {
                tracing::error!("{}: cannot set event handler: unknown event type '{}'", hook.place, hook.event);
                continue;
            }
            let consumer = EventConsumer::new(&Engine::host(switch), WAITING);
            consumer.bind(&hook.event, &hook.subclass);
            let (switch, engine, script) = (Arc::downgrade(switch), engine.clone(), hook.script.clone());
            let over = Arc::clone(&over);
            let runtime = tokio::runtime::Handle::current();
            let follow = move || {
                let _within = runtime.enter();
                while !over.load(Ordering::Relaxed) {
                    let Some(event) = consumer.pop(true, Some(GLANCE)) else { continue };
                    let Some(switch) = switch.upgrade() else { return };
                    let job = Job { function: "hook", line: script.clone(), event: Some(event), uuid: String::new() };
                    // The log says what went wrong.
                    drop(engine.run(&Engine::host(&switch), &job, None));
                }
            };
            match threads.run(follow) {
                Ok(_) => tracing::info!("event handler for '{}' set to '{}'", hook.event, hook.script),
                Err(error) => tracing::error!("{}: {error}", hook.place),
            }
        }
        Self(over)
    }
}

impl Drop for Hooks {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
