use std::path::PathBuf;

use strowger_event::EventKind;

use super::{Ear, api, call, story, test_switch};

const KINDS: &str =
    "RECORD_START RECORD_STOP MEDIA_BUG_START MEDIA_BUG_STOP CHANNEL_EXECUTE_COMPLETE CHANNEL_HANGUP_COMPLETE";

/// A directory that goes when the test does.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Scratch {
        Scratch(std::env::temp_dir().join(format!("strowger-record-{}-{name}", std::process::id())))
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// Channels of a WAV file, and its samples.
    fn read(&self, name: &str) -> (u8, Vec<i16>) {
        let bytes = std::fs::read(self.0.join(name)).unwrap();
        assert_eq!(bytes.len() - 44, u32::from_le_bytes(bytes[40..44].try_into().unwrap()) as usize);
        let samples = bytes[44..].as_chunks().0.iter().map(|pair: &[u8; 2]| i16::from_le_bytes(*pair)).collect();
        (bytes[22], samples)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test]
async fn a_call_is_recorded_while_it_goes_on() {
    let (switch, scratch) = (test_switch(), Scratch::new("session"));
    let mut ear = Ear::new(&switch, KINDS);
    let id = call(&switch, "{RECORD_STEREO=true}", "&park()").await;
    let file = scratch.path("deep/a.wav");
    assert_eq!(api(&switch, &format!("uuid_record {id} start {file}")).await, "+OK Success\n");
    assert_eq!(api(&switch, &format!("uuid_record {id} start {file}")).await, "+OK Success\n", "it runs already");
    let list = format!(
        "<media-bugs>\n <media-bug>\n  <function>session_record</function>\n  <target>{file}</target>\n  \
         <thread-locked>0</thread-locked>\n </media-bug>\n</media-bugs>\n"
    );
    assert_eq!(api(&switch, &format!("uuid_buglist {id}")).await, list);
    api(&switch, &format!("uuid_broadcast {id} tone_stream://%(300,0,440)")).await;
    let begun = ear.until(EventKind::ChannelExecuteComplete).await;
    assert_eq!(story(&begun)[..2], ["RECORD_START", "MEDIA_BUG_START"]);
    assert_eq!(begun[0].get("Record-File-Path"), Some(file.as_str()));
    assert_eq!(begun[1].get("Media-Bug-Target"), Some(file.as_str()));
    assert_eq!(api(&switch, &format!("uuid_record {id} stop {file}")).await, "+OK Success\n");
    let ended = ear.until(EventKind::MediaBugStop).await;
    assert_eq!(story(&ended), ["RECORD_STOP", "MEDIA_BUG_STOP"]);
    assert_eq!(ended[0].get("Record-Completion-Cause"), Some("success-maxtime"));
    assert_eq!(ended[0].get("variable_record_completion_cause"), Some("success-maxtime"));
    let (channels, samples) = scratch.read("deep/a.wav");
    let told = |name: &str| ended[0].get(name).unwrap().parse::<usize>().unwrap();
    assert_eq!((channels, samples.len()), (2, told("variable_record_samples") * 2));
    assert_eq!(told("variable_record_file_size"), 44 + samples.len() * 2);
    assert_eq!(told("variable_record_ms"), samples.len() / 16);
    assert_eq!(told("variable_record_seconds"), told("variable_record_ms") / 1000);
    assert!(samples.iter().step_by(2).all(|sample| *sample == 0), "nothing is heard on the left");
    let loud = samples.iter().skip(1).step_by(2).filter(|sample| sample.abs() > 1000).count();
    assert!((1500..2500).contains(&loud), "{loud} samples on the right: 300 ms of a tone, its crossings left out");
    assert_eq!(api(&switch, &format!("uuid_buglist {id}")).await, "<media-bugs>\n</media-bugs>\n");
    assert_eq!(api(&switch, &format!("uuid_record {id} stop {file}")).await, "-ERR Cannot stop record session!\n");
}

#[tokio::test]
async fn a_recording_ends_with_the_call() {
    let (switch, scratch) = (test_switch(), Scratch::new("hangup"));
    let mut ear = Ear::new(&switch, KINDS);
    let id = call(&switch, "", "&park()").await;
    for name in ["a.wav", "b.wav"] {
        api(&switch, &format!("uuid_record {id} start {}", scratch.path(name))).await;
    }
    api(&switch, &format!("uuid_kill {id}")).await;
    let events = ear.until(EventKind::ChannelHangupComplete).await;
    let stopped = ["RECORD_STOP", "MEDIA_BUG_STOP", "RECORD_STOP", "MEDIA_BUG_STOP", "CHANNEL_HANGUP_COMPLETE"];
    assert_eq!(story(&events)[5..], stopped);
    assert_eq!(events[5].get("Channel-State"), Some("CS_HANGUP"));
    assert_eq!((scratch.read("a.wav").0, scratch.read("b.wav").0), (1, 1));
}

