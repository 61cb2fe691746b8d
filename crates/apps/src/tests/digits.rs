use strowger_event::{Event, EventKind};

use super::{Ear, api, call, story, test_switch};

const KINDS: &str = "DTMF CHANNEL_EXECUTE_COMPLETE PLAYBACK_START PLAYBACK_STOP";

fn digits(events: &[Event]) -> String {
    events.iter().filter_map(|event| event.get("DTMF-Digit")).collect()
}

/// Plays 20 ms, so that what comes next is typed after the prompt.
const PROMPT: &str = "tone_stream://%(20,0,600)";

/// A prompt that only a digit ends.
const ENDLESS: &str = "tone_stream://%(60,0,600);loops=-1";

#[tokio::test]
async fn a_parked_call_takes_digits_as_they_come() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "DTMF");
    let id = call(&switch, "", "&park()").await;
    let received = format!("+OK {id} received DTMF 12#@150.\n");
    assert_eq!(api(&switch, &format!("uuid_recv_dtmf {id} 12#@150")).await, received);
    let events = [ear.next().await, ear.next().await, ear.next().await];
    assert_eq!(digits(&events), "12#");
    let last: Vec<_> = events[0].headers.iter().rev().take(3).collect();
    assert_eq!(last, [("DTMF-Source", "APP"), ("DTMF-Duration", "1200"), ("DTMF-Digit", "1")]);
    assert_eq!(events[0].get("variable_direction"), None);
    assert_eq!(events[0].get("Unique-ID"), Some(id.as_str()));
}

#[tokio::test]
async fn what_the_commands_answer() {
    let switch = test_switch();
    let id = call(&switch, "", "&park()").await;
    assert_eq!(api(&switch, &format!("uuid_send_dtmf {id} 5")).await, format!("+OK {id} sent DTMF 5.\n"));
    assert_eq!(api(&switch, &format!("uuid_flush_dtmf {id}")).await, "+OK\n");
    assert_eq!(api(&switch, &format!("uuid_break {id}")).await, "+OK\n");
    assert_eq!(api(&switch, &format!("uuid_broadcast {id} x.wav")).await, "+OK Message sent\n");
    for (command, answer) in [
        ("uuid_recv_dtmf", "-USAGE: <uuid> <dtmf_data>\n"),
        ("uuid_send_dtmf nosuch", "-USAGE: <uuid> <dtmf_data>\n"),
        ("uuid_recv_dtmf nosuch 1", "-ERR Cannot locate session!\n"),
        ("uuid_send_dtmf nosuch 1", "-ERR Cannot locate session!\n"),
        ("uuid_flush_dtmf nosuch", "-ERR no such session\n"),
        ("uuid_flush_dtmf", "-ERR no such session\n"),
        ("uuid_break", "-USAGE: <uuid> [all]\n"),
        ("uuid_break nosuch", "-ERR No such channel!\n"),
        ("uuid_broadcast nosuch", "-USAGE: <uuid> <path> [aleg|bleg|holdb|both]\n"),
        ("uuid_broadcast nosuch x.wav", "-ERR invalid uuid\n"),
    ] {
        assert_eq!(api(&switch, command).await, answer, "{command}");
    }
}

#[tokio::test]
async fn digits_nobody_takes_wait_or_are_flushed() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "DTMF CHANNEL_PARK");
    let list = "queue_dtmf:12,flush_dtmf,queue_dtmf:3@100,set:sensitive_dtmf=true,queue_dtmf:4,park";
    call(&switch, "", &format!("'{list}' inline")).await;
    assert_eq!(ear.next().await.kind, EventKind::ChannelPark, "the digits were not taken before");
    let event = ear.next().await;
    assert_eq!((event.get("DTMF-Digit"), event.get("DTMF-Duration")), (Some("3"), Some("800")));
    let id = event.get("Unique-ID").unwrap().to_owned();
    api(&switch, &format!("uuid_setvar {id} sensitive_dtmf false")).await;
    api(&switch, &format!("uuid_recv_dtmf {id} 5")).await;
    assert_eq!(ear.next().await.get("DTMF-Digit"), Some("5"), "what is sensitive is not told");
}

