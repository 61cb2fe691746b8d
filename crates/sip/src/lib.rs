//! The SIP stack of Strowger: messages, transactions, dialogs, transports and the user agent.
//!
//! [`message`], [`transaction`] and [`dialog`] are sans-IO: they take bytes and `now: Instant` and give bytes, verdicts
//! and deadlines. [`ua`] puts them together: one task owns everything of one profile.

pub mod dialog;
pub mod message;
pub mod sofia;
mod table;
pub mod transaction;
pub mod transport;
pub mod ua;
