//! Digits and keys that are bound to something, and variables that a bridge exports.

use std::sync::Arc;

use strowger_core::Switch;
use strowger_event::EventKind;

use super::{Ear, api, call, test_switch};

const KINDS: &str = "CHANNEL_EXECUTE CHANNEL_DATA DTMF CHANNEL_HANGUP";

/// A parked call that ran these applications before, in the inline dialplan with `;` between them.
async fn parked(variables: &str, list: &str) -> (Arc<Switch>, Ear, String) {
    let switch = test_switch();
    let mut parks = Ear::new(&switch, "CHANNEL_PARK");
    let id = call(&switch, variables, &format!("'m:;:{list};park' inline")).await;
    parks.find(EventKind::ChannelPark, &[]).await;
    let ear = Ear::new(&switch, KINDS);
    (switch, ear, id)
}

/// Two calls that are joined; the first one ran these applications before.
async fn joined(list: &str) -> (Arc<Switch>, Ear, [String; 2]) {
    let (switch, _, first) = parked("", list).await;
    let second = call(&switch, "", "&park()").await;
    let mut bridges = Ear::new(&switch, "CHANNEL_BRIDGE");
    api(&switch, &format!("uuid_bridge {first} {second}")).await;
    bridges.find(EventKind::ChannelBridge, &[]).await;
    let ear = Ear::new(&switch, KINDS);
    (switch, ear, [first, second])
}

#[tokio::test]
async fn a_sequence_runs_an_application() {
    let (switch, mut ear, id) = parked("", "bind_digit_action:r,11,exec:set,a=b").await;
    api(&switch, &format!("uuid_recv_dtmf {id} ~1")).await;
    api(&switch, &format!("uuid_recv_dtmf {id} ~1")).await;
    let told = ear.next().await;
    assert_eq!(
        (told.kind, told.get("set"), told.get("execute")),
        (EventKind::ChannelData, Some("a=b"), Some("non-blocking"))
    );
    let ran = ear.next().await;
    assert_eq!((ran.get("Application-Data"), ran.get("variable_last_matching_digits")), (Some("a=b"), Some("11")));
    assert_eq!(ran.get("variable_total_loops"), Some("1"));
}

#[tokio::test]
async fn what_is_too_long_is_not_bound() {
    let list = format!(
        "bind_digit_action:r,{},exec:set,a=b;bind_digit_action:r,5,exec:set,{}",
        "5".repeat(512),
        "x".repeat(16 << 10)
    );
    let (switch, mut ear, id) = parked("", &format!("{list};bind_digit_action:r,,;bind_digit_action")).await;
    api(&switch, &format!("uuid_recv_dtmf {id} ~5")).await;
    let digit = ear.next().await;
    assert_eq!((digit.kind, digit.get("Unique-ID")), (EventKind::Dtmf, Some(id.as_str())));
}

#[tokio::test]
async fn others_are_taken_in_behind_it() {
    let (switch, mut ear, id) = parked("", "bind_digit_action:r,11,exec:set,a=b").await;
    api(&switch, &format!("uuid_recv_dtmf {id} ~1")).await;
    api(&switch, &format!("uuid_recv_dtmf {id} ~2")).await;
    let told = ear.next().await;
    assert_eq!((told.kind, told.get("digits")), (EventKind::ChannelData, Some("12")));
    for key in ["1", "2"] {
        let digit = ear.next().await;
        assert_eq!((digit.get("DTMF-Digit"), digit.get("DTMF-Source")), (Some(key), Some("APP")));
    }
    assert_eq!(api(&switch, &format!("uuid_getvar {id} last_non_matching_digits")).await, "12");
    // What a program types is not looked at, unless it says so.
    api(&switch, &format!("uuid_recv_dtmf {id} 11")).await;
    assert_eq!(ear.next().await.get("DTMF-Digit"), Some("1"));
}

#[tokio::test(start_paused = true)]
async fn a_pattern_waits_for_the_last_digit() {
    let list = "bind_digit_action:r,11,exec:set,a=b;bind_digit_action:r,~^2\\d$,exec[i]:set,a=${last_matching_digits}";
    let (switch, mut ear, id) = parked("{bind_digit_digit_timeout=700}", list).await;
    let begun = tokio::time::Instant::now();
    api(&switch, &format!("uuid_recv_dtmf {id} ~24")).await;
    let ran = ear.find(EventKind::ChannelExecute, &[]).await;
    assert_eq!((ran.get("Application"), ran.get("variable_total_loops")), (Some("set"), None));
    assert_eq!(begun.elapsed().as_millis(), 701);
}

#[tokio::test(start_paused = true)]
async fn who_types_nothing_is_told_of() {
    let (_switch, mut ear, id) = parked("{bind_digit_input_timeout=300}", "bind_digit_action:r,11,exec:set,a=b").await;
    for _ in 0..2 {
        let told = ear.next().await;
        assert_eq!((told.get("Unique-ID"), told.get("digits")), (Some(id.as_str()), Some("")));
    }
}

#[tokio::test]
async fn a_command_is_run_and_its_answer_kept() {
    let (switch, mut ear, id) = parked("", "bind_digit_action:r,5,api:uuid_exists,nosuch").await;
    api(&switch, &format!("uuid_recv_dtmf {id} ~5")).await;
    assert_eq!(ear.next().await.get("uuid_exists"), Some("nosuch"));
    assert_eq!(api(&switch, &format!("uuid_getvar {id} bind_digit_action_api_result")).await, "false");
}

