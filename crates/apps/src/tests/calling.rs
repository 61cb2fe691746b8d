//! `bridge`: what comes of it when nobody answers, and when somebody does.

use strowger_event::EventKind;

use super::{Ear, api, call, test_switch};

/// How a call ends that bridges to `error/CAUSE` and would then park: with this cause, or not (`None`).
async fn ends(variables: &str, cause: &str) -> Option<String> {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_HANGUP CHANNEL_PARK");
    call(&switch, variables, &format!("'bridge:error/{cause},park' inline")).await;
    let event = ear.next().await;
    assert_eq!(event.get("variable_originate_failed_cause"), Some(cause));
    assert_eq!(event.get("variable_originate_disposition"), Some(cause));
    event.get("Hangup-Cause").map(str::to_owned)
}

#[tokio::test]
async fn a_call_ends_with_its_bridge_unless_it_may_go_on() {
    for (variables, cause, goes_on) in [
        ("", "USER_BUSY", false),
        ("", "NO_ANSWER", true),
        ("", "NO_USER_RESPONSE", true),
        ("{continue_on_fail=true}", "USER_BUSY", true),
        ("{continue_on_fail=true}", "ATTENDED_TRANSFER", false),
        ("{continue_on_fail=false}", "NO_ANSWER", false),
        ("{continue_on_fail='user_busy,19'}", "USER_BUSY", true),
        ("{continue_on_fail='user_busy,19'}", "NO_ANSWER", true),
        ("{continue_on_fail='user_busy,19'}", "CALL_REJECTED", false),
        ("{failure_causes='USER_BUSY'}", "USER_BUSY", false),
        ("{failure_causes='USER_BUSY'}", "CALL_REJECTED", true),
    ] {
        let end = ends(variables, cause).await;
        assert_eq!(end.as_deref(), (!goes_on).then_some(cause), "{variables} {cause}");
    }
}

#[tokio::test]
async fn whoever_answers_is_joined() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_BRIDGE CHANNEL_HANGUP");
    let first = call(&switch, "", "'set:hangup_after_bridge=true,bridge:error/USER_BUSY|null/other,park' inline").await;
    let bridge = ear.find(EventKind::ChannelBridge, &[("Unique-ID", &first)]).await;
    assert_eq!(bridge.get("Other-Leg-Channel-Name"), Some("null/other"));
    assert_eq!(bridge.get("variable_originate_disposition"), Some("SUCCESS"));
    let other = bridge.get("Bridge-B-Unique-ID").unwrap().to_owned();
    assert_eq!(api(&switch, &format!("uuid_kill {other} USER_BUSY")).await, "+OK\n");
    let end = ear.find(EventKind::ChannelHangup, &[("Unique-ID", &first)]).await;
    assert_eq!(end.get("Hangup-Cause"), Some("USER_BUSY"));
}
