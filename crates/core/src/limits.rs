//! What the switch as a whole takes on: sessions, sessions a second, how idle the machine must be, and whether new calls
//! are let in at all. From switch.conf.xml; `fsctl` changes them while it runs.

use parking_lot::Mutex;
use strowger_config::SwitchSettings;

use crate::channel::Direction;

/// The limits in force.
pub struct Limits(Mutex<LimitFigures>);

/// The limits as they are at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimitFigures {
    /// Sessions at the same time.
    pub max_sessions: u32,
    /// New sessions a second.
    pub sessions_per_second: u32,
    /// Percent of the machine that must be idle for a new session; 0: never mind.
    pub min_idle_cpu: f64,
    /// The shortest digit, in samples at 8 kHz.
    pub min_dtmf_duration: u32,
    /// The longest digit, in samples at 8 kHz.
    pub max_dtmf_duration: u32,
    /// A digit of no stated length, in samples at 8 kHz.
    pub default_dtmf_duration: u32,
    /// No new calls come in.
    pub inbound_paused: bool,
    /// No new calls go out.
    pub outbound_paused: bool,
}

/// The shortest and the longest digit that can be set, in samples at 8 kHz (`SWITCH_MIN_DTMF_DURATION` and
/// `SWITCH_MAX_DTMF_DURATION`).
const DTMF_DURATIONS: (u32, u32) = (400, 192_000);

impl Limits {
    pub(crate) fn new(settings: &SwitchSettings) -> Self {
        Self(Mutex::new(LimitFigures {
            max_sessions: settings.max_sessions,
            sessions_per_second: settings.sessions_per_second,
            min_idle_cpu: settings.min_idle_cpu,
            min_dtmf_duration: settings.min_dtmf_duration,
            max_dtmf_duration: settings.max_dtmf_duration,
            default_dtmf_duration: settings.default_dtmf_duration,
            inbound_paused: false,
            outbound_paused: false,
        }))
    }

    /// As they are now.
    pub fn figures(&self) -> LimitFigures {
        *self.0.lock()
    }

    /// Changes them; digits stay within 400 to 192000 samples.
    pub fn change(&self, change: impl FnOnce(&mut LimitFigures)) -> LimitFigures {
        let mut figures = self.0.lock();
        change(&mut figures);
        let (shortest, longest) = DTMF_DURATIONS;
        let LimitFigures { min_dtmf_duration, max_dtmf_duration, default_dtmf_duration, .. } = &mut *figures;
        for duration in [min_dtmf_duration, max_dtmf_duration, default_dtmf_duration] {
            *duration = (*duration).clamp(shortest, longest);
        }
        *figures
    }

    /// Takes over what the configuration has changed; what `fsctl` has set stays where it has not.
    pub(crate) fn reload(&self, before: &SwitchSettings, now: &SwitchSettings) {
        self.change(|figures| {
            update(&mut figures.max_sessions, before.max_sessions, now.max_sessions);
            update(&mut figures.sessions_per_second, before.sessions_per_second, now.sessions_per_second);
            update(&mut figures.min_idle_cpu, before.min_idle_cpu, now.min_idle_cpu);
            update(&mut figures.min_dtmf_duration, before.min_dtmf_duration, now.min_dtmf_duration);
            update(&mut figures.max_dtmf_duration, before.max_dtmf_duration, now.max_dtmf_duration);
            update(&mut figures.default_dtmf_duration, before.default_dtmf_duration, now.default_dtmf_duration);
        });
    }
}

fn update<T: PartialEq + Copy>(figure: &mut T, before: T, now: T) {
    if before != now {
        *figure = now;
    }
}

impl LimitFigures {
    /// Whether no new calls of that direction are let in (`fsctl pause`).
    #[must_use]
    pub fn is_paused(&self, direction: Direction) -> bool {
        match direction {
            Direction::Inbound => self.inbound_paused,
            Direction::Outbound => self.outbound_paused,
        }
    }

    /// Whether no new calls are let in at all.
    #[must_use]
    pub fn all_paused(&self) -> bool {
        self.inbound_paused && self.outbound_paused
    }

    /// A digit's length in samples at 8 kHz, brought within the limits; 0 stands for the usual one.
    #[must_use]
    pub fn dtmf_duration(&self, duration: u32) -> u32 {
        let duration = if duration == 0 { self.default_dtmf_duration } else { duration };
        // The configuration may have a shortest that is longer than the longest: `clamp` would panic.
        duration.max(self.min_dtmf_duration).min(self.max_dtmf_duration)
    }

    /// Makes room for a length that was set.
    fn agree(&mut self, duration: u32) {
        self.min_dtmf_duration = self.min_dtmf_duration.min(duration);
        self.max_dtmf_duration = self.max_dtmf_duration.max(duration);
    }

    /// Sets the shortest digit; the longest is not shorter.
    pub fn set_min_dtmf_duration(&mut self, duration: u32) {
        self.min_dtmf_duration = duration;
        self.agree(duration);
    }

    /// Sets the longest digit; the shortest is not longer.
    pub fn set_max_dtmf_duration(&mut self, duration: u32) {
        self.max_dtmf_duration = duration;
        self.agree(duration);
    }

    /// Sets the length of a digit of no stated length; the others make room for it.
    pub fn set_default_dtmf_duration(&mut self, duration: u32) {
        self.default_dtmf_duration = duration;
        self.agree(duration);
    }
}

#[cfg(test)]
mod tests {
    use strowger_config::{BuiltinSource, LoadOptions, load};

    use super::*;

    #[test]
    fn what_fsctl_set_stays_unless_the_configuration_changes_it() {
        let before = load(&BuiltinSource::new(), &LoadOptions::default()).unwrap().switch;
        let limits = Limits::new(&before);
        limits.change(|figures| (figures.max_sessions, figures.sessions_per_second) = (7, 8));
        let mut now = before.clone();
        now.max_sessions += 1;
        limits.reload(&before, &now);
        let figures = limits.figures();
        assert_eq!((figures.max_sessions, figures.sessions_per_second), (now.max_sessions, 8));
    }

    #[test]
    fn lengths_of_digits_agree() {
        let limits = Limits::new(&load(&BuiltinSource::new(), &LoadOptions::default()).unwrap().switch);
        let lengths = |figures: LimitFigures| {
            (figures.min_dtmf_duration, figures.default_dtmf_duration, figures.max_dtmf_duration)
        };
        assert_eq!(lengths(limits.change(|figures| figures.set_max_dtmf_duration(300))), (400, 2000, 400));
        assert_eq!(
            lengths(limits.change(|figures| figures.set_default_dtmf_duration(900_000))),
            (400, 192_000, 192_000)
        );
        assert_eq!(lengths(limits.change(|figures| figures.set_min_dtmf_duration(1000))), (1000, 192_000, 192_000));
    }
}
