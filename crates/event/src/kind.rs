//! The kinds of events and sets of them.

use std::fmt;

macro_rules! kinds {
    ($($variant:ident $name:literal,)*) => {
        /// What an event tells of: FreeSWITCH's `switch_event_types_t`, in its order.
        #[repr(u8)]
        #[derive(Copy, Clone, Eq, PartialEq, Hash, Debug, PartialOrd, Ord)]
        pub enum EventKind {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        const KINDS: [EventKind; EventKind::COUNT] = [$(EventKind::$variant),*];

        impl EventKind {
            /// How many kinds there are, `ALL` included.
            pub const COUNT: usize = [$($name),*].len();

            /// The name on the wire, such as `CHANNEL_CREATE`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

kinds! {
    Custom "CUSTOM",
    Clone "CLONE",
    ChannelCreate "CHANNEL_CREATE",
    ChannelDestroy "CHANNEL_DESTROY",
    ChannelState "CHANNEL_STATE",
    ChannelCallstate "CHANNEL_CALLSTATE",
    ChannelAnswer "CHANNEL_ANSWER",
    ChannelHangup "CHANNEL_HANGUP",
    ChannelHangupComplete "CHANNEL_HANGUP_COMPLETE",
    ChannelExecute "CHANNEL_EXECUTE",
    ChannelExecuteComplete "CHANNEL_EXECUTE_COMPLETE",
    ChannelHold "CHANNEL_HOLD",
    ChannelUnhold "CHANNEL_UNHOLD",
    ChannelBridge "CHANNEL_BRIDGE",
    ChannelUnbridge "CHANNEL_UNBRIDGE",
    ChannelProgress "CHANNEL_PROGRESS",
    ChannelProgressMedia "CHANNEL_PROGRESS_MEDIA",
    ChannelOutgoing "CHANNEL_OUTGOING",
    ChannelPark "CHANNEL_PARK",
    ChannelUnpark "CHANNEL_UNPARK",
    ChannelApplication "CHANNEL_APPLICATION",
    ChannelOriginate "CHANNEL_ORIGINATE",
    ChannelUuid "CHANNEL_UUID",
    Api "API",
    Log "LOG",
    InboundChan "INBOUND_CHAN",
    OutboundChan "OUTBOUND_CHAN",
    Startup "STARTUP",
    Shutdown "SHUTDOWN",
    Publish "PUBLISH",
    Unpublish "UNPUBLISH",
    Talk "TALK",
    Notalk "NOTALK",
    SessionCrash "SESSION_CRASH",
    ModuleLoad "MODULE_LOAD",
    ModuleUnload "MODULE_UNLOAD",
    Dtmf "DTMF",
    Message "MESSAGE",
    PresenceIn "PRESENCE_IN",
    NotifyIn "NOTIFY_IN",
    PresenceOut "PRESENCE_OUT",
    PresenceProbe "PRESENCE_PROBE",
    MessageWaiting "MESSAGE_WAITING",
    MessageQuery "MESSAGE_QUERY",
    Roster "ROSTER",
    Codec "CODEC",
    BackgroundJob "BACKGROUND_JOB",
    DetectedSpeech "DETECTED_SPEECH",
    DetectedTone "DETECTED_TONE",
    PrivateCommand "PRIVATE_COMMAND",
    Heartbeat "HEARTBEAT",
    Trap "TRAP",
    AddSchedule "ADD_SCHEDULE",
    DelSchedule "DEL_SCHEDULE",
    ExeSchedule "EXE_SCHEDULE",
    ReSchedule "RE_SCHEDULE",
    Reloadxml "RELOADXML",
    Notify "NOTIFY",
    PhoneFeature "PHONE_FEATURE",
    PhoneFeatureSubscribe "PHONE_FEATURE_SUBSCRIBE",
    SendMessage "SEND_MESSAGE",
    RecvMessage "RECV_MESSAGE",
    RequestParams "REQUEST_PARAMS",
    ChannelData "CHANNEL_DATA",
    General "GENERAL",
    Command "COMMAND",
    SessionHeartbeat "SESSION_HEARTBEAT",
    ClientDisconnected "CLIENT_DISCONNECTED",
    ServerDisconnected "SERVER_DISCONNECTED",
    SendInfo "SEND_INFO",
    RecvInfo "RECV_INFO",
    RecvRtcpMessage "RECV_RTCP_MESSAGE",
    SendRtcpMessage "SEND_RTCP_MESSAGE",
    CallSecure "CALL_SECURE",
    Nat "NAT",
    RecordStart "RECORD_START",
    RecordStop "RECORD_STOP",
    PlaybackStart "PLAYBACK_START",
    PlaybackStop "PLAYBACK_STOP",
    CallUpdate "CALL_UPDATE",
    Failure "FAILURE",
    SocketData "SOCKET_DATA",
    MediaBugStart "MEDIA_BUG_START",
    MediaBugStop "MEDIA_BUG_STOP",
    ConferenceDataQuery "CONFERENCE_DATA_QUERY",
    ConferenceData "CONFERENCE_DATA",
    CallSetupReq "CALL_SETUP_REQ",
    CallSetupResult "CALL_SETUP_RESULT",
    CallDetail "CALL_DETAIL",
    DeviceState "DEVICE_STATE",
    Text "TEXT",
    ShutdownRequested "SHUTDOWN_REQUESTED",
    StartRecording "START_RECORDING",
    All "ALL",
}

impl EventKind {
    /// The kind of that name, in any case; FreeSWITCH's own `SWITCH_EVENT_` prefix is accepted.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let find = |name: &str| KINDS.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name));
        find(name).or_else(|| match name.split_at_checked(PREFIX.len()) {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case(PREFIX) => find(rest),
            _ => None,
        })
    }

    /// Every kind in FreeSWITCH's order, `ALL` last.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.into_iter()
    }

    const fn bit(self) -> u128 {
        1 << self as u8
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of [`EventKind`]s, as small as a number.
#[derive(Copy, Clone, Default, Eq, PartialEq, Hash)]
pub struct KindSet(u128);

impl KindSet {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(0)
    }

    /// Every kind, [`EventKind::All`] included.
    #[must_use]
    pub const fn all() -> Self {
        Self((1 << EventKind::COUNT) - 1)
    }

    /// Adds `kind`; adding [`EventKind::All`] adds nothing else.
    pub const fn insert(&mut self, kind: EventKind) {
        self.0 |= kind.bit();
    }

    /// Takes `kind` out.
    pub const fn remove(&mut self, kind: EventKind) {
        self.0 &= !kind.bit();
    }

    /// Takes every kind out.
    pub const fn clear(&mut self) {
        self.0 = 0;
    }

    /// Whether `kind` itself is in the set.
    #[must_use]
    pub const fn contains(self, kind: EventKind) -> bool {
        self.0 & kind.bit() != 0
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many kinds the set has.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The kinds of either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The kinds of the set, in FreeSWITCH's order.
    pub fn iter(self) -> impl Iterator<Item = EventKind> {
        KINDS.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl FromIterator<EventKind> for KindSet {
    fn from_iter<I: IntoIterator<Item = EventKind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::new(), |mut set, kind| {
            set.insert(kind);
            set
        })
    }
}

impl fmt::Debug for KindSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

const PREFIX: &str = "SWITCH_EVENT_";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_kind() {
        for kind in EventKind::all() {
            assert_eq!(EventKind::parse(kind.name()), Some(kind));
            assert_eq!(EventKind::parse(&kind.name().to_ascii_lowercase()), Some(kind));
            assert_eq!(EventKind::parse(&format!("SWITCH_EVENT_{kind}")), Some(kind));
        }
        assert_eq!(EventKind::parse("NOSUCH"), None);
        assert_eq!(EventKind::parse("SWITCH_EVENT_"), None);
        assert_eq!(EventKind::all().count(), EventKind::COUNT);
    }

    #[test]
    fn the_order_is_that_of_freeswitch() {
        assert_eq!(EventKind::COUNT, 94);
        assert_eq!(EventKind::Custom as u8, 0);
        assert_eq!(EventKind::ChannelCreate as u8, 2);
        assert_eq!(EventKind::Heartbeat as u8, 50);
        assert_eq!(EventKind::All as usize, EventKind::COUNT - 1);
    }

    #[test]
    fn a_set_keeps_what_was_put_in() {
        let mut set = KindSet::new();
        assert!(set.is_empty());
        set.insert(EventKind::Dtmf);
        set.insert(EventKind::All);
        assert!(set.contains(EventKind::Dtmf) && !set.contains(EventKind::Api));
        set.remove(EventKind::Dtmf);
        assert_eq!(set.iter().collect::<Vec<_>>(), [EventKind::All]);
        assert_eq!(KindSet::all().len(), EventKind::COUNT);
        assert_eq!(set.union(KindSet::all()), EventKind::all().collect());
    }
}
