//! Scripts that are run for events (`<hook>` of lua.conf).

use std::sync::Arc;

use strowger_config::{LuaHook, LuaSettings};
use strowger_core::Switch;
use strowger_core::bus::{QueueLimits, Subscription};
use strowger_event::{Event, EventKind, KindSet};
use strowger_script::ScriptEvent;
use tokio::task::JoinHandle;

use crate::engine::{Engine, run};
use crate::event::LuaEvent;

/// Events that may wait for a hook; those that come then are lost, and counted.
const WAITING: QueueLimits = QueueLimits { items: 10_000, bytes: 32 << 20, losses: None };

/// The hooks that are bound; dropped, they are not any more.
pub(crate) struct Hooks(Vec<JoinHandle<()>>);

impl Hooks {
    /// Binds the hooks of the settings. Each runs its script for one event after the other.
    pub(crate) fn start(switch: &Arc<Switch>, engine: &Engine, settings: &LuaSettings) -> Self {
        let bound = settings.hooks.iter().filter_map(|hook| {
            let Some(kind) = EventKind::parse(&hook.event) else {
                tracing::error!("{}: cannot set event handler: unknown event type '{}'", hook.place, hook.event);
                return None;
            };
            let heard = bind(switch, kind, hook);
            tracing::info!("event handler for '{}' set to '{}'", kind.name(), hook.script);
            Some(tokio::spawn(follow(heard, Arc::clone(switch), engine.clone(), hook.script.clone())))
        });
        Self(bound.collect())
    }
}

impl Drop for Hooks {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

fn bind(switch: &Switch, kind: EventKind, hook: &LuaHook) -> Subscription {
    let heard = switch.bus().subscribe(WAITING);
    heard.update(|interest| {
        if kind == EventKind::All {
            interest.kinds = KindSet::all();
        } else {
            interest.kinds.insert(kind);
        }
        interest.every_subclass = hook.subclass.is_empty();
        interest.subclasses.insert(hook.subclass.clone());
    });
    heard
}

async fn follow(heard: Subscription, switch: Arc<Switch>, engine: Engine, script: String) {
    let mut batch = Vec::new();
    loop {
        heard.next_batch(&mut batch).await;
        for published in batch.drain(..) {
            run_for(&switch, &engine, &script, published.event().clone()).await;
        }
    }
}

async fn run_for(switch: &Arc<Switch>, engine: &Engine, script: &str, event: Event) {
    let (host, code) = (Engine::host(switch), script.to_owned());
    let running = engine.threads.run(move || {
        let prepare =
            |lua: &mlua::Lua| lua.globals().set("event", LuaEvent::new(host.switch(), ScriptEvent::of(event)));
        // The log says what went wrong.
        let _ = run(&host, &code, "", prepare, |_| ());
    });
    match running {
        // One that panics has said so.
        Ok(running) => drop(running.await),
        Err(error) => tracing::error!("lua event hook '{script}': {error}"),
    }
}
