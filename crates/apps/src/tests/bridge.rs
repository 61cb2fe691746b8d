//! Two calls joined, sent elsewhere, parted.

use std::sync::Arc;

use strowger_core::Switch;
use strowger_event::{Event, EventKind};

use super::{Ear, api, call, test_switch};

/// Two parked calls, and what is heard of bridges and ends.
async fn pair(variables: &str) -> (Arc<Switch>, Ear, String, String) {
    let switch = test_switch();
    let first = call(&switch, variables, "&park()").await;
    let second = call(&switch, variables, "&park()").await;
    let ear = Ear::new(
        &switch,
        "CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_HANGUP CHANNEL_DESTROY CHANNEL_PARK CHANNEL_STATE DTMF",
    );
    (switch, ear, first, second)
}

async fn bridged(variables: &str) -> (Arc<Switch>, Ear, String, String) {
    let (switch, mut ear, first, second) = pair(variables).await;
    assert_eq!(api(&switch, &format!("uuid_bridge {first} {second}")).await, format!("+OK {second}\n"));
    let bridge = ear.find(EventKind::ChannelBridge, &[("Unique-ID", &first)]).await;
    let named = ["Bridge-A-Unique-ID", "Bridge-B-Unique-ID", "Other-Type", "Other-Leg-Unique-ID", "Channel-State"];
    let expected = [first.as_str(), &second, "originatee", &second, "CS_SOFT_EXECUTE"];
    assert_eq!(named.map(|name| bridge.get(name).unwrap()), expected);
    (switch, ear, first, second)
}

/// The events up to the end of that call.
async fn until_gone(ear: &mut Ear, uuid: &str) -> Vec<Event> {
    let mut events = Vec::new();
    while events
        .last()
        .is_none_or(|event: &Event| event.kind != EventKind::ChannelDestroy || event.get("Unique-ID") != Some(uuid))
    {
        events.push(ear.next().await);
    }
    events
}

fn of<'a>(events: &'a [Event], uuid: &str, kind: EventKind) -> Option<&'a Event> {
    events.iter().find(|event| event.kind == kind && event.get("Unique-ID") == Some(uuid))
}

#[tokio::test]
async fn the_other_leg_ends_with_the_one_that_hangs_up() {
    for killed in [0, 1] {
        let (switch, mut ear, first, second) = bridged("").await;
        let legs = [&first, &second];
        assert_eq!(api(&switch, &format!("uuid_getvar {first} bridge_uuid")).await, second);
        api(&switch, &format!("uuid_kill {} USER_BUSY", legs[killed])).await;
        let mut events = until_gone(&mut ear, &first).await;
        if of(&events, &second, EventKind::ChannelDestroy).is_none() {
            events.extend(until_gone(&mut ear, &second).await);
        }
        let unbridge = of(&events, &first, EventKind::ChannelUnbridge).unwrap();
        assert_eq!(unbridge.get("variable_bridge_hangup_cause"), Some("USER_BUSY"));
        assert_eq!(events.iter().filter(|event| event.kind == EventKind::ChannelUnbridge).count(), 1);
        for leg in legs {
            let hangup = of(&events, leg, EventKind::ChannelHangup).unwrap();
            assert_eq!(hangup.get("Hangup-Cause"), Some("USER_BUSY"), "{leg}");
            assert_eq!(hangup.get("variable_bridge_to"), (leg == legs[killed]).then(|| legs[1 - killed].as_str()));
        }
    }
}

#[tokio::test]
async fn a_leg_that_is_sent_elsewhere_leaves_the_other_to_end() {
    let (switch, mut ear, first, second) = bridged("").await;
    assert_eq!(api(&switch, &format!("uuid_transfer {first} end XML default")).await, "+OK\n");
    let mut events = until_gone(&mut ear, &first).await;
    if of(&events, &second, EventKind::ChannelDestroy).is_none() {
        events.extend(until_gone(&mut ear, &second).await);
    }
    assert!(of(&events, &first, EventKind::ChannelUnbridge).is_some());
    assert_eq!(of(&events, &second, EventKind::ChannelHangup).unwrap().get("Hangup-Cause"), Some("NORMAL_CLEARING"));
    assert_eq!(of(&events, &first, EventKind::ChannelHangup).unwrap().get("Hangup-Cause"), Some("USER_BUSY"));
}

#[tokio::test]
async fn the_other_leg_may_be_sent_elsewhere_too() {
    let (switch, mut ear, first, second) = bridged("").await;
    assert_eq!(api(&switch, &format!("uuid_transfer {first} -both 2035 XML default")).await, "+OK\n");
    for _ in 0..2 {
        ear.find(EventKind::ChannelPark, &[]).await;
    }
    for leg in [&first, &second] {
        assert_eq!(api(&switch, &format!("uuid_getvar {leg} inline_seen")).await, "5");
    }
    assert_eq!(api(&switch, "uuid_transfer nosuch 2035").await, "-ERR No such channel!\n");
    assert_eq!(api(&switch, &format!("uuid_transfer {first} -bleg 2035")).await, "-ERR No such channel!\n");
}

