use std::ffi::c_int;

use crate::host::{c, function, host};

/// How important a line of the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Always shown.
    Console = 0,
    /// Something must be done at once.
    Alert = 1,
    /// Critical.
    Crit = 2,
    /// An error.
    Err = 3,
    /// A warning.
    Warning = 4,
    /// Normal, but worth a note.
    Notice = 5,
    /// Information.
    Info = 6,
    /// For those who look for a fault.
    Debug = 7,
}

/// Writes a line into the switch's log, as of the place it is called from.
#[track_caller]
pub fn log(level: Level, text: &str) {
    about("", level, text);
}

/// As [`log`], about the call of that Unique-ID.
#[track_caller]
pub(crate) fn about(uuid: &str, level: Level, text: &str) {
    let place = std::panic::Location::caller();
    let Some(host) = host() else { return };
    let line = c_int::try_from(place.line()).unwrap_or(0);
    let (file, function, uuid, text) = (c(place.file()), function(), c(uuid), c(text));
    // SAFETY: the switch's function, with texts.
    unsafe {
        let (file, function, uuid, text) = (file.as_ptr(), function.as_ptr(), uuid.as_ptr(), text.as_ptr());
        (host.log)(host.module, 0, file, function, line, uuid, level as c_int, text);
    }
}