#[tokio::test]
async fn the_other_legs_digits_are_looked_at() {
    let (switch, mut ear, [first, second]) = joined("bind_digit_action:r,5,exec:set,a=b,peer,peer").await;
    api(&switch, &format!("uuid_recv_dtmf {first} ~5")).await;
    ear.find(EventKind::Dtmf, &[("Unique-ID", &first)]).await;
    api(&switch, &format!("uuid_recv_dtmf {second} ~5")).await;
    ear.find(EventKind::Dtmf, &[("Unique-ID", &second)]).await;
    ear.find(EventKind::ChannelExecute, &[("Unique-ID", &second), ("Application-Data", "a=b")]).await;
    api(&switch, &format!("uuid_recv_dtmf {second} ~6")).await;
    for _ in 0..2 {
        let digit = ear.find(EventKind::Dtmf, &[]).await;
        assert_eq!((digit.get("Unique-ID"), digit.get("DTMF-Digit")), (Some(second.as_str()), Some("6")));
    }
}

#[tokio::test]
async fn both_legs_act() {
    let (switch, mut ear, legs) = joined("bind_digit_action:r,5,exec:set,a=b,both,both").await;
    for typed in &legs {
        api(&switch, &format!("uuid_recv_dtmf {typed} ~5")).await;
        for _ in &legs {
            ear.find(EventKind::ChannelExecute, &[("Application-Data", "a=b")]).await;
        }
    }
}

#[tokio::test]
async fn what_was_bound_is_forgotten() {
    for (clear, kept) in [("all", false), ("r", false), ("other", true), ("all,peer", true)] {
        let list = format!("bind_digit_action:r,5,exec:set,a=b;clear_digit_action:{clear}");
        let (switch, mut ear, id) = parked("{bind_digit_digit_timeout=20}", &list).await;
        api(&switch, &format!("uuid_recv_dtmf {id} ~5")).await;
        let event = ear.find(if kept { EventKind::ChannelExecute } else { EventKind::Dtmf }, &[]).await;
        assert_eq!(event.get("Unique-ID"), Some(id.as_str()), "{clear}");
    }
}

#[tokio::test]
async fn a_key_runs_an_application() {
    let (switch, mut ear, id) = parked("", "bind_meta_app:1 a s set::a=b;bind_meta_app:2 a s1 set::c=d").await;
    api(&switch, &format!("uuid_recv_dtmf {id} ~*1")).await;
    assert_eq!(ear.next().await.get("Application-Data"), Some("a=b"));
    for expected in [Some("c=d"), None] {
        api(&switch, &format!("uuid_recv_dtmf {id} ~*2")).await;
        api(&switch, &format!("uuid_recv_dtmf {id} ~7")).await;
        if expected.is_some() {
            assert_eq!(ear.next().await.get("Application-Data"), expected);
        }
        assert_eq!(ear.next().await.get("DTMF-Digit"), Some("7"), "the keys were nobody else's");
    }
}

#[tokio::test]
async fn which_leg_runs_it() {
    for (dial, exec, typed, runs) in
        [("a", "s", 0, 0), ("a", "o", 0, 1), ("b", "s", 1, 1), ("b", "o", 1, 0), ("ab", "a", 1, 0), ("ab", "b", 0, 1)]
    {
        let (switch, mut ear, legs) = joined(&format!("bind_meta_app:3 {dial} {exec}i set::a=b")).await;
        api(&switch, &format!("uuid_recv_dtmf {} ~*3", legs[typed])).await;
        let ran = ear.find(EventKind::ChannelExecute, &[("Application", "set")]).await;
        assert_eq!(ran.get("Unique-ID"), Some(legs[runs].as_str()), "{dial} {exec}");
    }
}

#[tokio::test]
async fn a_bridge_exports_variables_to_whoever_is_joined() {
    let list = "bridge_export:colour=red;bridge_export:nolocal:shape=round;bridge_export:";
    let (switch, _, [first, second]) = joined(list).await;
    let get = async |leg: &str, name: &str| api(&switch, &format!("uuid_getvar {leg} {name}")).await;
    assert_eq!((get(&first, "colour").await, get(&first, "shape").await), ("red".into(), "_undef_".into()));
    assert_eq!((get(&second, "colour").await, get(&second, "shape").await), ("red".into(), "round".into()));
    assert_eq!(get(&second, "bridge_export_vars").await, "colour,nolocal:shape");
}

#[tokio::test]
async fn legs_are_sent_to_places_of_their_own() {
    let (switch, _, [first, second]) = joined("set:a=b").await;
    let mut ear = Ear::new(&switch, "CHANNEL_HANGUP CHANNEL_PARK");
    let answer =
        api(&switch, &format!("uuid_dual_transfer {first} 2035/XML/default hangup:CALL_REJECTED/inline")).await;
    assert_eq!(answer, "+OK\n");
    let ends = ear.find(EventKind::ChannelHangup, &[]).await;
    assert_eq!((ends.get("Unique-ID"), ends.get("Hangup-Cause")), (Some(second.as_str()), Some("CALL_REJECTED")));
    assert_eq!(api(&switch, &format!("uuid_getvar {first} inline_seen")).await, "5");
    assert_eq!(api(&switch, &format!("uuid_dual_transfer {first} 2036 end")).await, "+OK\n", "alone as well");
    assert_eq!(api(&switch, "uuid_dual_transfer nosuch 1 2").await, "-ERR No such channel!\n");
    assert!(api(&switch, "uuid_dual_transfer nosuch 1").await.starts_with("-USAGE: <uuid> <A-dest-exten>"));
}
