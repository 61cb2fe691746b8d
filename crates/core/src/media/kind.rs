//! What an RTP packet is, by its payload type.

use super::stream::RtpParameters;

/// What a packet carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Audio,
    Event,
    ComfortNoise,
}

/// What a payload type means here; `None` for one that was not agreed on.
pub(super) fn kind(parameters: &RtpParameters, payload_type: u8) -> Option<Kind> {
    if payload_type == parameters.payload_type {
        Some(Kind::Audio)
    } else if Some(payload_type) == parameters.dtmf_payload_type {
        Some(Kind::Event)
    } else {
        COMFORT_NOISE.contains(&payload_type).then_some(Kind::ComfortNoise)
    }
}

/// RFC 3389's payload type, and the one Cisco used before it.
const COMFORT_NOISE: [u8; 2] = [COMFORT_NOISE_TYPE, 19];
/// The payload type of comfort noise at 8 kHz (RFC 3389 §4).
pub(super) const COMFORT_NOISE_TYPE: u8 = 13;
