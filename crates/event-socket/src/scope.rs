//! The calls that a user may drive (`esl-allowed-channels`).

use std::sync::Arc;

use strowger_core::Switch;
use strowger_core::session::SessionHandle;
use strowger_event::FilterSet;

use crate::connection::Connection;

/// Calls that a command may name at the most, where each has to be looked at.
const MAX_NAMED: usize = 64;

/// Bytes of a command that are looked through for calls; a longer one is refused.
const MAX_LOOKED_THROUGH: usize = 64 << 10;

/// Whose calls a connection may drive.
#[derive(Clone)]
pub(crate) struct Scope(Option<FilterSet>);

impl Connection {
    /// Whose calls this connection may drive.
    pub(crate) fn scope(&self) -> Scope {
        Scope(self.listener.permissions().channels().cloned())
    }
}

impl Scope {
    /// Whether it covers any call.
    pub(crate) fn is_everything(&self) -> bool {
        self.0.is_none()
    }

    /// Whether it covers this call, as the call is now; one that is gone it does not cover.
    pub(crate) async fn covers(&self, call: &SessionHandle) -> bool {
        let Some(filters) = self.0.clone() else { return true };
        call.ask(move |session| filters.matches(&session.channel.data_event().headers)).await == Ok(true)
    }

    /// Whether it covers every call whose Unique-ID stands in the words of a command.
    pub(crate) async fn covers_all_in(&self, switch: &Arc<Switch>, line: &str) -> bool {
        if self.is_everything() {
            return true;
        }
        if line.len() > MAX_LOOKED_THROUGH {
            return false;
        }
        let mut calls = Vec::new();
        for uuid in names(line) {
            if calls.iter().any(|call: &SessionHandle| call.uuid() == uuid) {
                continue;
            }
            calls.extend(switch.sessions().get(uuid));
            if calls.len() > MAX_NAMED {
                return false;
            }
        }
        for call in calls {
            // A call that is gone meanwhile cannot be driven; the command says so itself.
            if !self.covers(&call).await && switch.sessions().get(call.uuid()).is_some() {
                return false;
            }
        }
        true
    }
}

/// What may be a Unique-ID in a command: its words, and what stands between brackets, quotes and the like.
fn names(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(char::is_whitespace);
    let parts = line.split(|c: char| c.is_whitespace() || "()[]{}<>'\"`,;:|&^=$/".contains(c));
    words.chain(parts).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_are_found_wherever_they_stand() {
        for line in [
            "u-1 u-2",
            "off u-1",
            "+5 none uuid_kill u-1",
            "null/1 &eavesdrop(u-1)",
            "{a=u-1}x",
            "a\tu-1\tb",
            "uuid:u-1 x",
        ] {
            assert!(names(line).any(|name| name == "u-1"), "{line}");
        }
        assert!(names("kill my:call").any(|name| name == "my:call"));
        assert!(!names("u-11 xu-1").any(|name| name == "u-1"));
    }
}
