//! What docs/event-socket.md tells its reader to paste is pasted, and answers as it says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use support::{LIMIT, Server, configured, repository, serve};

/// One fenced block of a page.
struct Block {
    language: String,
    text: String,
    line: usize,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => found.push(block),
            (Some(language), None) => {
                open = Some(Block { language: language.to_owned(), text: String::new(), line: number + 1 });
            }
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    found
}

/// Whether `text` is as `expected` says, where `…` stands for anything.
fn is_as(text: &str, expected: &str) -> bool {
    let mut pieces = expected.split('…');
    let Some(mut rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let mut open_end = false;
    for piece in pieces {
        open_end = piece.is_empty();
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    open_end || rest.is_empty()
}

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
    terminal.expect("Content-Type: auth/request\n\n", 0);
    let page = fs::read_to_string(repository("docs/event-socket.md")).unwrap();
    let mut pasted = 0;
    for block in blocks(&page) {
        match block.language.as_str() {
            "esl" => {
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
