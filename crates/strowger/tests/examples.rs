//! The programs of examples/ that have a folder of their own, each played from its first call to its last.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

use support::{LIMIT, Server, configured, repository, serve};

/// An example while it runs.
struct Example {
    process: Child,
    said: Receiver<String>,
    /// What it said and nobody looked for yet.
    unseen: Vec<String>,
}

impl Example {
    fn start(program: &str, arguments: &[&str]) -> Example {
        let mut command = Command::new("python3");
        // -B: no __pycache__ in the source tree.
        command.arg("-B").arg(repository("examples").join(program)).args(arguments).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let (sender, said) = channel();
        // It ends with the program's output; the test may have ended before.
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Example { process, said, unseen: Vec::new() }
    }

    /// Waits for a line that begins like this, whatever else is said before and after it; the rest of that line.
    fn says(&mut self, beginning: &str) -> String {
        let since = Instant::now();
        loop {
            if let Some(at) = self.unseen.iter().position(|line| line.starts_with(beginning)) {
                return self.unseen.remove(at).split_off(beginning.len());
            }
            match self.said.recv_timeout(LIMIT.saturating_sub(since.elapsed())) {
                Ok(line) => self.unseen.push(line),
                Err(_) => panic!("it did not say `{beginning}`, but {:#?}", self.unseen),
            }
        }
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_queue_gives_each_caller_an_agent_in_turn() {
    let server = Server::start(&mut serve(&configured("queue_example", "")));
    let address = server.ready.esl.to_string();
    let agents = ["--wrap-up", "0.2", "error/USER_BUSY", "null/anna"];
    let mut queue = Example::start("queue/queue.py", &[&["--switch", &address], &agents[..]].concat());
    queue.says("queue support has 2 agents");
    let mut conn = server.login();
    let caller = |number: &str| {
        format!(
            "originate {{origination_uuid=caller-{number},origination_caller_id_number={number},queue=support}}null/{number} &park()"
        )
    };
    for number in ["2000", "2001", "2002"] {
        assert!(conn.api(&caller(number)).unwrap().starts_with("+OK"));
        queue.says(&format!("{number} waits,"));
    }
    queue.says("null/anna talks");
    assert!(conn.api("uuid_kill caller-2002").unwrap().starts_with("+OK"));
    queue.says("2002 gave up");
    // The first talk ends, the agent rests, and the next caller is joined.
    assert!(conn.api("uuid_kill caller-2000").unwrap().starts_with("+OK"));
    queue.says("null/anna is free");
    queue.says("null/anna talks");
    assert!(conn.api("uuid_kill caller-2001").unwrap().starts_with("+OK"));
    queue.says("null/anna is free");
    server.stop();
}

/// A context `default` that hands calls to a program.
fn handed_to(number: &str, port: &str) -> String {
    format!(
        r#"<extension name="handed"><condition field="destination_number" expression="^{number}$">
        <action application="socket" data="127.0.0.1:{port} async full"/></condition></extension>"#
    )
}

#[test]
fn an_ivr_asks_and_transfers() {
    let mut ivr = Example::start("ivr/ivr.py", &["--port", "0", "--operator", "operator"]);
    let port = ivr.says("waiting for calls on port ");
    let operator = r#"<extension name="operator"><condition field="destination_number" expression="^operator$">
        <action application="answer"/><action application="park"/></condition></extension>"#;
    let dialplan = handed_to("5000", &port) + operator;
    let server = Server::start(&mut serve(&configured("ivr_example", &dialplan)));
    let (mut conn, mut listener) = (server.login(), server.login());
    listener.command("event plain CHANNEL_EXECUTE PLAYBACK_START").unwrap();
    let call = "originate {origination_uuid=caller}null/2000 5000";
    assert!(conn.api(call).unwrap().starts_with("+OK"));
    // Each prompt, told by its tone, and what is typed then; `9` is wrong, and asked for again.
    for (prompt, digits) in [("100,100,600", "9"), ("100,100,600", "1"), ("400,0,500", "12345#"), ("100,100,600", "0")]
    {
        listener.until(|packet| packet.has("PLAYBACK_START") && packet.has(prompt)).unwrap();
        assert!(conn.api(&format!("uuid_recv_dtmf caller {digits}")).unwrap().starts_with("+OK"));
    }
    ivr.says("2000 calls");
    ivr.says("2000 has account 12345");
    ivr.says("2000 goes to the operator");
    listener.until(|packet| packet.has("Application: park")).unwrap();
    server.stop();
}

#[test]
fn a_dialer_brings_people_and_agents_together() {
    let person = r#"<extension name="person"><condition field="destination_number" expression="^1\d+$">
        <action application="answer"/><action application="playback" data="tone_stream://%(200,0,440)"/>
        <action application="hangup"/></condition></extension>
        <extension name="busy"><condition field="destination_number" expression="^2\d+$">
        <action application="hangup" data="USER_BUSY"/></condition></extension>"#;
    let conf = configured("dialer_example", person);
    let server = Server::start(&mut serve(&conf));
    let numbers = conf.join("numbers");
    std::fs::write(&numbers, "101\n201\n102\n103\n202\n104\n").unwrap();
    let (address, numbers) = (server.ready.esl.to_string(), numbers.to_string_lossy().into_owned());
    let trunk = ["--trunk", "loopback/{number}/default"];
    let agents = ["--agent", "null/anna", "--agent", "null/bert", "--agent", "error/USER_BUSY"];
    let mut dialer =
        Example::start("dialer/dialer.py", &[&["--switch", &address], &trunk[..], &agents, &[&numbers]].concat());
    dialer.says("error/USER_BUSY does not answer");
    dialer.says("201 does not answer: -ERR USER_BUSY");
    dialer.says("null/anna talks with 10");
    dialer.says("6 called, ");
    assert_eq!(server.login().api("show channels count").unwrap().trim(), "0 total.");
    server.stop();
}

#[test]
fn a_paging_group_hears_what_was_said() {
    let esl = strowger_bench::free_port();
    let address = format!("127.0.0.1:{esl}");
    let members = ["--longest", "1", "null/anna", "error/USER_BUSY"];
    let options = ["--switch", &address, "--port", "0"];
    let mut group = Example::start("paging/paging.py", &[&options[..], &members[..]].concat());
    let extension = handed_to("7000", &group.says("waiting for calls on port "));
    let server =
        Server::start(serve(&configured("paging_example", &extension)).arg("--set").arg(format!("esl_port={esl}")));
    let originate = "originate {origination_caller_id_number=2000}loopback/7000/default &park()";
    assert!(server.login().api(originate).unwrap().starts_with("+OK"));
    group.says("2000 pages");
    group.says("error/USER_BUSY does not hear it: -ERR USER_BUSY");
    group.says("null/anna heard it");
    server.stop();
}
