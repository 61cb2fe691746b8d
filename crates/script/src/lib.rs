//! What a script does with a call and the switch, whatever its language, as blocking calls from a thread outside the
//! runtime (switch_cpp.cpp).
//!
//! A script has a [`Host`], through which it reaches the switch, and perhaps a [`ScriptSession`], its hold on a call. An
//! application that runs a script [`serve`]s it: the script runs on a thread of its own, and what it wants of the call is
//! done by the call's own task, piece by piece.
//!
//! None of the blocking functions may be called from a thread of the runtime.

mod call;
mod consumer;
mod dbh;
mod event;
mod host;
mod input;
mod paths;
mod serve;
mod session;
mod splice;

pub use call::{BoxFuture, Call, Gone};
pub use consumer::EventConsumer;
pub use dbh::{Database, DatabaseError, Row};
pub use event::ScriptEvent;
pub use host::{Host, TimeUp};
pub use input::{Input, Inputs, React, Reaction};
pub use paths::{PathError, Scripts};
pub use serve::{Threads, TooManyScripts, serve};
pub use session::{Ending, ScriptSession};
