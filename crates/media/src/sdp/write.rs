//! Writing a description, line for line as FreeSWITCH does.

use std::fmt::{self, Write};
use std::net::IpAddr;

use super::description::{Direction, Media};
use super::negotiate::Negotiated;
use crate::codec::Codec;

/// Our side of a description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Local {
    /// Where we want audio sent.
    pub ip: IpAddr,
    /// The RTP port.
    pub port: u16,
    /// The same for as long as the call lasts.
    pub session_id: u64,
    /// Grows with each description of the call (RFC 3264 §8).
    pub version: u64,
    /// Who we are in `o=` and `s=`; blanks and controls in it are left out.
    pub username: String,
    /// Which way audio may flow at the most: only out while we hold the other side.
    pub direction: Direction,
}

impl Local {
    /// Our side under our own name, both ways.
    pub fn new(ip: IpAddr, port: u16, session_id: u64, version: u64) -> Local {
        let direction = Direction::SendRecv;
        Local { ip, port, session_id, version, username: "Strowger".to_owned(), direction }
    }
}

/// An offer of audio; `dtmf_pt` of zero offers no telephone events.
pub fn offer(local: &Local, prefs: &[Codec], dtmf_pt: u8) -> String {
    let direction = local.direction;
    let codecs: Vec<(Codec, u8)> = prefs.iter().map(|codec| (*codec, codec.payload_type())).collect();
    let audio = Audio { transport: "RTP/AVP", codecs: &codecs, dtmf_pt: Some(dtmf_pt), ptime_ms: 20, direction };
    finished(|out| {
        session(out, local)?;
        audio.write(out, local)
    })
}

/// An answer: the stream with a transport is accepted, the others are refused.
pub(super) fn answer<'a>(
    local: &Local,
    streams: impl Iterator<Item = (&'a Media, Option<String>)>,
    agreed: &Negotiated,
) -> String {
    finished(|out| {
        session(out, local)?;
        for (media, accepted) in streams {
            let Some(transport) = accepted else {
                refused(out, media)?;
                continue;
            };
            let codecs = &[(agreed.codec, agreed.pt)];
            let (dtmf_pt, ptime_ms, direction) = (agreed.dtmf_pt, agreed.ptime_ms, agreed.direction);
            Audio { transport: &transport, codecs, dtmf_pt, ptime_ms, direction }.write(out, local)?;
        }
        Ok(())
    })
}

/// A stream of ours.
struct Audio<'a> {
    transport: &'a str,
    codecs: &'a [(Codec, u8)],
    dtmf_pt: Option<u8>,
    ptime_ms: u16,
    direction: Direction,
}

impl Audio<'_> {
    fn write(&self, out: &mut String, local: &Local) -> fmt::Result {
        let dtmf_pt = self.dtmf_pt.filter(|pt| *pt != 0);
        write!(out, "m=audio {} {}", local.port, self.transport)?;
        for pt in self.codecs.iter().map(|(_, pt)| *pt).chain(dtmf_pt) {
            write!(out, " {pt}")?;
        }
        out.write_str("\r\n")?;
        for (codec, pt) in self.codecs {
            write!(out, "a=rtpmap:{pt} {}/{}\r\n", codec.name(), codec.rate())?;
        }
        if let Some(pt) = dtmf_pt {
            write!(out, "a=rtpmap:{pt} telephone-event/8000\r\na=fmtp:{pt} 0-15\r\n")?;
        }
        write!(out, "a=ptime:{}\r\n", self.ptime_ms)?;
        // Both ways is the default (RFC 8866 §6.7.4), which FreeSWITCH leaves out.
        if self.direction != Direction::SendRecv {
            write!(out, "a={}\r\n", self.direction.name())?;
        }
        Ok(())
    }
}

fn session(out: &mut String, local: &Local) -> fmt::Result {
    let family = if local.ip.is_ipv6() { "IP6" } else { "IP4" };
    let name: String = local.username.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let name = if name.is_empty() { "-" } else { &name };
    let Local { ip, session_id, version, .. } = local;
    write!(out, "v=0\r\no={name} {session_id} {version} IN {family} {ip}\r\ns={name}\r\n")?;
    write!(out, "c=IN {family} {ip}\r\nt=0 0\r\n")
}

/// A refused stream keeps its kind, transport and formats (RFC 3264 §6).
fn refused(out: &mut String, media: &Media) -> fmt::Result {
    write!(out, "m={} 0 {}", media.kind, media.transport)?;
    for format in &media.formats {
        write!(out, " {format}")?;
    }
    out.write_str("\r\n")
}

fn finished(write: impl FnOnce(&mut String) -> fmt::Result) -> String {
    let mut out = String::with_capacity(384);
    // Writing to a string cannot fail.
    let _ = write(&mut out);
    out
}
