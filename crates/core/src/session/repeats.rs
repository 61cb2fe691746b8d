//! Digits that come twice, as sound and beside it (`deduplicate_dtmf` of mod_dptools).

use std::time::Duration;

use tokio::time::Instant;

use super::Session;
use crate::channel::{Dtmf, DtmfSource};

/// Which digits count when they come twice.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    rule: Rule,
    /// The last one that counted, where it came from, and when.
    last: Option<(char, DtmfSource, Instant)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Rule {
    /// All do.
    #[default]
    All,
    /// Those of RTP.
    Rtp,
    /// The one that came first.
    First,
}

/// How long after a digit the same one of another source is the same press: a tone may be heard to its end first.
const ONE_PRESS: Duration = Duration::from_secs(1);

impl Repeats {
    /// Whether a digit is to be heard.
    pub(super) fn counts(&mut self, dtmf: &Dtmf, now: Instant) -> bool {
        match self.rule {
            Rule::All => true,
            // What programs say they received did not come twice.
            Rule::Rtp => matches!(dtmf.source, DtmfSource::Rtp | DtmfSource::App),
            Rule::First => {
                let is_again = self.last.is_some_and(|(digit, source, at)| {
                    digit == dtmf.digit && source != dtmf.source && now.saturating_duration_since(at) < ONE_PRESS
                });
                if is_again {
                    self.last = None;
                } else {
                    self.last = Some((dtmf.digit, dtmf.source, now));
                }
                !is_again
            }
        }
    }
}

impl Session {
    /// Hears a digit once that comes as sound and as an event, say: the first to come, or (`only_rtp`) those of RTP.
    pub fn deduplicate_digits(&mut self, only_rtp: bool) {
        self.repeats.rule = if only_rtp { Rule::Rtp } else { Rule::First };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(rule: Rule, digits: &[(char, DtmfSource, u64)]) -> String {
        let mut repeats = Repeats { rule, last: None };
        let begin = Instant::now();
        let counts = |&&(digit, source, ms): &&(char, DtmfSource, u64)| {
            repeats.counts(&Dtmf::new(digit, 0, source), begin + Duration::from_millis(ms))
        };
        digits.iter().filter(counts).map(|(digit, ..)| digit).collect()
    }

    #[test]
    fn a_press_counts_once() {
        use DtmfSource::{InbandAudio as Sound, Rtp};
        let twice =
            [('1', Rtp, 0), ('1', Sound, 90), ('1', Rtp, 200), ('1', Sound, 290), ('2', Sound, 400), ('2', Rtp, 450)];
        assert_eq!(heard(Rule::First, &twice), "112");
        assert_eq!(heard(Rule::Rtp, &twice), "112");
        assert_eq!(heard(Rule::All, &twice), "111122");
        assert_eq!(heard(Rule::First, &[('1', Rtp, 0), ('1', Rtp, 90), ('1', Sound, 2000)]), "111");
    }
}
