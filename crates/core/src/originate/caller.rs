//! The call that has others placed: what the new legs learn of it, and what it learns of them.

use strowger_config::is_true;
use tokio::sync::mpsc;

use crate::channel::{CallerProfile, Channel, HangupCause, OtherLeg, Part, Variables};
use crate::session::SessionHandle;

/// The calling leg, as it was when it began to call.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Its Unique-ID (`originator`, `signal_bond`, `originating_leg_uuid`).
    pub uuid: String,
    /// Its Channel-Call-UUID, which the new legs share.
    pub call_uuid: String,
    /// Its parties; the new legs show them to whoever is called.
    pub profile: CallerProfile,
    /// It, as the new legs see it (`Other-Leg-…`).
    pub other_leg: OtherLeg,
    /// Its codec as a new leg may wish for it, `PCMU@8000h@20i` (`originator_codec`).
    pub codec: Option<String>,
    /// The description of its media that came (`switch_m_sdp`).
    pub remote_sdp: Option<String>,
    /// How many calls there may still be in a row (`max_forwards`), this one included.
    pub forwards_left: u32,
    /// The variables that new legs get: those named by `export_vars`, and those that tell how to call.
    pub variables: Variables,
    /// All variables that it has: what the directory says to dial may name them.
    pub all: Variables,
    /// Where it is told of the legs.
    pub progress: mpsc::Sender<Progress>,
}

/// What a caller is told of the legs it has placed.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A leg was made.
    Calling(SessionHandle, Callee),
    /// A leg rings: the first one of its group.
    Ringing,
    /// A leg has sound before its answer, and that does not count as one; the first of its group.
    EarlyMedia {
        /// The leg.
        leg: SessionHandle,
        /// The caller is to hear it (`bridge_early_media`).
        is_heard: bool,
    },
    /// Variables that it gets: what stands for whom.
    Told(Vec<(String, String)>),
    /// A leg is over.
    Ended(SessionHandle, HangupCause),
}

/// The party called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Callee {
    /// As it is shown.
    pub name: String,
    /// As it is shown.
    pub number: String,
}

/// What may be in a row of calls when nothing is said (`SWITCH_DEFAULT_MAX_FORWARDS`).
const MAX_FORWARDS: u32 = 70;

/// Variables of the caller that tell how to call: new legs get them unless the dial string has them.
const INHERITED: [&str; 19] = [
    "group_confirm_key",
    "group_confirm_file",
    "group_confirm_error_file",
    "group_confirm_read_timeout",
    "group_confirm_cancel_timeout",
    "forked_dial",
    "fail_on_single_reject",
    "hangup_on_single_reject",
    "ignore_early_media",
    "bridge_early_media",
    "originate_continue_on_timeout",
    "ignore_ring_ready",
    "monitor_early_media_ring",
    "monitor_early_media_fail",
    "return_ring_ready",
    "ring_ready",
    "instant_ringback",
    "progress_timeout",
    "language",
];

impl Caller {
    /// The leg that `channel` is, and where it is told of those it has placed; `None` before it has its parties.
    #[must_use]
    pub fn of(channel: &Channel, progress: mpsc::Sender<Progress>) -> Option<Self> {
        let left = match channel.variables.get("max_forwards") {
            Some(left) => left.parse::<u32>().unwrap_or(0).saturating_sub(1),
            None => MAX_FORWARDS,
        };
        Some(Self {
            uuid: channel.uuid.clone(),
            call_uuid: channel.call_uuid.clone(),
            profile: shown(channel)?,
            other_leg: OtherLeg::of(channel, Part::Originator)?,
            codec: channel.read_codec.map(|codec| format!("{}@{}h@20i", codec.name(), codec.rate())),
            remote_sdp: channel.variables.get("switch_r_sdp").map(str::to_owned),
            forwards_left: left,
            variables: handed_on(&channel.variables),
            all: channel.variables.clone(),
            progress,
        })
    }
}

