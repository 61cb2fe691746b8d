//! Who is inside a module just now.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::module::Module;

/// Counts those who run something of a module, and lets nobody in once it is closed.
#[derive(Default)]
pub(crate) struct Gate(Mutex<State>);

#[derive(Default)]
struct State {
    inside: usize,
    is_closed: bool,
}

impl Gate {
    /// Closes it, unless somebody is inside; whether it is closed.
    pub(crate) fn close(&self) -> bool {
        let mut state = self.0.lock();
        state.is_closed |= state.inside == 0;
        state.is_closed
    }

    /// Whether nobody comes in any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.lock().is_closed
    }
}

/// Somebody is inside: what the module brought stays where it is.
pub(crate) struct Inside(Arc<Module>);

impl Inside {
    /// Goes in; `None` when the module is about to be let go of.
    pub(crate) fn enter(module: &Arc<Module>) -> Option<Self> {
        let mut state = module.gate.0.lock();
        if state.is_closed {
            return None;
        }
        state.inside += 1;
        Some(Self(Arc::clone(module)))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.gate.0.lock().inside -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_is_not_closed_upon_somebody() {
        let module = Arc::new(Module::new("mod_x"));
        let inside = Inside::enter(&module).unwrap();
        assert!(!module.gate.close());
        let second = Inside::enter(&module).unwrap();
        drop(inside);
        assert!(!module.gate.close());
        drop(second);
        assert!(module.gate.close());
        assert!(Inside::enter(&module).is_none());
    }
}
