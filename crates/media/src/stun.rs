//! STUN: asking a server from where it sees our packets come (RFC 5389 §6, §15.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Ties an answer to its request.
pub type TransactionId = [u8; 12];

/// The port of STUN servers.
pub const PORT: u16 = 3478;

const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const BINDING_SUCCESS: [u8; 2] = [0x01, 0x01];
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const HEADER: usize = 20;
const MAPPED_ADDRESS: u16 = 0x0001;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;

/// A binding request without attributes.
#[must_use]
pub fn binding_request(id: TransactionId) -> [u8; HEADER] {
    let mut packet = [0; HEADER];
    let fields = BINDING_REQUEST.into_iter().chain([0, 0]).chain(MAGIC_COOKIE).chain(id);
    packet.iter_mut().zip(fields).for_each(|(byte, field)| *byte = field);
    packet
}

/// The address that the answer to a request tells; `None` when the packet is no answer to it, or tells none.
///
/// XOR-MAPPED-ADDRESS counts before MAPPED-ADDRESS, which old servers send alone.
#[must_use]
pub fn mapped_address(packet: &[u8], id: TransactionId) -> Option<SocketAddr> {
    let (header, body) = packet.split_at_checked(HEADER)?;
    let is_answer = header.get(..2)? == BINDING_SUCCESS && header.get(8..)? == id;
    let length = usize::from(u16::from_be_bytes(header.get(2..4)?.try_into().ok()?));
    let attributes = || Attributes(body.get(..length).unwrap_or_default());
    let find = |wanted| attributes().find(|(kind, _)| *kind == wanted).map(|(_, value)| value);
    let masked = find(XOR_MAPPED_ADDRESS).and_then(|value| address(value, Some(id)));
    is_answer.then(|| masked.or_else(|| address(find(MAPPED_ADDRESS)?, None)))?
}

/// Type and value of each attribute; values fill up to four bytes.
struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.0.split_first_chunk::<4>()?;
        let [kind_high, kind_low, length_high, length_low] = *head;
        let length = usize::from(u16::from_be_bytes([length_high, length_low]));
        let value = rest.get(..length)?;
        self.0 = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_be_bytes([kind_high, kind_low]), value))
    }
}

/// An address of an attribute; with a transaction it is masked by that and the magic cookie.
fn address(value: &[u8], masked_by: Option<TransactionId>) -> Option<SocketAddr> {
    let mask = masked_by.map(|id| MAGIC_COOKIE.into_iter().chain(id).collect::<Vec<u8>>()).unwrap_or_default();
    let unmasked = |bytes: &[u8]| -> Vec<u8> {
        let mask = mask.iter().copied().chain(std::iter::repeat(0));
        bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
    };
    let port: [u8; 2] = unmasked(value.get(2..4)?).try_into().ok()?;
    let bytes = unmasked(value.get(4..)?);
    let ip = match value.get(1)? {
        1 => IpAddr::V4(Ipv4Addr::from(*bytes.first_chunk::<4>()?)),
        2 => IpAddr::V6(Ipv6Addr::from(*bytes.first_chunk::<16>()?)),
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_be_bytes(port)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 5769 §2.2 and §2.3: what the sample answers tell, without what protects them.
    #[test]
    fn answers_of_the_rfc() {
        let id = *b"\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae";
        let answer =
            |attribute: &[u8]| [b"\x01\x01\x00", &[attribute.len() as u8][..], &MAGIC_COOKIE, &id, attribute].concat();
        let v4 = answer(b"\x80\x22\x00\x0b\x74\x65\x73\x74\x20\x76\x65\x63\x74\x6f\x72\x20\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43");
        assert_eq!(mapped_address(&v4, id), Some("192.0.2.1:32853".parse().unwrap()));
        let v6 =
            answer(b"\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9");
        assert_eq!(mapped_address(&v6, id), Some("[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap()));
        let old = answer(b"\x00\x01\x00\x08\x00\x01\x13\x88\xc0\x00\x02\x07");
        assert_eq!(mapped_address(&old, id), Some("192.0.2.7:5000".parse().unwrap()));
        assert_eq!(mapped_address(&old, [0; 12]), None);
        assert_eq!(mapped_address(&binding_request(id), id), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_no_harm(mut packet: Vec<u8>) {
            let _ = mapped_address(&packet, [0; 12]);
            packet.splice(0..0, BINDING_SUCCESS.into_iter().chain([0, 64]).chain(MAGIC_COOKIE).chain([0; 12]));
            let _ = mapped_address(&packet, [0; 12]);
        }
    }
}
