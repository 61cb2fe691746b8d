//! Each application and command, through the event socket: what it does and what it refuses. tests/vocabulary/README.md
//! tells how its pages are written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use strowger_bench::{Conn, Packet};
use support::pages::{Block, ask, blocks, is_as, words};
use support::{LIMIT, Server, folder, repository, serve};

/// One section of a page: a switch's client, and one that listens.
struct Section {
    conn: Conn,
    listener: Conn,
    events: Vec<String>,
    /// Events before this one are told of.
    told: usize,
    logged: Vec<String>,
}

impl Section {
    fn begin(server: &Server) -> Section {
        let (conn, mut listener) = (server.login(), server.login());
        listener.command("event plain ALL").unwrap();
        listener.command("log debug").unwrap();
        Section { conn, listener, events: Vec::new(), told: 0, logged: Vec::new() }
    }

    /// Does what a block says, line by line.
    fn play(&mut self, block: &Block) -> Result<(), String> {
        let mut lines = block.text.lines().peekable();
        while let Some(line) = lines.next() {
            let (sign, rest) = line.split_once(' ').unwrap_or((line, ""));
            match sign {
                ">" => {
                    let mut expected = String::new();
                    while let Some(line) = lines.next_if(|line| !is_step(line)) {
                        expected.push_str(line);
                        expected.push('\n');
                    }
                    ask(&mut self.conn, rest, &expected)?;
                }
                "&" => self.conn.command(&format!("bgapi {rest}")).map(drop).map_err(|error| error.to_string())?,
                "<" => self.tell(rest)?,
                "!" => self.wait_for_event(rest)?,
                "~" => self.wait_for_log(rest)?,
                _ => return Err(format!("no step begins like this: {line}")),
            }
        }
        Ok(())
    }

    /// `execute CALL APPLICATION [ARGUMENT]` or `hangup CALL CAUSE`, as a sendmsg.
    fn tell(&mut self, message: &str) -> Result<(), String> {
        let mut words = message.splitn(4, ' ');
        let mut next = || words.next().unwrap_or_default();
        let (command, call, what, argument) = (next(), next(), next(), next());
        let rest = match command {
            "execute" => format!("execute-app-name: {what}\nexecute-app-arg: {argument}"),
            "hangup" => format!("hangup-cause: {what}"),
            _ => return Err(format!("no such message: {message}")),
        };
        let sent = format!("sendmsg {call}\ncall-command: {command}\n{rest}");
        self.conn.command(&sent).map(|_| ()).map_err(|error| error.to_string())
    }

    /// Waits for the next event that is as `wanted` says: `NAME Header=value …`.
    fn wait_for_event(&mut self, wanted: &str) -> Result<(), String> {
        let mut words = quoted(wanted).into_iter();
        let name = words.next().unwrap_or_default();
        let headers: Vec<_> = words.map(|word| word.replacen('=', ": ", 1)).collect();
        let fits = |event: &String| {
            has(event, &format!("Event-Name: {name}")) && headers.iter().all(|header| has(event, header))
        };
        let beginning = Instant::now();
        loop {
            if let Some(at) = self.events.iter().skip(self.told).position(fits) {
                self.told += at + 1;
                return Ok(());
            }
            self.listen(beginning).map_err(|error| {
                let heard: Vec<_> = self.events.iter().skip(self.told).map(|event| brief(event)).collect();
                format!("{error}; no {wanted}\namong\n{}", heard.join("\n"))
            })?;
        }
    }

    /// Waits for a log line: `LEVEL text`, anywhere in the section.
    fn wait_for_log(&mut self, wanted: &str) -> Result<(), String> {
        let (level, text) = wanted.split_once(' ').unwrap_or((wanted, "…"));
        let expected = format!("…[{level}] …:… {text}");
        let beginning = Instant::now();
        while !self.logged.iter().any(|line| is_as(line.trim_end(), &expected)) {
            self.listen(beginning)
                .map_err(|error| format!("{error}; no log line {wanted}\namong\n{}", self.logged.concat()))?;
        }
        Ok(())
    }

    /// Takes the next packet in.
    fn listen(&mut self, beginning: Instant) -> Result<(), String> {
        if beginning.elapsed() > LIMIT {
            return Err("nothing more to wait for".to_owned());
        }
        let packet: Packet = self.listener.packet().map_err(|error| error.to_string())?;
        match packet.kind.as_str() {
            "log/data" => self.logged.push(packet.text().into_owned()),
            _ if packet.is_event() => self.events.push(decoded(&packet.text())),
            _ => {}
        }
        Ok(())
    }

