//! The switch, as its functions, and texts on their way there and back.

use std::ffi::{CStr, CString, c_char};
use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

use crate::abi::Host;

/// Where the switch puts its functions when it loads the module.
pub(crate) static HOST: AtomicPtr<Host> = AtomicPtr::new(null_mut());

/// What the module is called.
static NAME: OnceLock<CString> = OnceLock::new();

/// The module gets ready.
pub(crate) fn set_name(name: &str) {
    // It has one name.
    let _ = NAME.set(c(name));
}

/// What stands where C's modules have a function's name, which Rust does not tell: the module's.
pub(crate) fn function() -> CString {
    NAME.get().cloned().unwrap_or_default()
}

/// The switch; none outside of one, in a module's own tests say.
pub(crate) fn host() -> Option<&'static Host> {
    // SAFETY: the switch put the table there before it called anything, and lets go of it after the module.
    unsafe { HOST.load(Ordering::Relaxed).as_ref() }
}

/// The text as C has it, without zeros.
pub(crate) fn c(text: &str) -> CString {
    let bytes: Vec<u8> = text.bytes().filter(|byte| *byte != 0).collect();
    CString::new(bytes).unwrap_or_default()
}

/// A text of the switch; `None` for null.
///
/// # Safety
/// Null, or a text that stays meanwhile.
pub(crate) unsafe fn text(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    Some(unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned())
}

unsafe extern "C" {
    /// C's own.
    fn free(memory: *mut std::ffi::c_void);
}

/// As [`text()`], of memory that is to be let go of.
///
/// # Safety
/// Null, or a text in memory of C's allocator that nobody else has.
pub(crate) unsafe fn taken(pointer: *mut c_char) -> Option<String> {
    // SAFETY: the caller's promise.
    unsafe {
        let text = text(pointer);
        free(pointer.cast());
        text
    }
}
