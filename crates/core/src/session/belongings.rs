//! What a call has until it is over, whatever runs on it.

use super::Session;

/// Things that are given back when they are dropped, by name.
#[derive(Default)]
pub(crate) struct Belongings(Vec<(String, Box<dyn Send>)>);

/// How many a call may have.
const MAX_BELONGINGS: usize = 1024;

impl Session {
    /// Has the call own something until it is over, or [`Session::disown`]. False, and it is dropped, when it owns
    /// something of that name already, or a thousand things.
    pub fn own(&mut self, name: &str, thing: Box<dyn Send>) -> bool {
        let is_new = self.belongings.0.len() < MAX_BELONGINGS && !self.owns(name);
        if is_new {
            self.belongings.0.push((name.to_owned(), thing));
        }
        is_new
    }

    /// Whether it owns something of that name.
    #[must_use]
    pub fn owns(&self, name: &str) -> bool {
        self.belongings.0.iter().any(|(owned, _)| owned == name)
    }

    /// Drops what it owns under a name; whether there was something.
    pub fn disown(&mut self, name: &str) -> bool {
        let before = self.belongings.0.len();
        self.belongings.0.retain(|(owned, _)| owned != name);
        before != self.belongings.0.len()
    }

    /// The call is over.
    pub(super) fn disown_all(&mut self) {
        self.belongings.0.clear();
    }
}