    /// Leaves no call behind for the next section.
    fn end(mut self) -> Result<(), String> {
        ask(&mut self.conn, "hupall", "+OK hangup all channels with cause MANAGER_REQUEST")?;
        ask(&mut self.conn, "show channels count", "\n0 total.")
    }
}

/// Whether the switch ends in a section.
fn is_down(section: &[Block]) -> bool {
    section.first().is_some_and(|block| block.heading == "command shutdown")
}

fn is_step(line: &str) -> bool {
    ["> ", "& ", "< ", "! ", "~ "].iter().any(|sign| line.starts_with(sign))
}

/// Words at blanks; a blank between double quotes is one of the word.
fn quoted(text: &str) -> Vec<String> {
    let (mut words, mut inside) = (vec![String::new()], false);
    for char in text.chars() {
        match char {
            '"' => inside = !inside,
            ' ' if !inside => words.push(String::new()),
            _ => words.last_mut().unwrap().push(char),
        }
    }
    words
}

/// Whether an event has a line that is as `pattern` says.
fn has(event: &str, pattern: &str) -> bool {
    event.lines().any(|line| is_as(line, pattern))
}

/// An event's name and whom it is of.
fn brief(event: &str) -> String {
    let shown = ["Event-Name: ", "Event-Subclass: ", "Unique-ID: ", "Application: ", "Channel-State: "];
    let values = event.lines().filter_map(|line| shown.iter().find_map(|name| line.strip_prefix(name)));
    values.collect::<Vec<_>>().join(" ")
}

/// An event in the plain format, its values as they were before they were encoded.
fn decoded(event: &str) -> String {
    let mut bytes = Vec::with_capacity(event.len());
    let mut rest = event.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (first, code) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Every page, by name.
fn pages() -> Vec<PathBuf> {
    let entries = fs::read_dir(repository("tests/vocabulary")).unwrap();
    let mut pages: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    pages.retain(|path| path.extension().is_some_and(|end| end == "md") && !path.ends_with("README.md"));
    pages.sort();
    pages
}

/// Plays one page at a switch of its own; what did not go as it says.
fn play(page: &Path) -> Vec<String> {
    let server = Server::start(&mut serve(&repository("tests/vocabulary/conf")));
    let own = folder(&format!("vocabulary-{}", page.file_stem().unwrap().to_string_lossy()));
    let text = fs::read_to_string(page).unwrap().replace("$TMP/", &format!("{}/", own.display()));
    let all = blocks(&text);
    let mut faults = Vec::new();
    for section in all.chunk_by(|one, next| one.heading == next.heading) {
        let mut playing = Section::begin(&server);
        let played = section.iter().try_for_each(|block| {
            let place = format!("{}:{} {}", page.display(), block.line, block.heading);
            playing.play(block).map_err(|error| format!("{place}: {error}"))
        });
        // A section that failed leaves no call behind either.
        let ended = if is_down(section) { Ok(()) } else { playing.end() };
        faults.extend(played.and(ended).err());
    }
    if all.chunk_by(|one, next| one.heading == next.heading).any(is_down) {
        server.ended();
    } else {
        server.stop();
    }
    faults
}

#[test]
fn every_page_goes_as_it_says() {
    let only = std::env::var("VOCABULARY").unwrap_or_default();
    let pages: Vec<_> = pages().into_iter().filter(|page| page.to_string_lossy().contains(&only)).collect();
    assert!(!pages.is_empty());
    let faults: Vec<_> = std::thread::scope(|scope| {
        let playing: Vec<_> = pages.iter().map(|page| scope.spawn(|| play(page))).collect();
        playing.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn every_word_is_played() {
    let server = Server::start(&mut serve(&repository("tests/vocabulary/conf")));
    let mut conn = server.login();
    let texts: Vec<_> = pages().iter().map(|page| fs::read_to_string(page).unwrap()).collect();
    let played: BTreeSet<_> = texts
        .iter()
        .flat_map(|text| blocks(text))
        .filter(|block| !block.text.is_empty())
        .map(|block| format!("{} {}", block.heading, block.language))
        .collect();
    let mut wanted = BTreeSet::new();
    for kind in ["application", "command"] {
        for name in words(&mut conn, kind) {
            wanted.extend(["does", "refuses"].map(|block| format!("{kind} {name} {block}")));
        }
    }
    server.stop();
    let missing: Vec<_> = wanted.difference(&played).collect();
    assert!(missing.is_empty(), "no page of tests/vocabulary has {missing:#?}");
    let strange: Vec<_> = played.difference(&wanted).collect();
    assert!(strange.is_empty(), "there is nothing of which tests/vocabulary tells {strange:#?}");
}
