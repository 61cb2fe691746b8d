//! A module's commands.

use std::ffi::{CString, c_char, c_int};
use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::registry::{AboutOf, ApiCall, ApiCommand};
use strowger_module::abi::{self, CommandInterface, Status};

use crate::gate::Inside;
use crate::module::{Module, Word};
use crate::text::{release, text, text_or_empty};

unsafe extern "C" {
    /// shim.c.
    fn strowger_run_command(
        command: *const CommandInterface,
        argument: *const c_char,
        answer: *mut *mut c_char,
    ) -> Status;
}

tokio::task_local! {
    /// How deep this command is within commands of modules.
    static DEPTH: u8;
}

thread_local! {
    /// The same, on the thread that a module's function runs on.
    static DEPTH_HERE: std::cell::Cell<u8> = const { std::cell::Cell::new(0) };
}

/// How deep commands of modules may be within one another: each takes a thread.
const DEEPEST: u8 = 8;

/// Does `what` as something that the command which runs on this thread asked for.
pub(crate) async fn within<T>(depth: u8, what: impl Future<Output = T>) -> T {
    DEPTH.scope(depth, what).await
}

/// How deep what runs on this thread is.
pub(crate) fn depth_here() -> u8 {
    DEPTH_HERE.get()
}

/// What help tells of a word.
pub(crate) struct Described {
    name: String,
    syntax: String,
    help: String,
    module: String,
}

impl Described {
    /// Of the texts of a module; `None` without a name.
    ///
    /// # Safety
    /// Each is null or a text.
    pub(crate) unsafe fn read(
        name: *const c_char,
        syntax: *const c_char,
        help: *const c_char,
        module: &str,
    ) -> Option<Self> {
        // SAFETY: the caller's promise.
        let (name, syntax, help) = unsafe { (text(name)?, text_or_empty(syntax), text_or_empty(help)) };
        let is_word = !name.is_empty() && !name.contains(char::is_whitespace);
        is_word.then(|| Self {
            name: name.into_owned(),
            syntax: syntax.into_owned(),
            help: help.into_owned(),
            module: module.to_owned(),
        })
    }

    pub(crate) fn about(&self) -> AboutOf<'_> {
        AboutOf { name: &self.name, syntax: &self.syntax, help: &self.help, module: &self.module }
    }
}

/// A command that a module brings.
pub(crate) struct Command {
    module: Arc<Module>,
    about: Described,
    word: Word<CommandInterface>,
}

impl Command {
    pub(crate) fn new(module: &Arc<Module>, about: Described, word: Word<CommandInterface>) -> Self {
        Self { module: Arc::clone(module), about, word }
    }
}

#[async_trait]
impl ApiCommand for Command {
    fn about(&self) -> AboutOf<'_> {
        self.about.about()
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let depth = DEPTH.try_with(|depth| *depth).unwrap_or(0);
        if depth >= DEEPEST {
            return "-ERR commands are nested too deeply\n".to_owned();
        }
        let Some(inside) = Inside::enter(&self.module) else {
            return format!("-ERR {} is being unloaded\n", self.module.name);
        };
        let (word, argument) = (self.word.clone(), call.arguments.to_owned());
        // A module's function may wait; whoever asked may go away meanwhile, it is run to its end.
        let running = self.module.threads.ask(&self.module.name, move || {
            DEPTH_HERE.set(depth);
            run(&inside, &word, &argument)
        });
        match running {
            Ok(answer) => answer.await.unwrap_or_else(|_| "-ERR the command failed\n".to_owned()),
            Err(error) => format!("-ERR there is no thread for it: {error}\n"),
        }
    }
}

/// Runs it on this thread; what it wrote.
fn run(_inside: &Inside, word: &Word<CommandInterface>, argument: &str) -> String {
    let Ok(argument) = CString::new(argument.replace('\0', "")) else { return String::new() };
    let mut answer = std::ptr::null_mut();
    // SAFETY: somebody is inside, so the module and its pool are there; the word has a function.
    let _: c_int = unsafe { strowger_run_command(word.get(), argument.as_ptr(), &raw mut answer) };
    // SAFETY: null, or a text in memory of the allocator that is ours now.
    unsafe {
        let text = text_or_empty(answer).into_owned();
        release(answer);
        text
    }
}

/// The status of something that was done, or not.
pub(crate) fn status(done: bool) -> Status {
    if done { abi::SUCCESS } else { abi::FALSE }
}