#[tokio::test]
async fn what_cannot_be_written_is_told() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, KINDS);
    let id = call(&switch, "", "&park()").await;
    for file in ["/dev/null/a.wav", "/tmp", "/tmp/x.mp3"] {
        let answer = api(&switch, &format!("uuid_record {id} start {file}")).await;
        assert_eq!(answer, "-ERR Cannot record session!\n", "{file}");
        let events = ear.until(EventKind::RecordStop).await;
        assert_eq!(story(&events), ["RECORD_STOP"]);
        assert_eq!(events[0].get("Record-Completion-Cause"), Some("uri-failure"));
        assert_eq!(events[0].get("Record-File-Path"), Some(file));
    }
    let id = call(&switch, "{RECORD_HANGUP_ON_ERROR=true}", "&park()").await;
    api(&switch, &format!("uuid_record {id} start /tmp/x.mp3")).await;
    let over = ear.until(EventKind::ChannelHangupComplete).await;
    assert_eq!(over.last().unwrap().get("Hangup-Cause"), Some("DESTINATION_OUT_OF_ORDER"));
}

#[tokio::test]
async fn answers() {
    let (switch, scratch) = (test_switch(), Scratch::new("answers"));
    let id = call(&switch, "", "&park()").await;
    let usage = "-USAGE: <uuid> [start|stop|mask|unmask|pause|resume] <path> [<limit>] [<recording_vars>]\n";
    let file = scratch.path("a.wav");
    for (line, answer) in [
        ("uuid_record".to_owned(), usage),
        (format!("uuid_record {id} begin {file}"), usage),
        (format!("uuid_record nosuch start {file}"), "-ERR Cannot locate session!\n"),
        (format!("uuid_record nosuch mask {file}"), "-ERR Cannot locate session!\n"),
        (format!("uuid_record {id} mask {file}"), "-ERR Cannot mask recording session!\n"),
        (format!("uuid_record {id} resume {file}"), "-ERR Cannot resume recording session!\n"),
        (format!("uuid_record {id} START {file} 60"), "+OK Success\n"),
        (format!("uuid_record {id} mask {file}"), "+OK Success\n"),
        (format!("uuid_record {id} unmask {file}"), "+OK Success\n"),
        (format!("uuid_record {id} pause {file}"), "+OK Success\n"),
        (format!("uuid_record {id} stop ALL"), "+OK Success\n"),
        (format!("uuid_record {id} stop all"), "-ERR Cannot stop record session!\n"),
        ("uuid_buglist".to_owned(), "-USAGE: <uuid>\n"),
        ("uuid_buglist nosuch".to_owned(), ""),
    ] {
        assert_eq!(api(&switch, &line).await, answer, "{line}");
    }
}

#[tokio::test]
async fn a_recording_of_the_dialplan_and_what_comes_after_it() {
    let (switch, scratch) = (test_switch(), Scratch::new("dialplan"));
    let mut ear = Ear::new(&switch, KINDS);
    let file = scratch.path("a.wav");
    let applications = format!(
        "'record_session:{file} +1,playback:tone_stream://%(100\\,0\\,440),stop_record_session:{file},park:' inline"
    );
    call(&switch, "{RECORD_MIN_SEC=5}", &applications).await;
    let events = ear.until(EventKind::MediaBugStop).await;
    let expected = [
        "RECORD_START",
        "MEDIA_BUG_START",
        "CHANNEL_EXECUTE_COMPLETE record_session",
        "CHANNEL_EXECUTE_COMPLETE playback",
        "RECORD_STOP",
        "MEDIA_BUG_STOP",
    ];
    assert_eq!(story(&events), expected);
    assert_eq!(events[4].get("Record-Completion-Cause"), Some("input-too-short"));
    assert_eq!(events[4].get("variable_RECORD_DISCARDED"), Some("true"));
    assert!(!scratch.0.join("a.wav").exists());
}

