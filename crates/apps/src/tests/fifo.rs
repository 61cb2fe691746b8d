//! Calls in queues.

use std::sync::Arc;

use strowger_core::Switch;
use strowger_event::{Event, EventKind};

use super::{Ear, api, call, test_switch};

const HEARD: &str = "CUSTOM CHANNEL_BRIDGE CHANNEL_HANGUP CHANNEL_ORIGINATE CHANNEL_PARK";

async fn fifo(switch: &Arc<Switch>, variables: &str, data: &str) -> String {
    call(switch, variables, &format!("'fifo:{data},park' inline")).await
}

async fn told(ear: &mut Ear, action: &str, uuid: &str) -> Event {
    ear.find(EventKind::Custom, &[("Event-Subclass", "fifo::info"), ("FIFO-Action", action), ("Unique-ID", uuid)]).await
}

async fn joined(ear: &mut Ear, consumer: &str, caller: &str) {
    ear.find(EventKind::ChannelBridge, &[("Unique-ID", consumer), ("Other-Leg-Unique-ID", caller)]).await;
}

#[tokio::test]
async fn a_consumer_serves_one_caller_after_the_other() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    let first = fifo(&switch, "{origination_caller_id_name='Ann Lee'}", "q in").await;
    let push = told(&mut ear, "push", &first).await;
    assert_eq!((push.get("FIFO-Name"), push.get("FIFO-Slot")), (Some("q"), Some("0")));
    let second = fifo(&switch, "", "q in").await;
    told(&mut ear, "push", &second).await;
    assert_eq!(api(&switch, "fifo count q").await, "q:0:2:0:0:0\n");
    let consumer = fifo(&switch, "{fifo_consumer_wrapup_time=0}", "q out wait").await;
    told(&mut ear, "consumer_start", &consumer).await;
    for (caller, left) in [(&first, 1), (&second, 0)] {
        told(&mut ear, "caller_pop", caller).await;
        let pop = told(&mut ear, "consumer_pop", &consumer).await;
        assert_eq!(pop.get("FIFO-Caller-UUID"), Some(caller.as_str()));
        told(&mut ear, "bridge-consumer-start", &consumer).await;
        told(&mut ear, "bridge-caller-start", caller).await;
        joined(&mut ear, &consumer, caller).await;
        assert_eq!(api(&switch, "fifo count q").await, format!("q:1:{left}:0:0:0\n"));
        let list = api(&switch, "fifo list q").await;
        let bridge = format!("<caller uuid=\"{caller}\"");
        assert!(list.contains(&bridge) && list.contains("<bridge fifo_name=\"q\""), "{list}");
        assert_eq!(api(&switch, &format!("fifo_check_bridge {caller}")).await, "true");
        // The star of the one who serves ends the caller.
        api(&switch, &format!("uuid_recv_dtmf {consumer} *")).await;
        let stop = told(&mut ear, "channel-consumer-stop", &consumer).await;
        assert!(stop.get("FIFO-Consumer-Talk-Time-us").is_some());
        assert!(told(&mut ear, "bridge-caller-stop", caller).await.get("FIFO-Caller-Talk-Time-s").is_some());
        told(&mut ear, "consumer_reentrance", &consumer).await;
    }
    assert_eq!(api(&switch, "fifo count q").await, "q:1:0:0:0:1\n");
    let third = fifo(&switch, "", "q in").await;
    joined(&mut ear, &consumer, &third).await;
    let (mut hangups, mut ends) = (Ear::new(&switch, "CHANNEL_HANGUP"), Ear::new(&switch, "CHANNEL_DESTROY"));
    api(&switch, &format!("uuid_kill {consumer}")).await;
    told(&mut ear, "consumer_stop", &consumer).await;
    hangups.find(EventKind::ChannelHangup, &[("Unique-ID", &third)]).await;
    ends.find(EventKind::ChannelDestroy, &[("Unique-ID", &consumer)]).await;
    assert_eq!(api(&switch, "fifo count q").await, "q:0:0:0:0:0\n");
}

