//! Whole sessions on endpoints made for the test: how they wait, end, race and are limited.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strowger_core::Switch;
use strowger_core::channel::{DtmfSource, HangupCause};
use strowger_core::registry::{About, ApiCall, ApiCommand, Application};
use strowger_core::session::{Action, Execute, Interrupted, Session, Unreachable};
use strowger_event::{Event, EventKind};
use strowger_media::telephone_event::Digit;
use strowger_test_support::{Ear, Put, Wait, becomes, execute, originate, variable};

use support::Scripted;

const ABOUT: About = About { name: "", syntax: "", help: "test", module: "test" };

/// Waits until it is told to stop.
struct Breakable;

#[async_trait]
impl Application for Breakable {
    fn about(&self) -> About {
        About { name: "breakable", ..ABOUT }
    }

    async fn run(&self, session: &mut Session, _: &str) -> Result<(), Interrupted> {
        session.attend_until(std::future::pending::<()>(), Session::take_break).await.map(|_| ())
    }
}

/// Asks the session itself for a variable, from within its own expansion.
struct AskBack;

#[async_trait]
impl ApiCommand for AskBack {
    fn about(&self) -> About {
        About { name: "ask_back", ..ABOUT }
    }

    async fn run(&self, call: ApiCall<'_>) -> String {
        let (uuid, name) = call.arguments.split_once(' ').unwrap();
        let (handle, name) = (call.switch.sessions().get(uuid).unwrap(), name.to_owned());
        handle.ask(move |session| session.channel.variable(&name).unwrap_or_default().to_owned()).await.unwrap()
    }
}

fn switch(dialplan: &str, settings: &str) -> Arc<Switch> {
    let switch = strowger_test_support::switch(&format!(
        r#"<document type="freeswitch/xml"><section name="configuration"><configuration name="switch.conf"><settings>
        {settings}</settings></configuration></section><section name="dialplan"><context name="default">{dialplan}
        </context></section></document>"#
    ));
    switch.registries().application(Wait);
    switch.registries().application(Put);
    switch.registries().application(Breakable);
    switch.registries().command(AskBack);
    switch.registries().endpoint(Arc::new(Scripted));
    switch
}

