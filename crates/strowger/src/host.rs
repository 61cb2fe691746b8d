//! The machine: its name and the addresses that it is reached at.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// What the configuration and every event say of the machine.
#[derive(Debug, Clone)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// The IPv4 address of the default route, 127.0.0.1 without one.
    pub ipv4: Ipv4Addr,
    /// The mask of that address's network, where it is known.
    pub mask: Option<Ipv4Addr>,
    /// The IPv6 address of the default route, ::1 without one.
    pub ipv6: Ipv6Addr,
}

impl Host {
    /// Asks the system. Nothing is sent.
    pub fn find() -> Host {
        let ipv4 = match local_address((Ipv4Addr::UNSPECIFIED, 0).into(), SOMEWHERE_V4) {
            Some(IpAddr::V4(address)) => address,
            _ => Ipv4Addr::LOCALHOST,
        };
        let ipv6 = match local_address((Ipv6Addr::UNSPECIFIED, 0).into(), SOMEWHERE_V6) {
            Some(IpAddr::V6(address)) => address,
            _ => Ipv6Addr::LOCALHOST,
        };
        let routes = std::fs::read_to_string("/proc/net/route").unwrap_or_default();
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Host { name, ipv4, mask: mask_of(ipv4, &routes), ipv6 }
    }
}

/// The address that packets to `somewhere` would leave from: connecting a UDP socket only looks at the routes.
fn local_address(any: SocketAddr, somewhere: SocketAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(somewhere).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_unspecified()).then_some(address)
}

/// The mask of the narrowest network in Linux's routing table that holds `address` without a router in between.
/// Its columns: interface, destination, gateway, flags, three more, mask; addresses are hexadecimal in host order.
fn mask_of(address: Ipv4Addr, routes: &str) -> Option<Ipv4Addr> {
    let native = |text: &str| u32::from_str_radix(text, 16).ok().map(|bits| Ipv4Addr::from(bits.to_ne_bytes()));
    let networks = routes.lines().skip(1).filter_map(|line| {
        let mut columns = line.split_whitespace().skip(1);
        let network = native(columns.next()?)?;
        let gateway = native(columns.next()?)?;
        let mask = native(columns.nth(4)?)?;
        let holds = address.to_bits() & mask.to_bits() == network.to_bits();
        (holds && gateway.is_unspecified() && !mask.is_unspecified()).then_some(mask)
    });
    networks.max_by_key(|mask| mask.to_bits())
}

/// Addresses for documentation (RFC 5737, RFC 3849): they are nobody's, so the default route leads there.
const SOMEWHERE_V4: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9);
const SOMEWHERE_V6: SocketAddr = SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)), 9);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_mask_comes_from_the_routes() {
        let routes = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n\
            eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
            eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        assert_eq!(mask_of([10, 0, 0, 7].into(), routes), Some([255, 255, 255, 0].into()));
        assert_eq!(mask_of([10, 0, 1, 7].into(), routes), None);
        assert_eq!(mask_of([10, 0, 0, 7].into(), "garbage\neth0 x y\n"), None);
    }

    #[test]
    fn a_host_has_a_name() {
        assert!(!Host::find().name.is_empty());
    }
}
