//! Numbers that stand for things of the switch, in the form of pointers.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::RwLock;

/// Things by their number. A number is never used twice, nor by two kinds of things: one that is not valid, or stands for
/// something else, is found out.
pub(crate) struct Handles<T>(RwLock<HashMap<usize, Arc<T>>>);

/// The numbers begin where no page of a program is.
static NEXT: AtomicUsize = AtomicUsize::new(16);

impl<T> Default for Handles<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T> Handles<T> {
    /// Keeps it; its number.
    pub(crate) fn add(&self, one: Arc<T>) -> usize {
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        self.0.write().insert(id, one);
        id
    }

    /// What the number stands for.
    pub(crate) fn get<P>(&self, pointer: *const P) -> Option<Arc<T>> {
        self.0.read().get(&pointer.addr()).cloned()
    }

    /// Forgets the number, and gives back what it stood for.
    pub(crate) fn remove<P>(&self, pointer: *const P) -> Option<Arc<T>> {
        self.0.write().remove(&pointer.addr())
    }
}

/// The number in the form of a pointer.
pub(crate) fn pointer<P>(id: usize) -> *mut P {
    std::ptr::without_provenance_mut(id)
}
