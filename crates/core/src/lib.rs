//! The engine of Strowger: event bus, sessions and channels, the dialplan's hunt, originate, media threads, and the
//! registries that applications, API commands and endpoints are added to.
//!
//! The way of a call: an endpoint makes a leg, a [`session::Session`] owns it and its [`channel::Channel`],
//! the dialplan says which applications run, and everyone else reaches it through its [`session::SessionHandle`].

pub mod bus;
pub mod channel;
pub mod console;
pub mod dialplan;
pub mod endpoint;
pub mod endpoints;
mod globals;
pub mod indication;
pub mod ivr;
mod limits;
pub mod log;
pub mod lookup;
pub mod media;
pub mod modules;
pub mod null;
pub mod originate;
mod processor;
mod queue;
mod recent;
pub mod registry;
pub mod resources;
pub mod scheduler;
pub mod session;
mod sessions;
pub mod speech;
mod stop;
mod store;
mod switch;
pub mod template;

pub use globals::Globals;
pub use limits::{LimitFigures, Limits};
pub use processor::Processor;
pub use queue::QueueLimits;
pub use sessions::{IncomingCall, SessionCounts, Sessions};
pub use stop::{Manner, StopRequest};
pub use store::{Store, StoreFull};
pub use switch::{ConfigLoader, Switch};
