/// Where a channel stands in its life (`switch_channel_state_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ChannelState {
    /// Made, not set up.
    New = 0,
    /// Being set up.
    Init = 1,
    /// Looking for its extension.
    Routing = 2,
    /// Ready to be driven from outside.
    SoftExecute = 3,
    /// Running its applications.
    Execute = 4,
    /// Bridged.
    ExchangeMedia = 5,
    /// Parked.
    Park = 6,
    /// An outgoing leg that waits for its answer.
    ConsumeMedia = 7,
    /// Asleep.
    Hibernate = 8,
    /// Between two routes.
    Reset = 9,
    /// Ended.
    Hangup = 10,
    /// Its record is written.
    Reporting = 11,
    /// Gone.
    Destroy = 12,
    /// Not entered any state yet.
    None = 13,
}

impl ChannelState {
    /// `CS_EXECUTE`, ….
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "CS_NEW",
            Self::Init => "CS_INIT",
            Self::Routing => "CS_ROUTING",
            Self::SoftExecute => "CS_SOFT_EXECUTE",
            Self::Execute => "CS_EXECUTE",
            Self::ExchangeMedia => "CS_EXCHANGE_MEDIA",
            Self::Park => "CS_PARK",
            Self::ConsumeMedia => "CS_CONSUME_MEDIA",
            Self::Hibernate => "CS_HIBERNATE",
            Self::Reset => "CS_RESET",
            Self::Hangup => "CS_HANGUP",
            Self::Reporting => "CS_REPORTING",
            Self::Destroy => "CS_DESTROY",
            Self::None => "CS_NONE",
        }
    }
}

/// What a person would call the state of the call (`switch_channel_callstate_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CallState {
    /// Nothing yet.
    Down = 0,
    /// Dialled.
    Dialing = 1,
    /// It rings.
    Ringing = 2,
    /// Sound before the answer.
    Early = 3,
    /// Answered.
    Active = 4,
    /// On hold.
    Held = 5,
    /// Rings while another leg is waited for.
    RingWait = 6,
    /// Over.
    Hangup = 7,
    /// Taken back from hold.
    Unheld = 8,
}

impl CallState {
    /// `RINGING`, ….
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Down => "DOWN",
            Self::Dialing => "DIALING",
            Self::Ringing => "RINGING",
            Self::Early => "EARLY",
            Self::Active => "ACTIVE",
            Self::Held => "HELD",
            Self::RingWait => "RING_WAIT",
            Self::Hangup => "HANGUP",
            Self::Unheld => "UNHELD",
        }
    }
}

/// Who started the call, seen from the switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It came in.
    Inbound,
    /// The switch placed it.
    Outbound,
}

impl Direction {
    /// `inbound` or `outbound`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
        }
    }
}
