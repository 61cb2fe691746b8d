//! Calls in parking lots.

use std::sync::Arc;

use strowger_core::Switch;
use strowger_event::{Event, EventKind};

use super::{Ear, api, call, test_switch};

async fn park(switch: &Arc<Switch>, variables: &str, where_to: &str) -> String {
    call(switch, variables, &format!("'valet_park:{where_to},park' inline")).await
}

async fn told(ear: &mut Ear, action: &str, uuid: &str) -> Event {
    ear.find(EventKind::Custom, &[("Event-Subclass", "valet_parking::info"), ("Action", action), ("Unique-ID", uuid)])
        .await
}

#[tokio::test]
async fn a_parked_call_is_taken_by_who_dials_its_extension() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CUSTOM CHANNEL_BRIDGE");
    assert_eq!(api(&switch, "valet_info").await, "<lots>\n</lots>\n");
    let first = park(&switch, "", "lot 5900").await;
    let hold = told(&mut ear, "hold", &first).await;
    assert_eq!((hold.get("Valet-Lot-Name"), hold.get("Valet-Extension")), (Some("lot"), Some("5900")));
    let lot = format!("  <lot name=\"lot\">\n    <extension uuid=\"{first}\">5900</extension>\n  </lot>\n");
    for name in ["", " LOT"] {
        assert_eq!(api(&switch, &format!("valet_info{name}")).await, format!("<lots>\n{lot}</lots>\n"));
    }
    assert_eq!(api(&switch, "valet_info other").await, "<lots>\n</lots>\n");
    let second = park(&switch, "", "lot 5900").await;
    let bridge = told(&mut ear, "bridge", &first).await;
    assert_eq!(bridge.get("Bridge-To-UUID"), Some(second.as_str()));
    told(&mut ear, "exit", &first).await;
    ear.find(EventKind::ChannelBridge, &[("Unique-ID", &second), ("Other-Leg-Unique-ID", &first)]).await;
    assert_eq!(api(&switch, "valet_info").await, "<lots>\n</lots>\n");
}

#[tokio::test]
async fn a_call_that_dies_frees_its_place() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CUSTOM CHANNEL_EXECUTE_COMPLETE");
    let first = park(&switch, "", "lot 1").await;
    told(&mut ear, "hold", &first).await;
    api(&switch, &format!("uuid_kill {first}")).await;
    told(&mut ear, "exit", &first).await;
    let second = park(&switch, "", "lot 1").await;
    told(&mut ear, "hold", &second).await;
    api(&switch, &format!("uuid_recv_dtmf {second} 12#")).await;
    told(&mut ear, "exit", &second).await;
    let complete = [("Unique-ID", second.as_str()), ("Application", "valet_park")];
    ear.find(EventKind::ChannelExecuteComplete, &complete).await;
}

#[tokio::test(start_paused = true)]
async fn places_are_given_by_themselves() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CUSTOM CHANNEL_BRIDGE CHANNEL_EXECUTE_COMPLETE");
    let first = park(&switch, "", "lot auto in 5900 5902").await;
    assert_eq!(told(&mut ear, "hold", &first).await.get("Valet-Extension"), Some("5900"));
    let second = park(&switch, "", "lot auto in 5900 5902").await;
    assert_eq!(told(&mut ear, "hold", &second).await.get("Valet-Extension"), Some("5901"));
    let third = park(&switch, "", "lot auto in 5900 5902").await;
    let done = ear.find(EventKind::ChannelExecuteComplete, &[("Unique-ID", &third)]).await;
    assert_eq!(done.get("Application"), Some("valet_park"), "the lot is full");
    let fourth = park(&switch, "", "lot auto out 5900 5902").await;
    ear.find(EventKind::ChannelBridge, &[("Unique-ID", &fourth), ("Other-Leg-Unique-ID", &first)]).await;
    for wrong in ["lot", "lot auto in", "lot auto up 1 2", "none auto out 1 2", ""] {
        let call = park(&switch, "", wrong).await;
        ear.find(EventKind::ChannelExecuteComplete, &[("Unique-ID", &call), ("Application", "valet_park")]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_other_leg_of_a_bridge_is_parked_with_a_ticket() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CUSTOM CHANNEL_BRIDGE CHANNEL_HANGUP");
    let (first, second) =
        (call(&switch, "", "&park()").await, call(&switch, "{park_after_bridge=true}", "&park()").await);
    api(&switch, &format!("uuid_bridge {first} {second}")).await;
    ear.find(EventKind::ChannelBridge, &[("Unique-ID", &first)]).await;
    api(&switch, &format!("uuid_transfer {first} 'valet_park:lot auto in 1 9' inline")).await;
    let mut hangup = Ear::new(&switch, "CHANNEL_HANGUP");
    let hold = told(&mut ear, "hold", &second).await;
    assert_eq!(hold.get("Valet-Extension"), Some("1"));
    assert_eq!(hold.get("variable_valet_ticket"), None, "it was given in");
    hangup.find(EventKind::ChannelHangup, &[("Unique-ID", &first)]).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_parked_too_long_goes_into_orbit() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CUSTOM CHANNEL_PARK");
    let variables = "{valet_parking_timeout=5,valet_parking_orbit_exten=2035,valet_parking_orbit_dialplan=XML,valet_parking_orbit_context=default}";
    let first = park(&switch, variables, "lot 1").await;
    told(&mut ear, "exit", &first).await;
    let parked = ear.find(EventKind::ChannelPark, &[("Unique-ID", &first)]).await;
    assert_eq!(parked.get("variable_inline_seen"), Some("5"));
}

#[tokio::test(start_paused = true)]
async fn the_extension_may_be_asked_for() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CUSTOM CHANNEL_HANGUP CHANNEL_EXECUTE");
    let first = park(&switch, "", "lot ask 1 4 60000 silence").await;
    ear.find(EventKind::ChannelExecute, &[("Unique-ID", &first), ("Application", "valet_park")]).await;
    api(&switch, &format!("uuid_recv_dtmf {first} 77#")).await;
    assert_eq!(told(&mut ear, "hold", &first).await.get("Valet-Extension"), Some("77"));
    let second = park(&switch, "", "lot ask 1 4 100 /nowhere/x.wav").await;
    ear.find(EventKind::ChannelHangup, &[("Unique-ID", &second), ("Hangup-Cause", "DESTINATION_OUT_OF_ORDER")]).await;
}
