//! Memory, words and threads.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;
use std::sync::Arc;

use strowger_module::abi::{self, ModuleInterface, Opaque, Status};

use crate::command::status;
use crate::handles::pointer;
use crate::pool::Pool;
use crate::shared::{Shared, guarded};
use crate::text::{text, text_or_empty};

/// The pool of that number; for null that of the module.
fn pool_of(shared: &Shared, module: *mut c_void, pool: *mut Opaque) -> Option<Arc<Pool>> {
    if pool.is_null() {
        return shared.modules.get(module).map(|module| Arc::clone(&module.pool));
    }
    let known = shared.pools.get(pool);
    if known.is_none() {
        tracing::error!("a module wants memory of a pool that there is not");
    }
    known
}

pub(super) unsafe extern "C" fn pool_new(module: *mut c_void, pool: *mut *mut Opaque) -> Status {
    guarded(abi::FALSE, |shared| {
        let module = shared.modules.get(module)?;
        // SAFETY: null, or a place for it.
        *unsafe { pool.as_mut() }? = pointer(module.new_pool(shared));
        Some(abi::SUCCESS)
    })
}

pub(super) unsafe extern "C" fn pool_destroy(pool: *mut *mut Opaque) -> Status {
    guarded(abi::FALSE, |shared| {
        // SAFETY: null, or where a pool was put.
        let pool = std::mem::replace(unsafe { pool.as_mut() }?, null_mut());
        Some(status(shared.pools.remove(pool).is_some()))
    })
}

pub(super) unsafe extern "C" fn pool_alloc(module: *mut c_void, pool: *mut Opaque, size: usize) -> *mut c_void {
    guarded(null_mut(), |shared| Some(pool_of(shared, module, pool)?.alloc(size)))
}

pub(super) unsafe extern "C" fn module_interface(
    module: *mut c_void,
    _pool: *mut Opaque,
    name: *const c_char,
) -> *mut ModuleInterface {
    // SAFETY: null or a text.
    guarded(null_mut(), |shared| Some(shared.modules.get(module)?.interface(&unsafe { text_or_empty(name) })))
}

pub(super) unsafe extern "C" fn create_interface(
    module: *mut c_void,
    of: *mut ModuleInterface,
    kind: c_int,
) -> *mut c_void {
    guarded(null_mut(), |shared| {
        if of.is_null() {
            return None;
        }
        Some(shared.modules.get(module)?.word(kind))
    })
}

pub(super) unsafe extern "C" fn set_complete(module: *mut c_void, words: *const c_char) {
    guarded((), |shared| {
        // SAFETY: null or a text.
        shared.modules.get(module)?.complete(shared, &unsafe { text(words) }?);
        Some(())
    });
}

/// Data of a module for its own thread.
struct Data(*mut c_void);

// SAFETY: the module hands it to its thread.
unsafe impl Send for Data {}

impl Data {
    fn get(self) -> *mut c_void {
        self.0
    }
}

pub(super) unsafe extern "C" fn thread_start(
    module: *mut c_void,
    run: Option<unsafe extern "C" fn(*mut c_void) -> *mut c_void>,
    data: *mut c_void,
    id: *mut u64,
) -> Status {
    guarded(abi::FALSE, |shared| {
        let (module, run, data) = (shared.modules.get(module)?, run?, Data(data));
        let run = move || {
            // SAFETY: the module's own function and data; its file stays until the thread has ended.
            unsafe { run(data.get()) };
        };
        let started = module.threads.start(&module.name, run);
        let started =
            started.inspect_err(|error| tracing::error!("{}: no thread for it: {error}", module.name)).ok()?;
        // SAFETY: null, or a place for it.
        if let Some(place) = unsafe { id.as_mut() } {
            *place = started;
        }
        Some(abi::SUCCESS)
    })
}

pub(super) unsafe extern "C" fn thread_join(module: *mut c_void, id: u64) -> Status {
    guarded(abi::FALSE, |shared| {
        shared.modules.get(module)?.threads.join(id);
        Some(abi::SUCCESS)
    })
}
