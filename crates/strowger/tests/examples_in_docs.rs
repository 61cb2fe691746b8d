//! What the pages tell their reader to paste is pasted, and answers as they say.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use strowger_bench::{Conn, Packet};
use support::pages::{Block, ask, blocks, is_as};
use support::{LIMIT, Server, configured, repository, serve};

#[test]
fn an_answer_is_held_against_its_pattern() {
    assert!(is_as("a: 17\n\n", "a: …\n\n"));
    assert!(is_as("one two three", "one … three"));
    assert!(!is_as("one two three four", "one … three"));
    assert!(!is_as("a: 17\nb", "a: …\nc"));
}

/// A client as plain as `nc`.
struct Terminal {
    stream: TcpStream,
    shown: String,
}

impl Terminal {
    fn paste(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// Waits until what is shown is as `expected` says.
    fn expect(&mut self, expected: &str, line: usize) {
        let (beginning, mut chunk) = (Instant::now(), [0; 65536]);
        // A body ends without a line end; the page has one.
        let whole = expected.trim_end_matches('\n');
        while !is_as(self.shown.trim_end_matches('\n'), whole) {
            assert!(
                beginning.elapsed() < LIMIT,
                "line {line}: shown is\n{}\nand the page says\n{expected}",
                self.shown
            );
            match self.stream.read(&mut chunk) {
                Ok(0) => panic!("line {line}: closed; shown is\n{}", self.shown),
                Ok(count) => self.shown.push_str(&String::from_utf8_lossy(&chunk[..count])),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => panic!("line {line}: {error}"),
            }
        }
        self.shown.clear();
    }
}

#[test]
fn the_event_socket_page() {
    let server = Server::start(&mut serve(&configured("event_socket_page", "")));
    let stream = TcpStream::connect(server.ready.esl).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut terminal = Terminal { stream, shown: String::new() };
    let mut conn = server.login();
    terminal.expect("Content-Type: auth/request\n\n", 0);
    let page = fs::read_to_string(repository("docs/event-socket.md")).unwrap();
    let mut pasted = 0;
    for block in blocks(&page) {
        match block.language.as_str() {
            "esl" => {
                if block.text.starts_with("myevents") {
                    // What the call was sent before is done then: no event of that comes among the answers.
                    asked(&mut conn, "uuid_getvar demo-call colour", "red", block.line);
                }
                terminal.paste(&block.text);
                pasted += 1;
            }
            "answer" => terminal.expect(&block.text, block.line),
            _ => {}
        }
    }
    assert!(pasted > 15, "the page shows every command");
    server.stop();
}

/// A switch that a page's `cli` blocks are typed at, and the events of its calls.
struct Reader {
    server: Server,
    conn: Conn,
    listener: Conn,
    /// What each call's events were, as `events` blocks have them, until they were looked at.
    heard: BTreeMap<String, Vec<String>>,
}

fn asked(conn: &mut Conn, command: &str, expected: &str, line: usize) {
    ask(conn, command, expected).unwrap_or_else(|error| panic!("line {line}: {error}"));
}

impl Reader {
    /// Starts a switch with the configuration that is built in.
    fn start() -> Reader {
        let server = Server::start(&mut serve(&repository("conf")));
        let (conn, mut listener) = (server.login(), server.login());
        listener.command("event plain ALL").unwrap();
        Reader { server, conn, listener, heard: BTreeMap::new() }
    }

    /// Types each line behind a `> `, and compares what comes with the lines up to the next one.
    fn type_in(&mut self, block: &Block) {
        for part in format!("\n{}", block.text).split("\n> ").skip(1) {
            let (command, expected) = part.split_once('\n').unwrap_or((part, ""));
            asked(&mut self.conn, command, expected, block.line);
        }
    }

    /// Compares the events of the calls that a block tells of, each call's in their order.
    fn listen(&mut self, block: &Block) {
        let lines: Vec<_> = block.text.lines().map(words).collect();
        let first = |line: &String| line.split(' ').next().unwrap_or_default().to_owned();
        let calls: BTreeSet<_> = lines.iter().map(first).collect();
        for call in calls {
            let expected: Vec<_> = lines.iter().filter(|line| first(line) == call).cloned().collect();
            while self.heard.get(&call).is_none_or(|heard| heard.len() < expected.len()) {
                let event = self.listener.event().unwrap_or_else(|error| {
                    panic!("line {}: {error}; of {call} came {:#?}", block.line, self.heard.get(&call))
                });
                if let Some((call, line)) = told(&event) {
                    self.heard.entry(call).or_default().push(line);
                }
            }
            assert_eq!(self.heard.remove(&call).unwrap(), expected, "line {}", block.line);
        }
    }
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The call that an event is of, and its line: `CALL EVENT WHAT`.
fn told(event: &Packet) -> Option<(String, String)> {
    let text = event.text();
    let header = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let (call, name) = (header("Unique-ID")?, header("Event-Name")?);
    let what = header(match name {
        "CHANNEL_STATE" => "Channel-State",
        "CHANNEL_CALLSTATE" => "Channel-Call-State",
        "CHANNEL_EXECUTE" | "CHANNEL_EXECUTE_COMPLETE" => "Application",
        "CHANNEL_HANGUP" | "CHANNEL_HANGUP_COMPLETE" => "Hangup-Cause",
        _ => "",
    });
    Some((call.to_owned(), words(&format!("{call} {name} {}", what.unwrap_or_default()))))
}

/// Does what a page says at a switch of its own; how many examples it has.
fn follow(page: &str) -> usize {
    let mut reader = Reader::start();
    let page = fs::read_to_string(repository(page)).unwrap();
    let mut followed = 0;
    for block in blocks(&page) {
        match block.language.as_str() {
            "cli" => reader.type_in(&block),
            "events" => reader.listen(&block),
            _ => continue,
        }
        followed += 1;
    }
    reader.server.stop();
    followed
}

#[test]
fn the_page_about_calls() {
    assert!(follow("docs/calls.md") > 10, "the page has its examples");
}

#[test]
fn the_page_about_variables() {
    assert!(follow("docs/variables.md") > 4, "the page has its examples");
}

#[test]
fn the_page_about_digits() {
    assert!(follow("docs/digits.md") > 1, "the page has its examples");
}
