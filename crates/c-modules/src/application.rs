//! A module's applications.

use std::ffi::CString;
use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::registry::{AboutOf, Application};
use strowger_core::session::{Interrupted, Session};
use strowger_module::abi::{ApplicationInterface, Opaque};

use crate::call::Call;
use crate::command::Described;
use crate::gate::Inside;
use crate::handles::pointer;
use crate::module::{Module, Word};
use crate::shared::Shared;

/// An application that a module brings.
pub(crate) struct App {
    module: Arc<Module>,
    about: Described,
    word: Word<ApplicationInterface>,
}

impl App {
    pub(crate) fn new(module: &Arc<Module>, about: Described, word: Word<ApplicationInterface>) -> Self {
        Self { module: Arc::clone(module), about, word }
    }
}

#[async_trait]
impl Application for App {
    fn about(&self) -> AboutOf<'_> {
        self.about.about()
    }

    /// The module's function runs on a thread of its own, for as long as it likes; the call does what the function, and
    /// everybody else, asks of it meanwhile.
    async fn run(&self, session: &mut Session, data: &str) -> Result<(), Interrupted> {
        let uuid = session.channel.uuid.clone();
        let (Some(shared), Some(inside)) = (Shared::get(), Inside::enter(&self.module)) else {
            tracing::error!(%uuid, "{} is being unloaded: {} is not run", self.module.name, self.about.about().name);
            return Ok(());
        };
        let (word, data) = (self.word.clone(), CString::new(data.replace('\0', "")).unwrap_or_default());
        let call = Call::hold(shared, session.handle().clone(), None);
        let run = move || {
            // SAFETY: somebody is inside, so the module and its pool are there; the word has a function.
            unsafe { run(&inside, word.get(), pointer(call), &data) };
        };
        match self.module.threads.ask(&self.module.name, run) {
            Ok(ended) => drop(session.attend_to_the_end(ended).await),
            Err(error) => tracing::error!(%uuid, "there is no thread for {}: {error}", self.about.about().name),
        }
        Call::release(shared, pointer::<Opaque>(call));
        session.check()
    }
}

/// Runs it on this thread.
///
/// # Safety
/// The word is of the module that somebody is inside of.
unsafe fn run(_inside: &Inside, word: &ApplicationInterface, session: *mut Opaque, data: &CString) {
    // SAFETY: the caller's promise; the data is the word's own.
    unsafe {
        match (word.function, word.run) {
            (Some(function), _) => function(session, data.as_ptr()),
            (None, Some(run)) => run(word.data, session, data.as_ptr()),
            (None, None) => {}
        }
    }
}
