//! The switch as a whole: limits, pauses, and the ways to stop.

use std::time::Duration;

use strowger_core::log::LogLevel;
use strowger_core::{Manner, StopRequest};
use strowger_event::EventKind;

use super::{Ear, api, call, test_switch};

#[tokio::test]
async fn limits_are_told_and_set() {
    let switch = test_switch();
    let runs = [
        ("max_sessions", "+OK max sessions: 500\n"),
        ("max_sessions 7", "+OK max sessions: 7\n"),
        ("max_sessions 0", "+OK max sessions: 7\n"),
        ("sps nonsense", "+OK sessions per second: 500\n"),
        ("sps 12", "+OK sessions per second: 12\n"),
        ("last_sps", "+OK last sessions per second: 0\n"),
        ("sps_peak_reset", "+OK max sessions per second counter reset\n"),
        ("min_idle_cpu", "+OK min idle cpu: DISABLED\n"),
        ("min_idle_cpu 0.5", "+OK min idle cpu: 0.50%\n"),
        ("min_idle_cpu 0", "+OK min idle cpu: DISABLED\n"),
        ("default_dtmf_duration", "+OK default dtmf duration: 2000\n"),
        ("default_dtmf_duration 1600", "+OK default dtmf duration: 1600\n"),
        ("min_dtmf_duration 10", "+OK min dtmf duration: 400\n"),
        ("max_dtmf_duration 999999", "+OK max dtmf duration: 192000\n"),
        ("sync_clock", "+OK clock synchronized\n"),
        ("reclaim_mem", "+OK\n"),
        ("loglevel", "+OK log level: DEBUG [7]\n"),
        ("loglevel nonsense", "-ERR syntax error, log level not set!\n"),
        ("loglevel warning", "+OK log level: WARNING [4]\n"),
        ("loglevel 99", "+OK log level: DEBUG [7]\n"),
        ("hupall normal_clearing", "+OK\n"),
    ];
    for (verb, answer) in runs {
        assert_eq!(api(&switch, &format!("fsctl {verb}")).await, answer, "{verb}");
    }
    assert!(api(&switch, "status").await.contains(" out of max 12, peak 0, "));
    assert!(api(&switch, "fsctl").await.starts_with("-USAGE: [hupall "));
}

#[tokio::test]
async fn a_limit_that_is_set_holds() {
    let switch = test_switch();
    api(&switch, "fsctl max_sessions 1").await;
    call(&switch, "", "'&park()'").await;
    assert!(api(&switch, "originate null/x &park()").await.starts_with("-ERR "));
    api(&switch, "fsctl max_sessions 9").await;
    api(&switch, "fsctl sps 1").await;
    assert!(api(&switch, "originate null/x &park()").await.starts_with("-ERR "));
    api(&switch, "fsctl sps 99").await;
    call(&switch, "", "'&park()'").await;
    api(&switch, "reloadxml").await;
    assert_eq!(api(&switch, "fsctl max_sessions").await, "+OK max sessions: 9\n");
}

#[tokio::test]
async fn digits_are_as_long_as_the_limits_say() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "DTMF");
    for verb in ["default_dtmf_duration 1600", "max_dtmf_duration 8000", "min_dtmf_duration 800"] {
        api(&switch, &format!("fsctl {verb}")).await;
    }
    let id = call(&switch, "", "'&park()'").await;
    api(&switch, &format!("uuid_recv_dtmf {id} 1+2@60+3@5000")).await;
    for duration in ["1600", "800", "8000"] {
        assert_eq!(ear.next().await.get("DTMF-Duration"), Some(duration));
    }
}

#[tokio::test]
async fn lines_above_the_level_are_not_written() {
    let switch = test_switch();
    let log = switch.log().subscribe(LogLevel::Debug);
    api(&switch, "fsctl loglevel 4").await;
    api(&switch, "log NOTICE unheard").await;
    api(&switch, "log WARNING heard").await;
    let mut lines = Vec::new();
    log.next_batch(&mut lines).await;
    assert!(lines[0].text.ends_with(" heard\n"), "{}", lines[0].text);
}

#[tokio::test]
async fn calls_are_kept_out_for_a_while() {
    let switch = test_switch();
    let checks = ["pause_check", "pause_check inbound", "pause_check outbound", "ready_check"];
    for (verb, answers) in [
        ("pause outbound", ["false", "false", "true", "true"]),
        ("pause", ["true", "true", "true", "false"]),
        ("resume inbound", ["false", "false", "true", "true"]),
        ("resume", ["false", "false", "false", "true"]),
        ("pause inbound", ["false", "true", "false", "true"]),
    ] {
        assert_eq!(api(&switch, &format!("fsctl {verb}")).await, "+OK\n");
        for (check, answer) in checks.iter().zip(answers) {
            assert_eq!(api(&switch, &format!("fsctl {check}")).await, answer, "{verb}: {check}");
        }
    }
    call(&switch, "", "'&park()'").await;
    api(&switch, "fsctl pause").await;
    assert!(api(&switch, "originate null/x &park()").await.starts_with("-ERR "));
    assert!(api(&switch, "status").await.contains(") is not ready\n"));
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_calls() {
    for (line, manner, restart, info, lets_in) in [
        ("fsctl shutdown elegant restart", Manner::Elegant, true, "elegant", true),
        ("fsctl shutdown asap", Manner::Asap, false, "ASAP", false),
    ] {
        let switch = test_switch();
        let mut ear = Ear::new(&switch, "SHUTDOWN_REQUESTED");
        call(&switch, "", "'&park()'").await;
        assert_eq!(api(&switch, line).await, "+OK\n");
        ear.find(EventKind::ShutdownRequested, &[("Event-Info", info)]).await;
        assert_eq!(api(&switch, "fsctl shutdown_check").await, "true");
        assert_eq!(api(&switch, "originate null/x &park()").await.starts_with("+OK "), lets_in);
        let waits = tokio::time::timeout(Duration::from_secs(1000), switch.stop_requested()).await;
        assert!(waits.is_err(), "{line}");
        api(&switch, "hupall").await;
        assert_eq!(switch.stop_requested().await, StopRequest { manner, restart });
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_waits_is_taken_back() {
    let switch = test_switch();
    call(&switch, "", "'&park()'").await;
    api(&switch, "fsctl shutdown asap").await;
    assert_eq!(api(&switch, "fsctl shutdown cancel").await, "+OK\n");
    assert_eq!(api(&switch, "fsctl shutdown_check").await, "false");
    assert_eq!(api(&switch, "fsctl ready_check").await, "true");
    api(&switch, "hupall").await;
    let waits = tokio::time::timeout(Duration::from_secs(10), switch.stop_requested()).await;
    assert!(waits.is_err());
    api(&switch, "fsctl shutdown now").await;
    api(&switch, "fsctl shutdown cancel").await;
    assert_eq!(switch.stop_requested().await.manner, Manner::Now);
}
