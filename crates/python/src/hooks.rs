//! Scripts that are run for events (`<hook>` of python.conf): `hook(event)`.

use std::sync::{Arc, Weak};

use strowger_config::PythonSettings;
use strowger_core::Switch;
use strowger_core::bus::{QueueLimits, Subscription};
use strowger_event::{Event, EventKind, KindSet};
use tokio::task::JoinSet;

use crate::engine::{Engine, Job};

/// The hooks that are bound; dropped, they are not any more.
pub(crate) struct Hooks(#[expect(dead_code, reason = "ends its tasks when it is dropped")] JoinSet<()>);

/// Events that may wait for a hook; those that come then are lost, and counted.
const WAITING: QueueLimits = QueueLimits { items: 10_000, bytes: 32 << 20, losses: None };

impl Hooks {
    /// Binds the hooks of the settings. Each runs its script for one event after the other.
    pub(crate) fn start(switch: &Arc<Switch>, engine: &Engine, settings: &PythonSettings) -> Self {
        let mut bound = JoinSet::new();
        for hook in &settings.hooks {
            let Some(kind) = EventKind::parse(&hook.event) else {
                tracing::error!("{}: cannot set event handler: unknown event type '{}'", hook.place, hook.event);
                continue;
            };
            let heard = switch.bus().subscribe(WAITING);
            heard.update(|interest| {
                interest.every_subclass = hook.subclass.is_empty();
                interest.subclasses.insert(hook.subclass.clone());
                match kind {
                    EventKind::All => interest.kinds = KindSet::all(),
                    kind => interest.kinds.insert(kind),
                }
            });
            tracing::info!("event handler for '{}' set to '{}'", kind.name(), hook.script);
            bound.spawn(follow(heard, Arc::downgrade(switch), engine.clone(), hook.script.clone()));
        }
        Self(bound)
    }
}

async fn follow(heard: Subscription, switch: Weak<Switch>, engine: Engine, script: String) {
    let mut batch = Vec::new();
    loop {
        heard.next_batch(&mut batch).await;
        let Some(switch) = switch.upgrade() else { return };
        for published in batch.drain(..) {
            run(&switch, &engine, &script, published.event().clone()).await;
        }
    }
}

async fn run(switch: &Arc<Switch>, engine: &Engine, script: &str, event: Event) {
    let job = Job { function: "hook", line: script.to_owned(), event: Some(event), uuid: String::new() };
    let (host, worker) = (Engine::host(switch), engine.clone());
    // The log says what went wrong.
    match engine.threads.run(move || drop(worker.run(&host, &job, None))) {
        Ok(running) => drop(running.await),
        Err(error) => tracing::error!("python event hook '{script}': {error}"),
    }
}
