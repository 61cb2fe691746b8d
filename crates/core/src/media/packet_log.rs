//! A line in the log for each packet of a call (`debug_media`).

use std::net::SocketAddr;
use std::sync::Arc;

use strowger_media::rtp::Packet;

use super::gain::Way;

/// Whose packets they are.
#[derive(Clone, Debug)]
pub struct PacketLog {
    /// The call's Unique-ID.
    pub uuid: Arc<str>,
    /// The channel's name.
    pub name: Arc<str>,
}

impl PacketLog {
    /// Tells of a packet of so many bytes that came from there (`Read`), or goes there (`Write`).
    pub(super) fn tell(&self, way: Way, packet: &[u8], there: Option<SocketAddr>) {
        let Ok(Packet { header, .. }) = Packet::parse(packet) else { return };
        let (way, uuid, name, bytes) =
            (if way == Way::Read { 'R' } else { 'W' }, &*self.uuid, &*self.name, packet.len());
        let there = there.map_or_else(|| "-".to_owned(), |there| there.to_string());
        tracing::info!(
            uuid,
            "{way} {name} b={bytes:4} {there} pt={} ts={} seq={} m={}",
            header.payload_type,
            header.timestamp,
            header.sequence,
            u8::from(header.marker)
        );
    }
}
