use std::time::Duration;

use strowger_core::log::LogLevel;
use strowger_event::{EventKind, json, plain, xml};

use super::{Ear, api, call, test_switch};

#[tokio::test]
async fn answers_are_those_of_freeswitch() {
    let switch = test_switch();
    let runs = [
        ("echo hello world", "hello world"),
        ("echo", ""),
        ("global_setvar conform_probe=42", "+OK"),
        ("global_getvar conform_probe", "42"),
        ("global_getvar nosuch", ""),
        ("global_setvar conform_probe=43=41", "+OK"),
        ("eval ${conform_probe} $${conform_probe}", "42 42"),
        ("eval ${conform_${part}}", ""),
        ("global_setvar part=probe", "+OK"),
        ("eval ${conform_${part}}", "42"),
        ("eval ${echo(${conform_probe})}", "42"),
        ("expand echo ${conform_probe}", "42"),
        ("expand nosuch ${conform_probe}", "-ERR Cannot execute command\n"),
        ("global_setvar conform_probe=", "+OK"),
        ("global_getvar conform_probe", ""),
        ("global_setvar", "-USAGE: <var>=<value> [=<value2>]\n"),
        ("uuid_exists 00000000-0000-0000-0000-000000000000", "false"),
        ("show channels as json", "\n0 total.\n"),
        ("show calls", "\n0 total.\n"),
        ("show channels as yaml", "-ERR Cannot find format yaml\n"),
        ("show registrations", "\n0 total.\n"),
        ("hostname", "host"),
        ("switchname", "switch"),
        ("version short", "1.11.3-dev\n"),
        ("uuid_kill", "-USAGE: <uuid> [cause]\n"),
        ("uuid_kill nosuch", "-ERR No such channel!\n"),
        ("uuid_getvar nosuch", "-USAGE: <uuid> <var>\n"),
        ("uuid_setvar nosuch", "-USAGE: <uuid> <var> [value]\n"),
        ("uuid_dump", "-USAGE: <uuid> [format]\n"),
        ("uuid_dump nosuch", "-ERR No such channel!\n"),
        ("eval uuid:nosuch ${a}", "-ERR No such channel!\n"),
        ("log INFO", "-USAGE: <level> <message>\n"),
        ("help nosuch", "-ERR No such command\n"),
        ("help echo", "echo,<data>,Answers with its arguments.,mod_commands\n"),
        ("hupall USER_BUSY colour red", "+OK hangup all channels matching [colour]=[red] with cause: USER_BUSY\n"),
        (
            "fsctl nosuch",
            "-ERR Invalid command\nUSAGE: fsctl [hupall [<cause>]|pause [inbound|outbound]|pause_check [inbound|outbound]|resume [inbound|outbound]|ready_check|shutdown [cancel|elegant|asap|now|restart]|shutdown_check|sps [num]|last_sps|sps_peak_reset|sync_clock|reclaim_mem|max_sessions [num]|min_dtmf_duration [num]|max_dtmf_duration [num]|default_dtmf_duration [num]|min_idle_cpu [percent]|loglevel [level]]\n",
        ),
        ("fsctl ready_check", "true"),
    ];
    for (line, answer) in runs {
        assert_eq!(api(&switch, line).await, answer, "{line}");
    }
    assert!(switch.execute_api("nosuch", "").await.is_none());
}

#[tokio::test]
async fn every_command_survives_nonsense() {
    let switch = test_switch();
    let nonsense = [
        "'", "{", "{a=", "&", "''", "ü", "\u{0}", "as", "as json", "c=;", "c=1;ü", "= = =", "uuid:", "^^", "${",
        "${${${",
    ];
    for name in switch.registries().commands.names() {
        if ["shutdown", "fsctl"].contains(&name.as_str()) {
            continue;
        }
        for arguments in nonsense {
            switch.execute_api(&name, arguments).await.unwrap();
        }
    }
}

#[tokio::test]
async fn commands_within_commands_come_to_an_end() {
    let switch = test_switch();
    assert!(api(&switch, &format!("expand {}echo x", "expand ".repeat(500))).await.starts_with("-ERR"));
    let nested = format!("{}x{}", "${eval(".repeat(200), ")}".repeat(200));
    assert_eq!(api(&switch, &format!("eval {nested}")).await.lines().count(), 1);
}

