//! Modules for Strowger in Rust: shared objects (`crate-type = ["cdylib"]`) that it loads while it runs, with what modules
//! in C can do.
//!
//! ```
//! use strowger_module::{Event, Module, module};
//!
//! fn load(module: &mut Module) -> Result<(), String> {
//!     module.command("greet", "<name>", "Greets, and says so", |name| {
//!         Event::custom("greeting::done").header("Name", name).fire();
//!         format!("+OK hello {name}\n")
//!     });
//!     module.application("greeter", "<name>", "Greets a caller", |session, name| {
//!         session.answer();
//!         session.set_variable("greeted", name);
//!         session.execute("playback", "tone_stream://%(200,0,440)");
//!     });
//!     Ok(())
//! }
//!
//! module!(mod_greeting, load);
//! # fn main() {}
//! ```
//!
//! Built into `libmod_greeting.so` and put into the switch's module folder as `mod_greeting.so`, it is loaded with
//! `load mod_greeting`. A module fits the switches of its interface ([`abi::VERSION`]), whichever compiler made them; a
//! switch of another one refuses it by name.
//!
//! A panic of a module's function is caught, and in the log; the switch goes on.

#![allow(clippy::not_unsafe_ptr_arg_deref, reason = "functions that only the macro calls, with what the switch gives")]

pub mod abi;
mod event;
mod host;
mod log;
mod made;
#[doc(hidden)]
pub mod private;
mod session;
mod switch;

pub use event::Event;
pub use log::{Level, log};
pub use made::Module;
pub use session::{Located, Session};
pub use switch::{execute, global, ready, set_global, spawn};

/// Makes a module of a library: its name, as the file has it, and the function that gets it ready.
///
/// `shutdown = f` names a function that runs when the module is unloaded, `runtime = f` one that runs on a thread of its own
/// from then on until `shutdown` has it return.
#[macro_export]
macro_rules! module {
    ($name:ident, $load:path $(, shutdown = $shutdown:path)? $(, runtime = $runtime:path)? $(,)?) => {
        /// What the switch looks for in the file.
        #[unsafe(export_name = concat!(stringify!($name), "_module_interface"))]
        pub static STROWGER_MODULE: $crate::abi::FunctionTable = {
            unsafe extern "C" fn strowger_load(
                interface: *mut *mut $crate::abi::ModuleInterface,
                _pool: *mut $crate::abi::Opaque,
            ) -> $crate::abi::Status {
                $crate::private::load(stringify!($name), interface, $load)
            }
            unsafe extern "C" fn strowger_shutdown() -> $crate::abi::Status {
                $crate::private::shutdown(|| { $($shutdown();)? })
            }
            $crate::private::table(strowger_load, strowger_shutdown, $crate::module!(@runtime $($runtime)?))
        };
    };
    (@runtime) => { None };
    (@runtime $runtime:path) => {{
        unsafe extern "C" fn strowger_runtime() -> $crate::abi::Status {
            $crate::private::runtime($runtime)
        }
        Some(strowger_runtime)
    }};
}