#[tokio::test]
async fn a_terminator_ends_what_plays() {
    let switch = test_switch();
    for (variables, typed, used) in
        [("", "12*", "*"), ("{playback_terminators=any}", "7", "7"), ("{playback_terminators=#4}", "*14", "4")]
    {
        let mut ear = Ear::new(&switch, KINDS);
        let id = call(&switch, variables, &format!("&playback({ENDLESS})")).await;
        ear.until(EventKind::PlaybackStart).await;
        api(&switch, &format!("uuid_recv_dtmf {id} {typed}")).await;
        let events = ear.until(EventKind::ChannelExecuteComplete).await;
        assert_eq!(digits(&events), typed);
        let [.., stopped, complete] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(stopped.get("Playback-Status"), Some("break"));
        assert_eq!(complete.get("variable_playback_terminator_used"), Some(used));
        assert_eq!(complete.get("Application-Response"), Some("FILE PLAYED"));
    }
}

#[tokio::test]
async fn without_terminators_digits_end_nothing() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, KINDS);
    let id = call(&switch, "{playback_terminators=none}", &format!("&playback({ENDLESS})")).await;
    ear.until(EventKind::PlaybackStart).await;
    api(&switch, &format!("uuid_recv_dtmf {id} 1*#")).await;
    let events = [ear.next().await, ear.next().await, ear.next().await];
    assert_eq!(digits(&events), "1*#");
    assert_eq!(api(&switch, &format!("uuid_break {id}")).await, "+OK\n");
    let events = ear.until(EventKind::ChannelExecuteComplete).await;
    assert_eq!(story(&events), ["PLAYBACK_STOP", "CHANNEL_EXECUTE_COMPLETE playback"]);
    assert_eq!(events[0].get("Playback-Status"), Some("break"));
    assert_eq!(events[1].get("variable_playback_terminator_used"), None);
}

#[tokio::test(start_paused = true)]
async fn a_digit_ends_sleep_and_waits_for_what_is_next() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_PARK DTMF");
    let begun = tokio::time::Instant::now();
    let id = call(&switch, "", "sleep:3600000,park inline").await;
    ear.until(EventKind::ChannelExecute).await;
    api(&switch, &format!("uuid_recv_dtmf {id} 8")).await;
    let events = ear.until(EventKind::Dtmf).await;
    let expected = ["CHANNEL_EXECUTE_COMPLETE sleep", "CHANNEL_EXECUTE park", "CHANNEL_PARK", "DTMF"];
    assert_eq!(story(&events), expected);
    let id = call(&switch, "{sleep_eat_digits=true}", "sleep:3600000,park inline").await;
    ear.until(EventKind::ChannelExecute).await;
    api(&switch, &format!("uuid_recv_dtmf {id} 8*")).await;
    let events = ear.until(EventKind::ChannelExecuteComplete).await;
    assert_eq!(story(&events), ["DTMF", "DTMF", "CHANNEL_EXECUTE_COMPLETE sleep"]);
    assert!(begun.elapsed().as_secs() < 60);
}

/// Runs an application that asks for digits, types them after its prompt, and gives what it left behind.
async fn ask(application: &str, typed: &str) -> Event {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, KINDS);
    let id = call(&switch, "", &format!("'&{application}'")).await;
    ear.until(EventKind::PlaybackStop).await;
    for one in typed.split(' ').filter(|one| !one.is_empty()) {
        api(&switch, &format!("uuid_recv_dtmf {id} {one}")).await;
    }
    ear.until(EventKind::ChannelExecuteComplete).await.pop().unwrap()
}

#[tokio::test]
async fn digits_are_collected() {
    let pagd = |rest: &str| format!("play_and_get_digits({})", rest.replace("PROMPT", PROMPT));
    for (arguments, typed, collected, used, result) in [
        ("2 4 1 3000 # PROMPT silence got \\d+", "42#", Some("42"), Some("#"), "success"),
        ("2 4 1 3000 # PROMPT silence got \\d+", "4 2 #", Some("42"), Some("#"), "success"),
        ("3 3 1 3000 # PROMPT silence got [1-5]+", "1234", Some("123"), None, "success"),
        ("1 9 1 3000 *# PROMPT silence got", "7*", Some("7"), Some("*"), "success"),
        ("1 9 1 3000 +# PROMPT silence got", "7#", Some("7#"), Some("#"), "success"),
        ("0 4 1 3000 # PROMPT silence got \\d+", "#", None, Some("#"), "success"),
        ("2 4 1 3000 # PROMPT silence got \\d+", "1#", Some("1"), Some("#"), "failure"),
        ("2 4 1 3000 none PROMPT silence got \\d+", "1234", Some("1234"), None, "success"),
    ] {
        let event = ask(&pagd(arguments), typed).await;
        assert_eq!(event.get("variable_got"), collected, "{arguments} {typed}");
        assert_eq!(event.get("variable_read_terminator_used"), used, "{arguments} {typed}");
        assert_eq!(event.get("variable_read_result"), Some(result), "{arguments} {typed}");
        assert_eq!(event.get("Application-Response"), Some("_none_"));
    }
}

