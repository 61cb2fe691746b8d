//! Memory that is let go of all at once.

use std::collections::HashSet;
use std::ffi::{CString, c_char, c_void};

use parking_lot::Mutex;

use crate::text;

/// The most that one pool gives, in bytes.
const MOST: usize = 1 << 30;

/// A pool: `switch_memory_pool_t`.
#[derive(Default)]
pub(crate) struct Pool(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    blocks: Vec<Block>,
    size: usize,
    /// Texts that were read: reading one again takes no more memory.
    texts: HashSet<CString>,
}

/// Memory of C's allocator, which belongs to the pool alone.
struct Block(*mut c_void);

// SAFETY: the pool only keeps the address, to let go of the memory.
unsafe impl Send for Block {}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: the memory came from the allocator, and is let go of here only.
        unsafe { text::release(self.0) };
    }
}

impl Pool {
    /// Zeroed memory; null when there is none left.
    pub(crate) fn alloc(&self, size: usize) -> *mut c_void {
        let mut inner = self.0.lock();
        let Some(total) = inner.size.checked_add(size).filter(|total| *total <= MOST) else {
            tracing::error!("a module's memory pool is to hold more than {MOST} bytes: it gets none");
            return std::ptr::null_mut();
        };
        let memory = text::zeroed(size);
        if !memory.is_null() {
            inner.size = total;
            inner.blocks.push(Block(memory));
        }
        memory
    }

    /// The text as C has it, which stays as long as the pool; null when there is no room.
    pub(crate) fn keep(&self, text: &str) -> *const c_char {
        let bytes: Vec<u8> = text.bytes().take_while(|byte| *byte != 0).collect();
        let Ok(text) = CString::new(bytes) else { return std::ptr::null() };
        let mut inner = self.0.lock();
        if let Some(known) = inner.texts.get(&text) {
            return known.as_ptr();
        }
        let size = inner.size.saturating_add(text.as_bytes().len());
        if size > MOST {
            return std::ptr::null();
        }
        inner.size = size;
        // What the text points to does not move with it.
        let pointer = text.as_ptr();
        inner.texts.insert(text);
        pointer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_kept_twice_is_there_once() {
        let pool = Pool::default();
        let first = pool.keep("value");
        for number in 0..100 {
            pool.keep(&number.to_string());
        }
        assert_eq!(pool.keep("value"), first);
        // SAFETY: the pool is there.
        assert_eq!(unsafe { text::text(first) }.unwrap(), "value");
    }

    #[test]
    fn memory_is_zeroed_and_has_an_end() {
        let pool = Pool::default();
        let memory = pool.alloc(64).cast::<[u8; 64]>();
        // SAFETY: 64 bytes of the pool.
        assert_eq!(unsafe { *memory }, [0; 64]);
        assert!(pool.alloc(MOST).is_null());
        assert!(pool.alloc(usize::MAX).is_null());
    }
}
