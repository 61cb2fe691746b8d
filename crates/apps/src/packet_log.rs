//! `read on`, `both off`: which packets of a call are told of in the log (`debug_media`).

use std::sync::Arc;

use strowger_config::is_true;
use strowger_core::media::{PacketLog, Way};
use strowger_core::session::Session;

/// What the words are.
pub(crate) const SYNTAX: &str = "<read|write|both|vread|vwrite|vboth> <on|off>";

/// Has packets told of, or no longer; `false` when the words name no way they go. There are none of video.
pub(crate) fn log_packets(session: &mut Session, way: &str, switched: &str) -> bool {
    let ways: &[Way] = match way.to_ascii_lowercase().as_str() {
        "read" => &[Way::Read],
        "write" => &[Way::Write],
        "both" => &[Way::Read, Way::Write],
        "vread" | "vwrite" | "vboth" => &[],
        _ => return false,
    };
    let (uuid, name) = (Arc::from(session.channel.uuid.as_str()), Arc::from(session.channel.name.as_str()));
    let log = is_true(switched).then_some(PacketLog { uuid, name });
    if let Some(stream) = session.stream() {
        ways.iter().for_each(|way| stream.log_packets(*way, log.clone()));
    }
    true
}
