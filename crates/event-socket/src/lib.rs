//! The event socket's listeners: TCP connections on which programs hear events and give commands.
//!
//! The protocol itself is `strowger-esl`'s; here are the sockets, the queue to each listener and what its commands do.
//! One task serves one connection: it reads, answers, and hands on events, whichever comes first.

mod connection;
mod control;
mod controlled;
mod jobs;
mod listeners;
mod outbound;
mod outbox;
mod perform;
mod sendmsg;
mod server;
mod socket;
mod status;
mod subscriptions;

pub use outbound::APPLICATION;
pub use server::{BindError, EventSocket};
pub use status::COMMAND;
