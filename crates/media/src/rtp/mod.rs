//! RTP packets (RFC 3550): reading, writing, the state of a sender, the statistics of a receiver.

mod jitter;
mod receiver;
mod sender;

pub use jitter::{JitterBuffer, JitterOptions};
pub use receiver::{Arrival, Receiver};
pub use sender::Sender;

/// Bytes of the fixed header, all we ever send.
pub const HEADER_LENGTH: usize = 12;

/// The fixed header of an RTP packet (RFC 3550 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// The first packet of a talk spurt.
    pub marker: bool,
    /// 0 to 127.
    pub payload_type: u8,
    /// Counts packets, modulo 2^16.
    pub sequence: u16,
    /// In units of the codec's clock, modulo 2^32.
    pub timestamp: u32,
    /// Who sends.
    pub ssrc: u32,
}

impl Header {
    /// The header on the wire: version 2, no padding, no extension, no contributing sources.
    pub fn to_bytes(self) -> [u8; HEADER_LENGTH] {
        let [sequence_high, sequence_low] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [s0, s1, s2, s3] = self.ssrc.to_be_bytes();
        let second = (u8::from(self.marker) << 7) | (self.payload_type & 0x7F);
        [VERSION_2, second, sequence_high, sequence_low, t0, t1, t2, t3, s0, s1, s2, s3]
    }

    /// Appends the header to `out`.
    pub fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_bytes());
    }
}

/// A received packet, borrowed from its datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// The fixed header.
    pub header: Header,
    /// The contributing sources, four bytes each.
    pub contributors: &'a [u8],
    /// The header extension: its profile word and its data (RFC 3550 §5.3.1).
    pub extension: Option<(u16, &'a [u8])>,
    /// The payload, without padding.
    pub payload: &'a [u8],
}

/// Why a datagram is no RTP packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// Shorter than its own lengths say.
    #[error("RTP packet truncated: {have} of {want} bytes")]
    Truncated {
        /// Bytes received.
        have: usize,
        /// Bytes needed.
        want: usize,
    },
    /// Not version 2: STUN, DTLS, or noise.
    #[error("RTP version {0}, want 2")]
    Version(u8),
    /// The padding count is zero or longer than the payload.
    #[error("RTP padding of {padding} bytes in {payload} bytes of payload")]
    Padding {
        /// What the last byte says.
        padding: u8,
        /// Bytes there are.
        payload: usize,
    },
    /// An RTCP packet on the RTP port, by its second byte.
    #[error("RTCP packet of type {0} on the RTP port")]
    Rtcp(u8),
}

