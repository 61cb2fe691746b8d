//! `<backend> <realm> <id> [<max>[/<interval>]] …`: what `limit` and its kin are told.

use strowger_core::channel::HangupCause;
use strowger_core::resources::{Allowance, Backend};
use strowger_core::session::Session;

use crate::destination::Destination;
use crate::words::words;

/// A resource and how much of it there is.
#[derive(Debug, PartialEq)]
pub(crate) struct Limit {
    backend: Option<Backend>,
    realm: String,
    id: String,
    allowed: Allowance,
}

impl Limit {
    /// Reads a limit, and the words behind it; `backend` is named when the text does not name it. `None` when something
    /// is missing.
    pub(crate) fn parse(backend: Option<&str>, text: &str) -> Option<(Self, Vec<String>)> {
        let mut words = backend.map(str::to_owned).into_iter().chain(words(text));
        let (backend, realm, id) = (words.next()?, words.next()?, words.next()?);
        let allowed = words.next().map_or(UNLIMITED, |text| allowance(&text));
        let backend = Backend::parse(&backend).or_else(|| {
            tracing::error!("Limit subsystem {backend} not found!");
            None
        });
        Some((Self { backend, realm, id, allowed }, words.collect()))
    }

    /// Counts the call; false when it is one too many, or nobody counts.
    pub(crate) fn take(&self, session: &mut Session) -> bool {
        self.backend.is_some_and(|backend| session.limit(backend, (&self.realm, &self.id), self.allowed))
    }

    /// Counts it no more.
    pub(crate) fn release(&self, session: &mut Session) {
        if let Some(backend) = self.backend {
            session.release_limit(backend, Some((&self.realm, &self.id)));
        }
    }

    /// Counts the call, or sends it away.
    pub(crate) fn enforce(&self, session: &mut Session, overflow: &Overflow) {
        if self.take(session) {
            return;
        }
        match overflow {
            Overflow::Hangup(cause) => session.hangup(*cause),
            Overflow::Transfer(destination) => destination.transfer(session),
        }
    }
}

const UNLIMITED: Allowance = Allowance { max: None, interval: 0 };

/// `10`, `10/60`; `-1` counts only.
fn allowance(text: &str) -> Allowance {
    if text.starts_with('-') {
        return UNLIMITED;
    }
    let number = |text: &str| {
        let digits = text.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        digits.parse().unwrap_or(if digits.is_empty() { 0 } else { u32::MAX })
    };
    let (max, interval) = text.split_once('/').unwrap_or((text, "0"));
    Allowance { max: Some(number(max)), interval: number(interval) }
}

/// Where a call goes that is one too many.
#[derive(Debug, PartialEq)]
pub(crate) enum Overflow {
    /// `!CAUSE`: it ends.
    Hangup(HangupCause),
    /// To an extension.
    Transfer(Destination),
}

impl Overflow {
    /// `[number [dialplan [context]]]`; the number is `limit_exceeded` where none is said.
    pub(crate) fn parse(words: &[String]) -> Self {
        let number = words.first().map_or("limit_exceeded", String::as_str);
        match number.strip_prefix('!') {
            Some(cause) => Self::Hangup(HangupCause::parse(cause).unwrap_or(HangupCause::NormalClearing)),
            None => Self::Transfer(Destination::new(number, words.get(1), words.get(2))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(backend: Option<&str>, text: &str, max: Option<u32>, interval: u32, rest: &[&str]) {
        let (limit, words) = Limit::parse(backend, text).unwrap();
        assert_eq!(limit.allowed, Allowance { max, interval }, "{text}");
        assert_eq!(limit.backend, Some(Backend::Hash), "{text}");
        assert_eq!(words, rest, "{text}");
    }

    #[test]
    fn limits_are_read() {
        check(None, "hash realm id", None, 0, &[]);
        check(None, "hash realm id -1 2091", None, 0, &["2091"]);
        check(None, "hash realm id 5/60 2091 XML default", Some(5), 60, &["2091", "XML", "default"]);
        check(Some("hash"), "realm id nonsense", Some(0), 0, &[]);
        check(Some("hash"), "realm id 99999999999", Some(u32::MAX), 0, &[]);
        assert_eq!(Limit::parse(None, "hash realm"), None);
        assert_eq!(Limit::parse(None, "nosuch realm id").map(|(limit, _)| limit.backend), Some(None));
    }

    #[test]
    fn overflows_are_read() {
        let parse = |text: &str| Overflow::parse(&words(text));
        assert_eq!(parse(""), Overflow::Transfer(Destination::new("limit_exceeded", None, None)));
        assert_eq!(parse("!USER_BUSY"), Overflow::Hangup(HangupCause::UserBusy));
        let to = Destination::parse("2091 XML default").unwrap();
        assert_eq!(parse("2091 XML default"), Overflow::Transfer(to));
    }
}
