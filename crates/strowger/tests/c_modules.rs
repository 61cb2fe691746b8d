//! Modules in C: compiled as anybody would, loaded, used through the event socket, unloaded.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::time::Instant;

use support::modules::{Bed, check, compile, serving, source, until};
use support::{LIMIT, run};

#[test]
fn published_snippets_compile_and_fire() {
    let bed = Bed::with("c_calltest", &["mod_calltest"]);
    let (mut conn, mut listener) = (bed.login(), bed.login());
    listener.command("event plain MODULE_LOAD MODULE_UNLOAD CUSTOM calltest1::calltest1_sub").unwrap();
    let path = bed.folder.join("mod_calltest.so").display().to_string();
    check(&mut conn, "load mod_calltest", "+OK Reloading XML\n+OK");
    let loaded = listener.event().unwrap().text().into_owned();
    for header in
        ["type: api", "name: calltest", "key: mod_calltest", "description: Fires", &format!("filename: {path}")]
    {
        assert!(loaded.contains(&format!("\n{header}")), "{header}\n{loaded}");
    }
    check(&mut conn, "calltest", "+OK nobody fired 2");
    let built_in = listener.event().unwrap().text().into_owned();
    let own = "Event-Calling-File: mod_calltest.c\nEvent-Calling-Function: calltest_function\nEvent-Calling-Line-Number: 15\n";
    let headers = "\ntype: endpoint\nname: calltest\nkey: mod_calltest\nfilename: /somewhere/mod_calltest.so\n\n";
    assert!(built_in.contains("Event-Name: MODULE_LOAD\n") && built_in.contains(own), "{built_in}");
    assert!(built_in.ends_with(headers), "{built_in}");
    let custom = listener.event().unwrap().text().into_owned();
    assert!(custom.starts_with("Event-Subclass: calltest1%3A%3Acalltest1_sub\nEvent-Name: CUSTOM\n"), "{custom}");
    let headers = "\ncallee_uuid: 86896a7a-3dc3-4175-aaa1-cdcbfd9bd566\ncaller_num: 1000\ncallee_num: 1001\n\
                   failed_reason: exten%20not%20avaliable\n\n";
    assert!(custom.ends_with(headers), "{custom}");
    check(
        &mut conn,
        "show modules mod_calltest",
        &format!("type,name,ikey,filename\napi,calltest,mod_calltest,{path}\n\n1 total."),
    );
    check(&mut conn, "help calltest", "calltest,[<name>],Fires two events,mod_calltest");
    check(&mut conn, "unload mod_calltest", "+OK");
    assert!(listener.event().unwrap().text().contains("Event-Name: MODULE_UNLOAD\n"));
    bed.server.stop();
}

#[test]
fn unloading_frees_everything() {
    let bed = Bed::with("c_unload", &["mod_calltest", "mod_listen"]);
    let (mut conn, mut listener) = (bed.login(), bed.login());
    listener.command("event plain CUSTOM ping::pong").unwrap();
    let completions = conn.api("show complete").unwrap();
    for _ in 0..3 {
        check(&mut conn, "module_exists mod_listen", "false");
        check(&mut conn, "load mod_listen", "+OK Reloading XML\n+OK");
        check(&mut conn, "load mod_calltest.so", "+OK Reloading XML\n+OK");
        check(&mut conn, "module_exists mod_listen", "true");
        assert!(bed.is_mapped("mod_listen") && bed.is_mapped("mod_calltest"));
        until(&mut conn, "global_getvar listen_runs", "true");
        conn.command("sendevent CUSTOM\nEvent-Subclass: ping::ping\nPing-Name: first").unwrap();
        assert!(listener.event().unwrap().has("Name: first"));
        check(&mut conn, "unload mod_listen", "+OK");
        check(&mut conn, "unload mod_calltest", "+OK");
        check(&mut conn, "global_getvar listen_runs", "false");
        check(&mut conn, "listen count", "-ERR listen Command not found!");
        assert!(!bed.is_mapped("mod_listen") && !bed.is_mapped("mod_calltest"));
        assert_eq!(conn.api("show complete").unwrap(), completions);
        // What it had bound is not called any more: the switch would have fallen over.
        conn.command("sendevent CUSTOM\nEvent-Subclass: ping::ping\nPing-Name: nobody").unwrap();
    }
    check(
        &mut conn,
        "reload mod_listen",
        "+OK Reloading XML\n-ERR unloading module [No such module!]\n+OK module loaded",
    );
    check(&mut conn, "listen count", "0");
    bed.server.stop();
}

