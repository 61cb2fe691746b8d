//! Valet parking lots: which call stands at which extension (mod_valet_parking.c).

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// All lots, by name.
#[derive(Default)]
pub(crate) struct Lots(Mutex<Ledger>);

#[derive(Default)]
struct Ledger {
    lots: BTreeMap<String, BTreeMap<String, Token>>,
    number: u64,
}

/// A place that is taken.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// Tells it from one that had this place before.
    number: u64,
    /// Whose call stands there.
    pub(crate) uuid: String,
    since: Instant,
    /// It is kept for whoever has the ticket, until then.
    kept_until: Option<Instant>,
    /// Somebody has taken the call there.
    is_taken: bool,
}

/// What somebody finds who comes to an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It is free: the call stands there now, under this number.
    Parked(u64),
    /// A call stands there, and is this one's now.
    Takes(String),
    /// It is kept for another ticket than this.
    WrongTicket,
}

/// How long a place is kept for a call that is on its way to it.
const ON_ITS_WAY: Duration = Duration::from_secs(5);

/// The extension that `auto` begins at unless it is told.
const FIRST: u32 = 1;

impl Lots {
    /// A call comes to an extension, perhaps with a ticket for it.
    pub(crate) fn arrive(&self, lot: &str, extension: &str, uuid: &str, ticket: Option<&str>) -> Arrival {
        let mut ledger = self.0.lock();
        let places = ledger.places(lot);
        if let Some(token) = places.get_mut(extension).filter(|token| !token.is_taken) {
            match ticket.filter(|_| token.kept_until.is_some()) {
                Some(ticket) if ticket != token.uuid => return Arrival::WrongTicket,
                Some(_) => {}
                // A call that comes to its own place again stays there.
                None if token.uuid == uuid => {}
                None => {
                    (token.kept_until, token.is_taken) = (None, true);
                    return Arrival::Takes(token.uuid.clone());
                }
            }
        }
        Arrival::Parked(ledger.put(lot, extension, uuid))
    }

    /// Takes the first free extension from `min` on, below `max` (0: without end); `None` when the lot is full.
    pub(crate) fn first_free(&self, lot: &str, min: u32, max: u32, uuid: &str) -> Option<(String, u64)> {
        let mut ledger = self.0.lock();
        let places = ledger.places(lot);
        let below = if max == 0 { u32::MAX } else { max };
        // Ends at the first that is free: there are no more taken than there are calls.
        let extension =
            (min.max(FIRST)..below).map(|number| number.to_string()).find(|free| !places.contains_key(free))?;
        let number = ledger.put(lot, &extension, uuid);
        Some((extension, number))
    }

    /// The extension from `min` to `max` (0: without end) whose call has waited longest.
    pub(crate) fn longest(&self, lot: &str, min: u32, max: u32) -> Option<String> {
        let mut ledger = self.0.lock();
        let waiting = ledger.places(lot).iter().filter_map(|(extension, token)| {
            let number: u32 = extension.parse().ok()?;
            let is_meant = number >= min.max(FIRST) && (max == 0 || number <= max);
            (is_meant && !token.is_taken && token.kept_until.is_none()).then_some((token.since, number, extension))
        });
        waiting.min().map(|(.., extension)| extension.clone())
    }

    /// Keeps the place for a while, for whoever comes with its ticket.
    pub(crate) fn keep(&self, lot: &str, extension: &str, number: u64) {
        let mut ledger = self.0.lock();
        if let Some(token) = ledger.places(lot).get_mut(extension).filter(|token| token.number == number) {
            token.kept_until = Some(Instant::now() + ON_ITS_WAY);
        }
    }

    /// The call has left; whoever has the place meanwhile keeps it.
    pub(crate) fn leave(&self, lot: &str, extension: &str, number: u64) {
        let mut ledger = self.0.lock();
        let places = ledger.places(lot);
        if places.get(extension).is_some_and(|token| token.number == number) {
            places.remove(extension);
        }
        if places.is_empty() {
            ledger.lots.remove(lot);
        }
    }

    /// How many calls are in a lot.
    pub(crate) fn count(&self, lot: &str) -> usize {
        self.0.lock().places(lot).len()
    }