#[tokio::test]
async fn a_caller_that_dies_leaves_the_queue() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    let first = fifo(&switch, "", "q in").await;
    told(&mut ear, "push", &first).await;
    api(&switch, &format!("uuid_kill {first}")).await;
    let abort = told(&mut ear, "abort", &first).await;
    assert_eq!(abort.get("variable_fifo_status"), Some("ABORTED"));
    assert_eq!(api(&switch, "fifo count q").await, "q:0:0:0:0:0\n");
    let consumer = fifo(&switch, "", "q out nowait").await;
    ear.find(EventKind::ChannelPark, &[("Unique-ID", &consumer)]).await;
}

#[tokio::test]
async fn a_caller_whose_agent_dies_stands_in_front() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    let first = fifo(&switch, "", "q in").await;
    told(&mut ear, "push", &first).await;
    let second = fifo(&switch, "{fifo_priority=5}", "q in").await;
    assert_eq!(told(&mut ear, "push", &second).await.get("FIFO-Slot"), Some("5"));
    // It dies while it is told who comes.
    let consumer = fifo(&switch, "", "q out wait silence_stream://-1").await;
    told(&mut ear, "consumer_pop", &consumer).await;
    api(&switch, &format!("uuid_kill {consumer}")).await;
    told(&mut ear, "consumer_stop", &consumer).await;
    let consumer = fifo(&switch, "", "q out").await;
    joined(&mut ear, &consumer, &first).await;
    assert_eq!(api(&switch, &format!("uuid_getvar {first} fifo_vip")).await, "true");
    assert_eq!(api(&switch, "fifo count q").await, "q:1:1:0:0:0\n");
}

#[tokio::test(start_paused = true)]
async fn who_waits_too_long_goes_into_orbit() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    let variables = "{fifo_orbit_exten=2035:7,fifo_orbit_dialplan=XML,fifo_orbit_context=default,\
                     fifo_chime_list='nosuch,nosuch.wav',fifo_chime_freq=2}";
    let first = fifo(&switch, variables, "q in").await;
    let timeout = told(&mut ear, "timeout", &first).await;
    assert_eq!(timeout.get("variable_fifo_status"), Some("TIMEOUT"));
    let parked = ear.find(EventKind::ChannelPark, &[("Unique-ID", &first)]).await;
    assert_eq!(parked.get("variable_inline_seen"), Some("5"));
    let second = fifo(&switch, "{fifo_caller_exit_key=12}", "q in").await;
    told(&mut ear, "push", &second).await;
    api(&switch, &format!("uuid_recv_dtmf {second} 92")).await;
    let abort = told(&mut ear, "abort", &second).await;
    assert_eq!(abort.get("variable_fifo_caller_exit_key"), Some("2"));
    ear.find(EventKind::ChannelPark, &[("Unique-ID", &second)]).await;
}