#[test]
fn events_are_heard_and_read() {
    let bed = Bed::with("c_listen", &["mod_listen"]);
    let (mut conn, mut listener) = (bed.login(), bed.login());
    check(&mut conn, "load mod_listen", "+OK Reloading XML\n+OK");
    listener.command("event plain CUSTOM ping::pong").unwrap();
    let ping = "sendevent CUSTOM\nEvent-Subclass: ping::ping\nPing-Name: a b\nPing-List: ARRAY::x|:y\ncontent-length: 5\n\nhello";
    conn.command(ping).unwrap();
    let pong = listener.event().unwrap().text().into_owned();
    for header in [
        "Own-Headers: 2",
        "Name: a%20b",
        "Second: y",
        "List: ARRAY%3A%3Aone%7C%3Atwo",
        "Content-Length: 11\n\nheard hello",
    ] {
        assert!(pong.contains(&format!("\n{header}")), "{header}\n{pong}");
    }
    check(&mut conn, "listen count", "1");
    check(&mut conn, "listen echo hello", "[hello]");
    check(&mut conn, "global_setvar listen_name=anna", "+OK");
    check(&mut conn, "listen text", "it''s|'o''clock'|a\"\"b|  2.2|7|anna\nGENERAL a");
    check(&mut conn, "listen setting", "a=1;b=2;");
    check(&mut conn, "listen", "-USAGE: count|version|echo <command>|busy|bad\nCOMMAND RETURNED ERROR!");
    check(&mut conn, "listen bad", "nothing came of it");
    check(&mut conn, "listen again", "-ERR commands are nested too deeply");
    bed.server.stop();
}

#[test]
fn modules_find_what_they_are_written_with() {
    let bed = Bed::with("c_kit", &["mod_kit"]);
    let mut conn = bed.login();
    check(&mut conn, "load mod_kit", "+OK Reloading XML\n+OK");
    check(&mut conn, "kit config", "1 two 7 5 1");
    check(&mut conn, "kit hash", "100 entries, 4950, seventy, gone none, left 99, Case 3");
    check(&mut conn, "kit queue", "499500 full timeout interrupted");
    check(&mut conn, "kit words", "4 [a] [b c] [d] [e f g] 2 [x] []");
    check(&mut conn, "kit true", "1110000 0010");
    check(&mut conn, "unload mod_kit", "+OK");
    assert!(!bed.is_mapped("mod_kit"));
    bed.server.stop();
}

#[test]
fn a_module_in_use_stays() {
    let bed = Bed::with("c_busy", &["mod_listen"]);
    let (mut conn, mut worker) = (bed.login(), bed.login());
    check(&mut conn, "load mod_listen", "+OK Reloading XML\n+OK");
    worker.command("event plain BACKGROUND_JOB").unwrap();
    worker.command("bgapi listen busy").unwrap();
    let since = Instant::now();
    // The job begins when it begins.
    while conn.api("unload mod_listen").unwrap().trim() != "-ERR [Module in use.]" {
        conn.api("load mod_listen").unwrap();
        worker.command("bgapi listen busy").unwrap();
        assert!(since.elapsed() < LIMIT);
    }
    check(&mut conn, "unload -f mod_listen", "-ERR [Module in use.]");
    check(&mut conn, "listen count", "0");
    check(&mut conn, "global_setvar listen_enough=true", "+OK");
    worker.until(|packet| packet.has("+OK\n")).unwrap();
    until(&mut conn, "unload mod_listen", "+OK");
    assert!(!bed.is_mapped("mod_listen"));
    bed.server.stop();
}

