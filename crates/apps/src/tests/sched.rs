//! What is to be done later: the commands and applications, with the clock paused.

use std::time::Duration;

use strowger_event::EventKind;
use tokio::time::sleep;

use super::{Ear, api, call, test_switch};

async fn pass(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_command_is_scheduled_as_freeswitch_tells_it() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "ADD_SCHEDULE EXE_SCHEDULE RE_SCHEDULE DEL_SCHEDULE");
    assert_eq!(api(&switch, "sched_api +1 mygroup global_setvar ran=once").await, "+OK Added: 1\n");
    pass(2).await;
    assert_eq!(api(&switch, "global_getvar ran").await, "once");
    let (add, del) = (ear.next().await, ear.next().await);
    assert_eq!((add.kind, del.kind), (EventKind::AddSchedule, EventKind::DelSchedule));
    assert_eq!((add.get("Task-Desc"), add.get("Task-Group")), (Some("sched_api_function"), Some("mygroup")));
    assert_eq!(api(&switch, "sched_api +60 mygroup2 echo never").await, "+OK Added: 2\n");
    let shown = api(&switch, "show tasks").await;
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "task_id,task_desc,task_group,task_runtime,task_sql_manager,hostname");
    assert!(lines[1].starts_with("2,sched_api_function,mygroup2,") && lines[1].ends_with(",0,host"), "{shown}");
    assert_eq!(api(&switch, "sched_del mygroup2").await, "+OK Deleted: 1\n");
    assert_eq!(api(&switch, "show tasks").await, "\n0 total.\n");
    assert!(ear.now().iter().all(|event| event.kind != EventKind::ExeSchedule));
}

#[tokio::test(start_paused = true)]
async fn answers_are_those_of_freeswitch() {
    let switch = test_switch();
    let usage = "-ERR Invalid syntax. USAGE: [+@]<time> <group_name> <command_string>[&]\n";
    let runs = [
        ("sched_api", usage),
        ("sched_api +1 none", usage),
        ("sched_api +100 none status &", "+OK Added: 1\n"),
        ("sched_del", "-ERR Invalid syntax\n"),
        ("sched_del nosuch", "+OK Deleted: 0\n"),
        ("sched_del 1", "+OK Deleted: 1\n"),
        ("sched_del 1", "+OK Deleted: 0\n"),
        ("sched_del 99999999999", "+OK Deleted: 0\n"),
        ("unsched_api", "-ERR Invalid syntax. USAGE: <task_id>\n"),
        ("unsched_api 1", "-ERR No such id\n"),
        ("sched_hangup", "-USAGE: [+]<time> <uuid> [<cause>]\n"),
        ("sched_hangup +5 nosuch", "-ERR No such channel!\n"),
        ("sched_transfer +5 nosuch", "-USAGE: [+]<time> <uuid> <extension> [<dialplan>] [<context>]\n"),
        ("sched_transfer +5 nosuch 1000", "-ERR No such channel!\n"),
        ("sched_broadcast +5 nosuch", "-USAGE: [[+]<time>|@time] <uuid> <path> [aleg|bleg|both]\n"),
        ("sched_broadcast +5 nosuch x.wav", "+OK Message scheduled\n"),
        ("uuid_session_heartbeat", "-USAGE: <uuid> [sched] [0|<seconds>]\n"),
        ("uuid_session_heartbeat nosuch 5", "-ERR Usage: cannot locate session.\n"),
    ];
    for (line, answer) in runs {
        assert_eq!(api(&switch, line).await, answer, "{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_repeats() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "RE_SCHEDULE");
    assert_eq!(api(&switch, "sched_api @10 none echo x").await, "+OK Added: 1\n");
    pass(31).await;
    assert_eq!(ear.now().len(), 3);
    assert_eq!(api(&switch, "unsched_api 1").await, "+OK\n");
    pass(31).await;
    assert!(ear.now().is_empty());
}

#[tokio::test(start_paused = true)]
async fn calls_are_ended_sent_on_and_played_to_later() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_HANGUP CHANNEL_EXECUTE");
    let id = call(&switch, "", "'&park()'").await;
    assert_eq!(api(&switch, &format!("sched_broadcast +2 {id} set::later=yes")).await, "+OK Message scheduled\n");
    assert_eq!(api(&switch, &format!("sched_transfer +4 {id} 2031")).await, "+OK\n");
    assert_eq!(api(&switch, &format!("sched_hangup +6 {id} USER_BUSY")).await, "+OK\n");
    let park = ear.find(EventKind::ChannelExecute, &[("Application", "park")]).await;
    assert_eq!(park.get("Unique-ID"), Some(id.as_str()));
    ear.find(EventKind::ChannelExecute, &[("Application", "set"), ("Application-Data", "later=yes")]).await;
    ear.find(EventKind::ChannelExecute, &[("Application-Data", "inline_seen=1")]).await;
    ear.find(EventKind::ChannelHangup, &[("Hangup-Cause", "USER_BUSY")]).await;
    let other = call(&switch, "", "'&park()'").await;
    assert_eq!(api(&switch, &format!("sched_hangup +0 {other}")).await, "+OK\n");
    ear.find(EventKind::ChannelHangup, &[("Hangup-Cause", "ALLOTTED_TIMEOUT")]).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_schedules_for_itself() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_HANGUP CHANNEL_EXECUTE SESSION_HEARTBEAT");
    for (steps, cause) in [
        ("sched_hangup:+3 USER_BUSY,park", "USER_BUSY"),
        ("sched_hangup:+0,park", "ALLOTTED_TIMEOUT"),
        ("sched_transfer:+3 end XML default,park", "USER_BUSY"),
        ("sched_broadcast:+3 hangup::CALL_REJECTED,park", "CALL_REJECTED"),
        ("sched_hangup:+3 USER_BUSY,sched_cancel,sleep:10000", "NORMAL_CLEARING"),
        ("sched_hangup:+3 USER_BUSY,sched_cancel:${last_sched_id},sleep:10000", "NORMAL_CLEARING"),
        ("sched_hangup,sched_transfer:+1,sched_broadcast:+1,enable_heartbeat,sleep:10", "NORMAL_CLEARING"),
    ] {
        let id = call(&switch, "", &format!("'{steps}' inline")).await;
        let end = ear.find(EventKind::ChannelHangup, &[("Unique-ID", &id)]).await;
        assert_eq!(end.get("Hangup-Cause"), Some(cause), "{steps}");
    }
    for beat in ["enable_heartbeat", "sched_heartbeat"] {
        call(&switch, "", &format!("'{beat}:2,sleep:5000' inline")).await;
        for _ in 0..3 {
            ear.find(EventKind::SessionHeartbeat, &[]).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_asked_to_beat() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "SESSION_HEARTBEAT");
    let id = call(&switch, "", "'&park()'").await;
    for (asked, beats) in [("1", 4), ("sched 1", 4), ("on", 1), ("sched true", 1), ("0", 0), ("off", 0), ("sched", 0)] {
        assert_eq!(api(&switch, &format!("uuid_session_heartbeat {id} {asked}")).await, "+OK\n");
        sleep(Duration::from_millis(3500)).await;
        let heard = ear.now().len();
        assert!((beats..=beats + usize::from(beats > 1)).contains(&heard), "{asked}: {heard}");
        api(&switch, &format!("uuid_session_heartbeat {id} off")).await;
    }
}