    /// Every lot, or the one of that name in any case, with its extensions and the calls that stand there.
    pub(crate) fn report(&self, only: Option<&str>) -> Vec<(String, Vec<(String, String)>)> {
        let mut ledger = self.0.lock();
        ledger.forget_expired();
        let named = ledger.lots.iter().filter(|(name, _)| only.is_none_or(|only| only.eq_ignore_ascii_case(name)));
        named
            .map(|(name, places)| {
                let there = places.iter().filter(|(_, token)| token.kept_until.is_none());
                (name.clone(), there.map(|(extension, token)| (extension.clone(), token.uuid.clone())).collect())
            })
            .collect()
    }
}

impl Ledger {
    /// The places of a lot, without those that were kept in vain.
    fn places(&mut self, lot: &str) -> &mut BTreeMap<String, Token> {
        self.forget_expired();
        self.lots.entry(lot.to_owned()).or_default()
    }

    fn put(&mut self, lot: &str, extension: &str, uuid: &str) -> u64 {
        self.number += 1;
        let token = Token {
            number: self.number,
            uuid: uuid.to_owned(),
            since: Instant::now(),
            kept_until: None,
            is_taken: false,
        };
        self.lots.entry(lot.to_owned()).or_default().insert(extension.to_owned(), token);
        self.number
    }

    fn forget_expired(&mut self) {
        let now = Instant::now();
        self.lots.retain(|_, places| {
            places.retain(|_, token| token.kept_until.is_none_or(|until| until > now));
            !places.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_comes_second_takes_the_call() {
        let lots = Lots::default();
        let Arrival::Parked(number) = lots.arrive("lot", "5900", "a", None) else { panic!("it is free") };
        assert_eq!(lots.report(None), [("lot".to_owned(), vec![("5900".to_owned(), "a".to_owned())])]);
        assert_eq!(lots.report(Some("LOT")).len() + lots.report(Some("other")).len(), 1);
        assert_eq!(lots.arrive("lot", "5900", "b", None), Arrival::Takes("a".into()));
        let Arrival::Parked(next) = lots.arrive("lot", "5900", "c", None) else { panic!("it is free again") };
        lots.leave("lot", "5900", number);
        assert_eq!(lots.count("lot"), 1, "the place is another's");
        lots.leave("lot", "5900", next);
        assert!(lots.report(None).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_is_kept_for_a_ticket_and_not_for_ever() {
        let lots = Lots::default();
        let (extension, number) = lots.first_free("lot", 0, 10, "a").unwrap();
        assert_eq!(extension, "1");
        lots.keep("lot", &extension, number);
        assert_eq!(lots.report(None), [("lot".to_owned(), vec![])]);
        assert_eq!(lots.longest("lot", 0, 0), None);
        assert_eq!(lots.arrive("lot", "1", "b", Some("z")), Arrival::WrongTicket);
        assert!(matches!(lots.arrive("lot", "1", "b", Some("a")), Arrival::Parked(_)));
        let (second, number) = lots.first_free("lot", 0, 10, "c").unwrap();
        lots.keep("lot", &second, number);
        tokio::time::advance(ON_ITS_WAY).await;
        assert_eq!((second.as_str(), lots.count("lot")), ("2", 1));
    }

    #[tokio::test(start_paused = true)]
    async fn auto_goes_by_numbers_and_by_time() {
        let lots = Lots::default();
        for (uuid, expected) in [("a", Some("3")), ("b", Some("4")), ("c", None)] {
            assert_eq!(lots.first_free("lot", 3, 5, uuid).map(|(extension, _)| extension).as_deref(), expected);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert!(lots.first_free("lot", u32::MAX, 0, "d").is_none());
        assert_eq!(lots.longest("lot", 0, 0).as_deref(), Some("3"));
        assert_eq!(lots.longest("lot", 4, 9).as_deref(), Some("4"));
        assert_eq!(lots.arrive("lot", "3", "x", None), Arrival::Takes("a".into()));
        assert_eq!(lots.longest("lot", 0, 0).as_deref(), Some("4"), "that one is taken");
    }
}
