//! Global variables (`global_setvar`, `$${name}`).

use std::collections::BTreeMap;

use parking_lot::RwLock;

/// The switch's global variables; those fixed at start with `--set` are kept over a reload.
#[derive(Default)]
pub struct Globals(RwLock<BTreeMap<String, String>>);

impl Globals {
    /// The value of `name`.
    pub fn get(&self, name: &str) -> Option<String> {
        self.0.read().get(name).cloned()
    }

    /// Sets `name`; an empty value removes it.
    pub fn set(&self, name: &str, value: &str) {
        if value.is_empty() {
            self.0.write().remove(name);
        } else {
            self.0.write().insert(name.to_owned(), value.to_owned());
        }
    }

    /// All of them, by name.
    pub fn all(&self) -> Vec<(String, String)> {
        self.0.read().iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Those whose names begin with `prefix`, in any ASCII case.
    pub(crate) fn starting_with(&self, prefix: &str) -> Vec<(String, String)> {
        let all = self.0.read();
        all.iter()
            .filter(|(name, _)| starts_with(name, prefix))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    pub(crate) fn extend(&self, values: &[(String, String)]) {
        self.0.write().extend(values.iter().cloned());
    }
}

/// Whether `name` begins with `prefix`, in any ASCII case.
pub(crate) fn starts_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
