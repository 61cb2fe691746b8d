//! Calls that a script's thread steers.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use strowger_core::Switch;
use strowger_core::ivr::{Asking, Collecting};
use strowger_core::registry::{About, Application};
use strowger_core::session::{Interrupted, Session};
use strowger_event::EventKind;
use strowger_script::{Ending, Host, Input, ScriptSession, Threads, serve};
use strowger_test_support::{Ear, execute, originate, switch};

type Script = Box<dyn FnOnce(&Host, &ScriptSession) -> Vec<String> + Send>;

/// Runs a script once.
struct Run {
    script: Mutex<Option<Script>>,
    said: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl Application for Run {
    fn about(&self) -> About {
        About { name: "run", syntax: "", help: "test", module: "test" }
    }

    async fn run(&self, session: &mut Session, _: &str) -> Result<(), Interrupted> {
        let host = Host::new(session.switch(), None);
        let (script, said) = (self.script.lock().take().unwrap(), Arc::clone(&self.said));
        let run = move |call: strowger_script::Call| {
            let host = call.host().clone();
            *said.lock() = script(&host, &ScriptSession::of(call));
        };
        serve(session, &Threads::new("script", 8), host, run).await.map(drop)
    }
}

/// What the script said, with a look at the call while it runs.
async fn check<F: Future<Output = ()>>(
    script: impl FnOnce(&Host, &ScriptSession) -> Vec<String> + Send + 'static,
    meanwhile: impl FnOnce(Arc<Switch>, String) -> F,
    expected: &[&str],
) {
    let switch = switch("<document/>");
    strowger_apps::register(switch.registries());
    let said = Arc::<Mutex<Vec<String>>>::default();
    let run = Run { script: Mutex::new(Some(Box::new(script))), said: Arc::clone(&said) };
    switch.registries().application(run);
    let mut ear = Ear::new(&switch, "CHANNEL_EXECUTE_COMPLETE");
    let handle = originate(&switch, "null/one").await.unwrap();
    execute(&handle, &[("run", ""), ("set", "after=yes")]);
    meanwhile(Arc::clone(&switch), handle.uuid().to_owned()).await;
    ear.find(EventKind::ChannelExecuteComplete, &[("Application", "run")]).await;
    assert_eq!(*said.lock(), expected);
}

async fn nothing(_: Arc<Switch>, _: String) {}

/// Brings the digits when the call is about to take them.
async fn digits(switch: Arc<Switch>, uuid: String, digits: &'static str) {
    let handle = switch.sessions().get(&uuid).unwrap();
    handle.post(move |session| session.receive_digits(digits)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_answers_sets_and_runs() {
    let script = |_: &Host, session: &ScriptSession| {
        let mut said = vec![session.answer().to_string(), session.is_ready().to_string()];
        session.set_variable("a", "1");
        session.execute("set", "b=${a}2");
        said.extend([session.variable("b").unwrap(), format!("{:?}", session.variable("nosuch"))]);
        said.extend([
            session.state(),
            session.is_answered().to_string(),
            session.stream_file("nosuch.xyz", 0, None).to_string(),
        ]);
        session.hangup("USER_BUSY");
        said.extend([session.is_ready().to_string(), session.hangup_cause().to_string()]);
        said.extend([session.variable("b").unwrap(), format!("{:?}", session.ending())]);
        said
    };
    let expected = ["1", "true", "12", "None", "CS_EXECUTE", "true", "0", "false", "USER_BUSY", "12", "Some(Hangup)"];
    check(script, nothing, &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn digits_are_asked_for() {
    let script = |_: &Host, session: &ScriptSession| {
        session.answer();
        let second = Duration::from_secs(10);
        let collecting = Collecting { most: 4, terminators: "#".into(), first: second, each: Duration::ZERO };
        let first = session.get_digits(collecting);
        let asking = Asking {
            min: 1,
            max: 2,
            tries: Some(1),
            timeout: second,
            digit_timeout: second,
            terminators: "#".into(),
            prompt: String::new(),
            bad_prompt: String::new(),
            variable: "answer".into(),
            pattern: "\\d+".into(),
            onward: String::new(),
        };
        vec![first, session.play_and_get_digits(asking), session.variable("answer").unwrap_or_default()]
    };
    check(script, |switch, uuid| digits(switch, uuid, "12#34"), &["12", "34", "34"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_sees_digits_and_ends_what_plays() {
    let script = |_: &Host, session: &ScriptSession| {
        session.answer();
        let mut seen = Vec::new();
        let mut react = |input: Input| {
            let Input::Digit { digit, .. } = input else { return String::new() };
            // The call does as it is told in the midst of its playing.
            session.execute("set", &format!("last={digit}"));
            seen.push(digit);
            if digit == '9' { "break".to_owned() } else { String::new() }
        };
        let played = session.stream_file("tone_stream://%(60000,0,440)", 0, Some(&mut react));
        vec![played.to_string(), seen.iter().collect(), session.variable("last").unwrap()]
    };
    check(script, |switch, uuid| digits(switch, uuid, "19"), &["1", "19", "9"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_survives_its_call() {
    let script = |host: &Host, session: &ScriptSession| {
        let uuid = session.uuid().unwrap();
        host.execute("uuid_kill", &format!("{uuid} USER_BUSY"));
        let slept = session.sleep(Duration::from_secs(3600), None);
        vec![slept.to_string(), format!("{:?}", session.ending()), session.execute("set", "a=b").to_string()]
    };
    check(script, nothing, &["0", "Some(Hangup)", "false"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_ends_the_scripts_hold() {
    let script = |_: &Host, session: &ScriptSession| {
        let sent = session.transfer("playback:silence_stream://60000", "inline", "");
        vec![sent.to_string(), session.is_ready().to_string(), format!("{:?}", session.ending().map(Ending::name))]
    };
    check(script, nothing, &["1", "false", "Some(\"transfer\")"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn legs_are_made_joined_and_let_go() {
    let script = |host: &Host, session: &ScriptSession| {
        session.answer();
        let bad = ScriptSession::new(host.clone(), "error/USER_BUSY", None);
        let mut said = vec![bad.is_ready().to_string(), bad.hangup_cause().to_string(), bad.answer().to_string()];
        let leg = ScriptSession::new(host.clone(), "{mark=x}null/two", None);
        said.extend([leg.is_ready().to_string(), leg.variable("mark").unwrap()]);
        let (host, uuid) = (host.clone(), leg.uuid().unwrap());
        let end = std::thread::spawn(move || {
            while host.execute("uuid_getvar", &format!("{uuid} bridge_uuid")).starts_with("_undef_") {
                std::thread::yield_now();
            }
            host.execute("uuid_kill", &uuid)
        });
        session.bridge(&leg);
        said.extend([end.join().unwrap(), leg.is_ready().to_string(), leg.variable("mark").unwrap()]);
        said.push(session.is_ready().to_string());
        said
    };
    let expected = ["false", "USER_BUSY", "-1", "true", "x", "+OK\n", "false", "x", "true"];
    check(script, nothing, &expected).await;
}
