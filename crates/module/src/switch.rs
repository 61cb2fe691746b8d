//! The switch itself.

use std::ffi::c_void;
use std::ptr::null_mut;

use crate::abi;
use crate::host::{c, host, taken, text};
use crate::private::caught;

/// Runs a command; its answer, `None` when there is none of that name.
#[must_use]
pub fn execute(command: &str, arguments: &str) -> Option<String> {
    let host = host()?;
    let mut answer = null_mut();
    let (command, arguments) = (c(command), c(arguments));
    // SAFETY: the switch's function, with texts and a place for the answer.
    unsafe {
        let (command, arguments) = (command.as_ptr(), arguments.as_ptr());
        let status = (host.api_execute)(host.module, command, arguments, null_mut(), &raw mut answer);
        taken(answer).filter(|_| status == abi::SUCCESS)
    }
}

/// A global variable.
#[must_use]
pub fn global(name: &str) -> Option<String> {
    let host = host()?;
    // SAFETY: the switch's function, with a text; its answer is null or a text.
    unsafe { text((host.get_variable)(host.module, c(name).as_ptr())) }
}

/// Sets a global variable.
pub fn set_global(name: &str, value: &str) {
    if let Some(host) = host() {
        // SAFETY: the switch's function, with texts.
        unsafe { (host.set_variable)(c(name).as_ptr(), c(value).as_ptr()) };
    }
}

/// Whether the switch takes new calls.
#[must_use]
pub fn ready() -> bool {
    // SAFETY: the switch's function.
    host().is_some_and(|host| unsafe { (host.ready)() } != 0)
}

type Run = Box<dyn FnOnce() + Send>;

/// Runs it on a thread. The module's file stays as long as the thread runs: have it end when the module is shut down.
/// False when there is no thread for it.
pub fn spawn(run: impl FnOnce() + Send + 'static) -> bool {
    unsafe extern "C" fn begin(data: *mut c_void) -> *mut c_void {
        // SAFETY: what was made below, and is given to one thread once.
        let run = unsafe { Box::from_raw(data.cast::<Run>()) };
        caught("a thread", (), run);
        null_mut()
    }
    let Some(host) = host() else { return false };
    let data = Box::into_raw(Box::new(Box::new(run) as Run));
    // SAFETY: the switch's function; the data is the thread's, if there is one.
    let status = unsafe { (host.thread_start)(host.module, Some(begin), data.cast(), null_mut()) };
    if status != abi::SUCCESS {
        // SAFETY: no thread has it.
        drop(unsafe { Box::from_raw(data) });
    }
    status == abi::SUCCESS
}
