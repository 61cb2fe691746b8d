//! Calls.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::{null, null_mut};

use strowger_module::abi::{self, Event, Opaque, Profile, Status};

/// The Unique-ID of a session; empty when there is none of that number.
pub(super) fn uuid_of(_session: *const Opaque) -> String {
    String::new()
}
pub(super) unsafe extern "C" fn locate(_m: *mut c_void, _u: *const c_char) -> *mut Opaque {
    null_mut()
}
pub(super) unsafe extern "C" fn rwunlock(_s: *mut Opaque) {}
pub(super) unsafe extern "C" fn pool(_s: *mut Opaque) -> *mut Opaque {
    null_mut()
}
pub(super) unsafe extern "C" fn text(_s: *mut Opaque, _w: c_int) -> *const c_char {
    null()
}
pub(super) unsafe extern "C" fn number(_s: *mut Opaque, _w: c_int) -> c_int {
    0
}
pub(super) unsafe extern "C" fn get_variable(_s: *mut Opaque, _n: *const c_char) -> *const c_char {
    null()
}
pub(super) unsafe extern "C" fn set_variable(
    _s: *mut Opaque,
    _n: *const c_char,
    _v: *const c_char,
    _h: c_int,
) -> Status {
    abi::FALSE
}
pub(super) unsafe extern "C" fn answer(_s: *mut Opaque, _h: c_int) -> Status {
    abi::FALSE
}
pub(super) unsafe extern "C" fn hangup(_s: *mut Opaque, _c: c_int) -> c_int {
    0
}
pub(super) unsafe extern "C" fn execute(_s: *mut Opaque, _a: *const c_char, _b: *const c_char) -> Status {
    abi::FALSE
}
pub(super) unsafe extern "C" fn transfer(
    _s: *mut Opaque,
    _a: *const c_char,
    _b: *const c_char,
    _c: *const c_char,
) -> Status {
    abi::FALSE
}
pub(super) unsafe extern "C" fn event_data(_s: *mut Opaque, _e: *mut Event) -> Status {
    abi::FALSE
}
pub(super) unsafe extern "C" fn expand(_s: *mut Opaque, _t: *const c_char) -> *mut c_char {
    null_mut()
}
pub(super) unsafe extern "C" fn profile(_s: *mut Opaque) -> *mut Profile {
    null_mut()
}