#[tokio::test]
async fn what_is_done_with_a_recording() {
    let (switch, scratch) = (test_switch(), Scratch::new("post"));
    let id = call(&switch, "", "&park()").await;
    let post = "uuid_setvar:${uuid} done ${record_completion_cause}";
    api(&switch, &format!("uuid_setvar {id} record_post_process_exec_api {post}")).await;
    api(&switch, &format!("uuid_setvar {id} record_post_process_exec_app set:ran=yes")).await;
    api(&switch, &format!("uuid_record {id} start {}", scratch.path("a.wav"))).await;
    api(&switch, &format!("uuid_record {id} stop all")).await;
    let done = async {
        while api(&switch, &format!("uuid_getvar {id} done")).await != "success-maxtime" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(strowger_test_support::PATIENCE, done).await.unwrap();
    assert_eq!(api(&switch, &format!("uuid_getvar {id} ran")).await, "yes");
}

#[tokio::test]
async fn a_message_is_recorded_until_a_digit() {
    let (switch, scratch) = (test_switch(), Scratch::new("digit"));
    let mut ear = Ear::new(&switch, KINDS);
    let id = call(&switch, "", &format!("'&record({} 60)'", scratch.path("m.wav"))).await;
    ear.until(EventKind::RecordStart).await;
    assert_eq!(api(&switch, &format!("uuid_buglist {id}")).await, "<media-bugs>\n</media-bugs>\n", "its own affair");
    api(&switch, &format!("uuid_recv_dtmf {id} 5*")).await;
    let events = ear.until(EventKind::ChannelExecuteComplete).await;
    assert_eq!(story(&events), ["RECORD_STOP", "CHANNEL_EXECUTE_COMPLETE record"]);
    assert_eq!(events[1].get("variable_playback_terminator_used"), Some("*"));
    assert_eq!(events[1].get("variable_silence_hits_exhausted"), Some("false"));
    assert_eq!(events[0].get("Record-Completion-Cause"), None);
    assert_eq!(scratch.read("m.wav").0, 1);
}

#[tokio::test]
async fn a_message_ends_by_silence_or_its_limit() {
    let (switch, scratch) = (test_switch(), Scratch::new("limits"));
    for (limits, exhausted, ms) in [("60 200 1", "true", 1000..1300), ("1", "false", 1000..1001)] {
        let mut ear = Ear::new(&switch, KINDS);
        call(&switch, "", &format!("'&record({} {limits})'", scratch.path("m.wav"))).await;
        let events = ear.until(EventKind::RecordStop).await;
        let stop = events.last().unwrap();
        assert_eq!(stop.get("variable_silence_hits_exhausted"), Some(exhausted), "{limits}");
        let length: u32 = stop.get("variable_record_ms").unwrap().parse().unwrap();
        assert!(ms.contains(&length), "{limits}: {length}");
    }
}

#[tokio::test]
async fn a_tone_is_played_into_a_call() {
    let (switch, scratch) = (test_switch(), Scratch::new("displace"));
    let mut ear = Ear::new(&switch, KINDS);
    let id = call(&switch, "{RECORD_WRITE_ONLY=true}", "&playback(silence_stream://-1)").await;
    let tone = "tone_stream://%(200,0,440)";
    // In front of the recording: it hears what is made of the call.
    assert_eq!(api(&switch, &format!("uuid_displace {id} start {tone} 0 l")).await, "+OK Success\n");
    assert_eq!(api(&switch, &format!("uuid_displace {id} start {tone}")).await, "-ERR Cannot displace session!\n");
    api(&switch, &format!("uuid_record {id} start {} 1", scratch.path("a.wav"))).await;
    ear.until(EventKind::RecordStop).await;
    assert_eq!(api(&switch, &format!("uuid_displace {id} stop {tone}")).await, "+OK Success\n");
    assert_eq!(api(&switch, &format!("uuid_displace {id} stop {tone}")).await, "-ERR Cannot stop displace session!\n");
    let loud = scratch.read("a.wav").1.into_iter().filter(|sample| sample.abs() > 1000).count();
    assert!(loud > 5000, "{loud} of 8000 samples");
    assert_eq!(api(&switch, &format!("uuid_displace {id} start {tone}")).await, "+OK Success\n");
    let ended = ear.until(EventKind::MediaBugStop).await;
    assert_eq!(ended.last().unwrap().get("Media-Bug-Function"), Some("session_record"));
    for _ in 0..2 {
        // The one that was stopped, and the one that came to its end.
        let ended = ear.until(EventKind::MediaBugStop).await.pop().unwrap();
        assert_eq!((ended.get("Media-Bug-Function"), ended.get("Media-Bug-Target")), (Some("displace"), Some(tone)));
    }
    assert_eq!(api(&switch, &format!("uuid_displace nosuch start {tone}")).await, "-ERR Cannot locate session!\n");
    assert_eq!(
        api(&switch, &format!("uuid_displace {id} start /nowhere/x.wav")).await,
        "-ERR Cannot displace session!\n"
    );
    assert_eq!(api(&switch, &format!("uuid_exists {id}")).await, "false");
}