/// The caller as the called party is to see it (`effective_caller_id_name`, `…_number`).
fn shown(channel: &Channel) -> Option<CallerProfile> {
    let mut profile = channel.profile.clone()?;
    profile.transfer_source.clear();
    if let Some(name) = channel.variables.get("effective_caller_id_name") {
        name.clone_into(&mut profile.caller_id_name);
    }
    if let Some(number) = channel.variables.get("effective_caller_id_number") {
        number.clone_into(&mut profile.caller_id_number);
    }
    Some(profile)
}

fn handed_on(own: &Variables) -> Variables {
    let mut variables = Variables::default();
    for name in own.get("export_vars").unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty()) {
        // With the prefix the variable is another leg's only, and kept here under the whole name.
        let bare = ["nolocal:", "nomedia:"].into_iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        if let Some(value) = own.get(name) {
            variables.set(bare, value);
        }
    }
    for name in INHERITED {
        if let Some(value) = own.get(name).filter(|_| variables.get(name).is_none()) {
            variables.set(name, value);
        }
    }
    variables
}

/// What is played to the caller while others ring: `transfer_ringback` once it is answered, else `ringback`.
pub(super) fn ringback(own: &Variables, is_answered: bool) -> Option<String> {
    let transferred = own.get("transfer_ringback").filter(|_| is_answered);
    let spec = transferred.or_else(|| own.get("ringback"))?;
    Some(match spec {
        _ if spec.contains("://") || spec.starts_with('/') => spec.to_owned(),
        _ if spec.to_ascii_lowercase().starts_with("silence") => "silence_stream://-1".to_owned(),
        tones => format!("tone_stream://{tones};loops=-1"),
    })
}

/// `instant_ringback`: it is not waited for a leg to ring.
pub(super) fn rings_at_once(own: &Variables) -> bool {
    own.get("instant_ringback").is_some_and(is_true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Direction;

    fn channel(variables: &[(&str, &str)]) -> Channel {
        let mut channel = Channel::new("a".into(), "test/a".into(), Direction::Inbound);
        channel.set_profile(CallerProfile { caller_id_number: "1000".into(), ..CallerProfile::default() });
        variables.iter().for_each(|(name, value)| channel.variables.set(name, value));
        channel
    }

    fn caller(variables: &[(&str, &str)]) -> Caller {
        Caller::of(&channel(variables), mpsc::channel(1).0).unwrap()
    }

    #[test]
    fn exported_variables_are_handed_on() {
        let caller = caller(&[
            ("both", "b"),
            ("nolocal:far", "f"),
            ("near", "n"),
            ("ignore_early_media", "true"),
            ("export_vars", "both,nolocal:far,missing"),
        ]);
        let variables: Vec<_> = caller.variables.iter().collect();
        assert_eq!(variables, [("both", "b"), ("far", "f"), ("ignore_early_media", "true")]);
    }

    #[test]
    fn the_effective_number_is_shown() {
        let caller = caller(&[("effective_caller_id_number", "2000")]);
        assert_eq!(caller.profile.caller_id_number, "2000");
        assert_eq!(caller.other_leg.profile.caller_id_number, "1000");
    }

    #[test]
    fn forwards_run_out() {
        assert_eq!(caller(&[]).forwards_left, 70);
        assert_eq!(caller(&[("max_forwards", "70")]).forwards_left, 69);
        assert_eq!(caller(&[("max_forwards", "1")]).forwards_left, 0);
    }

    #[test]
    fn ringback_is_what_can_be_played() {
        let of = |variables: &[(&str, &str)], answered| ringback(&channel(variables).variables, answered);
        assert_eq!(of(&[], true), None);
        assert_eq!(
            of(&[("ringback", "%(100,200,440)")], false).as_deref(),
            Some("tone_stream://%(100,200,440);loops=-1")
        );
        assert_eq!(of(&[("ringback", "/a.wav"), ("transfer_ringback", "/b.wav")], false).as_deref(), Some("/a.wav"));
        assert_eq!(of(&[("ringback", "/a.wav"), ("transfer_ringback", "/b.wav")], true).as_deref(), Some("/b.wav"));
        assert_eq!(of(&[("ringback", "silence:400")], false).as_deref(), Some("silence_stream://-1"));
    }
}
