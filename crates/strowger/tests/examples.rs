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

    /// Waits for a line that begins like this, whatever else is said before and after it.
    fn says(&mut self, beginning: &str) {
        let since = Instant::now();
        loop {
            if let Some(at) = self.unseen.iter().position(|line| line.starts_with(beginning)) {
                self.unseen.remove(at);
                return;
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

#[test]
fn a_paging_group_hears_what_was_said() {
    let (peer, esl) = (strowger_bench::free_port(), strowger_bench::free_port());
    let port = peer.to_string();
    let address = format!("127.0.0.1:{esl}");
    let members = ["--longest", "1", "null/anna", "error/USER_BUSY"];
    let options = ["--switch", &address, "--port", &port];
    let mut group = Example::start("paging/paging.py", &[&options[..], &members[..]].concat());
    group.says("waiting for calls");
    let extension = format!(
        r#"<extension name="page"><condition field="destination_number" expression="^7000$">
        <action application="socket" data="127.0.0.1:{port} async full"/></condition></extension>"#
    );
    let server =
        Server::start(serve(&configured("paging_example", &extension)).arg("--set").arg(format!("esl_port={esl}")));
    let originate = "originate {origination_caller_id_number=2000}loopback/7000/default &park()";
    assert!(server.login().api(originate).unwrap().starts_with("+OK"));
    group.says("2000 pages");
    group.says("error/USER_BUSY does not hear it: -ERR USER_BUSY");
    group.says("null/anna heard it");
    server.stop();
}