impl<'a> Packet<'a> {
    /// Reads a datagram.
    ///
    /// # Errors
    /// [`PacketError`] when it is no well-formed RTP packet; the caller drops it.
    pub fn parse(datagram: &'a [u8]) -> Result<Packet<'a>, PacketError> {
        let (&[first, second, q0, q1, t0, t1, t2, t3, s0, s1, s2, s3], rest) =
            datagram.split_first_chunk().ok_or(truncated(datagram, HEADER_LENGTH))?;
        if first >> 6 != 2 {
            return Err(PacketError::Version(first >> 6));
        }
        if is_rtcp(second) {
            return Err(PacketError::Rtcp(second));
        }
        let contributor_bytes = usize::from(first & 0x0F) * 4;
        let (contributors, rest) =
            rest.split_at_checked(contributor_bytes).ok_or(truncated(datagram, HEADER_LENGTH + contributor_bytes))?;
        let (extension, rest) = if first & EXTENSION != 0 { split_extension(datagram, rest)? } else { (None, rest) };
        let payload = if first & PADDING != 0 { strip_padding(rest)? } else { rest };
        let header = Header {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7F,
            sequence: u16::from_be_bytes([q0, q1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([s0, s1, s2, s3]),
        };
        Ok(Packet { header, contributors, extension, payload })
    }
}

type Extension<'a> = Option<(u16, &'a [u8])>;

fn split_extension<'a>(datagram: &[u8], rest: &'a [u8]) -> Result<(Extension<'a>, &'a [u8]), PacketError> {
    let before = datagram.len() - rest.len();
    let (&[p0, p1, l0, l1], rest) = rest.split_first_chunk().ok_or(truncated(datagram, before + 4))?;
    let length = usize::from(u16::from_be_bytes([l0, l1])) * 4;
    let (data, rest) = rest.split_at_checked(length).ok_or(truncated(datagram, before + 4 + length))?;
    Ok((Some((u16::from_be_bytes([p0, p1]), data)), rest))
}

fn strip_padding(payload: &[u8]) -> Result<&[u8], PacketError> {
    let padding = payload.last().copied().unwrap_or_default();
    let wrong = PacketError::Padding { padding, payload: payload.len() };
    if padding == 0 {
        return Err(wrong);
    }
    let kept = payload.len().checked_sub(usize::from(padding)).ok_or(wrong)?;
    payload.get(..kept).ok_or(wrong)
}

/// Whether it is an RTCP packet type that IANA has assigned. The others of the range that RFC 5761 §4 keeps for them may be
/// marked RTP: 198 is, of payload type 70, which is FreeSWITCH's for L16.
fn is_rtcp(second: u8) -> bool {
    matches!(second, 192..=195 | 200..=213)
}

fn truncated(datagram: &[u8], want: usize) -> PacketError {
    PacketError::Truncated { have: datagram.len(), want }
}

const VERSION_2: u8 = 0x80;
const PADDING: u8 = 0x20;
const EXTENSION: u8 = 0x10;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> Header {
        Header { marker: true, payload_type: 101, sequence: 0xFFFE, timestamp: 0x0102_0304, ssrc: 0xDEAD_BEEF }
    }

    #[test]
    fn reads_what_it_writes() {
        let mut datagram = Vec::new();
        header().write(&mut datagram);
        datagram.extend([1, 2, 3]);
        let packet = Packet::parse(&datagram).unwrap();
        assert_eq!(packet.header, header());
        assert_eq!(packet.payload, [1, 2, 3]);
        assert_eq!((packet.contributors, packet.extension), (&[][..], None));
    }

    #[test]
    fn skips_contributors_extension_and_padding() {
        let mut datagram = header().to_bytes().to_vec();
        datagram[0] = 0x80 | 0x20 | 0x10 | 1;
        datagram.extend([9, 9, 9, 9]);
        datagram.extend([0xBE, 0xDE, 0, 1, 7, 7, 7, 7]);
        datagram.extend([5, 6, 0, 2]);
        let packet = Packet::parse(&datagram).unwrap();
        assert_eq!(packet.contributors, [9, 9, 9, 9]);
        assert_eq!(packet.extension, Some((0xBEDE, &[7, 7, 7, 7][..])));
        assert_eq!(packet.payload, [5, 6]);
    }

    #[test]
    fn refuses_what_is_no_rtp() {
        let plain = header().to_bytes();
        assert_eq!(Packet::parse(&plain[..11]), Err(PacketError::Truncated { have: 11, want: 12 }));
        let with = |first: u8, second: u8| {
            let mut bytes = plain;
            (bytes[0], bytes[1]) = (first, second);
            Packet::parse(&bytes).map(|_| ()).unwrap_err()
        };
        assert_eq!(with(0x00, 0), PacketError::Version(0));
        assert_eq!(with(0x80, 200), PacketError::Rtcp(200));
        assert_eq!(with(0x80, 192), PacketError::Rtcp(192));
        let l16 = Header { payload_type: 70, ..header() };
        assert_eq!(Packet::parse(&l16.to_bytes()).map(|packet| packet.header), Ok(l16), "198 is no RTCP");
        assert_eq!(with(0x82, 0), PacketError::Truncated { have: 12, want: 20 });
        assert_eq!(with(0x90, 0), PacketError::Truncated { have: 12, want: 16 });
        assert_eq!(with(0xA0, 0), PacketError::Padding { padding: 0, payload: 0 });
    }

    proptest! {
        #[test]
        fn any_datagram_is_survived(datagram in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Packet::parse(&datagram);
        }
    }
}
