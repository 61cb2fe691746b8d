//! What is done to calls.

use proptest::prelude::*;

/// One act. Calls are named by their place among those there are, counted around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A new call, by one of [`DIAL_STRINGS`].
    Originate(usize),
    /// `uuid_bridge`.
    Bridge(usize, usize),
    /// `uuid_transfer`, with which legs, to one of [`PLACES`].
    Transfer(usize, usize, usize),
    /// `uuid_park`.
    Park(usize),
    /// `uuid_hold`, with one of [`HOLDS`].
    Hold(usize, usize),
    /// `uuid_kill`, with one of [`CAUSES`].
    Kill(usize, usize),
    /// `uuid_setvar`, one of [`WISHES`].
    Wish(usize, usize),
    /// `intercept`, by the first, of the second.
    Intercept(usize, usize),
    /// `uuid_broadcast`, one of [`SOUNDS`].
    Broadcast(usize, usize),
    /// `uuid_dual_transfer`, to two of [`PLACES`].
    Scatter(usize, usize, usize),
    /// `uuid_recv_dtmf`, with one of [`KEYS`].
    Digit(usize, usize),
    /// `uuid_answer`.
    Answer(usize),
    /// `sched_hangup`, so many seconds ahead.
    Schedule(usize, u8),
    /// Milliseconds that pass.
    Sleep(u64),
}

/// Who is called, and what the leg does then.
pub const DIAL_STRINGS: [&str; 9] = [
    "null/a &park()",
    "{execute_on_answer='set answered=1'}null/b 'wait' XML default",
    "loopback/park &park()",
    "loopback/answer 'park' XML default",
    "{originate_timeout=2}loopback/ring &park()",
    "null/c 'bridge' XML default",
    "null/d 'fork' XML default",
    "{ignore_early_media=true,originate_timeout=3}loopback/ring,loopback/answer|null/e &park()",
    "{fail_on_single_reject=true}loopback/busy,loopback/ring &park()",
];

/// Where calls are sent.
pub const PLACES: [&str; 13] = [
    "park",
    "wait",
    "answer",
    "ring",
    "busy",
    "bridge",
    "fork",
    "fail",
    "pickup",
    "circle",
    "nosuch",
    "extension",
    "consult",
];

/// Which legs are sent.
pub const LEGS: [&str; 3] = ["", "-bleg ", "-both "];

/// Forms of `uuid_hold`.
pub const HOLDS: [&str; 3] = ["", "off ", "toggle "];

/// Causes.
pub const CAUSES: [&str; 4] = ["NORMAL_CLEARING", "USER_BUSY", "CALL_REJECTED", "ORIGINATOR_CANCEL"];

/// Variables that change what comes behind a bridge.
pub const WISHES: [&str; 7] = [
    "park_after_bridge true",
    "hangup_after_bridge true",
    "transfer_after_bridge wait:XML:default",
    "exec_after_bridge_app park",
    "continue_on_fail true",
    "api_hangup_hook uuid_exists ${uuid}",
    "hold_music silence_stream://-1",
];

/// What is typed.
pub const KEYS: [&str; 6] = ["5", "~5", "~*5", "*", "#", "0"];

/// What is run within what a call does.
pub const SOUNDS: [&str; 11] = [
    "silence_stream://200 both",
    "silence_stream://-1 bleg",
    "tone_stream://%(100,100,440);loops=-1 both",
    "sleep::100 aleg",
    "set::told=1 bleg",
    "att_xfer::null/third holdb",
    "att_xfer::loopback/answer aleg",
    "att_xfer::loopback/ring|null/third both",
    "bind_digit_action::r,~^5,exec:att_xfer,null/third,both,peer aleg",
    "'bind_meta_app::5 ab s att_xfer::null/third' aleg",
    "bridge_export::told=1 aleg",
];

