//! Calls that others take over.

use std::sync::Arc;

use strowger_core::Switch;
use strowger_event::EventKind;

use super::{Ear, api, call, test_switch};

const HEARD: &str = "CHANNEL_BRIDGE CHANNEL_HANGUP CHANNEL_PARK CHANNEL_ORIGINATE DTMF";

async fn send(switch: &Arc<Switch>, uuid: &str, actions: &str) {
    assert_eq!(api(switch, &format!("uuid_transfer {uuid} '{actions}' inline")).await, "+OK\n");
}

async fn bridged_pair(switch: &Arc<Switch>, ear: &mut Ear) -> (String, String) {
    let (first, second) = (call(switch, "", "&park()").await, call(switch, "", "&park()").await);
    api(switch, &format!("uuid_bridge {first} {second}")).await;
    ear.find(EventKind::ChannelBridge, &[("Unique-ID", &first)]).await;
    (first, second)
}

#[tokio::test]
async fn a_call_is_taken_from_whoever_has_it() {
    for (bleg, kept, left) in [("", 0, 1), ("-bleg ", 1, 0)] {
        let switch = test_switch();
        let mut ear = Ear::new(&switch, HEARD);
        let (first, second) = bridged_pair(&switch, &mut ear).await;
        let legs = [&first, &second];
        let third = call(&switch, "", "&park()").await;
        send(&switch, &third, &format!("intercept:{bleg}{first}")).await;
        let end = ear.find(EventKind::ChannelHangup, &[]).await;
        let told = (end.get("Unique-ID"), end.get("Hangup-Cause"));
        assert_eq!(told, (Some(legs[left].as_str()), Some("PICKED_OFF")), "{bleg}");
        let bridge = ear.find(EventKind::ChannelBridge, &[("Unique-ID", &third)]).await;
        assert_eq!(bridge.get("Bridge-B-Unique-ID"), Some(legs[kept].as_str()));
    }
}

#[tokio::test]
async fn a_call_may_be_let_be() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    let (first, _) = bridged_pair(&switch, &mut ear).await;
    for wrong in [
        format!("set:intercept_unbridged_only=true,intercept:{first}"),
        format!("set:intercept_unanswered_only=true,intercept:{first}"),
        "intercept:nosuch".to_owned(),
        "intercept:-bleg nosuch".to_owned(),
        "intercept:-bleg".to_owned(),
        "intercept".to_owned(),
    ] {
        let third = call(&switch, "", "&park()").await;
        send(&switch, &third, &format!("{wrong},park")).await;
        ear.find(EventKind::ChannelPark, &[("Unique-ID", &third), ("Channel-State", "CS_EXECUTE")]).await;
    }
    assert_eq!(api(&switch, &format!("uuid_exists {first}")).await, "true");
    assert!(ear.now().iter().all(|event| event.kind != EventKind::ChannelHangup));
}

#[tokio::test]
async fn who_waits_is_picked_up() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    let variables = "{origination_caller_id_name=Ann,origination_caller_id_number=77}";
    let first = call(&switch, variables, "'bridge:pickup/sales,park' inline").await;
    let waiting = ear.find(EventKind::ChannelOriginate, &[("Channel-Name", "pickup/sales")]).await;
    // The leg waits from its start on, and tells of it right behind.
    let third = call(&switch, "", "&park()").await;
    send(&switch, &third, "pickup:sales").await;
    let end = ear.find(EventKind::ChannelHangup, &[]).await;
    assert_eq!((end.get("Unique-ID"), end.get("Hangup-Cause")), (waiting.get("Unique-ID"), Some("PICKED_OFF")));
    let bridge = ear.find(EventKind::ChannelBridge, &[("Unique-ID", &third)]).await;
    assert_eq!(bridge.get("Bridge-B-Unique-ID"), Some(first.as_str()));
    let late = call(&switch, "", "&park()").await;
    send(&switch, &late, "pickup:sales").await;
    ear.find(EventKind::ChannelHangup, &[("Unique-ID", &late), ("Hangup-Cause", "NO_PICKUP")]).await;
}

#[tokio::test]
async fn a_key_ends_the_calling() {
    let switch = test_switch();
    let (mut ear, mut parks) = (Ear::new(&switch, HEARD), Ear::new(&switch, "CHANNEL_PARK"));
    let first = call(&switch, "{origination_cancel_key=*}", "'bridge:pickup/sales,park' inline").await;
    let leg = ear.find(EventKind::ChannelOriginate, &[("Channel-Name", "pickup/sales")]).await;
    api(&switch, &format!("uuid_recv_dtmf {first} 1*")).await;
    let ends = [("Unique-ID", leg.get("Unique-ID").unwrap()), ("Hangup-Cause", "NO_ANSWER")];
    ear.find(EventKind::ChannelHangup, &ends).await;
    let parked = parks.find(EventKind::ChannelPark, &[("Unique-ID", &first)]).await;
    assert_eq!(parked.get("variable_originate_disposition"), Some("NO_ANSWER"));
}

#[tokio::test]
async fn a_call_that_nobody_answers_may_be_sent_elsewhere() {
    for (variables, cause, ends) in [
        ("{transfer_on_fail='USER_BUSY 2035 XML default'}", "USER_BUSY", None),
        ("{transfer_on_fail='true 2035 XML default'}", "CALL_REJECTED", None),
        // There is no extension of that name.
        ("{transfer_on_fail='auto_cause XML default'}", "INVALID_URL", Some("NO_ROUTE_DESTINATION")),
        ("{transfer_on_fail='USER_BUSY 2035'}", "CALL_REJECTED", Some("CALL_REJECTED")),
        ("{transfer_on_fail=USER_BUSY}", "USER_BUSY", Some("USER_BUSY")),
    ] {
        let switch = test_switch();
        let mut ear = Ear::new(&switch, "CHANNEL_HANGUP CHANNEL_PARK");
        call(&switch, variables, &format!("bridge:error/{cause} inline")).await;
        let event = ear.next().await;
        assert_eq!(event.get("Hangup-Cause"), ends, "{variables}");
    }
}