#[tokio::test]
async fn channels_are_shown() {
    let switch = test_switch();
    let id = call(&switch, "{origination_caller_id_number=1000,accountcode=acme}", "'&sleep(60000)'").await;
    let text = api(&switch, "show channels").await;
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("uuid,direction,created,created_epoch,name,state,cid_name,cid_num,"), "{text}");
    assert!(lines[1].starts_with(&format!("{id},outbound,")), "{text}");
    assert_eq!(lines[2..], ["", "1 total."]);
    let json: serde_json::Value = serde_json::from_str(&api(&switch, "show channels as json").await).unwrap();
    assert_eq!(json["row_count"], 1);
    let row = &json["rows"][0];
    let told = ["uuid", "name", "state", "callstate", "application", "application_data", "read_codec", "accountcode"];
    let expected = [id.as_str(), "null/probe", "CS_EXECUTE", "ACTIVE", "sleep", "60000", "L16", "acme"];
    assert_eq!(told.map(|name| row[name].as_str().unwrap()), expected);
    assert_eq!(api(&switch, "show channels count").await, "\n1 total.\n");
    assert_eq!(api(&switch, "show channels like acm").await.lines().last(), Some("1 total."));
    assert_eq!(api(&switch, "show channels like nobody").await, "\n0 total.\n");
    assert!(api(&switch, "show calls as xml").await.contains(&format!("<uuid>{id}</uuid>")));
    let completed = api(&switch, "console_complete c=12;uuid_getvar ").await;
    assert!(completed.ends_with(&format!("\n\nwrite=0:{id} ")), "{completed}");
    assert!(api(&switch, "hupall NORMAL_CLEARING accountcode other").await.starts_with("+OK"));
    assert_eq!(api(&switch, &format!("uuid_exists {id}")).await, "true");
    assert!(api(&switch, "hupall NORMAL_CLEARING accountcode acme").await.starts_with("+OK"));
    assert_eq!(api(&switch, &format!("uuid_exists {id}")).await, "false");
}

#[tokio::test]
async fn interfaces_are_shown() {
    let switch = test_switch();
    for (what, part) in [
        ("api", "uuid_kill,"),
        ("application", "playback,"),
        ("endpoint", "endpoint,null,mod_loopback\n"),
        ("modules", "dialplan,XML,mod_dialplan_xml,built-in\n"),
        ("interface_types", "codec,2\n"),
        ("codec", "codec,G.711 ulaw,CORE_PCM_MODULE\n"),
        ("status", "session(s) since startup"),
    ] {
        let text = api(&switch, &format!("show {what}")).await;
        assert!(text.contains(part), "{what}: {text}");
    }
    let usage = api(&switch, "show").await;
    assert!(usage.starts_with("-USAGE: codec|endpoint|"), "{usage}");
    assert_eq!(api(&switch, "show nosuch").await, usage);
    let help = api(&switch, "help").await;
    assert!(help.starts_with("\nValid Commands:\n\nacl,") && help.contains("\nconsole_complete,"), "{help}");
}

#[tokio::test]
async fn a_call_is_dumped_in_every_format() {
    let switch = test_switch();
    let id = call(&switch, "{colour=light blue}", "&park()").await;
    let before = switch.bus().sequence();
    let txt = api(&switch, &format!("uuid_dump {id}")).await;
    assert!(txt.starts_with("Event-Name: CHANNEL_DATA\nCore-UUID: "), "{txt}");
    assert!(txt.contains("\nvariable_colour: light%20blue\n"), "{txt}");
    assert!(api(&switch, &format!("uuid_dump {id} plain")).await.contains("\nvariable_colour: light blue\n"));
    let events = [
        plain::parse(&txt).unwrap(),
        json::parse(&api(&switch, &format!("uuid_dump {id} json")).await).unwrap(),
        xml::parse(&api(&switch, &format!("uuid_dump {id} xml")).await).unwrap(),
    ];
    for event in events {
        assert_eq!((event.kind, event.get("variable_colour")), (EventKind::ChannelData, Some("light blue")));
    }
    assert_eq!(switch.bus().sequence() - before, 4, "a dump is no event: only the four API events count");
    assert_eq!(api(&switch, &format!("eval uuid:{id} ${{colour}} ${{destination_number}}")).await, "light blue probe");
    assert_eq!(api(&switch, &format!("expand uuid:{id} echo ${{colour}}")).await, "light blue");
}

