//! Finding a free RTP port.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::ops::RangeInclusive;

use super::MediaError;

/// Binds an even port of the range, from a random one on: the kernel says which are free.
pub(super) fn bind(ip: IpAddr, range: &RangeInclusive<u16>) -> Result<UdpSocket, MediaError> {
    let first = range.start().next_multiple_of(2);
    let count = if first > *range.end() { 0 } else { (range.end() - first) / 2 + 1 };
    let start = random_u16() % count.max(1);
    for offset in 0..count {
        // Below 2^16: both are at most 32,767.
        let step = ((u32::from(start) + u32::from(offset)) % u32::from(count)) as u16;
        let address = SocketAddr::new(ip, first + step * 2);
        match open(address) {
            Ok(socket) => return Ok(socket),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(source) => return Err(MediaError::Bind { address, source }),
        }
    }
    Err(MediaError::NoPort { ip, range: range.clone() })
}

fn open(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn random_u16() -> u16 {
    let [.., high, low] = *uuid::Uuid::new_v4().as_bytes();
    u16::from_be_bytes([high, low])
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn passes_over_ports_in_use() {
        let taken = bind(LOCALHOST, &(0..=0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let even = port - port % 2;
        let held = if port == even { Ok(taken) } else { open(SocketAddr::new(LOCALHOST, even)) };
        let Ok(_held) = held else { return };
        let error = bind(LOCALHOST, &(even..=even)).unwrap_err();
        assert!(matches!(error, MediaError::NoPort { .. }), "{error}");
    }

    #[test]
    fn takes_even_ports_only() {
        // Nothing even lies in it.
        assert!(matches!(bind(LOCALHOST, &(30_001..=30_001)), Err(MediaError::NoPort { .. })));
        let reversed = RangeInclusive::new(30_010, 30_000);
        assert!(matches!(bind(LOCALHOST, &reversed), Err(MediaError::NoPort { .. })));
    }

    #[test]
    fn an_address_that_is_not_ours_is_named() {
        let error = bind("192.0.2.1".parse().unwrap(), &(0..=0)).unwrap_err();
        assert!(error.to_string().starts_with("cannot open an RTP port at 192.0.2.1:0"), "{error}");
    }
}
