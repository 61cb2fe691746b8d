//! Peaks of the last five minutes.

use std::time::Instant;

/// The minutes that are looked back on.
const MINUTES: u64 = 5;

/// The highest figure of each of the last five minutes, the running one included.
pub(crate) struct Recent {
    begun: Instant,
    /// The minute, and the highest figure in it.
    slots: [(u64, u64); MINUTES as usize],
}

impl Default for Recent {
    fn default() -> Self {
        Self { begun: Instant::now(), slots: [(0, 0); MINUTES as usize] }
    }
}

impl Recent {
    /// Remembers a figure of `now`.
    pub(crate) fn note(&mut self, now: Instant, figure: u64) {
        let minute = self.minute(now);
        if let Some(slot) = self.slots.get_mut((minute % MINUTES) as usize) {
            *slot = if slot.0 == minute { (minute, slot.1.max(figure)) } else { (minute, figure) };
        }
    }

    /// The highest of the last five minutes.
    pub(crate) fn peak(&self, now: Instant) -> u64 {
        let minute = self.minute(now);
        let recent = self.slots.iter().filter(|(noted, _)| noted + MINUTES > minute);
        recent.map(|(_, figure)| *figure).max().unwrap_or(0)
    }

    fn minute(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.begun).as_secs() / 60
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Recent;

    #[test]
    fn peaks_are_forgotten_after_five_minutes() {
        let mut recent = Recent::default();
        let at = |minute: u64| recent_begin(&Recent::default()) + Duration::from_secs(60 * minute + 1);
        recent.note(at(0), 7);
        recent.note(at(0), 3);
        recent.note(at(2), 5);
        assert_eq!([0, 4, 5, 6, 7].map(|minute| recent.peak(at(minute))), [7, 7, 5, 5, 0]);
        recent.note(at(5), 1);
        assert_eq!(recent.peak(at(5)), 5);
    }

    fn recent_begin(recent: &Recent) -> std::time::Instant {
        recent.begun
    }
}
