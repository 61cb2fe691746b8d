//! Calls on hold, on an endpoint whose signalling knows no such thing.

use std::sync::Arc;

use strowger_core::Switch;
use strowger_core::session::Session;
use strowger_event::EventKind;

use super::{Ear, api, call, story, test_switch};

const HEARD: &str =
    "CHANNEL_HOLD CHANNEL_UNHOLD CHANNEL_CALLSTATE CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_DESTROY";

/// Two null calls that are joined, the first with these variables.
async fn joined(variables: &str) -> (Arc<Switch>, Ear, String, String) {
    let switch = test_switch();
    let first = call(&switch, variables, "&park()").await;
    let second = call(&switch, "", "&park()").await;
    let mut bridges = Ear::new(&switch, "CHANNEL_BRIDGE");
    api(&switch, &format!("uuid_bridge {first} {second}")).await;
    bridges.find(EventKind::ChannelBridge, &[]).await;
    let ear = Ear::new(&switch, HEARD);
    (switch, ear, first, second)
}

const MUSIC: &str = "tone_stream://%(1000,0,400);loops=-1";

#[tokio::test]
async fn calls_that_are_not_there_are_held_as_well_as_any() {
    let switch = test_switch();
    let usage = "-USAGE: [off|toggle] <uuid> [<display>]\n-ERR Operation Failed\n";
    assert_eq!(api(&switch, "uuid_hold").await, usage);
    for arguments in ["nosuch", "off", "off nosuch", "toggle", "toggle nosuch", "nosuch display"] {
        assert_eq!(api(&switch, &format!("uuid_hold {arguments}")).await, "+OK Success\n", "{arguments}");
    }
}

#[tokio::test]
async fn the_events_are_fired_where_nothing_can_be_held() {
    let switch = test_switch();
    let one = call(&switch, "", "&park()").await;
    let mut ear = Ear::new(&switch, HEARD);
    for arguments in [format!("{one} text"), format!("OFF {one}"), format!("toggle {one}")] {
        assert_eq!(api(&switch, &format!("uuid_hold {arguments}")).await, "+OK Success\n");
    }
    assert_eq!(story(&ear.now()), ["CHANNEL_HOLD", "CHANNEL_UNHOLD", "CHANNEL_HOLD"]);
    assert_eq!(api(&switch, &format!("uuid_getvar {one} callstate")).await, "ACTIVE");
}

#[tokio::test]
async fn the_other_leg_hears_music_meanwhile() {
    let (switch, mut ear, first, second) = joined(&format!("{{hold_music='{MUSIC}'}}")).await;
    api(&switch, &format!("uuid_hold {first}")).await;
    ear.find(EventKind::ChannelHold, &[("Unique-ID", &first)]).await;
    ear.find(EventKind::ChannelExecute, &[("Unique-ID", &second), ("Application-Data", MUSIC)]).await;
    api(&switch, &format!("uuid_hold off {first}")).await;
    ear.find(EventKind::ChannelExecuteComplete, &[("Unique-ID", &second), ("Application", "playback")]).await;
    assert_eq!(api(&switch, &format!("uuid_exists {second}")).await, "true");
}

#[tokio::test]
async fn music_ends_with_the_call_that_is_on_hold() {
    let (switch, mut ear, first, second) = joined(&format!("{{hold_music='{MUSIC}'}}")).await;
    api(&switch, &format!("uuid_hold {first}")).await;
    ear.find(EventKind::ChannelExecute, &[("Unique-ID", &second)]).await;
    api(&switch, &format!("uuid_kill {first}")).await;
    ear.find(EventKind::ChannelDestroy, &[("Unique-ID", &second)]).await;
}

#[tokio::test]
async fn silence_is_no_music() {
    let (switch, mut ear, first, second) = joined("{hold_music=silence}").await;
    api(&switch, &format!("uuid_hold {first}")).await;
    assert_eq!(api(&switch, &format!("uuid_exists {second}")).await, "true");
    assert_eq!(story(&ear.now()), ["CHANNEL_HOLD"]);
}

#[tokio::test]
async fn a_far_end_s_hold_may_be_handed_on() {
    let (switch, mut ear, first, second) = joined("{hold_music=indicate_hold}").await;
    let holder = switch.sessions().get(&first).unwrap();
    holder.tell(|session| session.held_by_far_end(None)).unwrap();
    ear.find(EventKind::ChannelCallstate, &[("Unique-ID", &first), ("Channel-Call-State", "HELD")]).await;
    ear.find(EventKind::ChannelHold, &[("Unique-ID", &first)]).await;
    ear.find(EventKind::ChannelHold, &[("Unique-ID", &second)]).await;
    holder.tell(Session::taken_back_by_far_end).unwrap();
    ear.find(EventKind::ChannelUnhold, &[("Unique-ID", &first), ("Channel-Call-State", "UNHELD")]).await;
    ear.find(EventKind::ChannelUnhold, &[("Unique-ID", &second)]).await;
}

#[tokio::test]
async fn a_key_ends_a_soft_hold() {
    let (switch, mut ear, first, second) = joined("").await;
    let soft_hold = format!("uuid_broadcast {first} soft_hold::'# {MUSIC} {MUSIC}'");
    assert_eq!(api(&switch, &soft_hold).await, "+OK Message sent\n");
    ear.find(EventKind::ChannelExecute, &[("Unique-ID", &second), ("Application", "playback")]).await;
    api(&switch, &format!("uuid_recv_dtmf {first} 1#")).await;
    ear.find(EventKind::ChannelExecuteComplete, &[("Unique-ID", &first), ("Application", "soft_hold")]).await;
    ear.find(EventKind::ChannelExecuteComplete, &[("Unique-ID", &second), ("Application", "playback")]).await;
}

#[tokio::test]
async fn applications_hold_too_and_a_call_alone_has_nobody_to_keep_waiting() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    call(&switch, "", "'hold:hello,unhold,soft_hold:#,soft_hold,hangup' inline").await;
    let events = ear.until(EventKind::ChannelDestroy).await;
    let holds: Vec<String> = story(&events).into_iter().filter(|told| told.ends_with("HOLD")).collect();
    assert_eq!(holds, ["CHANNEL_HOLD", "CHANNEL_UNHOLD"]);
}