#[tokio::test(start_paused = true)]
async fn a_hangup_interrupts_what_waits_and_nothing_is_left() {
    let switch = switch("", "");
    let mut heard = Ear::new(&switch, "");
    let handle = originate(&switch, "null/one").await.unwrap();
    execute(&handle, &[("wait", ""), ("put", "never=1")]);
    heard.find(EventKind::ChannelExecute, &[("Application", "wait")]).await;
    handle.hangup(HangupCause::UserBusy);
    handle.hangup(HangupCause::NormalClearing);
    let complete = heard.find(EventKind::ChannelHangupComplete, &[]).await;
    assert_eq!(complete.get("Hangup-Cause"), Some("USER_BUSY"));
    assert_eq!(complete.get("variable_never"), None);
    handle.gone().await;
    assert_eq!(switch.sessions().counts().running, 0);
    assert_eq!(handle.ask(|_| ()).await, Err(Unreachable));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_comes_to_its_end_is_hung_up() {
    let switch = switch("", "");
    let mut heard = Ear::new(&switch, "");
    let handle = originate(&switch, "null/one").await.unwrap();
    execute(&handle, &[("wait", "500"), ("put", "seen=yes")]);
    let complete = heard.find(EventKind::ChannelHangupComplete, &[]).await;
    assert_eq!(complete.get("Hangup-Cause"), Some("NORMAL_CLEARING"));
    assert_eq!(complete.get("variable_seen"), Some("yes"));
}

#[tokio::test]
async fn an_expansion_may_ask_its_own_session() {
    let switch = switch("", "");
    let handle = originate(&switch, "{colour=red}null/one").await.unwrap();
    execute(&handle, &[("put", "answer=${ask_back(${uuid} colour)}"), ("wait", "")]);
    becomes(&handle, "answer", "red").await;
}

#[tokio::test]
async fn an_unknown_application_ends_the_call() {
    let switch = switch("", "");
    let mut heard = Ear::new(&switch, "");
    let handle = originate(&switch, "null/one").await.unwrap();
    execute(&handle, &[("nonsense", "")]);
    let end = heard.find(EventKind::ChannelHangup, &[]).await;
    assert_eq!(end.get("Hangup-Cause"), Some("DESTINATION_OUT_OF_ORDER"));
}

#[tokio::test(start_paused = true)]
async fn nobody_answers_in_time() {
    let switch = switch("", "");
    let before = tokio::time::Instant::now();
    assert_eq!(originate(&switch, "{originate_timeout=7}test/ring").await.err(), Some(HangupCause::NoAnswer));
    assert_eq!(before.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn the_first_leg_that_answers_wins() {
    let switch = switch("", "");
    let mut heard = Ear::new(&switch, "");
    let handle = originate(&switch, "test/ring,null/one").await.unwrap();
    let lost = heard.find(EventKind::ChannelHangup, &[]).await;
    assert_eq!(lost.get("Hangup-Cause"), Some("LOSE_RACE"));
    assert_eq!(variable(&handle, "channel_name").await, "null/one");
    assert_eq!(originate(&switch, "error/USER_BUSY|null/two").await.map(|_| ()), Ok(()));
    assert_eq!(originate(&switch, "error/USER_BUSY|error/USER_BUSY").await.err(), Some(HangupCause::UserBusy));
    assert_eq!(originate(&switch, "nosuch/one").await.err(), Some(HangupCause::ChanNotImplemented));
}

#[tokio::test]
async fn limits_refuse_calls() {
    let switch = switch("", r#"<param name="max-sessions" value="2"/>"#);
    let first = originate(&switch, "{origination_uuid=mine}null/one").await.unwrap();
    assert_eq!(originate(&switch, "{origination_uuid=mine}null/two").await.err(), Some(HangupCause::SwitchCongestion));
    originate(&switch, "null/two").await.unwrap();
    assert_eq!(originate(&switch, "null/three").await.err(), Some(HangupCause::SwitchCongestion));
    first.hangup(HangupCause::NormalClearing);
    first.gone().await;
    originate(&switch, "null/three").await.unwrap();
    switch.begin_stopping();
    assert_eq!(originate(&switch, "null/four").await.err(), Some(HangupCause::SystemShutdown));
}

/// The applications that the dialplan chose for `number`, as `application data`.
async fn routed(dialplan: &str, number: &str) -> Vec<String> {
    let switch = switch(dialplan, "");
    let mut heard = Ear::new(&switch, "");
    let handle = originate(&switch, "null/one").await.unwrap();
    let number = number.to_owned();
    handle.tell(move |session| session.transfer(&number, "XML", "default")).unwrap();
    handle.gone().await;
    let told = |event: &Event| {
        let header = |name| event.get(name).unwrap_or_default();
        format!("{} {}", header("Application"), header("Application-Data"))
    };
    let events = heard.now();
    events.iter().filter(|event| event.kind == EventKind::ChannelExecute).map(told).collect()
}

#[tokio::test]
async fn conditions_choose_actions() {
    let dialplan = r#"
      <extension name="first" continue="true"><condition><action application="put" data="first=1" inline="true"/></condition></extension>
      <extension name="captures"><condition field="destination_number" expression="^1(\d+)$">
        <action application="put" data="rest=$1 of $0"/><anti-action application="put" data="other=1"/></condition>
        <condition field="${first}" expression="^1$"><action application="put" data="seen=inline"/></condition></extension>
      <extension name="never"><condition><action application="put" data="never=1"/></condition></extension>"#;
    assert_eq!(routed(dialplan, "123").await, ["put first=1", "put rest=23 of 123", "put seen=inline"]);
    assert_eq!(routed(dialplan, "9").await, ["put first=1", "put other=1"]);
}

#[tokio::test]
async fn breaks_and_nesting() {
    let dialplan = r#"
      <extension name="breaks">
        <condition field="destination_number" expression="^1" break="never"><action application="put" data="a=1"/></condition>
        <condition field="destination_number" expression="^2" break="on-true"><action application="put" data="b=1" loop="2"/></condition>
        <condition><action application="put" data="c=1"/>
          <condition field="destination_number" expression="1$"><action application="put" data="d=1"/></condition></condition>
      </extension>"#;
    assert_eq!(routed(dialplan, "11").await, ["put a=1", "put c=1", "put d=1"]);
    assert_eq!(routed(dialplan, "21").await, ["put b=1", "put b=1"]);
}

fn queued(data: &str, lock: bool, priority: bool) -> Execute {
    let action = Action { application: "wait".into(), data: data.into() };
    Execute { lock, priority, ..Execute::once(action) }
}

/// Has a call that waits take these commands at once; how their executions begin and end.
async fn executed(commands: Vec<Execute>) -> Vec<String> {
    let switch = switch("", "");
    let mut heard = Ear::new(&switch, "");
    let handle = originate(&switch, "null/one").await.unwrap();
    execute(&handle, &[("wait", "")]);
    heard.find(EventKind::ChannelExecute, &[]).await;
    let last = commands.last().unwrap().action.data.clone();
    handle.tell(|session| commands.into_iter().for_each(|one| session.queue(one).unwrap())).unwrap();
    let mut story = Vec::new();
    while !story.contains(&format!("{last} ends")) {
        let event = heard.next().await;
        let data = event.get("Application-Data").unwrap_or_default();
        match event.kind {
            EventKind::ChannelExecute => story.push(format!("{data} begins")),
            EventKind::ChannelExecuteComplete => story.push(format!("{data} ends")),
            _ => {}
        }
    }
    story
}

#[tokio::test(start_paused = true)]
async fn a_lock_holds_back_all_but_those_with_priority() {
    let story = executed(vec![queued("300", true, false), queued("50", false, true), queued("20", false, false)]).await;
    assert_eq!(story, ["50 begins", "50 ends", "300 begins", "300 ends", "20 begins", "20 ends"]);
    let story = executed(vec![queued("300", false, false), queued("200", false, false)]).await;
    assert_eq!(story, ["300 begins", "200 begins", "200 ends"], "without a lock one runs within the other");
    let story =
        executed(vec![queued("300", false, true), queued("200", false, true), queued("10", false, false)]).await;
    let expected = ["300 begins", "300 ends", "200 begins", "200 ends", "10 begins", "10 ends"];
    assert_eq!(story, expected, "priority holds back all");
}

#[tokio::test(start_paused = true)]
async fn a_priority_command_runs_within_a_locked_one() {
    let switch = switch("", "");
    let mut heard = Ear::new(&switch, "");
    let handle = originate(&switch, "null/one").await.unwrap();
    execute(&handle, &[("wait", "")]);
    handle.tell(|session| session.queue(queued("300", true, false)).unwrap()).unwrap();
    heard.find(EventKind::ChannelExecute, &[("Application-Data", "300")]).await;
    handle.tell(|session| session.queue(queued("20", false, false)).unwrap()).unwrap();
    handle.tell(|session| session.queue(queued("50", false, true)).unwrap()).unwrap();
    let complete = heard.find(EventKind::ChannelExecuteComplete, &[]).await;
    assert_eq!(complete.get("Application-Data"), Some("50"));
    let complete = heard.find(EventKind::ChannelExecuteComplete, &[]).await;
    assert_eq!(complete.get("Application-Data"), Some("300"));
}

#[tokio::test(start_paused = true)]
async fn digits_of_the_media_reach_the_session_however_many() {
    let switch = switch("", "");
    let handle = originate(&switch, "null/one").await.unwrap();
    execute(&handle, &[("wait", "")]);
    let sink = handle.digit_sink();
    let digit = Digit { digit: '7', duration: Duration::from_millis(160) };
    // The session has no time to look: they wait in one place of its mailbox.
    (0..1000).for_each(|_| sink(digit));
    let waiting = handle.ask(|session| session.channel.digits.len()).await.unwrap();
    assert_eq!(waiting, 64);
    let taken = handle.ask(Session::take_digit).await.unwrap().unwrap();
    assert_eq!((taken.digit, taken.duration, taken.source), ('7', 1280, DtmfSource::Rtp));
    sink(digit);
    assert_eq!(handle.ask(|session| session.channel.digits.len()).await.unwrap(), 64);
}

#[tokio::test]
async fn a_break_ends_what_can_be_stopped_and_its_repetition() {
    let switch = switch("", "");
    let handle = originate(&switch, "null/one").await.unwrap();
    execute(&handle, &[("breakable", ""), ("wait", "")]);
    becomes(&handle, "current_application", "breakable").await;
    handle.tell(|session| session.interrupt(false)).unwrap();
    becomes(&handle, "current_application", "wait").await;
    // What cannot be stopped goes on, and does not hand the break on to what is begun later.
    handle.tell(|session| session.interrupt(true)).unwrap();
    let mut repeated = queued("", false, false);
    (repeated.action.application, repeated.loops) = ("breakable".into(), -1);
    handle.tell(|session| session.queue(repeated).unwrap()).unwrap();
    becomes(&handle, "current_loop", "1").await;
    handle.tell(|session| session.interrupt(false)).unwrap();
    becomes(&handle, "current_loop", "").await;
    assert!(handle.ask(|session| session.take_break()).await.unwrap(), "the one that waits was told as well");
}
