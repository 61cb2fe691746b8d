//! The module in Rust of examples/, built as anybody would, loaded, used through the event socket, unloaded.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use support::modules::{Bed, build_package, check, until};
use support::repository;

#[test]
fn the_example_greets() {
    let bed = Bed::with("rust_module", &[]);
    build_package(&repository("examples/mod_greeting"), "mod_greeting", &bed.folder);
    let (mut conn, mut listener) = (bed.login(), bed.login());
    listener.command("event plain CHANNEL_HANGUP_COMPLETE CUSTOM greeting::done").unwrap();
    for _ in 0..2 {
        check(&mut conn, "load mod_greeting", "+OK Reloading XML\n+OK");
        check(&mut conn, "greet anna", "+OK hello anna");
        let done = listener.event().unwrap().text().into_owned();
        assert!(done.ends_with("\nName: anna\nCount: 1\n\n"), "{done}");
        assert!(done.contains("Event-Calling-File: lib.rs\nEvent-Calling-Function: mod_greeting\n"), "{done}");
        conn.command("sendevent CUSTOM\nEvent-Subclass: greeting::wanted\nName: bert").unwrap();
        assert!(listener.event().unwrap().has("Name: bert\nCount: 2\n"));
        until(&mut conn, "global_getvar greeted", "2");
        check(&mut conn, "greet", "-USAGE: <name>");
        assert!(conn.api("originate {origination_uuid=first}null/2000 '&greeter(carl)'").unwrap().starts_with("+OK"));
        let done = listener.event().unwrap();
        assert!(done.has("\nName: carl\n") && done.has("\nUnique-ID: first\n"), "{}", done.text());
        let ended = listener.event().unwrap();
        assert!(
            ended.has("variable_greeted: carl\n") && ended.has("Hangup-Cause: NORMAL_CLEARING\n"),
            "{}",
            ended.text()
        );
        until(&mut conn, "unload mod_greeting", "+OK");
        check(&mut conn, "greet anna", "-ERR greet Command not found!");
        assert!(!bed.is_mapped("mod_greeting"));
    }
    bed.server.stop();
}
