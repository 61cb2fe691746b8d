//! A module's file while it is open.

use std::ffi::c_void;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use async_trait::async_trait;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
use parking_lot::Mutex;
use strowger_core::modules::{ExternalModule, LoadFault};
use strowger_core::registry::{ApiCommand, Application};
use strowger_module::abi::{self, FunctionTable, Host, Status};

use crate::handles::pointer;
use crate::host;
use crate::module::Module;
use crate::shared::Shared;

/// How long a module may take to end, and its threads once more.
const PATIENCE: Duration = Duration::from_secs(5);

/// A module that is loaded.
pub(crate) struct Loaded {
    module: Arc<Module>,
    id: usize,
    shutdown: Option<unsafe extern "C" fn() -> Status>,
    runtime: Option<unsafe extern "C" fn() -> Status>,
    is_permanent: bool,
    file: Mutex<Option<File>>,
}

/// The file, and the functions that were given to what is in it: they go together.
struct File {
    library: Library,
    _host: Box<Host>,
}

// SAFETY: the table has functions, and a number in the form of a pointer.
unsafe impl Send for File {}

impl Loaded {
    /// Opens the file `path` and has the module `name` get ready.
    ///
    /// # Errors
    /// Why not, in FreeSWITCH's words where it has some.
    pub(crate) fn open(shared: &'static Shared, name: &str, path: &Path) -> Result<Self, LoadFault> {
        // SAFETY: whoever names a module wants its code to be run, its initialisers first.
        let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) };
        let library = library.map_err(|error| LoadFault(told(&error)))?;
        let symbol = format!("{name}_module_interface");
        // SAFETY: what is of that name is such a table, in modules of any interface: it begins with its version.
        let table = unsafe { library.get::<*mut FunctionTable>(symbol.as_bytes()) };
        let table: *mut FunctionTable = *table.map_err(|error| LoadFault(told(&error)))?;
        // SAFETY: the table is in the file, which is open; only its first field is looked at.
        let version = unsafe { (*table).version };
        if version != abi::VERSION {
            return Err(LoadFault(format!(
                "Trying to load an out of date module, please rebuild the module. \
                 (It has interface {version:#x}, this switch {:#x}.)",
                abi::VERSION
            )));
        }
        // SAFETY: it is of our interface.
        let table = unsafe { &*table };
        let (Some(load), false) = (table.load, table.host.is_null()) else {
            return Err(LoadFault(format!("{symbol} has no load function: is this a module?")));
        };
        let module = Arc::new(Module::new(name));
        let id = shared.modules.add(Arc::clone(&module));
        let host = Box::new(host::table(id));
        // SAFETY: the place is in the file, and no code of the file runs.
        unsafe { *table.host = &raw const *host };
        let file = Mutex::new(Some(File { library, _host: host }));
        let (shutdown, runtime) = (table.shutdown, table.runtime);
        let mut loaded = Self { module, id, shutdown, runtime, is_permanent: false, file };
        let pool = loaded.module.own_pool(shared);
        let answer = loaded.module.threads.ask(name, move || {
            let mut interface = std::ptr::null_mut();
            // SAFETY: the module's own load function, with what it is to be given.
            let status = unsafe { load(&raw mut interface, pointer(pool)) };
            (status, !interface.is_null())
        });
        let answer = answer.map_err(|error| LoadFault(format!("there is no thread for it: {error}")))?;
        let fault = match answer.blocking_recv() {
            Ok((status @ (abi::SUCCESS | abi::STAYS), true)) => {
                loaded.is_permanent = status == abi::STAYS;
                return Ok(loaded);
            }
            Ok((abi::SUCCESS | abi::STAYS, false)) => {
                "Module failed to initialize its module_interface. Is this a valid module?"
            }
            _ => "Module load routine returned an error",
        };
        loaded.shutdown = None;
        loaded.finish(shared);
        Err(LoadFault(fault.to_owned()))
    }

    /// Ends the module; whether its file was let go of.
    fn finish(&self, shared: &'static Shared) -> bool {
        let name = &self.module.name;
        let status = self.shut_down();
        self.module.binds.close();
        let left = self.module.threads.join_all(PATIENCE);
        if status.is_none() || !left.is_empty() {
            tracing::error!("{name}: threads of it go on ({}): its file stays where it is", left.join(", "));
            return false;
        }
        let module = Arc::clone(&self.module);
        match self.module.threads.ask(name, move || module.drop_words()) {
            Ok(dropped) => drop(dropped.blocking_recv()),
            Err(error) => tracing::warn!("{name}: what its words keep is not let go of: {error}"),
        }
        self.module.threads.join_all(PATIENCE);
        self.module.forget(shared);
        shared.modules.remove(pointer::<c_void>(self.id));
        let file = self.file.lock().take();
        match (file, status) {
            (Some(file), Some(abi::STAYS)) => std::mem::forget(file),
            (Some(file), _) => {
                if let Err(error) = file.library.close() {
                    tracing::error!("{name}: its file could not be let go of: {}", told(&error));
                }
            }
            (None, _) => {}
        }
        true
    }

    /// Runs its SHUTDOWN function; what that said, nothing when it has not returned.
    fn shut_down(&self) -> Option<Status> {
        let Some(shutdown) = self.shutdown else { return Some(abi::SUCCESS) };
        let (sender, answer) = channel();
        let run = move || {
            // SAFETY: the module's own function, called this once; the file stays until this thread has ended.
            let _ = sender.send(unsafe { shutdown() });
        };
        self.module.threads.start(&self.module.name, run).ok()?;
        answer.recv_timeout(PATIENCE).ok()
    }
}

#[async_trait]
impl ExternalModule for Loaded {
    fn applications(&self) -> Vec<Arc<dyn Application>> {
        Module::applications(&self.module)
    }

    fn commands(&self) -> Vec<Arc<dyn ApiCommand>> {
        Module::commands(&self.module)
    }

    fn is_permanent(&self) -> bool {
        self.is_permanent
    }

    fn begin(&self) {
        let Some(runtime) = self.runtime else { return };
        let module = Arc::clone(&self.module);
        let run = move || {
            loop {
                // SAFETY: the module's own function; the file stays until this thread has ended.
                let status = unsafe { runtime() };
                if status == abi::ENDED || module.gate.is_closed() {
                    return;
                }
                // FreeSWITCH calls it again at once; one that has nothing to do would keep a processor busy.
                std::thread::sleep(Duration::from_millis(10));
            }
        };
        if let Err(error) = self.module.threads.start(&self.module.name, run) {
            tracing::error!("{}: its RUNTIME function has no thread: {error}", self.module.name);
        }
    }

    fn close(&self) -> bool {
        self.module.gate.close()
    }

    async fn end(self: Arc<Self>) -> bool {
        let Some(shared) = Shared::get() else { return true };
        tokio::task::spawn_blocking(move || self.finish(shared)).await.unwrap_or(false)
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        // A module that was not ended may still run: its file is never let go of.
        std::mem::forget(self.file.lock().take());
    }
}

/// What the system said, without what the library puts around it.
fn told(error: &libloading::Error) -> String {
    let mut error: &dyn std::error::Error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
