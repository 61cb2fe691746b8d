use std::time::{SystemTime, UNIX_EPOCH};

use strowger_event::Headers;

use super::Direction;

/// The parties of a call and where it is going (`switch_caller_profile_t`). Empty fields are not sent in events.
#[derive(Clone, Debug, Default)]
pub struct CallerProfile {
    /// Who authenticated, or the user part of the caller's address.
    pub username: String,
    /// The dialplan that routes it: `XML`.
    pub dialplan: String,
    /// The name shown to the called party.
    pub caller_id_name: String,
    /// The number shown to the called party.
    pub caller_id_number: String,
    /// The caller's name as it came in.
    pub orig_caller_id_name: String,
    /// The caller's number as it came in.
    pub orig_caller_id_number: String,
    /// The name shown to the calling party.
    pub callee_id_name: String,
    /// The number shown to the calling party.
    pub callee_id_number: String,
    /// The address the call came from.
    pub network_addr: String,
    /// The charged number.
    pub ani: String,
    /// Kind of line (ANI II digits).
    pub aniii: String,
    /// The number called.
    pub destination_number: String,
    /// The channel's id.
    pub uuid: String,
    /// The module that made the profile.
    pub source: String,
    /// Who transferred the call here, when and how: `epoch:uuid:bl_xfer:number/context/dialplan`.
    pub transfer_source: String,
    /// The dialplan context.
    pub context: String,
    /// The number the call was redirected from.
    pub rdnis: String,
    /// The channel's name.
    pub channel_name: String,
    /// The number of the profile on its channel, from 1.
    pub index: u32,
    /// When it was made, microseconds of the epoch.
    pub created: u64,
    /// Nobody asked for the caller's name to be hidden.
    pub hide_name: bool,
    /// Nobody asked for the caller's number to be hidden.
    pub hide_number: bool,
}

/// When things happened to a channel, in microseconds of the epoch; 0 when they have not.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChannelTimes {
    /// The profile was made.
    pub profile_created: u64,
    /// The channel was made.
    pub created: u64,
    /// Answered.
    pub answered: u64,
    /// It rang.
    pub progress: u64,
    /// Sound before the answer.
    pub progress_media: u64,
    /// Over.
    pub hungup: u64,
    /// Transferred.
    pub transferred: u64,
    /// Recovered from another machine.
    pub resurrected: u64,
    /// Bridged.
    pub bridged: u64,
    /// Last put on hold.
    pub last_hold: u64,
    /// All time on hold, microseconds.
    pub hold_accum: u64,
}

/// Now, in microseconds of the epoch.
#[must_use]
pub fn now_micros() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_micros()).unwrap_or(u64::MAX)
}

impl CallerProfile {
    /// The field a dialplan condition names, e.g. `destination_number`; `None` when there is no such field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        Some(match name {
            "dialplan" => &self.dialplan,
            "caller_id_name" => &self.caller_id_name,
            "caller_id_number" => &self.caller_id_number,
            "orig_caller_id_name" => &self.orig_caller_id_name,
            "orig_caller_id_number" => &self.orig_caller_id_number,
            "callee_id_name" => &self.callee_id_name,
            "callee_id_number" => &self.callee_id_number,
            "ani" => &self.ani,
            "aniii" => &self.aniii,
            "network_addr" => &self.network_addr,
            "rdnis" => &self.rdnis,
            "destination_number" => &self.destination_number,
            "uuid" => &self.uuid,
            "source" => &self.source,
            "context" => &self.context,
            "chan_name" | "channel_name" => &self.channel_name,
            "username" => &self.username,
            _ => return None,
        })
    }

    /// Sets a field as [`CallerProfile::field`] names it; whether there is one of that name.
    pub fn set_field(&mut self, name: &str, value: &str) -> bool {
        let field = match name {
            "dialplan" => &mut self.dialplan,
            "caller_id_name" => &mut self.caller_id_name,
            "caller_id_number" => &mut self.caller_id_number,
            "orig_caller_id_name" => &mut self.orig_caller_id_name,
            "orig_caller_id_number" => &mut self.orig_caller_id_number,
            "callee_id_name" => &mut self.callee_id_name,
            "callee_id_number" => &mut self.callee_id_number,
            "ani" => &mut self.ani,
            "aniii" => &mut self.aniii,
            "network_addr" => &mut self.network_addr,
            "rdnis" => &mut self.rdnis,
            "destination_number" => &mut self.destination_number,
            "source" => &mut self.source,
            "context" => &mut self.context,
            "chan_name" | "channel_name" => &mut self.channel_name,
            "username" => &mut self.username,
            _ => return false,
        };
        value.clone_into(field);
        true
    }

    /// The two parties change places: an originated leg that enters the dialplan is the caller there.
    pub fn flip(&mut self) {
        std::mem::swap(&mut self.caller_id_name, &mut self.callee_id_name);
        std::mem::swap(&mut self.caller_id_number, &mut self.callee_id_number);
    }

    /// Appends the `PREFIX-…` headers (`switch_caller_profile_event_set_data`).
    pub(super) fn push_headers(
        &self,
        prefix: &str,
        (direction, logical_direction): (Direction, Direction),
        times: &ChannelTimes,
        headers: &mut Headers,
    ) {
        let mut text = |name: &str, value: &str| {
            if !value.is_empty() {
                headers.push_prefixed(prefix, name, value);
            }
        };
        text("-Direction", direction.name());
        text("-Logical-Direction", logical_direction.name());
        text("-Username", &self.username);
        text("-Dialplan", &self.dialplan);
        text("-Caller-ID-Name", &self.caller_id_name);
        text("-Caller-ID-Number", &self.caller_id_number);
        text("-Orig-Caller-ID-Name", &self.orig_caller_id_name);
        text("-Orig-Caller-ID-Number", &self.orig_caller_id_number);
        text("-Callee-ID-Name", &self.callee_id_name);
        text("-Callee-ID-Number", &self.callee_id_number);
        text("-Network-Addr", &self.network_addr);
        text("-ANI", &self.ani);
        text("-ANI-II", &self.aniii);
        text("-Destination-Number", &self.destination_number);
        text("-Unique-ID", &self.uuid);
        text("-Source", &self.source);
        text("-Transfer-Source", &self.transfer_source);
        text("-Context", &self.context);
        text("-RDNIS", &self.rdnis);
        text("-Channel-Name", &self.channel_name);
        if self.index > 0 {
            text("-Profile-Index", &self.index.to_string());
        }
        let stamps = [
            ("-Profile-Created-Time", times.profile_created),
            ("-Channel-Created-Time", times.created),
            ("-Channel-Answered-Time", times.answered),
            ("-Channel-Progress-Time", times.progress),
            ("-Channel-Progress-Media-Time", times.progress_media),
            ("-Channel-Hangup-Time", times.hungup),
            ("-Channel-Transfer-Time", times.transferred),
            ("-Channel-Resurrect-Time", times.resurrected),
            ("-Channel-Bridged-Time", times.bridged),
            ("-Channel-Last-Hold", times.last_hold),
            ("-Channel-Hold-Accum", times.hold_accum),
        ];
        for (name, micros) in stamps {
            text(name, &micros.to_string());
        }
        text("-Screen-Bit", "true");
        text("-Privacy-Hide-Name", if self.hide_name { "true" } else { "false" });
        text("-Privacy-Hide-Number", if self.hide_number { "true" } else { "false" });
    }
}
