//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use strowger_core::log::LogLevel;

/// What the program was asked to do.
#[derive(Debug, Parser)]
#[command(name = "strowger", version, about = ABOUT, after_help = AFTER, override_usage = USAGE)]
#[command(args_conflicts_with_subcommands = true, max_term_width = 100)]
pub struct Arguments {
    /// The command; without one the switch is served.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What `serve` takes, for a call without a command.
    #[command(flatten)]
    pub serve: ServeArguments,
}

/// A command of the program.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the switch; this is also what happens without a command
    #[command(override_usage = SERVE_USAGE)]
    Serve(ServeArguments),
    /// Write the built-in configuration into a folder, to be edited and served with --conf
    Init {
        /// The folder; it is made if need be, and files that are there are never overwritten
        dir: PathBuf,
    },
    /// Read a configuration and say what is wrong or odd with it, and what would listen where
    #[command(after_help = CHECK_AFTER, override_usage = CHECK_USAGE)]
    Check(CheckArguments),
    /// A console for a switch that runs, here or elsewhere
    #[command(after_help = CLI_AFTER)]
    Cli(CliArguments),
}

/// Which configuration, and what is fixed in it.
#[derive(Debug, Clone, Args)]
pub struct ConfiguredArguments {
    /// The configuration: the folder that holds freeswitch.xml [default: the built-in configuration]
    #[arg(long, value_name = "DIR")]
    pub conf: Option<PathBuf>,
    /// Where logs, recordings, sounds and the like belong [default: ~/.local/share/strowger]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Fix a global variable: it wins over what the configuration's files set; may be given more than once
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
}

/// What `check` takes.
#[derive(Debug, Clone, Args)]
pub struct CheckArguments {
    /// What is checked; without one all of the configuration is.
    #[command(subcommand)]
    pub command: Option<CheckCommand>,
    /// The configuration.
    #[command(flatten)]
    pub configured: ConfiguredArguments,
}

/// One thing to check.
#[derive(Debug, Clone, Subcommand)]
pub enum CheckCommand {
    /// Show the way of a call through the dialplan: every extension and condition looked at, and what would be done
    #[command(after_help = DIALPLAN_AFTER)]
    Dialplan(DialplanArguments),
}

/// What `check dialplan` takes.
#[derive(Debug, Clone, Args)]
pub struct DialplanArguments {
    /// The context that the call comes into
    pub context: String,
    /// The number called
    pub number: String,
    /// A field of the caller (caller_id_number, network_addr, username, ...) or a channel variable of the call
    #[arg(value_name = "VAR=VALUE", value_parser = assignment)]
    pub variables: Vec<(String, String)>,
    /// The configuration, which may also be named in front of `dialplan`.
    #[command(flatten)]
    pub configured: ConfiguredArguments,
}

/// What `serve` takes.
#[derive(Debug, Clone, Args)]
pub struct ServeArguments {
    /// The configuration.
    #[command(flatten)]
    pub configured: ConfiguredArguments,
    /// Log lines up to this level go to the terminal or to stderr: console, alert, crit, err, warning, notice, info, debug
    /// [default: console.conf.xml's on a terminal, warning elsewhere]
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pub log: Option<LogLevel>,
    /// Offer no console, even in a terminal
    #[arg(long)]
    pub no_console: bool,
}

/// What `cli` takes.
#[derive(Debug, Clone, Args)]
pub struct CliArguments {
    /// The switch's host
    #[arg(short = 'H', long, default_value = "127.0.0.1")]
    pub host: String,
    /// The port of its event socket [default: 8021, with --tls 8022]
    #[arg(short = 'P', long)]
    pub port: Option<u16>,
    /// The password of its event socket
    #[arg(short = 'p', long, default_value = "ClueCon")]
    pub password: String,
    /// Run one API command, print its answer, and end
    #[arg(short = 'x', long = "execute", value_name = "COMMAND")]
    pub execute: Option<String>,
    /// Show log lines up to this level [default: info on a terminal, none elsewhere]
    #[arg(short = 'd', long, value_name = "LEVEL", value_parser = level)]
    pub debug: Option<LogLevel>,
    /// Whether to speak TLS, and whom to trust.
    #[command(flatten)]
    pub tls: TlsArguments,
}

impl CliArguments {
    /// The port that is connected to.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.tls.tls { 8022 } else { 8021 })
    }
}

/// How `cli` speaks TLS.
#[derive(Debug, Clone, Args)]
pub struct TlsArguments {
    /// Speak TLS; the switch's certificate must be good for HOST
    #[arg(long)]
    pub tls: bool,
    /// Trust the certificates in this PEM file, and those that they have signed, instead of the system's
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub tls_ca: Option<PathBuf>,
    /// Show the switch this certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub tls_cert: Option<PathBuf>,
    /// Its key [default: in the file of --tls-cert]
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Trust whoever answers: anybody on the way can read the password and take the switch's place
    #[arg(long, requires = "tls", conflicts_with = "tls_ca")]
    pub tls_insecure: bool,
}

const ABOUT: &str =
    "A softswitch that is programmed by its events: SIP calls by an XML dialplan, steered over the Event Socket";

