use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use strowger_event::Headers;

use super::{Direction, disarmed};

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

/// The name in small letters, unless it is already.
fn lowered(name: &str) -> Option<String> {
    name.bytes().any(|byte| byte.is_ascii_uppercase()).then(|| name.to_ascii_lowercase())
}

/// The fields that hold text, by the names a dialplan has for them, to be read and to be set.
macro_rules! text_fields {
    ($($($name:literal)|+ => $field:ident,)+) => {
        impl CallerProfile {
            fn text(&self, name: &str) -> Option<&str> {
                match name {
                    $($($name)|+ => Some(&self.$field),)+
                    _ => None,
                }
            }

            fn text_mut(&mut self, name: &str) -> Option<&mut String> {
                match name {
                    $($($name)|+ => Some(&mut self.$field),)+
                    _ => None,
                }
            }
        }
    };
}

text_fields! {
    "destination_number" => destination_number,
    "caller_id_name" => caller_id_name,
    "caller_id_number" => caller_id_number,
    "orig_caller_id_name" => orig_caller_id_name,
    "orig_caller_id_number" => orig_caller_id_number,
    "callee_id_name" => callee_id_name,
    "callee_id_number" => callee_id_number,
    "ani" => ani,
    "aniii" => aniii,
    "network_addr" => network_addr,
    "rdnis" => rdnis,
    "uuid" => uuid,
    "source" => source,
    "transfer_source" => transfer_source,
    "context" => context,
    "dialplan" => dialplan,
    "chan_name" | "channel_name" => channel_name,
    "username" => username,
}

impl CallerProfile {
    /// The profile of a call that comes in: what the caller wrote cannot be taken for a reference ([`disarmed`]).
    pub(crate) fn disarm(&mut self) {
        let written = [
            &mut self.username,
            &mut self.caller_id_name,
            &mut self.caller_id_number,
            &mut self.orig_caller_id_name,
            &mut self.orig_caller_id_number,
            &mut self.callee_id_name,
            &mut self.callee_id_number,
            &mut self.ani,
            &mut self.aniii,
            &mut self.destination_number,
            &mut self.rdnis,
        ];
        for field in written {
            if let Cow::Owned(harmless) = disarmed(field) {
                *field = harmless;
            }
        }
    }

    /// The field a dialplan condition names, in any case, e.g. `destination_number`; `None` when there is no such field
    /// (`switch_caller_get_field_by_name`).
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        let truth = |is_true: bool| if is_true { "true" } else { "false" };
        match name {
            "privacy_hide_name" => Some(truth(self.hide_name)),
            "privacy_hide_number" => Some(truth(self.hide_number)),
            _ => self.text(name).or_else(|| lowered(name).and_then(|name| self.field(&name))),
        }
    }

    /// Sets a field that holds text, by the name a dialplan condition has for it; whether there is such a field.
    pub fn set_field(&mut self, name: &str, value: &str) -> bool {
        let name = lowered(name).unwrap_or_else(|| name.to_owned());
        self.text_mut(&name).is_some_and(|field| {
            value.clone_into(field);
            true
        })
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

#[cfg(test)]
mod tests {
    use super::CallerProfile;

    #[test]
    fn fields_have_names_in_any_case() {
        let mut profile = CallerProfile::default();
        assert!(profile.set_field("Chan_Name", "null/one") && !profile.set_field("colour", "red"));
        assert_eq!((profile.field("channel_name"), profile.field("colour")), (Some("null/one"), None));
        assert_eq!(profile.field("PRIVACY_HIDE_NAME"), Some("false"));
    }
}
