//! What a description says.

use std::net::{IpAddr, SocketAddr};

use super::SdpError;
use crate::codec::Codec;

/// A description, as far as we use it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionDescription {
    /// Who made it (`o=`); empty fields when the line is missing.
    pub origin: Origin,
    /// What the session is called (`s=`).
    pub name: String,
    /// Its streams in order: an answer must have as many (RFC 3264 §6).
    pub media: Vec<Media>,
}

/// The origin of a description (RFC 8866 §5.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The user's name, or `-`.
    pub username: String,
    /// The session, the same for as long as it lasts.
    pub session_id: String,
    /// Grows with each new version.
    pub version: String,
}

/// One stream of a description (`m=` and what follows it).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `video`, `image`, …
    pub kind: String,
    /// Zero refuses the stream.
    pub port: u16,
    /// `RTP/AVP`, `RTP/SAVP`, `udptl`, …
    pub transport: String,
    /// Payload types, or whatever the transport has.
    pub formats: Vec<String>,
    /// The address of the stream, else the session's; `None` for a host name.
    pub address: Option<IpAddr>,
    /// The stream's, else the session's, else both ways.
    pub direction: Direction,
    /// The audio codecs in order of preference, events and comfort noise left out.
    pub codecs: Vec<CodecEntry>,
    /// The payload type of RFC 4733 events at 8 kHz.
    pub dtmf_pt: Option<u8>,
    /// Milliseconds of audio a packet should have.
    pub ptime_ms: u16,
}

/// One codec of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodecEntry {
    /// Its payload type.
    pub payload_type: u8,
    /// Which codec.
    pub kind: EntryKind,
    /// Its clock in Hz.
    pub rate: u32,
    /// Its parameters (`a=fmtp`), as they stand.
    pub fmtp: Option<String>,
}

/// A codec we have, or the name of one we do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// One we can encode and decode.
    Known(Codec),
    /// One we cannot.
    Other(String),
}

/// Which way media flows, as the writer of the description sees it (RFC 8866 §6.7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    #[default]
    SendRecv,
    /// It only sends: the other side is on hold.
    SendOnly,
    /// It only receives.
    RecvOnly,
    /// Neither.
    Inactive,
}

/// The audio of the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteMedia {
    /// Where it wants audio sent; port zero when it wants none.
    pub address: SocketAddr,
    /// Its codecs in its order of preference.
    pub codecs: Vec<CodecEntry>,
    /// The payload type of its RFC 4733 events.
    pub dtmf_pt: Option<u8>,
    /// Milliseconds of audio a packet should have.
    pub ptime_ms: u16,
    /// Which way it wants audio to flow, as it sees it.
    pub direction: Direction,
}

impl SessionDescription {
    /// The audio we can talk to: the first stream over plain RTP that is not refused.
    ///
    /// # Errors
    /// [`SdpError::NoAudio`] where there is none, [`SdpError::Rejected`] where all are refused,
    /// [`SdpError::NoAddress`] where it cannot be reached.
    pub fn audio(&self) -> Result<RemoteMedia, SdpError> {
        self.audio_stream().and_then(|(_, media)| media.remote())
    }

    /// That stream and its place among all.
    pub(super) fn audio_stream(&self) -> Result<(usize, &Media), SdpError> {
        let mut streams = self.media.iter().enumerate().filter(|(_, media)| media.is_plain_audio()).peekable();
        let none = if streams.peek().is_some() { SdpError::Rejected } else { SdpError::NoAudio };
        streams.find(|(_, media)| media.port != 0).ok_or(none)
    }
}

impl Media {
    pub(super) fn remote(&self) -> Result<RemoteMedia, SdpError> {
        let ip = self.address.ok_or(SdpError::NoAddress)?;
        Ok(RemoteMedia {
            address: SocketAddr::new(ip, self.port),
            codecs: self.codecs.clone(),
            dtmf_pt: self.dtmf_pt,
            ptime_ms: self.ptime_ms,
            // An address of 0.0.0.0 was how RFC 2543 put a call on hold (RFC 3264 §8.4).
            direction: if ip.is_unspecified() { self.direction.deaf() } else { self.direction },
        })
    }

    fn is_plain_audio(&self) -> bool {
        self.kind.eq_ignore_ascii_case("audio") && ["RTP/AVP", "RTP/AVPF"].contains(&self.transport.as_str())
    }
}

impl EntryKind {
    /// The codec's name.
    pub fn name(&self) -> &str {
        match self {
            EntryKind::Known(codec) => codec.name(),
            EntryKind::Other(name) => name,
        }
    }
}

impl Direction {
    /// The attribute's name.
    pub fn name(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    /// The direction of an attribute's name.
    pub fn from_name(name: &str) -> Option<Direction> {
        let every = [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];
        every.into_iter().find(|direction| direction.name().eq_ignore_ascii_case(name))
    }

    /// The same as the other side sees it.
    #[must_use]
    pub fn reversed(self) -> Direction {
        match self {
            Direction::SendOnly => Direction::RecvOnly,
            Direction::RecvOnly => Direction::SendOnly,
            both_or_neither => both_or_neither,
        }
    }

    /// Whether the side that sees it so sends.
    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether the side that sees it so receives.
    pub fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    /// What both allow.
    #[must_use]
    pub fn within(self, other: Direction) -> Direction {
        match (self.sends() && other.sends(), self.receives() && other.receives()) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    fn deaf(self) -> Direction {
        self.within(Direction::SendOnly)
    }
}