#[test]
fn applications_hold_calls() {
    let bed = Bed::with("c_desk", &["mod_desk"]);
    let (mut conn, mut listener) = (bed.login(), bed.login());
    check(&mut conn, "load mod_desk", "+OK Reloading XML\n+OK");
    listener.command("event plain CHANNEL_HANGUP_COMPLETE CUSTOM desk::news").unwrap();
    listener.command("log notice").unwrap();
    let originate = "originate {origination_uuid=first,colour=red}null/2000 '&desk(anna  blue)'";
    assert!(conn.api(originate).unwrap().starts_with("+OK"));
    let said = listener.until(|packet| packet.has("The colour is red")).unwrap();
    assert!(said.has("mod_desk.c:"), "{}", said.text());
    let waits = listener.until(|packet| packet.has("News: waits")).unwrap().text().into_owned();
    for header in
        ["Unique-ID: first", "variable_desk_set: yes", "variable_desk_number: 2000", "variable_desk_words: anna,blue"]
    {
        assert!(waits.contains(&format!("\n{header}\n")), "{header}\n{waits}");
    }
    check(&mut conn, "uuid_getvar first desk_expanded", "first is red");
    let looked = conn.api("look first").unwrap();
    assert!(looked.starts_with("first null/2000 anna,blue CS_EXECUTE"), "{looked}");
    assert!(!looked.contains("-ERR"), "{looked}");
    check(&mut conn, "uuid_getvar first seen", "yes");
    check(&mut conn, "look nobody", "-ERR No such channel!");
    // The call's application is the module's: it stays, and goes on.
    check(&mut conn, "unload mod_desk", "-ERR [Module in use.]");
    check(&mut conn, "uuid_setvar first enough true", "+OK");
    listener.until(|packet| packet.has("News: goes%20on")).unwrap();
    let ended = listener.until(|packet| packet.has("Event-Name: CHANNEL_HANGUP_COMPLETE")).unwrap();
    assert!(ended.has("Hangup-Cause: USER_BUSY"), "{}", ended.text());
    // Digits are asked for, and typed meanwhile.
    assert!(conn.api("originate {origination_uuid=third}null/2002 '&desk(a b ask)'").unwrap().starts_with("+OK"));
    check(&mut conn, "uuid_recv_dtmf third 12#", "+OK third received DTMF 12#.");
    assert!(listener.until(|packet| packet.has("News: waits")).unwrap().has("variable_desk_typed: 12\n"));
    check(&mut conn, "uuid_setvar third enough true", "+OK");
    listener.until(|packet| packet.has("Event-Name: CHANNEL_HANGUP_COMPLETE")).unwrap();
    // A call that is hung up is over for the application too.
    assert!(conn.api("originate {origination_uuid=second}null/2001 &desk").unwrap().starts_with("+OK"));
    listener.until(|packet| packet.has("News: waits")).unwrap();
    check(&mut conn, "uuid_kill second CALL_REJECTED", "+OK");
    listener.until(|packet| packet.has("News: CALL_REJECTED")).unwrap();
    listener.until(|packet| packet.has("Event-Name: CHANNEL_HANGUP_COMPLETE")).unwrap();
    until(&mut conn, "unload mod_desk", "+OK");
    assert!(!bed.is_mapped("mod_desk"));
    bed.server.stop();
}

#[test]
fn many_load_and_unload_and_use_it_at_once() {
    let bed = Bed::with("c_crowd", &["mod_listen"]);
    let answers = ["+ok", "module already loaded", "no such module", "module in use", "listen", "[x]"];
    std::thread::scope(|scope| {
        for number in 0..4 {
            let mut conn = bed.login();
            scope.spawn(move || {
                for turn in 0..30 {
                    let command = ["load mod_listen", "listen count", "unload mod_listen", "listen echo x"];
                    let answer = conn.api(command[(turn + number) % command.len()]).unwrap().to_ascii_lowercase();
                    let is_count = answer.trim().parse::<u32>().is_ok();
                    assert!(is_count || answers.iter().any(|known| answer.contains(known)), "{answer}");
                    conn.command("sendevent CUSTOM\nEvent-Subclass: ping::ping").unwrap();
                }
            });
        }
    });
    let mut conn = bed.login();
    conn.api("unload mod_listen").unwrap();
    check(&mut conn, "load mod_listen", "+OK Reloading XML\n+OK");
    check(&mut conn, "listen count", "0");
    bed.server.stop();
}

