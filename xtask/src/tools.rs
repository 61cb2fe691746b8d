//! Running other programs, and installing those that are missing.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::USAGE;

/// How long one run of apt-get may take.
const APT: Duration = Duration::from_secs(300);

/// Why a task could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line is wrong.
    #[error("{0}\n\n{USAGE}")]
    Usage(String),
    /// A program is not there or cannot be started.
    #[error("`{command}` cannot be run: {source}")]
    Start {
        /// The program and its arguments.
        command: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A page that the code writes is old.
    #[error(
        "docs/ is not what the code says: `cargo xtask pages` writes applications.md, api.md and hangup-causes.md anew"
    )]
    Stale,
    /// A program said no.
    #[error("`{command}` failed ({status})")]
    Status {
        /// The program and its arguments.
        command: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A program did not end in time.
    #[error("`{command}` did not end within {} s and was stopped", limit.as_secs())]
    Late {
        /// The program and its arguments.
        command: String,
        /// How long it had.
        limit: Duration,
    },
    /// A file or folder cannot be used.
    #[error("{}: {source}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A program printed something else than the JSON that it should.
    #[error("what `{command}` printed is not understood: {what}")]
    Output {
        /// The program and its arguments.
        command: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// A program is missing and cannot be installed from here.
    #[error("`{program}` is needed and missing: {why}. Install the package `{package}` by hand.")]
    Missing {
        /// What is looked for.
        program: &'static str,
        /// Debian's and Ubuntu's package of it.
        package: &'static str,
        /// Why it was not installed.
        why: String,
    },
    /// A client that the tests run cannot be installed.
    #[error("the tests run the event-socket client {client}, and it cannot be installed: {source}")]
    Client {
        /// Its name.
        client: &'static str,
        /// The step that failed.
        source: Box<Failure>,
    },
    /// Packages whose licence is not allowed.
    #[error("licences that are not allowed (xtask/src/licences.rs has the list):\n{0}")]
    Licences(String),
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_owned).unwrap_or_default()
}

/// The cargo that runs us.
pub fn cargo<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// Runs a program to its end, its output ours.
///
/// # Errors
/// [`Failure::Start`] and [`Failure::Status`].
pub fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(|source| Failure::Start { command: said(command), source })?;
    succeeded(command, status)
}

/// As [`run`], but stops the program when it takes too long.
///
/// # Errors
/// [`Failure::Late`] then, else as [`run`].
pub fn run_within(command: &mut Command, limit: Duration) -> Result<(), Failure> {
    let until = Instant::now() + limit;
    let mut child = command.spawn().map_err(|source| Failure::Start { command: said(command), source })?;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return succeeded(command, status),
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(50)),
            Ok(None) => break,
            Err(source) => return Err(Failure::Start { command: said(command), source }),
        }
    }
    // Both fail only when it has ended in this very moment.
    let _ = child.kill();
    let _ = child.wait();
    Err(Failure::Late { command: said(command), limit })
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<(), Failure> {
    if status.success() { Ok(()) } else { Err(Failure::Status { command: said(command), status }) }
}

/// Runs a program and gives what it printed on stdout.
///
/// # Errors
/// As [`run`].
pub fn output(command: &mut Command) -> Result<String, Failure> {
    let out = command.stderr(Stdio::inherit()).output();
    let out = out.map_err(|source| Failure::Start { command: said(command), source })?;
    if !out.status.success() {
        return Err(Failure::Status { command: said(command), status: out.status });
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// The folder that cargo builds into.
///
/// # Errors
/// As [`metadata`].
pub fn target() -> Result<PathBuf, Failure> {
    let metadata = metadata()?;
    let target = metadata["target_directory"].as_str().ok_or_else(|| unclear("no target_directory"))?;
    Ok(target.into())
}

/// What `cargo metadata` says.
///
/// # Errors
/// [`Failure::Output`] when it is no JSON, else as [`run`].
pub fn metadata() -> Result<Value, Failure> {
    let text = output(&mut cargo(["metadata", "--format-version", "1"]))?;
    serde_json::from_str(&text).map_err(|error| unclear(&error.to_string()))
}

/// [`Failure::Output`] of `cargo metadata`.
pub fn unclear(what: &str) -> Failure {
    Failure::Output { command: "cargo metadata", what: what.to_owned() }
}

/// Whether a program is on the path.
pub fn is_there(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// Installs the packages of those programs (name, Debian package) that are missing, with apt-get.
///
/// # Errors
/// As [`install_packages`].
pub fn install(programs: &[(&'static str, &'static str)]) -> Result<(), Failure> {
    let missing: Vec<_> = programs.iter().copied().filter(|(program, _)| !is_there(program)).collect();
    let Some(&(program, _)) = missing.first() else { return Ok(()) };
    let packages: Vec<_> = missing.iter().map(|(_, package)| *package).collect();
    install_packages(program, &packages)
}

/// Installs packages with apt-get, the first of which has `program`.
///
/// # Errors
/// [`Failure::Missing`] when apt-get, the right to use it, or its success is missing too.
pub fn install_packages(program: &'static str, packages: &[&'static str]) -> Result<(), Failure> {
    let package = packages.first().copied().unwrap_or_default();
    let failed = |why: String| Failure::Missing { program, package, why };
    if !is_there("apt-get") {
        return Err(failed("there is no apt-get here to install it".to_owned()));
    }
    println!("xtask: installing {}", packages.join(", "));
    run_within(&mut apt(&["update"])?, APT).map_err(|failure| failed(failure.to_string()))?;
    let mut install = apt(&["install", "-y", "--no-install-recommends"])?;
    run_within(install.args(packages), APT).map_err(|failure| failed(failure.to_string()))
}

/// `apt-get`, as root: by sudo when we are not, which asks for a password only where somebody can answer.
fn apt(arguments: &[&str]) -> Result<Command, Failure> {
    let root = output(Command::new("id").arg("-u"))?.trim() == "0";
    let mut command = if root {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        if !std::io::stdin().is_terminal() {
            sudo.arg("-n");
        }
        sudo.arg("apt-get");
        sudo
    };
    command.arg("-q").args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}

fn said(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    // cargo is called by its full path: its name says enough.
    match words.join(" ") {
        line if line.starts_with('/') => {
            line.rsplit_once("/cargo ").map_or(line.clone(), |(_, rest)| format!("cargo {rest}"))
        }
        line => line,
    }
}
