//! Wrong passwords: counted, and slowed down by the address they come from.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::clock::now;

/// Wrong passwords an address may give before its answers are delayed.
const FREE_TRIES: u32 = 3;

/// The first delay; each wrong password doubles it.
const FIRST_DELAY: Duration = Duration::from_millis(250);

/// The longest delay: well within the time a connection has to log in.
const LONGEST_DELAY: Duration = Duration::from_secs(8);

/// How long after its last wrong password an address is forgotten.
const MEMORY: Duration = Duration::from_secs(10 * 60);

/// Addresses that are remembered. Policy when full: the one whose last wrong password is the longest ago leaves.
const MAX_ADDRESSES: usize = 4096;

/// Answers of one address that may be delayed at once. Policy when full: a further one is wrong, at once and whatever it
/// is: else an address with many connections tries as many passwords in the time of one.
const MAX_DELAYED: u32 = 16;

/// Who gave wrong passwords. All event-socket listeners of a switch share one.
///
/// From the fourth wrong password on the answers to an address are delayed: 250 ms, 500 ms, … 8 s, right passwords no less
/// than wrong ones, or who tries many at once would know the right one by its haste. An address is an IPv4 address or an
/// IPv6 /64, which is what one machine has.
pub(crate) struct Gatekeeper {
    addresses: Mutex<HashMap<IpAddr, Suspect>>,
    hasher: RandomState,
    wrong_passwords: AtomicU64,
    turned_away: AtomicU64,
}

/// What the gatekeeper has counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct GateFigures {
    /// Wrong passwords since the start, of `auth` and `userauth` together.
    pub(crate) wrong_passwords: u64,
    /// Tries refused unseen, because too many of their address were waiting already.
    pub(crate) turned_away: u64,
    /// Addresses whose answers are delayed now.
    pub(crate) addresses_slowed: usize,
    /// Answers that are waiting now.
    pub(crate) delayed: usize,
}

/// An address that gave wrong passwords.
struct Suspect {
    wrong: u32,
    last: Instant,
    delayed: u32,
    /// Whose password it was; none when it were several's.
    account: Option<u64>,
}

/// The answer to a password, and when it may be given.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) is_right: bool,
    /// How long the answer has to wait.
    pub(crate) delay: Duration,
    /// Wrong passwords of this address so far, this one counted.
    pub(crate) wrong: u32,
    turn: Option<Turn>,
}

/// A place among the delayed answers of an address.
struct Turn {
    gate: Arc<Gatekeeper>,
    address: IpAddr,
    account: u64,
    is_delayed: bool,
}

impl Default for Gatekeeper {
    fn default() -> Self {
        Self {
            addresses: Mutex::default(),
            hasher: RandomState::new(),
            wrong_passwords: AtomicU64::new(0),
            turned_away: AtomicU64::new(0),
        }
    }
}

impl Gatekeeper {
    /// Judges a try of `peer` to log in as `account` (empty for `auth`), whose password `is_right` or is not. `now` is
    /// monotonic.
    pub(crate) fn judge(self: &Arc<Self>, peer: IpAddr, account: &str, is_right: bool, now: Instant) -> Verdict {
        let (address, account) = (network(peer), self.hasher.hash_one(account.to_ascii_lowercase()));
        if !is_right {
            self.wrong_passwords.fetch_add(1, Ordering::Relaxed);
        }
        let mut addresses = self.addresses.lock();
        addresses.retain(|_, suspect| suspect.is_remembered(now));
        if is_right && !addresses.contains_key(&address) {
            return Verdict { is_right, delay: Duration::ZERO, wrong: 0, turn: None };
        }
        make_room(&mut addresses, address);
        let suspect = addresses.entry(address).or_insert_with(|| Suspect::new(account, now));
        let delay = suspect.delay();
        if !is_right {
            suspect.note(account, now);
        }
        let wrong = suspect.wrong;
        if suspect.delayed >= MAX_DELAYED {
            self.turned_away.fetch_add(1, Ordering::Relaxed);
            return Verdict { is_right: false, delay: Duration::ZERO, wrong, turn: None };
        }
        let is_delayed = !delay.is_zero();
        suspect.delayed += u32::from(is_delayed);
        drop(addresses);
        let turn = Some(Turn { gate: Arc::clone(self), address, account, is_delayed });
        Verdict { is_right, delay, wrong, turn }
    }

