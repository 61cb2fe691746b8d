//! What the functions of C find without being given it.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use strowger_core::Switch;
use tokio::runtime::Handle;

use crate::call::Call;
use crate::handles::Handles;
use crate::module::Module;
use crate::pool::Pool;

/// The switch that modules belong to, and what they hold of it.
pub(crate) struct Shared {
    pub(crate) switch: Arc<Switch>,
    pub(crate) runtime: Handle,
    pub(crate) modules: Handles<Module>,
    pub(crate) pools: Handles<Pool>,
    pub(crate) calls: Handles<Call>,
    /// Which module keeps which subclass for itself.
    pub(crate) subclasses: Mutex<HashMap<String, String>>,
}

static SHARED: OnceLock<Shared> = OnceLock::new();

impl Shared {
    /// Remembers the switch; false when there is one already.
    pub(crate) fn install(switch: &Arc<Switch>) -> bool {
        let shared = Self {
            switch: Arc::clone(switch),
            runtime: Handle::current(),
            modules: Handles::default(),
            pools: Handles::default(),
            calls: Handles::default(),
            subclasses: Mutex::default(),
        };
        SHARED.set(shared).is_ok()
    }

    /// What there is, once a switch has been installed.
    pub(crate) fn get() -> Option<&'static Self> {
        SHARED.get()
    }
}

/// Does what a module asked for. A panic of ours would end the program when it reached C: it ends here, `otherwise` is the
/// answer, and what it said is in the log.
pub(crate) fn guarded<T>(otherwise: T, what: impl FnOnce(&'static Shared) -> Option<T>) -> T {
    let Some(shared) = Shared::get() else { return otherwise };
    match catch_unwind(AssertUnwindSafe(|| what(shared))) {
        Ok(Some(answer)) => answer,
        Ok(None) | Err(_) => otherwise,
    }
}