#[tokio::test]
async fn read_collects_as_well() {
    let event = ask(&format!("read(1 4 {PROMPT} typed 3000 #)"), "42#").await;
    let variables = ["variable_typed", "variable_read_result", "variable_read_terminator_used"];
    assert_eq!(variables.map(|name| event.get(name).unwrap()), ["42", "success", "#"]);
}

#[tokio::test]
async fn a_bad_answer_is_asked_for_again() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, KINDS);
    let error = "tone_stream://%(20,0,300)";
    let id =
        call(&switch, "", &format!("'&play_and_get_digits(3 3 2 4000 # {PROMPT} {error} three [1-5]+ 1500)'")).await;
    ear.until(EventKind::PlaybackStop).await;
    api(&switch, &format!("uuid_recv_dtmf {id} 987")).await;
    let events = ear.until(EventKind::PlaybackStart).await;
    assert_eq!(digits(&events), "987");
    let complaint = events.last().unwrap();
    assert_eq!(complaint.get("Playback-File-Path"), Some(error));
    assert_eq!((complaint.get("variable_three_invalid"), complaint.get("variable_three")), (Some("987"), None));
    ear.until(EventKind::PlaybackStop).await;
    ear.until(EventKind::PlaybackStop).await;
    api(&switch, &format!("uuid_recv_dtmf {id} 123")).await;
    let complete = ear.until(EventKind::ChannelExecuteComplete).await.pop().unwrap();
    assert_eq!(complete.get("variable_three"), Some("123"));
    assert_eq!(complete.get("variable_three_invalid"), Some("987"));
}

#[tokio::test]
async fn a_digit_ends_the_prompt_and_is_the_first() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, KINDS);
    let id = call(&switch, "", &format!("'&play_and_get_digits(2 4 1 3000 # {ENDLESS} {PROMPT} got \\d+)'")).await;
    ear.until(EventKind::PlaybackStart).await;
    api(&switch, &format!("uuid_recv_dtmf {id} 427#")).await;
    let events = ear.until(EventKind::ChannelExecuteComplete).await;
    assert_eq!(story(&events)[..2], ["DTMF", "PLAYBACK_STOP"]);
    assert_eq!(events[1].get("Playback-Status"), Some("break"));
    assert_eq!(events.last().unwrap().get("variable_got"), Some("427"));
}

#[tokio::test(start_paused = true)]
async fn who_types_nothing_is_sent_elsewhere() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP_COMPLETE");
    // Neither prompt nor complaint: nothing needs the media's own time.
    let list = "'&play_and_get_digits(1 1 2 4000 # silence silence got \\d 1000 end XML default)'";
    call(&switch, "", list).await;
    let complete = ear.until(EventKind::ChannelExecuteComplete).await.pop().unwrap();
    assert_eq!(complete.get("variable_read_result"), Some("failure"));
    let end = ear.until(EventKind::ChannelHangupComplete).await.pop().unwrap();
    assert_eq!(end.get("Hangup-Cause"), Some("USER_BUSY"), "the extension `end`");
}

#[tokio::test]
async fn a_broadcast_plays_within_park() {
    let switch = test_switch();
    let mut ear =
        Ear::new(&switch, "CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE PLAYBACK_START PLAYBACK_STOP CHANNEL_HANGUP");
    let id = call(&switch, "", "&park()").await;
    ear.until(EventKind::ChannelExecute).await;
    assert_eq!(api(&switch, &format!("uuid_broadcast {id} {PROMPT} both")).await, "+OK Message sent\n");
    let events = ear.until(EventKind::ChannelExecuteComplete).await;
    let expected = ["CHANNEL_EXECUTE playback", "PLAYBACK_START", "PLAYBACK_STOP", "CHANNEL_EXECUTE_COMPLETE playback"];
    assert_eq!(story(&events), expected);
    assert_eq!(events[0].get("variable_current_loop"), Some("1"));
    assert_eq!(events[0].get("variable_total_loops"), Some("1"));
    assert_eq!(api(&switch, &format!("uuid_getvar {id} current_loop")).await, "_undef_");
    assert_eq!(api(&switch, &format!("uuid_broadcast {id} set!user_busy::a=b")).await, "+OK Message sent\n");
    let events = ear.until(EventKind::ChannelHangup).await;
    assert_eq!(story(&events).first().map(String::as_str), Some("CHANNEL_EXECUTE set"));
    assert_eq!(events.last().unwrap().get("Hangup-Cause"), Some("USER_BUSY"));
}