    /// What was counted.
    pub(crate) fn figures(&self) -> GateFigures {
        self.figures_at(now())
    }

    fn figures_at(&self, now: Instant) -> GateFigures {
        let addresses = self.addresses.lock();
        let suspects = || addresses.values().filter(|suspect| suspect.is_remembered(now));
        GateFigures {
            wrong_passwords: self.wrong_passwords.load(Ordering::Relaxed),
            turned_away: self.turned_away.load(Ordering::Relaxed),
            addresses_slowed: suspects().filter(|suspect| !suspect.delay().is_zero()).count(),
            delayed: suspects().map(|suspect| suspect.delayed as usize).sum(),
        }
    }
}

impl Verdict {
    /// The answer is given now. A right password clears its address, if no other account's were tried from there: who has
    /// an account of his own could go on for ever with another's.
    pub(crate) fn deliver(mut self) -> bool {
        if let Some(turn) = self.turn.take().filter(|_| self.is_right) {
            let mut addresses = turn.gate.addresses.lock();
            if addresses.get(&turn.address).is_some_and(|suspect| suspect.account == Some(turn.account)) {
                addresses.remove(&turn.address);
            }
        }
        self.is_right
    }
}

impl Suspect {
    fn new(account: u64, now: Instant) -> Self {
        Self { wrong: 0, last: now, delayed: 0, account: Some(account) }
    }

    fn note(&mut self, account: u64, now: Instant) {
        self.wrong = self.wrong.saturating_add(1);
        self.last = now;
        self.account = self.account.filter(|other| *other == account);
    }

    fn is_remembered(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.last) < MEMORY
    }

    fn delay(&self) -> Duration {
        match self.wrong.checked_sub(FREE_TRIES) {
            None => Duration::ZERO,
            Some(doublings) => FIRST_DELAY.saturating_mul(1 << doublings.min(16)).min(LONGEST_DELAY),
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.is_delayed
            && let Some(suspect) = self.gate.addresses.lock().get_mut(&self.address)
        {
            suspect.delayed = suspect.delayed.saturating_sub(1);
        }
    }
}

impl std::fmt::Debug for Turn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.address)
    }
}

/// Whether two passwords are the same. How long it takes depends on the given one's length only, not on where they differ.
pub(crate) fn is_same_password(given: &str, right: &str) -> bool {
    let right = right.as_bytes();
    let mut difference = given.len() ^ right.len();
    for (at, byte) in given.bytes().enumerate() {
        let other = right.get(at % right.len().max(1)).copied().unwrap_or_default();
        difference |= usize::from(black_box(byte ^ other));
    }
    black_box(difference) == 0
}

/// What counts as one address.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64))),
        ip => ip,
    }
}

