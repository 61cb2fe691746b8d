//! The Event Socket protocol without sockets: framing, commands, replies, and the state of one connection.
//!
//! Pure: bytes and the time come in, bytes and [`Action`]s go out. A server reads with a [`Framer`], hands each
//! [`Packet`] to its [`Listener`] and does what the [`Action`] says; the other side lives in [`client`].

pub mod client;
mod command;
mod frame;
mod listener;
mod packet;
mod permissions;
pub mod reply;
mod request_id;
mod scopes;
mod sendevent;
mod wants;

pub use command::{Command, Filtering, log_level};
pub use frame::{FrameError, Limits};
pub use listener::{Action, Control, Listener};
pub use packet::{Framer, Packet};
pub use permissions::Permissions;
pub use request_id::{RequestId, RequestIdError};
