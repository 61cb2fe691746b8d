//! What a call's variables have it run at its turns, on legs that do as they are told.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::channel::HangupCause;
use strowger_core::registry::{About, ApiCall, ApiCommand};
use strowger_event::{Event, EventKind};
use strowger_test_support::{Ear, Put, Wait, execute, originate, variable};
use support::Scripted;

/// `look UUID NAME`: the variable NAME of a call that may be over, kept as the global `seen`.
struct Look;

#[async_trait]
impl ApiCommand for Look {
    fn about(&self) -> About {
        About { name: "look", syntax: "<uuid> <name>", help: "test", module: "test" }
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, name) = call.arguments.split_once(' ').unwrap();
        let handle = call.switch.sessions().get(uuid).unwrap();
        let seen = variable(&handle, name).await;
        call.switch.globals().set("seen", &seen);
        seen
    }
}

fn switch() -> Arc<Switch> {
    let switch = strowger_test_support::switch("<document type=\"freeswitch/xml\"/>");
    switch.registries().endpoint(Arc::new(Scripted));
    switch.registries().application(Put);
    switch.registries().application(Wait);
    switch.registries().command(Look);
    switch
}

const HEARD: &str = "CHANNEL_ORIGINATE CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA CHANNEL_ANSWER CHANNEL_CALLSTATE \
                     CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE";

/// An event in a word or two.
fn told(event: &Event) -> String {
    let name = event.kind.name().trim_start_matches("CHANNEL_").to_ascii_lowercase();
    let header = |name| event.get(name).unwrap_or_default();
    match event.kind {
        EventKind::ChannelCallstate => header("Channel-Call-State").to_owned(),
        EventKind::ChannelExecute => format!("{}({})", header("Application"), header("Application-Data")),
        _ => name,
    }
}

async fn story(switch: &Arc<Switch>, dial_string: &str) -> Vec<String> {
    let mut ear = Ear::new(switch, HEARD);
    let handle = originate(switch, dial_string).await.unwrap();
    handle.hangup(HangupCause::NormalClearing);
    let events = ear.until(EventKind::ChannelHangup).await;
    events.iter().filter(|event| event.kind != EventKind::ChannelExecuteComplete).map(told).collect()
}

#[tokio::test(start_paused = true)]
async fn each_turn_runs_what_is_tied_to_it_before_the_state_changes() {
    let switch = switch();
    switch.globals().set("execute_on_ring_all", "put r=0");
    let variables = "ignore_early_media=true,execute_on_originate='put o=1',execute_on_ring='put r=1',execute_on_pre_answer='put p=1',\
                     execute_on_media='put m=1',execute_on_answer='put a=1',execute_on_answer_2='put a=2'";
    let told = story(&switch, &format!("{{{variables}}}test/10=ring;20=early;30=answer")).await;
    let expected = "put(o=1) originate progress put(r=0) put(r=1) RINGING progress_media put(p=1) put(m=1) EARLY answer \
                    put(a=1) put(a=2) ACTIVE hangup";
    assert_eq!(told.join(" "), expected.split_whitespace().collect::<Vec<_>>().join(" "));
}

#[tokio::test(start_paused = true)]
async fn media_that_begins_with_the_answer_is_a_turn_too() {
    let told = story(&switch(), "{execute_on_media='put m=1',execute_on_answer='put a=1'}test/10=answer").await;
    assert_eq!(told, ["originate", "answer", "put(a=1)", "put(m=1)", "ACTIVE", "hangup"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_waited_for_comes_behind() {
    let told = story(&switch(), "{execute_on_answer='wait::'}test/10=answer").await;
    assert_eq!(told, ["originate", "answer", "ACTIVE", "wait()", "hangup"]);
}

#[tokio::test(start_paused = true)]
async fn commands_are_asked_at_turns_and_at_the_end() {
    let switch = switch();
    let made = "origination_uuid=one,mark=green";
    let handle = originate(&switch, &format!("{{{made},api_on_answer='look one mark'}}test/10=answer")).await.unwrap();
    assert_eq!(variable(&handle, "mark").await, "green");
    assert_eq!(switch.globals().get("seen").as_deref(), Some("green"));
    let mut ear = Ear::new(&switch, "CHANNEL_HANGUP_COMPLETE");
    handle.tell(|session| session.channel.variables.set("api_hangup_hook", "look ${uuid} hangup_cause")).unwrap();
    handle.hangup(HangupCause::UserBusy);
    ear.next().await;
    assert_eq!(switch.globals().get("seen").as_deref(), Some("USER_BUSY"));
}

#[tokio::test(start_paused = true)]
async fn behind_a_bridge_the_caller_runs_what_it_was_told() {
    let switch = switch();
    let caller =
        originate(&switch, "{exec_after_bridge_app=put,exec_after_bridge_arg='x=1'}test/1=answer").await.unwrap();
    let called = originate(&switch, "test/1=answer").await.unwrap();
    let mut ear = Ear::new(&switch, "CHANNEL_EXECUTE CHANNEL_UNBRIDGE CHANNEL_HANGUP");
    strowger_core::session::join(&caller, &called).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    called.hangup(HangupCause::NormalClearing);
    let events = ear.find(EventKind::ChannelExecute, &[("Application-Data", "x=1")]).await;
    assert_eq!(events.get("Unique-ID"), Some(caller.uuid()));
    ear.find(EventKind::ChannelHangup, &[("Unique-ID", caller.uuid()), ("Hangup-Cause", "NORMAL_CLEARING")]).await;
}

#[tokio::test(start_paused = true)]
async fn an_applications_own_variables_end_with_it() {
    let switch = switch();
    let handle = originate(&switch, "{app_uuid=mine}test/1=answer").await.unwrap();
    let mut ear = Ear::new(&switch, "CHANNEL_EXECUTE");
    execute(&handle, &[("put", "%[colour=red]a=1"), ("wait", "")]);
    let first = ear.next().await;
    assert_eq!(
        [first.get("scope_variable_colour"), first.get("Application-Data"), first.get("Application-UUID")],
        [Some("red"), Some("a=1"), Some("mine")]
    );
    let second = ear.next().await;
    assert_eq!((second.get("scope_variable_colour"), second.get("variable_a")), (None, Some("1")));
    assert_ne!(second.get("Application-UUID"), Some("mine"));
}
