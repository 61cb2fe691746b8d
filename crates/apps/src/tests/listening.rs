//! Calls that others listen in on.

use std::sync::Arc;

use strowger_core::Switch;
use strowger_event::EventKind;

use super::{Ear, api, call, test_switch};

const HEARD: &str = "MEDIA_BUG_START MEDIA_BUG_STOP CHANNEL_EXECUTE_COMPLETE DTMF CHANNEL_HANGUP";

async fn listen(switch: &Arc<Switch>, variables: &str, what: &str) -> String {
    call(switch, variables, &format!("'{what},park' inline")).await
}

async fn begins(ear: &mut Ear, target: &str) {
    let start = ear.find(EventKind::MediaBugStart, &[("Unique-ID", target)]).await;
    assert_eq!((start.get("Media-Bug-Function"), start.get("Media-Bug-Target")), (Some("eavesdrop"), Some(target)));
}

#[tokio::test]
async fn a_call_is_listened_to_until_it_ends_or_a_star_comes() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    let first = call(&switch, "", "&park()").await;
    let spy = listen(&switch, "", &format!("eavesdrop:{first}")).await;
    begins(&mut ear, &first).await;
    let list = api(&switch, &format!("uuid_buglist {first}")).await;
    assert!(list.contains("<function>eavesdrop</function>"), "{list}");
    api(&switch, &format!("uuid_recv_dtmf {spy} 1230*")).await;
    ear.find(EventKind::MediaBugStop, &[("Unique-ID", &first)]).await;
    ear.find(EventKind::ChannelExecuteComplete, &[("Unique-ID", &spy), ("Application", "eavesdrop")]).await;
    assert_eq!(api(&switch, &format!("uuid_buglist {first}")).await, "<media-bugs>\n</media-bugs>\n");
    let other = listen(&switch, "", &format!("three_way:{first}")).await;
    begins(&mut ear, &first).await;
    api(&switch, &format!("uuid_kill {first}")).await;
    ear.find(EventKind::ChannelExecuteComplete, &[("Unique-ID", &other), ("Application", "three_way")]).await;
}

#[tokio::test]
async fn a_listener_that_ends_leaves_nothing_behind() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    let first = call(&switch, "", "&park()").await;
    let spy = listen(&switch, "{eavesdrop_enable_dtmf=false}", &format!("eavesdrop:{first}")).await;
    begins(&mut ear, &first).await;
    api(&switch, &format!("uuid_recv_dtmf {spy} *")).await;
    api(&switch, &format!("uuid_kill {spy}")).await;
    let stop = ear.next().await;
    assert_eq!(stop.kind, EventKind::ChannelHangup, "the star meant nothing");
    ear.find(EventKind::MediaBugStop, &[("Unique-ID", &first)]).await;
    assert_eq!(api(&switch, &format!("uuid_exists {first}")).await, "true");
}

#[tokio::test(start_paused = true)]
async fn only_its_group_is_listened_to() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    let first = call(&switch, "{eavesdrop_group='sales, help'}", "&park()").await;
    let second = call(&switch, "", "&park()").await;
    for (group, uuid) in [("other", &first), ("sales", &second), ("sale", &first)] {
        let spy = listen(&switch, &format!("{{eavesdrop_require_group={group}}}"), &format!("eavesdrop:{uuid}")).await;
        ear.find(EventKind::ChannelExecuteComplete, &[("Unique-ID", &spy), ("Application", "eavesdrop")]).await;
    }
    let all = listen(&switch, "{eavesdrop_require_group=help}", "eavesdrop:all").await;
    begins(&mut ear, &first).await;
    api(&switch, &format!("uuid_recv_dtmf {all} *")).await;
    ear.find(EventKind::MediaBugStop, &[("Unique-ID", &first)]).await;
    begins(&mut ear, &first).await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_listened_to_is_let_be() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    for data in ["eavesdrop:nobody", "eavesdrop", "three_way", "three_way:nobody", "userspy", "eavesdrop:${uuid}"] {
        let spy = listen(&switch, "", data).await;
        let done = ear.find(EventKind::ChannelExecuteComplete, &[("Unique-ID", &spy)]).await;
        assert_eq!(done.get("Application"), data.split(':').next());
    }
    assert!(ear.now().iter().all(|event| event.kind != EventKind::MediaBugStart));
}

#[tokio::test]
async fn a_user_is_spied_on_whenever_they_talk() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    let mut bridges = Ear::new(&switch, "CHANNEL_BRIDGE CHANNEL_EXECUTE");
    let spy = listen(&switch, "", "userspy:1000@d.example").await;
    bridges.find(EventKind::ChannelExecute, &[("Unique-ID", &spy), ("Application", "userspy")]).await;
    for variables in ["{user_name=1000,domain_name=d.example}", "{dialed_user=1000,dialed_domain=d.example}"] {
        let first = call(&switch, "", "&park()").await;
        let second = call(&switch, variables, "&park()").await;
        api(&switch, &format!("uuid_bridge {first} {second}")).await;
        bridges.find(EventKind::ChannelBridge, &[("Unique-ID", &first)]).await;
        begins(&mut ear, &second).await;
        api(&switch, &format!("uuid_kill {first}")).await;
        ear.find(EventKind::MediaBugStop, &[("Unique-ID", &second)]).await;
    }
}
