//! One event.

use crate::{EventKind, Headers};

/// An event: what it tells of, its headers in order and perhaps a body.
///
/// The headers hold all that is written, `Event-Name` included once the event is published; `kind` is what it is
/// dispatched by.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    /// What the event tells of.
    pub kind: EventKind,
    /// The headers in the order they are written.
    pub headers: Headers,
    /// The body, if there is one.
    pub body: Option<String>,
}

impl Event {
    /// An event without headers and body.
    #[must_use]
    pub const fn new(kind: EventKind) -> Self {
        Self { kind, headers: Headers::new(), body: None }
    }

    /// A `CUSTOM` event whose first header is its `Event-Subclass`.
    #[must_use]
    pub fn custom(subclass: &str) -> Self {
        Self::new(EventKind::Custom).header(SUBCLASS, subclass)
    }

    /// Adds a header at the bottom.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(name, value);
        self
    }

    /// Gives the event a body.
    #[must_use]
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// The `Event-Subclass`, if the event has one.
    #[must_use]
    pub fn subclass(&self) -> Option<&str> {
        self.get(SUBCLASS)
    }

    /// The value of the first header of that name, in any case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }
}

/// The header that names a `CUSTOM` event's subclass.
pub(crate) const SUBCLASS: &str = "Event-Subclass";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_event_starts_with_its_subclass() {
        let event = Event::custom("app::note").header("Colour", "red").body("text");
        assert_eq!(event.kind, EventKind::Custom);
        assert_eq!(event.subclass(), Some("app::note"));
        assert_eq!(event.get("colour"), Some("red"));
        assert_eq!(event.headers.iter().next(), Some(("Event-Subclass", "app::note")));
        assert_eq!(event.body.as_deref(), Some("text"));
    }
}
