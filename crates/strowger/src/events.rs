//! The events that the program itself fires: STARTUP, SHUTDOWN_REQUESTED and SHUTDOWN.

use strowger_core::bus::Origin;
use strowger_core::{Manner, Switch};
use strowger_event::{Event, EventKind};

/// Both the event socket and SIP answer.
pub fn startup(switch: &Switch) {
    fire(
        switch,
        EventKind::Startup,
        "System Ready",
        Origin::new("switch_core.c", "switch_core_init_and_modload", 2456),
    );
}

/// Calls are ended next, unless that was told when someone asked to wait for them.
pub fn shutdown_requested(switch: &Switch) {
    if switch.stop_request().is_some_and(|request| request.manner != Manner::Now) {
        return;
    }
    // FreeSWITCH's word for a shutdown that takes no new calls; its other one is `elegant`.
    fire(switch, EventKind::ShutdownRequested, "ASAP", Origin::new("switch_core.c", "switch_core_session_ctl", 2639));
}

/// The last event of all.
pub fn shutdown(switch: &Switch) {
    fire(
        switch,
        EventKind::Shutdown,
        "System Shutting Down",
        Origin::new("switch_core.c", "switch_core_destroy", 3130),
    );
}

fn fire(switch: &Switch, kind: EventKind, info: &str, origin: Origin) {
    switch.bus().publish(Event::new(kind).header("Event-Info", info), origin);
}
