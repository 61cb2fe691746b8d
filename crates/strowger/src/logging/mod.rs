//! The way of a log line: `tracing` → [`Bridge`] → `LogBus` → [`Printer`] and the event socket's listeners.

mod bridge;
mod printer;

use std::sync::Arc;

use strowger_core::log::LogBus;
use tracing_subscriber::layer::SubscriberExt;

pub use bridge::Bridge;
pub use printer::Printer;

/// Sends all that is traced to `log`, from now on. Only the first call of a process counts.
pub fn install(log: &Arc<LogBus>) {
    let subscriber = tracing_subscriber::registry().with(Bridge::new(Arc::clone(log)));
    // A second switch in one process would log to the first one's bus; there is none.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
