use strowger_event::EventKind;

use super::{Ear, api, call, story, test_switch};

const KINDS: &str = "CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE PLAYBACK_START PLAYBACK_STOP";

#[tokio::test]
async fn a_tone_is_played_to_its_end() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, KINDS);
    call(&switch, "", "&playback(tone_stream://%(60,0,440))").await;
    let events = ear.until(EventKind::ChannelExecuteComplete).await;
    let expected = ["CHANNEL_EXECUTE playback", "PLAYBACK_START", "PLAYBACK_STOP", "CHANNEL_EXECUTE_COMPLETE playback"];
    assert_eq!(story(&events), expected);
    for event in &events[1..3] {
        assert_eq!(event.get("Playback-File-Type"), Some("tone_stream"));
        assert_eq!(event.get("Playback-File-Path"), Some("tone_stream://%(60,0,440)"));
    }
    assert_eq!(events[1].get("Playback-Status"), None);
    assert_eq!(events[2].get("Playback-Status"), Some("done"));
    assert_eq!(events[2].get("variable_playback_samples"), Some("480"));
    assert_eq!(events[2].get("variable_playback_ms"), Some("60"));
    assert_eq!(events[3].get("Application-Response"), Some("FILE PLAYED"));
}

#[tokio::test]
async fn a_hangup_ends_what_plays() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, KINDS);
    let id = call(&switch, "", "&playback(tone_stream://%(60,0,440);loops=-1)").await;
    ear.until(EventKind::PlaybackStart).await;
    assert_eq!(api(&switch, &format!("uuid_kill {id}")).await, "+OK\n");
    let events = ear.until(EventKind::ChannelExecuteComplete).await;
    assert_eq!(events[0].kind, EventKind::PlaybackStop);
    assert_eq!(events[0].get("Playback-Status"), Some("done"));
}

#[tokio::test]
async fn what_cannot_be_opened_is_not_found_and_the_call_goes_on() {
    let switch = test_switch();
    switch.globals().set("sounds_dir", "/nowhere");
    for spec in ["nosuch.wav", "/nosuch/x.wav", "tone_stream://%(1", "nosuch://x", "x.mp3"] {
        let mut ear = Ear::new(&switch, KINDS);
        call(&switch, "", &format!("&playback({spec})")).await;
        let events = ear.until(EventKind::ChannelExecuteComplete).await;
        assert_eq!(story(&events), ["CHANNEL_EXECUTE playback", "CHANNEL_EXECUTE_COMPLETE playback"], "{spec}");
        assert_eq!(events[1].get("Application-Response"), Some("FILE NOT FOUND"), "{spec}");
    }
}

#[tokio::test]
async fn echo_lasts_until_the_call_ends() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, KINDS);
    let id = call(&switch, "", "&echo()").await;
    ear.until(EventKind::ChannelExecute).await;
    api(&switch, &format!("uuid_kill {id}")).await;
    assert_eq!(story(&ear.until(EventKind::ChannelExecuteComplete).await), ["CHANNEL_EXECUTE_COMPLETE echo"]);
}
