//! A switch seen from outside: [`Switch`] starts and ends the program, [`Conn`] speaks to its event socket, [`load`]
//! makes work for it. The benches and the whole-program tests share it; this library knows nothing of Strowger's own
//! crates, so what it finds holds for any server that speaks the protocol.

mod conn;
mod figure;
pub mod load;
mod ports;
pub mod rows;
mod switch;
mod usage;

pub use conn::{Conn, ConnError, Packet};
pub use figure::{Figure, Percentiles};
pub use ports::free_port;
pub use switch::{Ended, Ready, Switch, SwitchError};
pub use usage::Usage;
