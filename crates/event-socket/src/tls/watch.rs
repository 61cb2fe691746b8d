//! Looking at the certificate's files from time to time.

use std::sync::Arc;
use std::time::Duration;

use strowger_core::Switch;
use strowger_core::bus::{QueueLimits, Subscription};
use strowger_event::EventKind;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at};

use super::certificates::{Certificates, complain};

/// How often the files are looked at.
const POLL: Duration = Duration::from_secs(2);

/// How often a certificate that is about to expire is complained of.
const REMINDER: Duration = Duration::from_secs(24 * 3600);

/// Reads the certificate again when its files change, and when the configuration was read again. Never ends.
pub(crate) async fn watch(switch: Arc<Switch>, certificates: Arc<Certificates>) {
    let reloads: Subscription = switch.bus().subscribe(QueueLimits { items: 16, ..QueueLimits::default() });
    reloads.update(|interest| interest.kinds.insert(EventKind::Reloadxml));
    let mut events = Vec::new();
    let mut polls = interval(POLL);
    polls.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut reminders = interval_at(Instant::now() + REMINDER, REMINDER);
    loop {
        let certificates = Arc::clone(&certificates);
        // A disk that hangs must not hold up calls.
        let read = tokio::select! {
            _ = polls.tick() => spawn_blocking(move || certificates.poll()),
            _ = reminders.tick() => spawn_blocking(move || certificates.remind()),
            _ = reloads.next_batch(&mut events) => {
                events.clear();
                let config = switch.config();
                spawn_blocking(move || {
                    if let Err(error) = certificates.reload(config.event_socket.tls.as_ref()) {
                        complain(&error);
                    }
                })
            }
        };
        // It fails only when the runtime ends, which ends this task too.
        let _ = read.await;
    }
}