/// Any act; more of those that make calls meet.
pub fn any() -> impl Strategy<Value = Act> {
    let call = || 0..super::MAX_CALLS;
    prop_oneof![
        6 => (0..DIAL_STRINGS.len()).prop_map(Act::Originate),
        6 => (call(), call()).prop_map(|(a, b)| Act::Bridge(a, b)),
        6 => (call(), 0..LEGS.len(), 0..PLACES.len()).prop_map(|(a, legs, place)| Act::Transfer(a, legs, place)),
        2 => call().prop_map(Act::Park),
        3 => (call(), 0..HOLDS.len()).prop_map(|(a, form)| Act::Hold(a, form)),
        3 => (call(), 0..CAUSES.len()).prop_map(|(a, cause)| Act::Kill(a, cause)),
        2 => (call(), 0..WISHES.len()).prop_map(|(a, wish)| Act::Wish(a, wish)),
        2 => (call(), call()).prop_map(|(a, b)| Act::Intercept(a, b)),
        4 => (call(), 0..SOUNDS.len()).prop_map(|(a, sound)| Act::Broadcast(a, sound)),
        1 => (call(), 0..PLACES.len(), 0..PLACES.len()).prop_map(|(a, one, two)| Act::Scatter(a, one, two)),
        4 => (call(), 0..KEYS.len()).prop_map(|(a, key)| Act::Digit(a, key)),
        1 => call().prop_map(Act::Answer),
        1 => (call(), 0..4_u8).prop_map(|(a, seconds)| Act::Schedule(a, seconds)),
        6 => prop_oneof![Just(0), 1..20_u64, 100..3000_u64].prop_map(Act::Sleep),
    ]
}

impl Act {
    /// Every act in every form, on the first two calls.
    pub fn one_of_each() -> Vec<Act> {
        let mut acts =
            vec![Act::Bridge(0, 1), Act::Park(0), Act::Intercept(0, 1), Act::Scatter(0, 0, 1), Act::Answer(0)];
        acts.push(Act::Schedule(0, 1));
        acts.extend((0..DIAL_STRINGS.len()).map(Act::Originate));
        acts.extend((0..PLACES.len()).flat_map(|place| (0..LEGS.len()).map(move |legs| Act::Transfer(0, legs, place))));
        acts.extend((0..HOLDS.len()).map(|form| Act::Hold(0, form)));
        acts.extend((0..CAUSES.len()).map(|cause| Act::Kill(0, cause)));
        acts.extend((0..WISHES.len()).map(|wish| Act::Wish(0, wish)));
        acts.extend((0..KEYS.len()).map(|key| Act::Digit(0, key)));
        acts.extend((0..SOUNDS.len()).map(|sound| Act::Broadcast(0, sound)));
        acts
    }

    /// The API command that does it, on the calls `at` names; `None` for what takes none.
    pub fn command(self, at: impl Fn(usize) -> String) -> Option<String> {
        Some(match self {
            Act::Originate(kind) => format!("originate {}", DIAL_STRINGS[kind]),
            Act::Bridge(a, b) => format!("uuid_bridge {} {}", at(a), at(b)),
            Act::Transfer(a, legs, place) => format!("uuid_transfer {} {}{}", at(a), LEGS[legs], PLACES[place]),
            Act::Park(a) => format!("uuid_park {}", at(a)),
            Act::Hold(a, form) => format!("uuid_hold {}{}", HOLDS[form], at(a)),
            Act::Kill(a, cause) => format!("uuid_kill {} {}", at(a), CAUSES[cause]),
            Act::Wish(a, wish) => format!("uuid_setvar {} {}", at(a), WISHES[wish]),
            Act::Intercept(a, b) => format!("uuid_transfer {} 'intercept:{}' inline", at(a), at(b)),
            Act::Broadcast(a, sound) => format!("uuid_broadcast {} {}", at(a), SOUNDS[sound]),
            Act::Scatter(a, one, two) => format!("uuid_dual_transfer {} {} {}", at(a), PLACES[one], PLACES[two]),
            Act::Digit(a, key) => format!("uuid_recv_dtmf {} {}", at(a), KEYS[key]),
            Act::Answer(a) => format!("uuid_answer {}", at(a)),
            Act::Schedule(a, seconds) => format!("sched_hangup +{seconds} {}", at(a)),
            Act::Sleep(_) => return None,
        })
    }
}
