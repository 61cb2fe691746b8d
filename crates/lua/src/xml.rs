//! A script that is asked for parts of the configuration (`xml-handler-script`).

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use strowger_config::Document;
use strowger_core::Switch;
use strowger_core::lookup::{DocumentSource, Question, Section};
use strowger_event::{Event, EventKind};
use strowger_script::ScriptEvent;

use crate::convert::Text;
use crate::engine::{Engine, run};
use crate::event::LuaEvent;

/// How long an answer is waited for: a call waits with it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks the script that the configuration names, as it is at that time.
struct Handler {
    switch: Weak<Switch>,
    engine: Engine,
}

/// Has the script be asked from now on, whenever there is one.
pub(crate) fn bind(switch: &Arc<Switch>, engine: &Engine) {
    switch.lookups().bind(Arc::new(Handler { switch: Arc::downgrade(switch), engine: engine.clone() }));
}

#[async_trait]
impl DocumentSource for Handler {
    fn serves(&self, section: Section) -> bool {
        self.switch.upgrade().is_some_and(|switch| {
            let settings = &switch.config().lua;
            let sections = settings.xml_sections;
            settings.xml_handler.is_some()
                && match section {
                    Section::Directory => sections.directory,
                    Section::Dialplan => sections.dialplan,
                }
        })
    }

    async fn ask(&self, question: &Question) -> Option<Arc<Document>> {
        let switch = self.switch.upgrade()?;
        let script = switch.config().lua.xml_handler.clone()?;
        let answer = tokio::time::timeout(PATIENCE, self.answer(&switch, script.clone(), question.clone())).await;
        let Ok(answer) = answer else {
            tracing::error!("lua: {script} has no answer after {PATIENCE:?}");
            return None;
        };
        match Document::parse(&answer?, &format!("lua:{script}"), switch.globals().all()) {
            Ok(document) if document.is_not_found() => None,
            Ok(document) => Some(Arc::new(document)),
            Err(error) => {
                tracing::error!("Error Parsing XML Result! {error}");
                None
            }
        }
    }
}

impl Handler {
    /// What the script leaves in `XML_STRING`.
    async fn answer(&self, switch: &Arc<Switch>, script: String, question: Question) -> Option<String> {
        let host = strowger_script::Host::new(switch, Some(PATIENCE));
        let running = self.engine.threads.run(move || {
            let prepare = |lua: &mlua::Lua| {
                let request = lua.create_table()?;
                request.set("section", question.section.name())?;
                request.set("tag_name", question.tag)?;
                request.set("key_name", question.key)?;
                request.set("key_value", question.value)?;
                lua.globals().set("XML_REQUEST", request)?;
                let params = Event { kind: EventKind::RequestParams, headers: question.params, body: None };
                lua.globals().set("params", LuaEvent::new(host.switch(), ScriptEvent::of(params)))
            };
            let take = |lua: &mlua::Lua| lua.globals().get::<Option<Text>>("XML_STRING").ok().flatten();
            run(&host, &script, "", prepare, take).ok().flatten()
        });
        let answer = match running {
            Ok(running) => running.await.ok().flatten()?.0,
            Err(error) => {
                tracing::error!("lua: {error}");
                return None;
            }
        };
        if answer.is_empty() {
            tracing::error!("No Result");
        }
        Some(answer).filter(|answer| !answer.is_empty())
    }
}
