//! The event socket's listeners: TCP connections on which programs hear events and give commands.
//!
//! The protocol itself is `strowger-esl`'s; here are the sockets, the queue to each listener and what its commands do.
//! One task serves one connection: it reads, answers, and hands on events, whichever comes first.

mod bind_error;
mod clock;
mod closing;
mod connection;
mod console_line;
mod control;
mod controlled;
mod deferred;
mod farewell;
mod gatekeeper;
mod jobs;
mod listeners;
mod login;
mod outbound;
mod outbox;
mod perform;
mod scope;
mod sendmsg;
mod server;
mod socket;
mod status;
mod subscriptions;
mod tls;

pub use bind_error::BindError;
pub use outbound::APPLICATION;
pub use server::EventSocket;
pub use status::COMMAND;
pub use tls::{TlsError, check_tls};
