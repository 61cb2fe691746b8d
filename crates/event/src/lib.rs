//! Events as the event socket knows them: what they are, their ordered headers, the three forms they are written in
//! (plain, JSON, XML) and the filters that choose among them.
//!
//! Pure: no input or output, no clock. One type serves the server, the client and the scripts.

mod codec;
mod event;
mod filter;
mod headers;
mod interest;
pub mod json;
mod kind;
pub mod percent;
pub mod plain;
mod run;
pub mod xml;

pub use codec::{CodecError, Format, packet};
pub use event::Event;
pub use filter::{FilterError, FilterSet};
pub use headers::{HeaderBlock, Headers, array_items};
pub use interest::Interest;
pub use kind::{EventKind, KindSet};
