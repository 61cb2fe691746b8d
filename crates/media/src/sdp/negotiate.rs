//! Agreeing on a stream (RFC 3264).

use std::net::SocketAddr;

use super::description::{CodecEntry, Direction, EntryKind, RemoteMedia, SessionDescription};
use super::write::{self, Local};
use super::{Media, SdpError};
use crate::codec::Codec;

/// Whose order of codecs wins (FreeSWITCH's `inbound-codec-negotiation`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rule {
    /// The offerer's.
    #[default]
    Generous,
    /// Ours.
    Greedy,
}

/// What both sides agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiated {
    /// How audio is encoded.
    pub codec: Codec,
    /// Its payload type, both ways.
    pub pt: u8,
    /// The payload type of RFC 4733 events, when both sides have them.
    pub dtmf_pt: Option<u8>,
    /// Where audio goes.
    pub remote: SocketAddr,
    /// Milliseconds of audio a packet.
    pub ptime_ms: u16,
    /// Which way audio flows, as we see it.
    pub direction: Direction,
}

/// An answer and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The text to send.
    pub sdp: String,
    /// What it agrees on.
    pub negotiated: Negotiated,
}

/// Answers an offer with one codec: the first of theirs, or of `prefs`, that both have.
///
/// The first usable audio stream is taken, every other one refused with port 0; ours mirrors its direction, as far as
/// `local` allows, and uses its payload types (RFC 3264 §6.1). `dtmf_pt` of zero switches telephone events off; else the offer's number is used.
///
/// # Errors
/// [`SdpError`]: refuse the offer with 488.
pub fn answer(
    offer: &SessionDescription,
    local: &Local,
    prefs: &[Codec],
    rule: Rule,
    dtmf_pt: u8,
) -> Result<Answer, SdpError> {
    let (index, media) = offer.audio_stream()?;
    let mut negotiated = agree(&media.remote()?, prefs, rule)?;
    negotiated.dtmf_pt = negotiated.dtmf_pt.filter(|_| dtmf_pt != 0);
    negotiated.direction = negotiated.direction.within(local.direction);
    let accepted = |at: usize, media: &Media| (at == index).then(|| media.transport.clone());
    let sdp = write::answer(
        local,
        offer.media.iter().enumerate().map(|(at, media)| (media, accepted(at, media))),
        &negotiated,
    );
    Ok(Answer { sdp, negotiated })
}

/// Takes the answer to an offer of ours: the first codec in it that we offered.
///
/// # Errors
/// [`SdpError`]: the call cannot have media; [`SdpError::Rejected`] when the other side refused ours.
pub fn accept_answer(answer: &SessionDescription, offered: &[Codec]) -> Result<Negotiated, SdpError> {
    agree(&answer.audio()?, offered, Rule::Generous)
}

fn agree(remote: &RemoteMedia, prefs: &[Codec], rule: Rule) -> Result<Negotiated, SdpError> {
    let known = |entry: &CodecEntry| match entry.kind {
        EntryKind::Known(codec) if prefs.contains(&codec) => Some((codec, entry.payload_type)),
        _ => None,
    };
    let mut common = remote.codecs.iter().filter_map(known);
    let chosen = match rule {
        Rule::Generous => common.next(),
        Rule::Greedy => common.min_by_key(|(codec, _)| prefs.iter().position(|pref| pref == codec)),
    };
    let (codec, pt) = chosen.ok_or_else(|| SdpError::NoCodec { theirs: names(&remote.codecs) })?;
    Ok(Negotiated {
        codec,
        pt,
        dtmf_pt: remote.dtmf_pt,
        remote: remote.address,
        ptime_ms: remote.ptime_ms,
        direction: remote.direction.reversed(),
    })
}

fn names(codecs: &[CodecEntry]) -> String {
    let names: Vec<&str> = codecs.iter().take(16).map(|entry| entry.kind.name()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
