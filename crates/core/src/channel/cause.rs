use std::fmt;

macro_rules! causes {
    ($($(#[$doc:meta])* $variant:ident = $number:literal $name:literal $q850:literal $sip:literal;)*) => {
        /// Why a call ended: FreeSWITCH's names over Q.850's numbers.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum HangupCause { $($(#[$doc])* #[doc = $name] $variant = $number,)* }

        impl HangupCause {
            /// Every cause.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// FreeSWITCH's name, e.g. `NORMAL_CLEARING`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The Q.850 number that stands for it on the wire (`hangup_cause_q850`).
            #[must_use]
            pub const fn q850(self) -> u16 {
                match self { $(Self::$variant => $q850,)* }
            }

            /// The SIP status that refuses a call with it (RFC 3398; mod_sofia's table).
            #[must_use]
            pub const fn sip_status(self) -> u16 {
                match self { $(Self::$variant => $sip,)* }
            }
        }
    };
}

causes! {
    None = 0 "NONE" 0 480;
    UnallocatedNumber = 1 "UNALLOCATED_NUMBER" 1 404;
    NoRouteTransitNet = 2 "NO_ROUTE_TRANSIT_NET" 2 404;
    NoRouteDestination = 3 "NO_ROUTE_DESTINATION" 3 404;
    ChannelUnacceptable = 6 "CHANNEL_UNACCEPTABLE" 6 480;
    CallAwardedDelivered = 7 "CALL_AWARDED_DELIVERED" 7 480;
    NormalClearing = 16 "NORMAL_CLEARING" 16 480;
    UserBusy = 17 "USER_BUSY" 17 486;
    NoUserResponse = 18 "NO_USER_RESPONSE" 18 408;
    NoAnswer = 19 "NO_ANSWER" 19 480;
    SubscriberAbsent = 20 "SUBSCRIBER_ABSENT" 20 480;
    CallRejected = 21 "CALL_REJECTED" 21 603;
    NumberChanged = 22 "NUMBER_CHANGED" 22 410;
    RedirectionToNewDestination = 23 "REDIRECTION_TO_NEW_DESTINATION" 23 410;
    ExchangeRoutingError = 25 "EXCHANGE_ROUTING_ERROR" 25 483;
    DestinationOutOfOrder = 27 "DESTINATION_OUT_OF_ORDER" 27 502;
    InvalidNumberFormat = 28 "INVALID_NUMBER_FORMAT" 28 484;
    FacilityRejected = 29 "FACILITY_REJECTED" 29 501;
    ResponseToStatusEnquiry = 30 "RESPONSE_TO_STATUS_ENQUIRY" 30 480;
    NormalUnspecified = 31 "NORMAL_UNSPECIFIED" 31 480;
    NormalCircuitCongestion = 34 "NORMAL_CIRCUIT_CONGESTION" 34 503;
    NetworkOutOfOrder = 38 "NETWORK_OUT_OF_ORDER" 38 502;
    NormalTemporaryFailure = 41 "NORMAL_TEMPORARY_FAILURE" 41 503;
    SwitchCongestion = 42 "SWITCH_CONGESTION" 42 503;
    AccessInfoDiscarded = 43 "ACCESS_INFO_DISCARDED" 43 480;
    RequestedChanUnavail = 44 "REQUESTED_CHAN_UNAVAIL" 44 503;
    PreEmpted = 45 "PRE_EMPTED" 45 480;
    FacilityNotSubscribed = 50 "FACILITY_NOT_SUBSCRIBED" 50 480;
    OutgoingCallBarred = 52 "OUTGOING_CALL_BARRED" 52 403;
    IncomingCallBarred = 54 "INCOMING_CALL_BARRED" 54 403;
    BearercapabilityNotauth = 57 "BEARERCAPABILITY_NOTAUTH" 57 403;
    BearercapabilityNotavail = 58 "BEARERCAPABILITY_NOTAVAIL" 58 503;
    ServiceUnavailable = 63 "SERVICE_UNAVAILABLE" 63 503;
    BearercapabilityNotimpl = 65 "BEARERCAPABILITY_NOTIMPL" 65 488;
    ChanNotImplemented = 66 "CHAN_NOT_IMPLEMENTED" 66 488;
    FacilityNotImplemented = 69 "FACILITY_NOT_IMPLEMENTED" 69 501;
    ServiceNotImplemented = 79 "SERVICE_NOT_IMPLEMENTED" 79 501;
    InvalidCallReference = 81 "INVALID_CALL_REFERENCE" 81 480;
    IncompatibleDestination = 88 "INCOMPATIBLE_DESTINATION" 88 488;
    InvalidMsgUnspecified = 95 "INVALID_MSG_UNSPECIFIED" 95 480;
    MandatoryIeMissing = 96 "MANDATORY_IE_MISSING" 96 480;
    MessageTypeNonexist = 97 "MESSAGE_TYPE_NONEXIST" 97 480;
    WrongMessage = 98 "WRONG_MESSAGE" 98 480;
    IeNonexist = 99 "IE_NONEXIST" 99 480;
    InvalidIeContents = 100 "INVALID_IE_CONTENTS" 100 480;
    WrongCallState = 101 "WRONG_CALL_STATE" 101 480;
    RecoveryOnTimerExpire = 102 "RECOVERY_ON_TIMER_EXPIRE" 102 504;
    MandatoryIeLengthError = 103 "MANDATORY_IE_LENGTH_ERROR" 103 480;
    ProtocolError = 111 "PROTOCOL_ERROR" 111 480;
    Interworking = 127 "INTERWORKING" 127 480;
    Success = 142 "SUCCESS" 16 480;
    OriginatorCancel = 487 "ORIGINATOR_CANCEL" 16 487;
    Crash = 500 "CRASH" 41 500;
    SystemShutdown = 501 "SYSTEM_SHUTDOWN" 41 503;
    LoseRace = 502 "LOSE_RACE" 26 480;
    ManagerRequest = 503 "MANAGER_REQUEST" 16 503;
    BlindTransfer = 600 "BLIND_TRANSFER" 16 480;
    AttendedTransfer = 601 "ATTENDED_TRANSFER" 16 480;
    AllottedTimeout = 602 "ALLOTTED_TIMEOUT" 16 480;
    UserChallenge = 603 "USER_CHALLENGE" 16 480;
    MediaTimeout = 604 "MEDIA_TIMEOUT" 16 504;
    PickedOff = 605 "PICKED_OFF" 26 480;
    UserNotRegistered = 606 "USER_NOT_REGISTERED" 20 480;
    ProgressTimeout = 607 "PROGRESS_TIMEOUT" 16 480;
    InvalidGateway = 608 "INVALID_GATEWAY" 2 404;
    GatewayDown = 609 "GATEWAY_DOWN" 3 503;
    InvalidUrl = 610 "INVALID_URL" 28 404;
    InvalidProfile = 611 "INVALID_PROFILE" 2 404;
    NoPickup = 612 "NO_PICKUP" 16 480;
    SrtpReadError = 613 "SRTP_READ_ERROR" 16 480;
    Bowout = 614 "BOWOUT" 16 480;
    BusyEverywhere = 615 "BUSY_EVERYWHERE" 17 600;
    Decline = 616 "DECLINE" 21 603;
    DoesNotExistAnywhere = 617 "DOES_NOT_EXIST_ANYWHERE" 1 604;
    NotAcceptable = 618 "NOT_ACCEPTABLE" 88 606;
    Unwanted = 619 "UNWANTED" 21 607;
    NoIdentity = 620 "NO_IDENTITY" 21 428;
    BadIdentityInfo = 621 "BAD_IDENTITY_INFO" 21 429;
    UnsupportedCertificate = 622 "UNSUPPORTED_CERTIFICATE" 21 437;
    InvalidIdentity = 623 "INVALID_IDENTITY" 21 438;
    StaleDate = 624 "STALE_DATE" 21 403;
}

impl HangupCause {
    /// A name in any case, or a number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let number = text.parse::<u16>().ok();
        Self::ALL.iter().copied().find(|cause| Some(*cause as u16) == number || cause.name().eq_ignore_ascii_case(text))
    }

    /// The cause a SIP failure means (RFC 3398 §7.2.4.1; mod_sofia's table).
    #[must_use]
    pub const fn from_sip(status: u16) -> Self {
        match status {
            200 => Self::NormalClearing,
            401 | 402 | 403 | 407 | 603 | 608 => Self::CallRejected,
            404 | 485 | 604 => Self::UnallocatedNumber,
            405 => Self::ServiceUnavailable,
            406 | 488 | 606 => Self::IncompatibleDestination,
            408 | 504 => Self::RecoveryOnTimerExpire,
            410 => Self::NumberChanged,
            413 | 414 | 416 | 420 | 421 | 423 | 505 | 513 => Self::Interworking,
            480 => Self::NoUserResponse,
            400 | 481 | 500 | 503 => Self::NormalTemporaryFailure,
            486 | 600 => Self::UserBusy,
            484 => Self::InvalidNumberFormat,
            482 | 483 => Self::ExchangeRoutingError,
            487 => Self::OriginatorCancel,
            501 => Self::ServiceNotImplemented,
            502 => Self::NetworkOutOfOrder,
            428 => Self::NoIdentity,
            429 => Self::BadIdentityInfo,
            437 => Self::UnsupportedCertificate,
            438 => Self::InvalidIdentity,
            607 => Self::Unwanted,
            _ => Self::NormalUnspecified,
        }
    }
}

impl fmt::Display for HangupCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::HangupCause;

    #[test]
    fn names_and_numbers_lead_back() {
        for cause in HangupCause::ALL {
            assert_eq!(HangupCause::parse(cause.name()), Some(*cause));
            assert_eq!(HangupCause::parse(&(*cause as u16).to_string()), Some(*cause));
        }
        assert_eq!(HangupCause::parse("user_busy"), Some(HangupCause::UserBusy));
        assert_eq!(HangupCause::parse("nonsense"), None);
    }

    #[test]
    fn sip_statuses_map_as_recorded() {
        assert_eq!(HangupCause::from_sip(486), HangupCause::UserBusy);
        assert_eq!(HangupCause::from_sip(404), HangupCause::UnallocatedNumber);
        assert_eq!(HangupCause::UserBusy.sip_status(), 486);
        assert_eq!(HangupCause::NormalTemporaryFailure.q850(), 41);
    }
}