fn make_room(addresses: &mut HashMap<IpAddr, Suspect>, address: IpAddr) {
    if addresses.len() < MAX_ADDRESSES || addresses.contains_key(&address) {
        return;
    }
    let oldest = addresses.iter().min_by_key(|(_, suspect)| suspect.last).map(|(address, _)| *address);
    if let Some(oldest) = oldest {
        addresses.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    /// The delays, in ms, of one wrong password after another.
    fn wrong(gate: &Arc<Gatekeeper>, account: &str, now: Instant, count: usize) -> Vec<u128> {
        (0..count).map(|_| gate.judge(HOME, account, false, now).delay.as_millis()).collect()
    }

    #[test]
    fn the_fourth_wrong_password_waits_and_each_further_one_twice_as_long() {
        let (gate, now) = (Arc::new(Gatekeeper::default()), Instant::now());
        assert_eq!(wrong(&gate, "", now, 10), [0, 0, 0, 250, 500, 1000, 2000, 4000, 8000, 8000]);
        let right = gate.judge(HOME, "", true, now);
        assert_eq!((right.delay, right.wrong), (LONGEST_DELAY, 10));
        let figures = GateFigures { wrong_passwords: 10, turned_away: 0, addresses_slowed: 1, delayed: 1 };
        assert_eq!(gate.figures_at(now), figures);
        assert!(right.deliver());
        assert_eq!(wrong(&gate, "", now, 4), [0, 0, 0, 250]);
    }

    #[test]
    fn an_address_is_forgotten_ten_minutes_after_its_last_wrong_password() {
        let (gate, now) = (Arc::new(Gatekeeper::default()), Instant::now());
        wrong(&gate, "", now, 4);
        assert_eq!(wrong(&gate, "", after(now, 599), 1), [500]);
        assert_eq!(gate.figures_at(after(now, 1198)).addresses_slowed, 1);
        assert_eq!(gate.figures_at(after(now, 1199)).addresses_slowed, 0);
        assert_eq!(wrong(&gate, "", after(now, 1199), 1), [0]);
    }

    #[test]
    fn an_account_of_ones_own_does_not_clear_the_way_to_anothers() {
        let (gate, now) = (Arc::new(Gatekeeper::default()), Instant::now());
        wrong(&gate, "", now, 4);
        assert!(gate.judge(HOME, "me@here", true, now).deliver());
        assert_eq!(wrong(&gate, "", now, 1), [500]);
        wrong(&gate, "You@here", now, 1);
        assert!(gate.judge(HOME, "you@HERE", true, now).deliver());
        assert_eq!(wrong(&gate, "", now, 1), [2000]);
    }

    #[test]
    fn who_has_never_been_wrong_is_not_remembered() {
        let (gate, now) = (Arc::new(Gatekeeper::default()), Instant::now());
        let verdict = gate.judge(HOME, "", true, now);
        assert_eq!((verdict.delay, gate.addresses.lock().len()), (Duration::ZERO, 0));
        assert!(verdict.deliver());
    }

    #[test]
    fn too_many_at_once_are_turned_away_unseen() {
        let (gate, now) = (Arc::new(Gatekeeper::default()), Instant::now());
        wrong(&gate, "", now, 3);
        let mut waiting: Vec<_> = (0..16).map(|_| gate.judge(HOME, "", false, now)).collect();
        let one_more = gate.judge(HOME, "", true, now);
        assert_eq!((one_more.is_right, one_more.delay), (false, Duration::ZERO));
        assert_eq!((gate.figures_at(now).delayed, gate.figures_at(now).turned_away), (16, 1));
        assert_eq!(gate.judge("192.0.2.1".parse().unwrap(), "", false, now).delay, Duration::ZERO);
        waiting.pop();
        assert!(gate.judge(HOME, "", true, now).is_right);
    }

    #[test]
    fn addresses_are_networks_and_bounded() {
        let (gate, now) = (Arc::new(Gatekeeper::default()), Instant::now());
        let judge = |ip: &str, now| gate.judge(ip.parse().unwrap(), "", false, now).wrong;
        assert_eq!(
            (judge("2001:db8::1", now), judge("2001:db8::ffff:2", now), judge("2001:db8:0:1::1", now)),
            (1, 2, 1)
        );
        assert_eq!((judge("192.0.2.1", now), judge("::ffff:192.0.2.1", now)), (1, 2));
        for number in 0..MAX_ADDRESSES as u32 {
            gate.judge(IpAddr::V4((0x0a00_0000 + number).into()), "", false, after(now, 1));
        }
        assert_eq!(gate.addresses.lock().len(), MAX_ADDRESSES);
        assert_eq!(judge("192.0.2.1", after(now, 2)), 1, "the oldest has left");
    }

    #[test]
    fn passwords_are_compared_whole() {
        for (given, right, same) in [
            ("ClueCon", "ClueCon", true),
            ("", "", true),
            ("cluecon", "ClueCon", false),
            ("ClueCo", "ClueCon", false),
            ("ClueConClueCon", "ClueCon", false),
            ("", "x", false),
            ("x", "", false),
            ("\0", "", false),
        ] {
            assert_eq!(is_same_password(given, right), same, "{given:?} {right:?}");
        }
    }
}