#[tokio::test(start_paused = true)]
async fn members_are_called_when_somebody_waits() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    assert_eq!(api(&switch, "fifo_member add q {fifo_outbound_uuid=m}null/agent 1 30 5").await, "+OK\n");
    assert_eq!(api(&switch, "fifo_member add q error/USER_BUSY 1 30 5").await, "+OK\n");
    let first = fifo(&switch, "{origination_caller_id_number=2000}", "q in").await;
    let dialled = told(&mut ear, "pre-dial", &first).await;
    assert_eq!(dialled.get("outbound-strategy"), Some("ringall"));
    assert!(dialled.get("originate_string").unwrap().contains("fifo_outbound_uuid=m,fifo_name=q"));
    let agent = ear.find(EventKind::ChannelOriginate, &[("Channel-Name", "null/agent")]).await;
    assert_eq!(agent.get("Caller-Caller-ID-Number"), Some("probe"), "whom it waits as");
    let agent = agent.get("Unique-ID").unwrap().to_owned();
    let start = told(&mut ear, "bridge-consumer-start", &agent).await;
    assert_eq!(start.get("FIFO-Consumer-Outbound-ID"), Some("m"));
    assert_eq!(start.get("FIFO-Consumer-Use-Count"), Some("1"));
    joined(&mut ear, &agent, &first).await;
    assert_eq!(api(&switch, "fifo_check_bridge m").await, "true");
    api(&switch, &format!("uuid_kill {first}")).await;
    told(&mut ear, "bridge-caller-stop", &first).await;
    assert_eq!(api(&switch, "fifo_check_bridge m").await, "false");
    assert_eq!(api(&switch, "fifo_member del q error/USER_BUSY").await, "+OK\n");
    assert_eq!(api(&switch, "fifo has_outbound q").await, "q:1\n");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_called_for_a_caller_that_is_gone() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    api(&switch, "fifo_member add q pickup/nobody 1 60 5").await;
    let first = fifo(&switch, "", "q in").await;
    let leg = ear.find(EventKind::ChannelOriginate, &[("Channel-Name", "pickup/nobody")]).await;
    api(&switch, &format!("uuid_kill {first}")).await;
    let leg = leg.get("Unique-ID").unwrap().to_owned();
    ear.find(EventKind::ChannelHangup, &[("Unique-ID", &leg), ("Hangup-Cause", "ORIGINATOR_CANCEL")]).await;
}

#[tokio::test]
async fn a_number_may_wait_in_a_queue() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, HEARD);
    assert_eq!(api(&switch, "fifo_add_outbound q error/USER_BUSY").await, "1");
    assert_eq!(api(&switch, "fifo_add_outbound q null/out 3").await, "1");
    for wrong in ["fifo_add_outbound", "fifo_add_outbound q"] {
        assert_eq!(api(&switch, wrong).await, "0");
    }
    let consumer = fifo(&switch, "{fifo_consumer_wrapup_time=0}", "q out").await;
    let failed = told(&mut ear, "caller_outbound", &consumer).await;
    assert_eq!(failed.get("FIFO-Result"), Some("failure:USER_BUSY"));
    assert_eq!(told(&mut ear, "caller_outbound", &consumer).await.get("FIFO-Result"), Some("success"));
    ear.find(EventKind::ChannelBridge, &[("Unique-ID", &consumer)]).await;
}

#[tokio::test(start_paused = true)]
async fn wrong_words_are_refused() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_EXECUTE_COMPLETE");
    for wrong in ["q", "q up", "a,b in", "q out soon", ", in", "", "q out"] {
        let variables = if wrong == "q out" { "{fifo_strategy=none}" } else { "" };
        let call = fifo(&switch, variables, wrong).await;
        ear.find(EventKind::ChannelExecuteComplete, &[("Unique-ID", &call), ("Application", "fifo")]).await;
    }
    for (line, answer) in [
        ("fifo count none", "none\n"),
        ("fifo importance none", "no fifo by that name\n"),
        ("fifo debug -1", "debug 0\n"),
        ("fifo_member add q", "-ERR Invalid!\n"),
        ("fifo_member put q null/a", "-ERR Invalid!\n"),
        ("fifo_check_bridge", "false"),
        ("fifo list none", "<fifo_report/>\n\n"),
    ] {
        assert_eq!(api(&switch, line).await, answer, "{line}");
    }
    assert!(api(&switch, "fifo_member").await.starts_with("-USAGE: [add "));
    assert!(api(&switch, "fifo up").await.starts_with("-ERR Usage: list|"));
    assert!(api(&switch, "fifo").await.starts_with("list|"));
    let long = "x".repeat(100_000);
    assert_eq!(api(&switch, &format!("fifo_member add q {long}")).await, "-ERR Invalid!\n");
}
