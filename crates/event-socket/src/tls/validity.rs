//! When a certificate is good.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::{DateTime, Decode};

/// So long before its end a certificate is complained of.
const SOON: Duration = Duration::from_secs(14 * DAY);

const DAY: u64 = 24 * 3600;

/// From when and until when a certificate is good (RFC 5280 §4.1.2.5). Without dates nothing is known of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Validity {
    dates: Option<(DateTime, DateTime)>,
}

impl Validity {
    /// A certificate's own; clients that can read more of it than we can may still take it.
    pub(super) fn of(certificate: &CertificateDer<'_>) -> Self {
        let dates = Certificate::from_der(certificate).ok().map(|certificate| {
            let validity = certificate.tbs_certificate.validity;
            (validity.not_before.to_date_time(), validity.not_after.to_date_time())
        });
        Self { dates }
    }

    /// Until when, for people.
    pub(super) fn until(&self) -> String {
        self.dates.map_or_else(|| "a date that cannot be read".to_owned(), |(_, until)| until.to_string())
    }

    /// What somebody should know who can replace it.
    pub(super) fn complaint(&self, now: SystemTime) -> Option<String> {
        let (from, until) = self.dates?;
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        if until.unix_duration() < now {
            return Some(format!("expired on {until}: clients refuse it"));
        }
        if from.unix_duration() > now {
            return Some(format!("is good from {from} on only: clients refuse it until then"));
        }
        let left = until.unix_duration() - now;
        let days = left.as_secs() / DAY;
        (left < SOON).then(|| format!("expires on {until}, in {days} day{}", if days == 1 { "" } else { "s" }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_known_is_said() {
        let at = |days: u64| DateTime::from_unix_duration(Duration::from_secs(days * DAY)).unwrap();
        let validity = Validity { dates: Some((at(10), at(100))) };
        let check = |day: u64, expected: Option<&str>| {
            let complaint = validity.complaint(UNIX_EPOCH + Duration::from_secs(day * DAY));
            assert_eq!(complaint.as_deref(), expected, "day {day}");
        };
        check(9, Some("is good from 1970-01-11T00:00:00Z on only: clients refuse it until then"));
        check(10, None);
        check(86, None);
        check(87, Some("expires on 1970-04-11T00:00:00Z, in 13 days"));
        check(99, Some("expires on 1970-04-11T00:00:00Z, in 1 day"));
        check(101, Some("expired on 1970-04-11T00:00:00Z: clients refuse it"));
        assert_eq!(Validity::default().complaint(UNIX_EPOCH), None);
    }
}
