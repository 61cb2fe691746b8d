//! What the switch knows of a module, whichever file it came from.

use std::collections::HashSet;
use std::ffi::{c_int, c_void};
use std::sync::Arc;

use parking_lot::Mutex;
use strowger_core::registry::{ApiCommand, Application};
use strowger_module::abi::{self, ApplicationInterface, CommandInterface, ModuleInterface};

use crate::application::App;
use crate::binds::Binds;
use crate::call::Call;
use crate::command::{Command, Described};
use crate::gate::Gate;
use crate::handles::pointer;
use crate::pool::Pool;
use crate::shared::Shared;
use crate::threads::Threads;

/// The most words of one module.
const MOST_WORDS: usize = 4096;

/// A module, and all that it has of the switch: it goes with the module, whether or not the module gives it back.
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) gate: Gate,
    pub(crate) pool: Arc<Pool>,
    pub(crate) threads: Arc<Threads>,
    pub(crate) binds: Binds,
    words: Mutex<Words>,
    /// The numbers of the pools that it made.
    pools: Mutex<HashSet<usize>>,
    /// The numbers of the calls that it located and that may be there still.
    calls: Mutex<HashSet<usize>>,
    completions: Mutex<Vec<Vec<String>>>,
}

/// The words of a module, as it fills them in; they are in its pool.
#[derive(Default)]
struct Words {
    applications: Vec<Word<ApplicationInterface>>,
    commands: Vec<Word<CommandInterface>>,
}

/// A word in a module's pool.
pub(crate) struct Word<T>(*mut T);

// SAFETY: what a word holds is written while the module is loaded, and only read from then on.
unsafe impl<T> Send for Word<T> {}
// SAFETY: likewise.
unsafe impl<T> Sync for Word<T> {}

impl<T> Word<T> {
    /// The word.
    ///
    /// # Safety
    /// The module, and with it its pool, is there.
    pub(crate) unsafe fn get(&self) -> &T {
        // SAFETY: it was made in the pool, as one of these.
        unsafe { &*self.0 }
    }
}

impl<T> Clone for Word<T> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl Module {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            gate: Gate::default(),
            pool: Arc::default(),
            threads: Arc::default(),
            binds: Binds::default(),
            words: Mutex::default(),
            pools: Mutex::default(),
            calls: Mutex::default(),
            completions: Mutex::default(),
        }
    }

    /// What words are made in.
    pub(crate) fn interface(&self, name: &str) -> *mut ModuleInterface {
        let made = self.pool.alloc(size_of::<ModuleInterface>()).cast::<ModuleInterface>();
        // SAFETY: null, or zeroed memory of that size, of which nobody knows yet.
        if let Some(interface) = unsafe { made.as_mut() } {
            interface.module_name = self.pool.keep(name);
        }
        made
    }

    /// A new word; null for kinds that there are not, and when there are too many.
    pub(crate) fn word(&self, kind: c_int) -> *mut c_void {
        let mut words = self.words.lock();
        if words.applications.len() + words.commands.len() >= MOST_WORDS {
            return std::ptr::null_mut();
        }
        match kind {
            abi::APPLICATION => make(&self.pool, &mut words.applications),
            abi::COMMAND => make(&self.pool, &mut words.commands),
            other => {
                tracing::error!("{}: modules bring no interfaces of kind {other} here", self.name);
                std::ptr::null_mut()
            }
        }
    }

    /// The applications that it brings; words without a name or a function are none.
    pub(crate) fn applications(module: &Arc<Self>) -> Vec<Arc<dyn Application>> {
        let words = module.words.lock();
        let applications = words.applications.iter().filter_map(|word| {
            // SAFETY: the module is there.
            let application = unsafe { word.get() };
            let has_function = application.function.is_some() || application.run.is_some();
            // SAFETY: the module has filled in texts of its own.
            let about =
                unsafe { Described::read(application.name, application.syntax, application.short_desc, &module.name) };
            about.filter(|_| has_function).map(|about| App::new(module, about, word.clone()))
        });
        applications.map(|application| Arc::new(application) as Arc<dyn Application>).collect()
    }

    /// The commands that it brings; words without a name or a function are none.
    pub(crate) fn commands(module: &Arc<Self>) -> Vec<Arc<dyn ApiCommand>> {
        let words = module.words.lock();
        let commands = words.commands.iter().filter_map(|word| {
            // SAFETY: the module is there.
            let command = unsafe { word.get() };
            let has_function = command.function.is_some() || command.run.is_some();
            // SAFETY: the module has filled in texts of its own.
            let about = unsafe { Described::read(command.name, command.syntax, command.desc, &module.name) };
            about.filter(|_| has_function).map(|about| Command::new(module, about, word.clone()))
        });
        commands.map(|command| Arc::new(command) as Arc<dyn ApiCommand>).collect()
    }

    /// Lets go of the data behind its words: once, and before its file is let go of.
    pub(crate) fn drop_words(&self) {
        let words = std::mem::take(&mut *self.words.lock());
        // SAFETY: the module is there, and nobody runs its words any more; the data is dropped this once.
        unsafe {
            for word in words.applications.iter().map(|word| word.get()) {
                word.drop.into_iter().for_each(|drop| drop(word.data));
            }
            for word in words.commands.iter().map(|word| word.get()) {
                word.drop.into_iter().for_each(|drop| drop(word.data));
            }
        }
    }

    /// The number of the pool that goes with the module, also when the module wants it to go before.
    pub(crate) fn own_pool(&self, shared: &Shared) -> usize {
        self.register_pool(shared, Arc::clone(&self.pool))
    }

    /// The number of a new pool of the module's.
    pub(crate) fn new_pool(&self, shared: &Shared) -> usize {
        self.register_pool(shared, Arc::default())
    }

    fn register_pool(&self, shared: &Shared, pool: Arc<Pool>) -> usize {
        let id = shared.pools.add(pool);
        self.pools.lock().insert(id);
        id
    }

    /// It has located a call.
    pub(crate) fn holds(&self, call: usize) {
        self.calls.lock().insert(call);
    }

    /// And has let go of it.
    pub(crate) fn lets_go<P>(&self, call: *const P) {
        self.calls.lock().remove(&call.addr());
    }

    /// How lines of the console go on, from now on: `add WORDS`, `del WORDS`.
    pub(crate) fn complete(&self, shared: &Shared, text: &str) {
        let mut words = text.split_whitespace().map(str::to_owned);
        let verb = words.next();
        let words: Vec<String> = words.collect();
        match verb.as_deref() {
            Some("add") if !words.is_empty() && shared.switch.console().complete(words.clone()) => {
                self.completions.lock().push(words);
            }
            Some("del") if !words.is_empty() => {
                shared.switch.console().forget_completions(&words);
                self.completions.lock().retain(|known| !known.starts_with(&words));
            }
            _ => tracing::warn!("{}: nothing is completed like this: {text}", self.name),
        }
    }

    /// Takes back what it has of the switch.
    pub(crate) fn forget(&self, shared: &Shared) {
        for words in self.completions.lock().drain(..) {
            shared.switch.console().forget_completions(&words);
        }
        shared.subclasses.lock().retain(|_, owner| *owner != self.name);
        for id in self.pools.lock().drain() {
            shared.pools.remove(pointer::<c_void>(id));
        }
        for id in self.calls.lock().drain() {
            Call::release(shared, pointer::<c_void>(id));
        }
    }
}

fn make<T>(pool: &Pool, words: &mut Vec<Word<T>>) -> *mut c_void {
    let made = pool.alloc(size_of::<T>());
    if !made.is_null() {
        words.push(Word(made.cast()));
    }
    made
}