#[test]
fn what_cannot_be_loaded_is_named() {
    let bed = Bed::with("c_refused", &["mod_calltest"]);
    let mut conn = bed.login();
    let write = |name: &str, text: &str| {
        let file = bed.folder.join(format!("{name}.c"));
        fs::write(&file, text).unwrap();
        compile(&file, &bed.folder.join(format!("{name}.so")));
    };
    let module = fs::read_to_string(source("mod_calltest")).unwrap();
    // For another switch, without its table, with a word that is taken, with a function that there is not, with a LOAD
    // function that fails.
    let other = "#undef SWITCH_API_VERSION\n#define SWITCH_API_VERSION 5\nSWITCH_MODULE_LOAD_FUNCTION";
    write("mod_other", &module.replace("mod_calltest", "mod_other").replacen("SWITCH_MODULE_LOAD_FUNCTION", other, 1));
    write("mod_nameless", &module);
    write("mod_twin", &module.replace("mod_calltest", "mod_twin"));
    write(
        "mod_missing",
        &format!(
            "extern void switch_no_such(void);\n{}",
            module.replace("mod_calltest", "mod_missing").replace("switch_event_destroy(&event)", "switch_no_such()")
        ),
    );
    write(
        "mod_fails",
        &module.replace("mod_calltest", "mod_fails").replacen(
            "NOTICE, \"Hello from %s\\n\", modname);\n    return SWITCH_STATUS_SUCCESS",
            "NOTICE, \"Hello from %s\\n\", modname);\n    return SWITCH_STATUS_GENERR",
            1,
        ),
    );
    fs::write(bed.folder.join("mod_text.so"), "this is no module").unwrap();
    check(&mut conn, "load mod_calltest", "+OK Reloading XML\n+OK");
    let mut refuse = |name: &str, wanted: &str| {
        let answer = conn.api(&format!("load {name}")).unwrap();
        let error = answer.trim().strip_prefix("+OK Reloading XML\n-ERR [module load file routine returned an error");
        assert!(error.is_some_and(|error| error.contains(wanted)), "{name}: {answer}");
        check(&mut conn, &format!("module_exists {name}"), "false");
        assert!(!bed.is_mapped(name), "{name}");
    };
    refuse("mod_other", "Trying to load an out of date module, please rebuild the module. (It has interface 0x5,");
    refuse("mod_nameless", "mod_nameless_module_interface");
    refuse("mod_twin", "the command calltest is there already, of mod_calltest");
    refuse("mod_missing", "undefined symbol: switch_no_such");
    refuse("mod_fails", "Module load routine returned an error");
    refuse("mod_text", "mod_text.so");
    refuse("mod_nosuch", "]");
    let elsewhere = bed.folder.join("other.d");
    fs::create_dir(&elsewhere).unwrap();
    fs::copy(bed.folder.join("mod_calltest.so"), elsewhere.join("mod_calltest.so")).unwrap();
    let again = format!("load {}", elsewhere.join("mod_calltest.so").display());
    check(&mut conn, &again, "+OK Reloading XML\n-ERR [Module already loaded]");
    check(&mut conn, "calltest all", "+OK all fired 2");
    bed.server.stop();
}

#[test]
fn modules_are_named_in_the_configuration() {
    let loads = r#"<load module="mod_calltest"/><load module="mod_nosuch"/><load module="mod_hash"/>"#;
    let bed = Bed::naming("c_start", &["mod_calltest", "mod_listen"], loads);
    let mut conn = bed.login();
    check(&mut conn, "calltest", "+OK nobody fired 2");
    check(&mut conn, "module_exists mod_nosuch", "false");
    bed.server.switch.signal("TERM").unwrap();
    let ended = bed.server.switch.ended(LIMIT).unwrap_or_else(|error| panic!("{error}"));
    assert!(ended.said.contains("[ERR]") && ended.said.contains("there is no mod_nosuch"), "{}", ended.said);
    let critical = r#"<load module="mod_nosuch" critical="true"/>"#;
    let ended = run(&mut serving(&bed.folder, critical));
    assert_eq!(ended.code, Some(2));
    assert!(ended.said.contains("mod_nosuch, which is critical, cannot be loaded"), "{}", ended.said);
}
