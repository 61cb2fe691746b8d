//! Playing and running things on a call from beside it (`switch_ivr_broadcast`).

use strowger_core::session::{Execute, Session};

/// Queues a path on a call, the leg it is joined with, or both: `aleg`, `bleg`, `holdb`, `both`; false when the call
/// cannot take more.
pub(crate) fn broadcast(session: &mut Session, path: &str, legs: &str) -> bool {
    let legs = legs.to_ascii_lowercase();
    let holds_partner = legs.contains("holdb");
    let is_both = legs.contains("both");
    let here = is_both || legs.contains("aleg") || !legs.contains("bleg");
    let there = !holds_partner && (is_both || legs.contains("bleg"));
    if there {
        let others = Execute::of_path(path);
        session.tell_partner(|other| {
            other.broadcast(others, false);
        });
    }
    !here || session.broadcast(Execute::of_path(path), holds_partner)
}