#[tokio::test]
async fn a_leg_may_stay_behind_a_bridge() {
    let (switch, mut ear, first, second) = bridged("{park_after_bridge=true}").await;
    api(&switch, &format!("uuid_kill {second}")).await;
    let parked = ear.find(EventKind::ChannelPark, &[("Unique-ID", &first)]).await;
    assert_eq!(parked.get("Channel-State"), Some("CS_PARK"));
    assert_eq!(parked.get("variable_last_bridge_hangup_cause"), Some("NORMAL_CLEARING"));

    let third = call(&switch, "{transfer_after_bridge=end:XML:default}", "&park()").await;
    let fourth = call(&switch, "", "&park()").await;
    api(&switch, &format!("uuid_bridge {third} {fourth}")).await;
    ear.find(EventKind::ChannelBridge, &[]).await;
    api(&switch, &format!("uuid_kill {fourth}")).await;
    ear.find(EventKind::ChannelHangup, &[("Unique-ID", &third), ("Hangup-Cause", "USER_BUSY")]).await;
}

#[tokio::test]
async fn a_call_is_taken_out_of_its_bridge_into_another() {
    let (switch, mut ear, first, second) = bridged("").await;
    let third = call(&switch, "", "&park()").await;
    assert_eq!(api(&switch, &format!("uuid_bridge {third} {second}")).await, format!("+OK {second}\n"));
    ear.find(EventKind::ChannelUnbridge, &[("Unique-ID", &first)]).await;
    ear.find(EventKind::ChannelDestroy, &[("Unique-ID", &first)]).await;
    assert_eq!(api(&switch, &format!("uuid_getvar {second} bridge_uuid")).await, third);
    assert_eq!(api(&switch, &format!("uuid_park {second}")).await, "+OK\n");
    ear.find(EventKind::ChannelDestroy, &[("Unique-ID", &third)]).await;
    assert_eq!(api(&switch, &format!("uuid_exists {second}")).await, "true");
    for wrong in [format!("{second} {second}"), format!("{second} nosuch"), format!("nosuch {second}")] {
        assert_eq!(api(&switch, &format!("uuid_bridge {wrong}")).await, "-ERR Invalid uuid\n");
    }
}

#[tokio::test]
async fn digits_are_told_of_and_handed_on() {
    let (switch, mut ear, first, second) = bridged("").await;
    for leg in [&first, &second] {
        api(&switch, &format!("uuid_recv_dtmf {leg} 7@100")).await;
        let digit = ear.find(EventKind::Dtmf, &[("Unique-ID", leg)]).await;
        assert_eq!((digit.get("DTMF-Digit"), digit.get("DTMF-Duration")), (Some("7"), Some("800")));
    }
}

#[tokio::test]
async fn a_loopback_call_is_one_with_the_dialplan_behind_it() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_CREATE CHANNEL_ANSWER CHANNEL_HANGUP CHANNEL_DESTROY DTMF CHANNEL_PARK");
    let dialled = tokio::spawn({
        let switch = Arc::clone(&switch);
        async move { api(&switch, "originate loopback/2035 &park()").await }
    });
    let inner = ear.find(EventKind::ChannelPark, &[("Channel-Name", "loopback/2035-b")]).await;
    let inner = inner.get("Unique-ID").unwrap().to_owned();
    api(&switch, &format!("uuid_answer {inner}")).await;
    let outer = dialled.await.unwrap();
    let outer = outer.strip_prefix("+OK ").unwrap().trim().to_owned();
    assert_eq!(api(&switch, &format!("uuid_getvar {outer} other_loopback_leg_uuid")).await, inner);
    api(&switch, &format!("uuid_send_dtmf {outer} 4")).await;
    let digit = ear.find(EventKind::Dtmf, &[("Unique-ID", &inner)]).await;
    assert_eq!((digit.get("DTMF-Digit"), digit.get("DTMF-Source")), (Some("4"), Some("ENDPOINT")));
    api(&switch, &format!("uuid_kill {inner} USER_BUSY")).await;
    let hangup = ear.find(EventKind::ChannelHangup, &[("Unique-ID", &outer)]).await;
    assert_eq!(hangup.get("Hangup-Cause"), Some("USER_BUSY"));
    assert_eq!(api(&switch, "originate loopback/nosuch/nowhere &park()").await, "-ERR NO_ROUTE_DESTINATION\n");
}

#[tokio::test]
async fn what_is_played_to_a_leg_ends_with_its_bridge() {
    let (switch, mut ear, first, second) = bridged("").await;
    let mut plays = Ear::new(&switch, "CHANNEL_EXECUTE");
    api(&switch, &format!("uuid_broadcast {first} silence_stream://-1 bleg")).await;
    plays.find(EventKind::ChannelExecute, &[("Unique-ID", &second), ("Application", "playback")]).await;
    api(&switch, &format!("uuid_kill {first}")).await;
    ear.find(EventKind::ChannelHangup, &[("Unique-ID", &second)]).await;
}

#[tokio::test]
async fn a_leg_hears_music_while_the_other_is_talked_to() {
    let (switch, _, first, second) = bridged("{hold_music=silence_stream://-1}").await;
    let mut plays = Ear::new(&switch, "CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE");
    api(&switch, &format!("uuid_broadcast {first} sleep::60000 holdb")).await;
    let music = [("Unique-ID", second.as_str()), ("Application-Data", "silence_stream://-1")];
    plays.find(EventKind::ChannelExecute, &music).await;
    api(&switch, &format!("uuid_break {first}")).await;
    plays.find(EventKind::ChannelExecuteComplete, &music).await;
    assert_eq!(api(&switch, &format!("uuid_broadcast {first} sleep::60000 both")).await, "+OK Message sent\n");
    for _ in 0..2 {
        plays.find(EventKind::ChannelExecute, &[("Application", "sleep")]).await;
    }
}
