//! Strowger: a softswitch that is programmed by its events.
//!
//! This crate is the program: its command line, how the switch is put together, started and ended, and the two consoles.
//! What the switch can do lives in the crates it wires.

mod arguments;
mod check;
mod cli;
mod configuration;
mod console;
mod editor;
mod events;
mod heartbeat;
mod host;
mod init;
mod logging;
mod modules;
mod paint;
mod serve;
mod signals;
mod start;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.command {
        None => serve::serve(&arguments.serve),
        Some(Command::Serve(serve)) => serve::serve(&serve),
        Some(Command::Init { dir }) => init::init(&dir),
        Some(Command::Check(what)) => check::check(what),
        Some(Command::Cli(cli)) => cli::cli(&cli),
    }
}
