//! Reading a description (RFC 8866).

use std::net::IpAddr;

use super::description::{CodecEntry, Direction, EntryKind, Media, Origin, SessionDescription};
use super::{MAX_LENGTH, MAX_MEDIA, SdpError};
use crate::codec::Codec;

/// Reads a description; what it does not know it passes over.
///
/// # Errors
/// [`SdpError`] when the text is too long, is no SDP, or an `m=` or `c=` line is malformed.
pub fn parse(text: &str) -> Result<SessionDescription, SdpError> {
    if text.len() > MAX_LENGTH {
        return Err(SdpError::TooLong(text.len()));
    }
    let mut reader = Reader::default();
    let lines = text.split(['\n', '\r']).map(str::trim_end).filter(|line| !line.is_empty());
    for (index, line) in lines.enumerate() {
        if index == 0 && line != "v=0" {
            return Err(SdpError::NoVersion);
        }
        reader.line(index + 1, line)?;
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    seen_any: bool,
    origin: Origin,
    name: String,
    /// The session's address, which holds for streams without their own.
    connection: Connection,
    direction: Direction,
    ptime_ms: Option<u16>,
    media: Vec<RawMedia>,
}

/// A stream before its payload types are matched with their maps.
struct RawMedia {
    kind: String,
    port: u16,
    transport: String,
    formats: Vec<String>,
    connection: Option<Connection>,
    direction: Option<Direction>,
    ptime_ms: Option<u16>,
    maps: Vec<(u8, String)>,
    parameters: Vec<(u8, String)>,
}

/// A `c=` line: an address, or a host name that is none to us.
#[derive(Clone, Copy, Default)]
struct Connection(Option<IpAddr>);

impl Reader {
    fn line(&mut self, number: usize, line: &str) -> Result<(), SdpError> {
        self.seen_any = true;
        let malformed = |what| SdpError::Line { line: number, what };
        let Some((kind, value)) = line.split_once('=') else { return Ok(()) };
        match kind {
            "o" => self.origin = origin(value),
            "s" => self.name = bounded(value),
            "c" => {
                let connection = connection(value).ok_or(malformed("connection (c=)"))?;
                match self.media.last_mut() {
                    Some(media) => media.connection = Some(connection),
                    None => self.connection = connection,
                }
            }
            "m" if self.media.len() == MAX_MEDIA => return Err(SdpError::TooManyMedia),
            "m" => self.media.push(media_line(value).ok_or(malformed("media (m=)"))?),
            "a" => self.attribute(value),
            _ => {}
        }
        Ok(())
    }

    /// An attribute that cannot be read is as good as one that is not known.
    fn attribute(&mut self, attribute: &str) {
        let (name, value) = attribute.split_once(':').unwrap_or((attribute, ""));
        if let Some(direction) = Direction::from_name(name) {
            match self.media.last_mut() {
                Some(media) => media.direction = Some(direction),
                None => self.direction = direction,
            }
        } else if name.eq_ignore_ascii_case("ptime") {
            let ptime = ptime(value);
            match self.media.last_mut() {
                Some(media) => media.ptime_ms = ptime,
                None => self.ptime_ms = ptime,
            }
        } else if let Some(media) = self.media.last_mut() {
            if name.eq_ignore_ascii_case("rtpmap") {
                remember(&mut media.maps, value);
            } else if name.eq_ignore_ascii_case("fmtp") {
                remember(&mut media.parameters, value);
            }
        }
    }

    fn finish(self) -> Result<SessionDescription, SdpError> {
        if !self.seen_any {
            return Err(SdpError::NoVersion);
        }
        let (connection, direction, ptime_ms) = (self.connection, self.direction, self.ptime_ms);
        let media = self.media.into_iter().map(|media| media.finish(connection, direction, ptime_ms)).collect();
        Ok(SessionDescription { origin: self.origin, name: self.name, media })
    }
}

impl RawMedia {
    fn finish(self, connection: Connection, direction: Direction, ptime_ms: Option<u16>) -> Media {
        let entries: Vec<CodecEntry> =
            self.formats.iter().filter_map(|format| self.entry(format.parse().ok().filter(|pt| *pt < 128)?)).collect();
        let is_event = |entry: &&CodecEntry| entry.kind.name().eq_ignore_ascii_case("telephone-event");
        let dtmf_pt = entries.iter().filter(is_event).find(|entry| entry.rate == 8000).map(|entry| entry.payload_type);
        let is_codec = |entry: &CodecEntry| !is_event(&entry) && !entry.kind.name().eq_ignore_ascii_case("CN");
        Media {
            codecs: entries.iter().filter(|entry| is_codec(entry)).cloned().collect(),
            dtmf_pt,
            kind: self.kind,
            port: self.port,
            transport: self.transport,
            formats: self.formats,
            address: self.connection.unwrap_or(connection).0,
            direction: self.direction.unwrap_or(direction),
            ptime_ms: self.ptime_ms.or(ptime_ms).unwrap_or(DEFAULT_PTIME_MS),
        }
    }

    fn entry(&self, payload_type: u8) -> Option<CodecEntry> {
        let map = find(&self.maps, payload_type).or_else(|| static_map(payload_type))?;
        let fmtp = find(&self.parameters, payload_type).map(str::to_owned);
        let mut parts = map.split('/');
        let name = parts.next()?;
        let rate = parts.next()?.trim().parse().ok()?;
        let channels: u8 = parts.next().map_or(Some(1), |channels| channels.trim().parse().ok())?;
        let known = Codec::from_name(name).filter(|codec| codec.rate() == rate && channels == 1);
        let kind = known.map_or_else(|| EntryKind::Other(name.to_owned()), EntryKind::Known);
        Some(CodecEntry { payload_type, kind, rate, fmtp })
    }
}

/// `audio 49170[/2] RTP/AVP 0 8 101`
fn media_line(value: &str) -> Option<RawMedia> {
    let mut words = value.split_ascii_whitespace();
    let kind = bounded(words.next()?);
    let port = words.next()?;
    let port = port.split('/').next()?.parse().ok()?;
    let transport = bounded(words.next()?);
    let formats = words.take(MAX_FORMATS).map(bounded).collect();
    let (connection, direction, ptime_ms, maps, parameters) = (None, None, None, Vec::new(), Vec::new());
    Some(RawMedia { kind, port, transport, formats, connection, direction, ptime_ms, maps, parameters })
}

/// `IN IP4 192.0.2.1[/127]`
fn connection(value: &str) -> Option<Connection> {
    let mut words = value.split_ascii_whitespace();
    let (_network, _family, address) = (words.next()?, words.next()?, words.next()?);
    Some(Connection(address.split('/').next().and_then(|address| address.parse().ok())))
}

/// `username session-id version IN IP4 address`
fn origin(value: &str) -> Origin {
    let mut words = value.split_ascii_whitespace().map(bounded);
    let mut word = || words.next().unwrap_or_default();
    Origin { username: word(), session_id: word(), version: word() }
}

/// Milliseconds in steps of ten, as the media threads tick; `None` where we would have to do otherwise.
fn ptime(value: &str) -> Option<u16> {
    value.trim().parse().ok().filter(|ptime: &u16| (10..=120).contains(ptime) && ptime.is_multiple_of(10))
}

/// Keeps `payload-type text` in a list of bounded length.
fn remember(list: &mut Vec<(u8, String)>, value: &str) {
    let Some((payload_type, text)) = value.trim().split_once(' ') else { return };
    let Ok(payload_type) = payload_type.parse() else { return };
    if list.len() < MAX_FORMATS {
        list.push((payload_type, bounded(text.trim())));
    }
}

fn find(list: &[(u8, String)], payload_type: u8) -> Option<&str> {
    list.iter().find(|(known, _)| *known == payload_type).map(|(_, text)| text.as_str())
}

/// The payload types that need no map (RFC 3551 table 4).
fn static_map(payload_type: u8) -> Option<&'static str> {
    Some(match payload_type {
        0 => "PCMU/8000",
        3 => "GSM/8000",
        4 => "G723/8000",
        8 => "PCMA/8000",
        9 => "G722/8000",
        10 => "L16/44100/2",
        11 => "L16/44100",
        13 => "CN/8000",
        15 => "G728/8000",
        18 => "G729/8000",
        _ => return None,
    })
}

fn bounded(text: &str) -> String {
    text.chars().take(MAX_WORD).collect()
}

const DEFAULT_PTIME_MS: u16 = 20;
/// Payload types of a stream, and maps and parameters kept for it.
const MAX_FORMATS: usize = 128;
/// Characters kept of a name or a parameter.
const MAX_WORD: usize = 512;