const USAGE: &str = "strowger [serve] [--conf DIR] [--data DIR] [--set NAME=VALUE]... [--log LEVEL] [--no-console]
       strowger init DIR
       strowger check [--conf DIR] [--data DIR] [--set NAME=VALUE]... [dialplan CONTEXT NUMBER [VAR=VALUE]...]
       strowger cli [-H HOST] [-P PORT] [-p PASSWORD] [-x COMMAND] [-d LEVEL] [--tls [--tls-ca FILE]]";

const SERVE_USAGE: &str =
    "strowger [serve] [--conf DIR] [--data DIR] [--set NAME=VALUE]... [--log LEVEL] [--no-console]";

const CHECK_USAGE: &str = "strowger check [--conf DIR] [--data DIR] [--set NAME=VALUE]...
       strowger check dialplan CONTEXT NUMBER [VAR=VALUE]... [--conf DIR] [--data DIR] [--set NAME=VALUE]...";

const CHECK_AFTER: &str = "\
Exit status: 0 when the configuration can be served, 2 when it cannot. Of `check dialplan`: 0 when there is a route,
1 when there is none, 2 when the configuration cannot be used or has no such context.";

const DIALPLAN_AFTER: &str = "\
No call is made. Of inline actions only set, multiset, export and unset are done, and API commands in ${...} are not run:
they count as empty, and the output says so.
Exit status: 0 when there is a route, 1 when there is none, 2 when the configuration cannot be used or has no such context.";

const AFTER: &str = "\
When it serves, the line `ready esl=ADDR sip=ADDR[,ADDR...] [tls=ADDR]` on stdout says that the event socket and SIP answer.
SIGTERM (or Ctrl-C) ends the calls and the switch, a second one ends it at once; SIGHUP reads the configuration again.
Exit status: 0 after a shutdown, 2 when the configuration or an address in it cannot be used, 1 for any other failure.";

const CLI_AFTER: &str = "\
In the console a line is an API command (`status`, `show channels`); `/help` lists what the console itself knows.
Exit status: 0, whatever the commands answered; 1 when there is no connection or the password is wrong.";

/// `NAME=VALUE`; the value may be empty or hold more `=`.
fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE, such as sip_port=5080".to_owned()),
    }
}

fn level(text: &str) -> Result<LogLevel, String> {
    LogLevel::parse(text).ok_or_else(|| {
        let names: Vec<String> = LogLevel::ALL.iter().map(|level| level.name().to_ascii_lowercase()).collect();
        format!("expected one of {}, or 0 to 7", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split(' '))
    }

    #[test]
    fn the_declaration_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn serving_needs_no_command() {
        let plain = parse("strowger --set a=b=c --set d= --no-console --log DEBUG").unwrap();
        assert!(plain.command.is_none() && plain.serve.no_console);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(plain.serve.configured.set, [pair("a", "b=c"), pair("d", "")]);
        assert_eq!(plain.serve.log, Some(LogLevel::Debug));
        assert!(matches!(parse("strowger serve --conf x").unwrap().command, Some(Command::Serve(_))));
    }

    #[test]
    fn a_wrong_value_lists_the_right_ones() {
        let said = parse("strowger serve --log loud").unwrap_err().to_string();
        assert!(said.contains("notice, info, debug"), "{said}");
        let said = parse("strowger --set nothing").unwrap_err().to_string();
        assert!(said.contains("NAME=VALUE"), "{said}");
        let said = parse("strowger serve --nonsense").unwrap_err().to_string();
        assert!(said.contains("--nonsense") && said.contains("--conf DIR"), "{said}");
    }

    #[test]
    fn a_check_is_of_everything_or_of_a_route() {
        let line = "strowger check --set a=1 dialplan default 1000 ani=2 --set b=2";
        let Some(Command::Check(check)) = parse(line).unwrap().command else { panic!("not check") };
        let Some(CheckCommand::Dialplan(route)) = check.command else { panic!("not dialplan") };
        assert_eq!((route.context.as_str(), route.number.as_str()), ("default", "1000"));
        assert_eq!(route.variables, [("ani".to_owned(), "2".to_owned())]);
        assert_eq!((check.configured.set.len(), route.configured.set.len()), (1, 1));
        assert!(matches!(parse("strowger check --conf x").unwrap().command, Some(Command::Check(_))));
        let said = parse("strowger check dialplan default 1000 ani").unwrap_err().to_string();
        assert!(said.contains("NAME=VALUE"), "{said}");
    }

    #[test]
    fn the_console_has_the_usual_defaults() {
        let Some(Command::Cli(cli)) = parse("strowger cli -x status").unwrap().command else { panic!("not cli") };
        assert_eq!((cli.host.as_str(), cli.port(), cli.password.as_str()), ("127.0.0.1", 8021, "ClueCon"));
        assert_eq!(cli.execute.as_deref(), Some("status"));
    }

    #[test]
    fn tls_has_its_own_port_and_its_options_need_it() {
        let Some(Command::Cli(cli)) = parse("strowger cli --tls --tls-ca ca.pem").unwrap().command else {
            panic!("not cli")
        };
        assert_eq!(cli.port(), 8022);
        for wrong in ["--tls-ca a", "--tls-insecure", "--tls --tls-key k", "--tls --tls-insecure --tls-ca a"] {
            assert!(parse(&format!("strowger cli {wrong}")).is_err(), "{wrong}");
        }
    }
}
