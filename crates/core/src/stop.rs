//! Asking the switch to stop: at once, or when its calls are over.

use strowger_event::{Event, EventKind};
use tokio::sync::watch;

use crate::bus::Origin;
use crate::switch::Switch;

/// Someone asked the switch to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StopRequest {
    /// When.
    pub manner: Manner,
    /// Whether the program is to start anew then.
    pub restart: bool,
}

/// When a switch that was asked to stop does so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// At once: end the calls, tell the listeners, exit.
    Now,
    /// As soon as there are no calls; no new ones are let in.
    Asap,
    /// As soon as there are no calls; new ones may begin until then.
    Elegant,
}

/// What is asked for now.
pub(crate) type Asked = watch::Sender<Option<StopRequest>>;

const REQUESTED: Origin = Origin::new("switch_core.c", "switch_core_session_ctl", 2639);

impl Switch {
    /// Asks the program to stop at once; it ends calls and listeners in order.
    pub fn request_stop(&self) {
        self.request(StopRequest { manner: Manner::Now, restart: false });
    }

    /// Asks the program to stop. A stop that waits for calls is told of with SHUTDOWN_REQUESTED, and can be taken back.
    pub fn request(&self, request: StopRequest) {
        let info = match request.manner {
            Manner::Now => None,
            Manner::Asap => {
                self.limits().change(|figures| (figures.inbound_paused, figures.outbound_paused) = (true, true));
                Some("ASAP")
            }
            Manner::Elegant => Some("elegant"),
        };
        if let Some(info) = info {
            self.bus().publish(Event::new(EventKind::ShutdownRequested).header("Event-Info", info), REQUESTED);
        }
        self.asked_to_stop().send_replace(Some(request));
    }

    /// Takes back a stop that waits for calls, and lets new ones in again.
    pub fn cancel_stop(&self) {
        let waits = |asked: &Option<StopRequest>| asked.is_some_and(|request| request.manner != Manner::Now);
        let cancelled = self.asked_to_stop().send_if_modified(|asked| waits(asked) && asked.take().is_some());
        if cancelled {
            tracing::info!("Shutdown Cancelled");
            self.limits().change(|figures| (figures.inbound_paused, figures.outbound_paused) = (false, false));
        }
    }

    /// What was asked for, if anything.
    pub fn stop_request(&self) -> Option<StopRequest> {
        *self.asked_to_stop().borrow()
    }

    /// Waits until it is time to stop: someone asked for it and, unless it is to be at once, the last call is over.
    pub async fn stop_requested(&self) -> StopRequest {
        let mut asked = self.asked_to_stop().subscribe();
        loop {
            let request = *asked.borrow_and_update();
            match request {
                Some(request) if request.manner == Manner::Now => return request,
                Some(request) => tokio::select! {
                    biased;
                    // The sender lives as long as the switch.
                    _ = asked.changed() => {}
                    () = self.sessions().all_gone() => return request,
                },
                None => {
                    let _ = asked.changed().await;
                }
            }
        }
    }
}
