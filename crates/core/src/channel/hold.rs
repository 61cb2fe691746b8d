//! Whether a channel is on hold, and when it was.

use std::collections::VecDeque;

use super::{Answer, Channel, now_micros};

/// How many times on hold are remembered; the oldest are forgotten first.
const REMEMBERED: usize = 64;

/// A channel's time on hold (`CF_LEG_HOLDING`, `switch_hold_record_t`).
#[derive(Clone, Debug, Default)]
pub struct HoldRecord {
    on_hold: bool,
    /// Beginnings and ends in microseconds of the epoch, the latest first; an end of 0 is still to come.
    spans: VecDeque<(u64, u64)>,
}

impl HoldRecord {
    /// Whether the channel is on hold now.
    #[must_use]
    pub fn is_on_hold(&self) -> bool {
        self.on_hold
    }

    /// As `hold_events` tells it, `{{from,to},…}`, the latest first; `None` when it never was on hold.
    pub(super) fn told(&self) -> Option<String> {
        let spans: Vec<String> = self.spans.iter().map(|(from, to)| format!("{{{from},{to}}}")).collect();
        (!spans.is_empty()).then(|| format!("{{{}}}", spans.join(",")))
    }
}

impl Channel {
    /// Says whether the channel is on hold; `false` when that is known already.
    pub(crate) fn set_on_hold(&mut self, on: bool) -> bool {
        std::mem::replace(&mut self.hold.on_hold, on) != on
    }

    /// Dates what [`Channel::set_on_hold`] changed, as far as the channel is answered: when it was put on hold last, and for
    /// how long in all.
    pub(crate) fn date_hold(&mut self) {
        if self.answer != Answer::Answered {
            return;
        }
        let now = now_micros();
        if self.hold.on_hold {
            self.times.last_hold = now;
            self.hold.spans.push_front((now, 0));
            self.hold.spans.truncate(REMEMBERED);
        } else if let Some(span) = self.hold.spans.front_mut().filter(|span| span.1 == 0) {
            span.1 = now;
            self.times.hold_accum += now.saturating_sub(span.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Direction;

    fn change(channel: &mut Channel, on: bool) -> bool {
        let changed = channel.set_on_hold(on);
        channel.date_hold();
        changed
    }

    #[test]
    fn times_add_up_and_the_latest_is_told_first() {
        let mut channel = Channel::new("u".to_owned(), "null/1".to_owned(), Direction::Inbound);
        channel.answer = Answer::Answered;
        assert_eq!(channel.hold.told(), None);
        assert!(change(&mut channel, true));
        assert!(!channel.set_on_hold(true), "it is on hold already");
        assert!(channel.hold.is_on_hold() && channel.times.last_hold > 0 && channel.times.hold_accum == 0);
        assert!(change(&mut channel, false));
        let first = channel.hold.spans[0];
        assert_eq!(channel.times.hold_accum, first.1 - first.0);
        change(&mut channel, true);
        let last = channel.times.last_hold;
        assert_eq!(channel.hold.told(), Some(format!("{{{{{last},0}},{{{},{}}}}}", first.0, first.1)));
    }

    #[test]
    fn a_channel_that_is_not_answered_keeps_no_times() {
        let mut channel = Channel::new("u".to_owned(), "null/1".to_owned(), Direction::Inbound);
        assert!(change(&mut channel, true) && change(&mut channel, false));
        assert_eq!((channel.times.last_hold, channel.hold.told()), (0, None));
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut channel = Channel::new("u".to_owned(), "null/1".to_owned(), Direction::Inbound);
        channel.answer = Answer::Answered;
        (0..REMEMBERED * 3).for_each(|round| assert!(change(&mut channel, round % 2 == 0)));
        assert_eq!(channel.hold.spans.len(), REMEMBERED);
    }
}
