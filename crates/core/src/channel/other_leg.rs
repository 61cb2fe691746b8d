use strowger_event::Headers;

use super::{CallerProfile, Channel, ChannelTimes, Direction};

/// What a channel knows of the leg it was joined with, as it was then: the `Other-Type` and `Other-Leg-…` headers.
#[derive(Clone, Debug)]
pub struct OtherLeg {
    /// Which part the other leg has in it.
    pub part: Part,
    /// Its parties.
    pub profile: CallerProfile,
    /// Who started it.
    pub direction: Direction,
    /// When what happened to it.
    pub times: ChannelTimes,
}

/// Who called whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The leg that had the other one made, or joined.
    Originator,
    /// The leg that was made, or joined.
    Originatee,
}

impl Part {
    /// As it stands in `Other-Type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Originator => "originator",
            Self::Originatee => "originatee",
        }
    }
}

impl OtherLeg {
    /// `channel` as the leg it is joined with sees it, in the part it has; `None` before it has its parties.
    #[must_use]
    pub fn of(channel: &Channel, part: Part) -> Option<Self> {
        Some(Self { part, profile: channel.profile.clone()?, direction: channel.direction, times: channel.times })
    }

    pub(super) fn push_headers(&self, headers: &mut Headers) {
        headers.push("Other-Type", self.part.name());
        // A profile of another channel has no number here.
        let profile = CallerProfile { index: 0, ..self.profile.clone() };
        // FreeSWITCH keeps a copy of the other leg's profile, and a copy does not know its side of the call.
        profile.push_headers("Other-Leg", (self.direction, Direction::Inbound), &self.times, headers);
    }
}