#[tokio::test]
async fn commands_that_name_each_other_come_to_an_end() {
    let switch = test_switch();
    switch.globals().set("again", &"${eval(${again})}".repeat(20));
    assert!(api(&switch, "eval ${eval(${again})}").await.contains("-ERR commands are nested too deeply\n"));
    switch.globals().set("long", &"x".repeat(1 << 20));
    assert_eq!(api(&switch, &format!("eval {}", "${long}".repeat(10))).await.len(), 4 << 20);
}

#[tokio::test]
async fn status_tells_of_calls() {
    let switch = test_switch();
    call(&switch, "{origination_uuid=one}", "&park()").await;
    // Its id is taken: that one does not begin and is not counted.
    assert!(api(&switch, "originate {origination_uuid=one}null/x &park()").await.starts_with("-ERR "));
    let status = api(&switch, "status").await;
    let lines: Vec<&str> = status.lines().collect();
    assert!(lines[0].starts_with("UP 0 years, 0 days, 0 hours, "), "{status}");
    assert!(lines[1].starts_with("Strowger (Version ") && lines[1].ends_with(") is ready"), "{status}");
    assert_eq!(lines[2], "1 session(s) since startup");
    assert_eq!(lines[3], "1 session(s) - peak 1, last 5min 1 ");
    assert!(lines[4].ends_with(" session(s) per Sec out of max 500, peak 1, last 5min 1 "), "{status}");
    assert_eq!(lines[5], "500 session(s) max");
    assert!(lines[6].starts_with("min idle cpu 0.00/"), "{status}");
    assert_eq!(api(&switch, "uptime").await, "0\n");
    assert!(api(&switch, "uptime fortnights").await.starts_with("-USAGE: [us|ms|"));
    assert!(api(&switch, "version").await.starts_with("FreeSWITCH Version 1.11.3-dev (Strowger "));
}

#[tokio::test]
async fn log_lines_are_written_as_from_mod_commands() {
    let switch = test_switch();
    let log = switch.log().subscribe(LogLevel::Info);
    assert_eq!(api(&switch, "log INFO conform-log-line one").await, "+OK\n");
    assert_eq!(api(&switch, "log nosuch unheard: it is DEBUG").await, "+OK\n");
    call(&switch, "", "'&log(WARNING from a call)'").await;
    let mut lines = Vec::new();
    while lines.len() < 2 {
        log.next_batch(&mut lines).await;
    }
    let place = (lines[0].file.as_str(), lines[0].function.as_str(), lines[0].line);
    assert_eq!(place, ("mod_commands.c", "log_function", 7247));
    assert!(lines[0].text.ends_with(" [INFO] mod_commands.c:7247 conform-log-line one\n"), "{}", lines[0].text);
    assert_eq!((lines[1].level, lines[1].user_data.len()), (LogLevel::Warning, 36));
    assert!(lines[1].text.ends_with(" from a call\n"));
}

#[tokio::test(start_paused = true)]
async fn msleep_takes_its_time_but_not_for_ever() {
    let switch = test_switch();
    for (line, seconds) in [("msleep 1500", 1), ("msleep nonsense", 0), ("sleep 18446744073709551615", 3600)] {
        let begin = tokio::time::Instant::now();
        assert_eq!(api(&switch, line).await, "+OK");
        assert_eq!(begin.elapsed().as_secs(), seconds, "{line}");
    }
}

#[tokio::test]
async fn the_configuration_is_reloaded() {
    let switch = test_switch();
    let mut ear = Ear::new(&switch, "RELOADXML");
    assert_eq!(api(&switch, "reloadxml").await, "+OK [Success]\n");
    assert_eq!(ear.next().await.kind, EventKind::Reloadxml);
}

#[tokio::test]
async fn shutdown_is_asked_for() {
    for line in ["shutdown", "fsctl shutdown", "fsctl shutdown now"] {
        let switch = test_switch();
        assert_eq!(api(&switch, line).await, "+OK\n");
        tokio::time::timeout(Duration::from_secs(5), switch.stop_requested()).await.unwrap();
    }
}
