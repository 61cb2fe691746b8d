//! Events as they go to a worker and come from it: `{"t": type, "h": [[name, value], …], "b": body}`.

use serde::{Deserialize, Serialize};
use strowger_event::{Event, EventKind};
use strowger_script::ScriptEvent;

/// An event on its way.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Told {
    #[serde(rename = "t")]
    kind: String,
    #[serde(rename = "h")]
    headers: Vec<(String, String)>,
    #[serde(rename = "b")]
    body: Option<String>,
}

impl Told {
    pub(crate) fn of(event: &Event) -> Self {
        let headers = event.headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { kind: event.kind.name().to_owned(), headers: headers.collect(), body: event.body.clone() }
    }

    /// The event that it tells of.
    pub(crate) fn event(&self) -> ScriptEvent {
        let kind = EventKind::parse(&self.kind).unwrap_or(EventKind::Message);
        let mut event = ScriptEvent::of(Event::new(kind));
        for (name, value) in &self.headers {
            event.add_header(name, value);
        }
        if let Some(body) = &self.body {
            event.set_body(body);
        }
        event
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_back_as_they_went() {
        let event = Event::custom("a::b").header("one", "1").header("one", "2");
        let text = serde_json::to_string(&Told::of(&event)).unwrap();
        assert_eq!(text, r#"{"t":"CUSTOM","h":[["Event-Subclass","a::b"],["one","1"],["one","2"]],"b":null}"#);
        let back: Told = serde_json::from_str(&text).unwrap();
        assert_eq!(back.event().headers().collect::<Vec<_>>(), event.headers.iter().collect::<Vec<_>>());
    }
}
