//! Every way to fire an event: the same one arrives the same, whoever fired it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::process::Command;

use strowger_bench::Conn;
use support::modules::{Bed, build_package};
use support::{PASSWORD, folder, installed, is_there, repository, run};

const SUBSCRIBE: &str = "event plain CUSTOM calltest1::calltest1_sub";

/// What the event says of its own, in order, as it stands on the wire.
const OWN: &str = "callee_uuid: 86896a7a-3dc3-4175-aaa1-cdcbfd9bd566
caller_num: 1000
callee_num: 1001
failed_reason: exten%20not%20avaliable
";

const RAW: &str = "sendevent CUSTOM
Event-Subclass: calltest1::calltest1_sub
callee_uuid: 86896a7a-3dc3-4175-aaa1-cdcbfd9bd566
caller_num: 1000
callee_num: 1001
failed_reason: exten not avaliable";

const LUA: &str = r#"
local event = freeswitch.Event("CUSTOM", "calltest1::calltest1_sub")
event:addHeader("callee_uuid", "86896a7a-3dc3-4175-aaa1-cdcbfd9bd566")
event:addHeader("caller_num", "1000")
event:addHeader("callee_num", "1001")
event:addHeader("failed_reason", "exten not avaliable")
event:fire()
"#;

const PYTHON: &str = r#"
import freeswitch

def fsapi(session, stream, env, args):
    event = freeswitch.Event("CUSTOM", "calltest1::calltest1_sub")
    event.addHeader("callee_uuid", "86896a7a-3dc3-4175-aaa1-cdcbfd9bd566")
    event.addHeader("caller_num", "1000")
    event.addHeader("callee_num", "1001")
    event.addHeader("failed_reason", "exten not avaliable")
    event.fire()
"#;

const RUST: &str = r#"
use strowger_module::{Event, Module, module};

module!(mod_fire, load);

fn load(module: &mut Module) -> Result<(), String> {
    module.command("fire_rust", "", "Fires an event", fire);
    Ok(())
}

fn fire(_: &str) -> String {
    Event::custom("calltest1::calltest1_sub")
        .header("callee_uuid", "86896a7a-3dc3-4175-aaa1-cdcbfd9bd566")
        .header("caller_num", "1000")
        .header("callee_num", "1001")
        .header("failed_reason", "exten not avaliable")
        .fire();
    "+OK\n".to_owned()
}
"#;

/// A library of somebody else, outside the switch.
const LIBRARY: &str = r#"
import sys, greenswitch
host, port = sys.argv[1].rsplit(":", 1)
client = greenswitch.InboundESL(host=host, port=int(port), password=sys.argv[2])
client.connect()
client.send(sys.argv[3])
client.stop()
"#;

/// Has the event fired, and looks at it as it arrives.
fn arrives(bed: &Bed, way: &str, fire: impl FnOnce(&mut Conn)) {
    let (mut conn, mut listener) = (bed.login(), bed.login());
    listener.command(SUBSCRIBE).unwrap();
    fire(&mut conn);
    let event = listener.event().unwrap().text().into_owned();
    let names = ["callee_uuid", "caller_num", "callee_num", "failed_reason"];
    let is_own = |line: &&str| line.split_once(": ").is_some_and(|(name, _)| names.contains(&name));
    let own: String = event.lines().filter(is_own).map(|line| format!("{line}\n")).collect();
    assert_eq!(own, OWN, "{way}: {event}");
    for header in ["Event-Name: CUSTOM\n", "Event-Subclass: calltest1%3A%3Acalltest1_sub\n", "Core-UUID: "] {
        assert!(event.contains(header), "{way}: {header} is not in {event}");
    }
    assert!(event.ends_with("\n\n") && !event.contains("Content-Length"), "{way}: {event}");
}

/// Asks, and wants no error.
fn api(conn: &mut Conn, command: &str) {
    let answer = conn.api(command).unwrap();
    assert!(!answer.starts_with("-ERR") || answer.trim() == "-ERR no reply", "{command}: {answer}");
}

fn rust_module(bed: &Bed) {
    let package = folder("ways_rust_package");
    let path = repository("crates/module").display().to_string();
    let manifest = format!(
        "[package]\nname = \"mod_fire\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[lib]\ncrate-type = [\"cdylib\"]\n\n\
         [dependencies]\nstrowger-module = {{ path = \"{path}\" }}\n\n[workspace]\n"
    );
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    fs::create_dir(package.join("src")).unwrap();
    fs::write(package.join("src/lib.rs"), RUST).unwrap();
    build_package(&package, "mod_fire", &bed.folder);
}

#[test]
fn an_event_is_the_same_whoever_fires_it() {
    let python = installed("python/bin/python");
    assert!(is_there("python3") && python.exists(), "`cargo xtask test` installs what the tests need");
    let bed = Bed::with("ways", &["mod_calltest"]);
    rust_module(&bed);
    fs::write(bed.folder.join("calltest.lua"), LUA).unwrap();
    fs::write(bed.folder.join("calltest.py"), PYTHON).unwrap();

    arrives(&bed, "a module in Rust", |conn| {
        api(conn, "load mod_fire");
        api(conn, "fire_rust");
    });
    arrives(&bed, "a module in C", |conn| {
        api(conn, "load mod_calltest");
        api(conn, "calltest");
    });
    arrives(&bed, "a script in Lua", |conn| api(conn, "lua calltest.lua"));
    arrives(&bed, "a script in Python", |conn| api(conn, "python calltest"));
    arrives(&bed, "a library outside", |_| {
        let mut client = Command::new(&python);
        client.args(["-c", LIBRARY, &bed.server.ready.esl.to_string(), PASSWORD, RAW]);
        let ended = run(&mut client);
        assert_eq!(ended.code, Some(0), "{}", ended.said);
    });
    arrives(&bed, "a bare socket", |conn| drop(conn.command(RAW).unwrap()));
    arrives(&bed, "the application event", |conn| {
        let own: Vec<String> = RAW.lines().skip(1).map(|line| line.replacen(": ", "=", 1)).collect();
        api(conn, &format!("originate null/caller '&event(Event-Name=CUSTOM,{})'", own.join(",")));
    });
    bed.server.stop();
}
