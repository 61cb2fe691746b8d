//! Fresh identifiers.

use uuid::Uuid;

use crate::message::COOKIE;

/// A tag of 64 random bits (RFC 3261 §19.3 asks for 32).
pub(crate) fn tag() -> String {
    let (high, _) = Uuid::new_v4().as_u64_pair();
    let (_, low) = Uuid::new_v4().as_u64_pair();
    base36(high ^ low)
}

/// A branch: the cookie and 64 random bits.
pub(crate) fn branch() -> String {
    let mut branch = String::with_capacity(24);
    branch.push_str(COOKIE);
    branch.push_str(&tag());
    branch
}

/// A Call-ID.
pub(crate) fn call_id() -> String {
    Uuid::new_v4().to_string()
}

/// A first CSeq: random, with room below 2^31 (RFC 3261 §8.1.1.5).
pub(crate) fn first_cseq() -> u32 {
    let (high, _) = Uuid::new_v4().as_u64_pair();
    (high >> 36) as u32 + 1
}

fn base36(mut number: u64) -> String {
    let mut text = String::with_capacity(13);
    for _ in 0..13 {
        let digit = (number % 36) as u32;
        text.push(char::from_digit(digit, 36).unwrap_or('0'));
        number /= 36;
    }
    text
}
