//! What a worker gives with a request.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use strowger_script::ScriptEvent;

use crate::event::Told;

/// Arguments, by their places; one that is not there is empty, or 0.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Arguments(Vec<Value>);

impl Arguments {
    pub(crate) fn text(&self, place: usize) -> &str {
        self.some_text(place).unwrap_or_default()
    }

    pub(crate) fn some_text(&self, place: usize) -> Option<&str> {
        self.0.get(place).and_then(Value::as_str)
    }

    pub(crate) fn number(&self, place: usize) -> i64 {
        self.0.get(place).and_then(Value::as_i64).unwrap_or(0)
    }

    /// A count; 0 below 0.
    pub(crate) fn count(&self, place: usize) -> usize {
        usize::try_from(self.number(place)).unwrap_or(0)
    }

    pub(crate) fn some_count(&self, place: usize) -> Option<usize> {
        self.0.get(place).filter(|value| value.is_number()).map(|_| self.count(place))
    }

    pub(crate) fn unsigned(&self, place: usize) -> u32 {
        u32::try_from(self.number(place).max(0)).unwrap_or(u32::MAX)
    }

    /// So many milliseconds, a day at the most.
    pub(crate) fn milliseconds(&self, place: usize) -> Duration {
        Duration::from_millis(self.number(place).clamp(0, 86_400_000).unsigned_abs())
    }

    pub(crate) fn flag(&self, place: usize) -> bool {
        self.0.get(place).and_then(Value::as_bool).unwrap_or(false)
    }

    pub(crate) fn event(&self, place: usize) -> ScriptEvent {
        let told = self.0.get(place).and_then(|value| Told::deserialize(value).ok());
        told.unwrap_or_default().event()
    }
}
