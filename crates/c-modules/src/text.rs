//! Texts of C.

use std::borrow::Cow;
use std::ffi::{CStr, c_char, c_void};

/// The text at `pointer`, which may be of any bytes; `None` for null.
///
/// # Safety
/// Null, or a text that ends with a zero and stays while it is used.
pub(crate) unsafe fn text<'a>(pointer: *const c_char) -> Option<Cow<'a, str>> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not null, so the caller's promise holds.
    Some(unsafe { CStr::from_ptr(pointer) }.to_string_lossy())
}

/// As [`text`], empty for null.
///
/// # Safety
/// As there.
pub(crate) unsafe fn text_or_empty<'a>(pointer: *const c_char) -> Cow<'a, str> {
    // SAFETY: the caller's promise.
    unsafe { text(pointer) }.unwrap_or_default()
}

/// A copy in memory for `free()`, up to the first zero; null when there is no memory.
pub(crate) fn copy(text: &str) -> *mut c_char {
    let bytes = text.as_bytes();
    let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let memory = zeroed(length.saturating_add(1)).cast::<u8>();
    if !memory.is_null() {
        // SAFETY: the memory is new and has room for `length` bytes and the zero, which is there.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), memory, length) };
    }
    memory.cast()
}

/// Writes a text where a module wants it, as much of it as there is room for.
///
/// # Safety
/// Null, or a place of `size` bytes.
pub(crate) unsafe fn write(text: &str, into: *mut c_char, size: usize) {
    if into.is_null() || size == 0 {
        return;
    }
    let length = text.len().min(size - 1);
    // SAFETY: of the `size` bytes there are, `length` and a zero are written.
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr(), into.cast::<u8>(), length);
        *into.add(length) = 0;
    }
}

/// Zeroed memory for `free()`.
pub(crate) fn zeroed(size: usize) -> *mut c_void {
    // SAFETY: calloc may be called with any numbers.
    unsafe { libc::calloc(1, size.max(1)) }
}

/// Lets go of memory that C's allocator gave, and of null.
///
/// # Safety
/// The memory was not let go of before, and nobody uses it.
pub(crate) unsafe fn release<T>(memory: *mut T) {
    // SAFETY: the caller's promise.
    unsafe { libc::free(memory.cast()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_go_there_and_back() {
        for (there, back) in [("a text", "a text"), ("", ""), ("cut\0off", "cut"), ("späť", "späť")] {
            let memory = copy(there);
            // SAFETY: a text that was just made.
            assert_eq!(unsafe { text(memory) }.unwrap(), back);
            // SAFETY: nobody else has it.
            unsafe { release(memory) };
        }
        // SAFETY: null may be asked for.
        assert!(unsafe { text(std::ptr::null()) }.is_none());
        let bytes = c"\xffx";
        // SAFETY: a text that stays.
        assert_eq!(unsafe { text_or_empty(bytes.as_ptr()) }, "\u{fffd}x");
    }
}
