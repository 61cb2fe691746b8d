//! examples/greet.py: a program that calls are handed to.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use support::{Server, configured, repository, serve};

/// The example while it runs.
struct Greeter(Child);

impl Drop for Greeter {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_answers_plays_and_hangs_up() {
    let mut example = Command::new("python3");
    example.arg(repository("examples/greet.py")).arg("0").stdout(Stdio::piped());
    let mut greeter = Greeter(example.spawn().unwrap());
    let mut said = BufReader::new(greeter.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let port = said.next().unwrap();
    let port = port.strip_prefix("waiting for calls on port ").unwrap();
    let extension = format!(
        r#"<extension name="greet"><condition field="destination_number" expression="^1234$">
        <action application="socket" data="127.0.0.1:{port} async full"/></condition></extension>"#
    );
    let server = Server::start(&mut serve(&configured("greet", &extension)));
    let mut listener = server.login();
    listener.command("event plain PLAYBACK_STOP CHANNEL_HANGUP").unwrap();
    let originate = "originate {origination_caller_id_number=1000}null/one 1234";
    assert!(server.login().api(originate).unwrap().starts_with("+OK"));
    assert!(listener.event().unwrap().has("Playback-Status: done"));
    assert!(listener.event().unwrap().has("Hangup-Cause: NORMAL_CLEARING"));
    assert!(said.next().unwrap().starts_with("a call from "));
    assert!(said.next().unwrap().starts_with("done with "));
    server.stop();
}
