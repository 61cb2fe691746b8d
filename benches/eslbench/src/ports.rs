//! Ports for those who must name one before they bind it.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the ports that the system hands out for port 0, and below those for media in any configuration here: whoever
/// asks for a port by number is not overtaken by one who asks for any.
const RANGE: Range<u32> = 10_000..16_000;

/// A port of the loopback interface that is free for UDP and TCP right now, each call another one; 0 when every one is
/// taken.
///
/// For programs that are told a port and bind it themselves, as sipp is. Whoever can bind port 0 does that instead.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Processes that run at the same time start at different places.
    let start = std::process::id().wrapping_mul(97);
    for _ in RANGE {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = RANGE.start + start.wrapping_add(step) % (RANGE.end - RANGE.start);
        let Ok(port) = u16::try_from(port) else { continue };
        let at = (Ipv4Addr::LOCALHOST, port);
        if UdpSocket::bind(at).is_ok() && TcpListener::bind(at).is_ok() {
            return port;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_gives_another_one() {
        let (one, two) = (free_port(), free_port());
        assert_ne!(one, 0);
        assert_ne!(one, two);
    }
}
