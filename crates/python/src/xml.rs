//! A script that is asked for parts of the configuration (`xml-handler-script`): `xml_fetch(params)`.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use strowger_config::Document;
use strowger_core::Switch;
use strowger_core::lookup::{DocumentSource, Question, Section};
use strowger_event::{Event, EventKind};
use strowger_script::Host;

use crate::engine::{Engine, Job};

/// How long an answer may take: a call waits with it. The worker is killed then.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks the script that the configuration names, as it is at that time.
struct Handler(Weak<Switch>, Engine);

/// Has the script be asked from now on, whenever there is one.
pub(crate) fn bind(switch: &Arc<Switch>, engine: &Engine) {
    switch.lookups().bind(Arc::new(Handler(Arc::downgrade(switch), engine.clone())));
}

#[async_trait]
impl DocumentSource for Handler {
    fn serves(&self, section: Section) -> bool {
        let Some(switch) = self.0.upgrade() else { return false };
        let settings = &switch.config().python;
        let wanted = match section {
            Section::Directory => settings.xml_sections.directory,
            Section::Dialplan => settings.xml_sections.dialplan,
        };
        wanted && settings.xml_handler.is_some()
    }

    async fn ask(&self, question: &Question) -> Option<Arc<Document>> {
        let switch = self.0.upgrade()?;
        let script = switch.config().python.xml_handler.clone()?;
        let text = self.answer(&switch, &script, question).await.filter(|text| !text.is_empty());
        let Some(text) = text else {
            tracing::error!("python: xml_fetch of {script} has no result");
            return None;
        };
        let document = Document::parse(&text, &format!("python:{script}"), switch.globals().all());
        let document = document.inspect_err(|error| tracing::error!("Error Parsing XML Result! {error}"));
        document.ok().filter(|document| !document.is_not_found()).map(Arc::new)
    }
}

impl Handler {
    async fn answer(&self, switch: &Arc<Switch>, script: &str, question: &Question) -> Option<String> {
        let mut headers = question.params.clone();
        for (name, value) in [("section", question.section.name()), ("tag_name", question.tag)] {
            headers.set(name, value);
        }
        headers.set("key_name", question.key);
        headers.set("key_value", &question.value);
        let params = Event { kind: EventKind::RequestParams, headers, body: None };
        let job = Job { function: "xml_fetch", line: script.to_owned(), event: Some(params), uuid: String::new() };
        let (host, engine) = (Host::new(switch, Some(PATIENCE)), self.1.clone());
        match self.1.threads.run(move || engine.run(&host, &job, None)) {
            Ok(answer) => answer.await.ok()?.ok()?,
            Err(error) => {
                tracing::error!("python: {error}");
                None
            }
        }
    }
}
