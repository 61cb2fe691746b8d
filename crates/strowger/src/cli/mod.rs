//! `strowger cli`: a console for a switch that runs somewhere, over its event socket. It works with FreeSWITCH too.

mod connection;
mod session;
mod show;
mod stream;
mod tls;

use std::io::{Write, stdout};
use std::process::ExitCode;

use strowger_esl::client;

use crate::arguments::CliArguments;
use connection::{CliError, Connection};

/// Runs one command (`-x`) or a console; 1 when there is no connection, it breaks, or the password is wrong.
pub fn cli(arguments: &CliArguments) -> ExitCode {
    let connected = connect(arguments);
    let outcome = connected.and_then(|connection| match &arguments.execute {
        Some(command) => execute(connection, command),
        None => session::run(connection, arguments.debug),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("strowger: {error}");
            ExitCode::FAILURE
        }
    }
}

fn connect(arguments: &CliArguments) -> Result<Connection, CliError> {
    if arguments.tls.tls_insecure {
        eprintln!("strowger: warning: --tls-insecure: whoever answers is trusted, and reads the password");
    }
    let session = arguments.tls.tls.then(|| tls::session(&arguments.tls, &arguments.host)).transpose()?;
    Connection::open(&arguments.host, arguments.port(), &arguments.password, session)
}

/// Prints the answer of one command as it came, whatever it says: scripts read it.
fn execute(mut connection: Connection, command: &str) -> Result<(), CliError> {
    let answer = connection.ask(&client::console(command))?;
    let body = show::answer(&answer);
    // A reader that has had enough (`| head`) is no error.
    let _ = stdout().lock().write_all(body.as_bytes());
    Ok(())
}
