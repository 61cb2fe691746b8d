//! Loads an event-socket server and prints what it held. Runs against any server that speaks the protocol, so two
//! servers can be measured with the same work in the same run.

mod inside;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use strowger_bench::load::{self, Format, LoadError, Target};
use strowger_bench::rows::{self, Row, RowError};
use strowger_bench::{Figure, Usage};

const USAGE: &str = "\
strowger-bench rows PROGRAM                                         starts the switch and prints every row, as `cargo xtask bench`
strowger-bench limit LISTENERS EVENTS                               an event's bytes over bare sockets: what this machine carries
strowger-bench floor COUNT [paced]                                  round trips over a bare socket
strowger-bench inside LISTENERS EVENTS [plain|json|xml]             a switch of our own fires them from within; by the limit
strowger-bench dialplan EXTENSIONS COUNT                            hunts through so many extensions, the last of which matches
strowger-bench tables COUNT                                         what hash and limit do, among 10,000 entries
strowger-bench MODE HOST:PORT PASSWORD …                            loads a server that runs already:
               fanout LISTENERS EVENTS [plain|json|xml]             one sender, N subscribers
               burst  LISTENERS EVENTS [plain|json|xml]             a Lua script inside the server fires them; N subscribers
               api COUNT                                            round trips of `api echo`, one at a time
               lua EVENTS                                           one Lua script fires them; how long one takes
               bgapi COUNT                                          pipelined `bgapi echo` until each job's event came
               calls COUNT [RATE]                                   `originate null/… &park()` until all parked, then hupall
               show COUNT                                           `show channels` of so many, and others meanwhile
               connections COUNT                                    logged-in idle connections
               idle COUNT [COMMAND]                                 the same, this their only command; the latency of others
               churn COUNT                                          connections that log in and go
               lag STALLED EVENTS                                   subscribers that stop reading, and others that read
               latency COUNT                                        one event at a time: sender to subscriber
With PID=n in the environment the server's processor time and memory are measured too.";

/// What went wrong.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}\n\n{USAGE}")]
    Usage(String),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Row(#[from] RowError),
    #[error(transparent)]
    Serve(#[from] inside::ServeError),
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    allow_many_files();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure @ Failure::Usage(_)) => {
            eprintln!("{failure}");
            ExitCode::from(2)
        }
        Err(failure) => {
            eprintln!("strowger-bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// As many open files as the system lets us have; a switch that we start inherits it.
fn allow_many_files() {
    let limit = getrlimit(Resource::Nofile);
    // Refused or not: who runs out of files says so.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
}

fn run(words: &[&str]) -> Result<(), Failure> {
    match words {
        ["rows", program] => {
            println!("{}", Row::head());
            Ok(rows::run(Path::new(program), |row| println!("{row}"))?)
        }
        ["limit", listeners, events] => {
            print(&load::limit(number(listeners)?, number(events)?)?);
            Ok(())
        }
        ["floor", count, pace @ ..] => {
            let pace = if pace.is_empty() { Duration::ZERO } else { load::PACE };
            print(&load::floor(number(count)?, pace)?);
            Ok(())
        }
        ["tables", count] => {
            print(&load::tables(number(count)?));
            Ok(())
        }
        ["dialplan", extensions, count] => {
            print(&load::dialplan(number(extensions)?, number(count)?)?);
            Ok(())
        }
        ["inside", listeners, events, format @ ..] => {
            print(&rows::inside(number(listeners)?, number(events)?, parse_format(format)?)?);
            Ok(())
        }
        // Of use to the bench alone, which starts itself so.
        [rows::SERVE] => Ok(inside::serve()?),
        [mode, addr, password, rest @ ..] => {
            let pid = std::env::var("PID").ok().map(|pid| number(&pid)).transpose()?;
            let target = Target { addr: (*addr).to_owned(), password: (*password).to_owned(), pid };
            let before = pid.map(Usage::of);
            print(&measure(mode, &target, rest)?);
            if let (Some(pid), Some(before)) = (pid, before) {
                let after = Usage::of(pid);
                print(&[
                    Figure::new("server cpu", after.cpu - before.cpu, "s"),
                    Figure::new("resident", after.resident / 1024.0, "MiB"),
                ]);
            }
            Ok(())
        }
        _ => Err(Failure::Usage("a mode is missing".to_owned())),
    }
}

fn measure(mode: &str, target: &Target, rest: &[&str]) -> Result<Vec<Figure>, Failure> {
    Ok(match (mode, rest) {
        ("fanout" | "burst", [listeners, events, format @ ..]) => {
            let load = if mode == "burst" { load::burst } else { load::fanout };
            load(target, number(listeners)?, number(events)?, parse_format(format)?)?
        }
        ("api", [count]) => load::api(target, number(count)?)?,
        ("lua", [events]) => load::lua(target, number(events)?)?,
        ("bgapi", [count]) => load::bgapi(target, number(count)?)?,
        ("latency", [count]) => load::latency(target, number(count)?)?,
        ("connections", [count]) => load::connections(target, number(count)?)?,
        ("idle", [count, command @ ..]) => load::idle(target, number(count)?, command.first().copied())?,
        ("churn", [count]) => load::churn(target, number(count)?)?,
        ("lag", [stalled, events]) => load::lag(target, number(stalled)?, number(events)?)?,
        ("show", [count]) => load::show(target, number(count)?)?,
        ("calls", [count]) => load::calls(target, number(count)?, None)?,
        ("calls", [count, rate]) => load::calls(target, number(count)?, Some(number(rate)?))?,
        _ => return Err(Failure::Usage(format!("`{mode}` is no mode, or its counts are missing"))),
    })
}

fn parse_format(words: &[&str]) -> Result<Format, Failure> {
    words.first().copied().unwrap_or("plain").parse().map_err(Failure::Usage)
}

fn number<T: std::str::FromStr>(word: &str) -> Result<T, Failure> {
    word.parse().map_err(|_| Failure::Usage(format!("`{word}` is no number")))
}

fn print(figures: &[Figure]) {
    for figure in figures {
        println!("{figure}");
    }
}
