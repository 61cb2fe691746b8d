//! What [`module!`](crate::module) is made of.

use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::abi::{self, ENDED, ERROR, FunctionTable, ModuleInterface, Opaque, SUCCESS, Status, VERSION};
use crate::host::{HOST, c, host, set_name};
use crate::made::{Module, end_hearing};
use crate::{Level, log};

type Load = unsafe extern "C" fn(*mut *mut ModuleInterface, *mut Opaque) -> Status;
type Function = unsafe extern "C" fn() -> Status;

/// The table of a module.
pub const fn table(load: Load, shutdown: Function, runtime: Option<Function>) -> FunctionTable {
    let host = HOST.as_ptr().cast::<*const abi::Host>();
    FunctionTable { version: VERSION, load: Some(load), shutdown: Some(shutdown), runtime, flags: 0, host }
}

/// Runs what a module does; `otherwise` when it panics, which is in the log then.
pub(crate) fn caught<T>(what: &str, otherwise: T, run: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let told = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let told = told.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        log(Level::Err, &format!("{what} of a module panicked: {told}"));
        otherwise
    })
}

/// Gets a module ready.
pub fn load<E: Display>(
    name: &str,
    interface: *mut *mut ModuleInterface,
    load: fn(&mut Module) -> Result<(), E>,
) -> Status {
    let Some(host) = host() else { return ERROR };
    set_name(name);
    // SAFETY: the switch's function, with a text, and its place for the interface.
    let made = unsafe {
        let made = (host.module_interface)(host.module, std::ptr::null_mut(), c(name).as_ptr());
        let Some(place) = interface.as_mut() else { return ERROR };
        *place = made;
        made
    };
    let loaded = caught("the load function", Err("it panicked".to_owned()), || {
        load(&mut Module::new(host, made)).map_err(|error| error.to_string())
    });
    match loaded {
        Ok(()) => SUCCESS,
        Err(error) => {
            log(Level::Err, &format!("{name} is not ready: {error}"));
            end_hearing();
            ERROR
        }
    }
}

/// Ends a module.
pub fn shutdown(shutdown: impl FnOnce()) -> Status {
    caught("the shutdown function", (), shutdown);
    end_hearing();
    SUCCESS
}

/// Runs what a module does by itself, once.
pub fn runtime(runtime: fn()) -> Status {
    caught("the runtime function", (), runtime);
    ENDED
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_panic_ends_here() {
        assert_eq!(super::caught("a test", 7, || Vec::<u8>::new().remove(0).into()), 7);
        assert_eq!(super::caught("a test", 7, || 8), 8);
    }
}
