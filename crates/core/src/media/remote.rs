//! Where to send: what signalling said, corrected by where packets really come from (symmetric RTP, RFC 4961).

use std::net::SocketAddr;

/// The other end of a stream.
///
/// Behind address translation a phone names an address nobody can reach. So until the named address is heard from, two
/// packets in a row of one sender are believed (of the address that was left, ten); after that it takes ten, with
/// nothing from the old one in between, so that a stranger who guesses the port cannot take the call over while it is
/// alive.
#[derive(Debug, Clone, Default)]
pub(super) struct Remote {
    signalled: Option<SocketAddr>,
    target: Option<SocketAddr>,
    /// The target has been heard from.
    confirmed: bool,
    /// Where packets went until signalling named another address: its last ones may still be under way.
    left: Option<SocketAddr>,
    candidate: Option<Candidate>,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    address: SocketAddr,
    ssrc: u32,
    packets: u32,
}

impl Remote {
    /// Takes the address that signalling names; the same one again changes nothing that was learned.
    pub(super) fn signal(&mut self, address: SocketAddr) {
        if self.signalled != Some(address) {
            let left = self.target;
            *self = Remote { signalled: Some(address), target: Some(address), confirmed: false, left, candidate: None };
        }
    }

    /// Where to send; `None` while nobody can be reached.
    pub(super) fn target(&self) -> Option<SocketAddr> {
        self.target.filter(|target| !target.ip().is_unspecified() && target.port() != 0)
    }

    /// Takes note of a valid packet; `true` when it is from whom we talk to.
    pub(super) fn heard(&mut self, address: SocketAddr, ssrc: u32) -> bool {
        if self.target == Some(address) {
            self.confirmed = true;
            self.candidate = None;
            return true;
        }
        let known = self.candidate.filter(|candidate| candidate.address == address && candidate.ssrc == ssrc);
        let packets = known.map_or(0, |candidate| candidate.packets) + 1;
        let slow = self.confirmed || self.left == Some(address);
        if packets < if slow { CONFIRMED } else { UNCONFIRMED } {
            self.candidate = Some(Candidate { address, ssrc, packets });
            return false;
        }
        tracing::debug!("RTP comes from {address}, not {:?}: sending there", self.target);
        (self.target, self.confirmed, self.candidate) = (Some(address), true, None);
        true
    }
}

const UNCONFIRMED: u32 = 2;
const CONFIRMED: u32 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    fn connected() -> Remote {
        let mut remote = Remote::default();
        remote.signal(address(1000));
        remote
    }

    #[test]
    fn a_phone_behind_nat_is_found() {
        let mut remote = connected();
        assert!(!remote.heard(address(2000), 1));
        assert!(remote.heard(address(2000), 1));
        assert_eq!(remote.target(), Some(address(2000)));
        remote.signal(address(1000));
        assert_eq!(remote.target(), Some(address(2000)), "the same description again");
        remote.signal(address(3000));
        assert_eq!(remote.target(), Some(address(3000)), "another one");
    }

    #[test]
    fn a_stranger_does_not_take_a_live_call() {
        let mut remote = connected();
        assert!(remote.heard(address(1000), 1));
        for _ in 0..5 {
            assert!((0..9).all(|_| !remote.heard(address(2000), 7)));
            assert!(remote.heard(address(1000), 1));
        }
        assert_eq!(remote.target(), Some(address(1000)));
    }

    #[test]
    fn a_call_that_moves_is_followed() {
        let mut remote = connected();
        assert!(remote.heard(address(1000), 1));
        assert!((0..9).all(|_| !remote.heard(address(2000), 1)));
        assert!(remote.heard(address(2000), 1));
    }

    #[test]
    fn changing_senders_are_not_believed() {
        let mut remote = connected();
        assert!((0..20).all(|ssrc| !remote.heard(address(2000), ssrc)));
        assert!((0..20).all(|port| !remote.heard(address(3000 + port), 1)));
    }

    #[test]
    fn nobody_can_be_reached_at_no_address() {
        let mut remote = Remote::default();
        assert_eq!(remote.target(), None);
        remote.signal(SocketAddr::from(([0, 0, 0, 0], 4000)));
        assert_eq!(remote.target(), None);
    }

    #[test]
    fn the_last_packets_of_the_old_address_do_not_turn_the_stream_back() {
        let mut remote = connected();
        assert!(remote.heard(address(1000), 1));
        remote.signal(address(2000));
        for _ in 0..CONFIRMED - 1 {
            assert!(!remote.heard(address(1000), 1));
        }
        assert_eq!(remote.target(), Some(address(2000)));
        assert!(remote.heard(address(1000), 1), "a phone whose translated address is the same as before");
        assert_eq!(remote.target(), Some(address(1000)));
    }
}
