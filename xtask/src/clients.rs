//! The event-socket clients of others that the tests run: installed once, below the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::tools::{self, Failure};

/// Where their versions are written down, and the scripts that use them.
const PINS: &str = "crates/strowger/tests/clients";
/// How long one step of an installation may take: a registry that hangs must not hang the tests.
const LIMIT: Duration = Duration::from_secs(240);

/// Installs what is missing or of another version than written down.
///
/// They go to `clients` in the target folder, or to `$STROWGER_CLIENTS_CACHE`.
///
/// # Errors
/// [`Failure::Client`] names the client and the step that failed; [`Failure::Missing`] a program it needs.
pub fn install() -> Result<(), Failure> {
    let cache = cache()?;
    once("greenswitch", &cache.join("python"), "requirements.txt", greenswitch)?;
    once("modesl", &cache.join("node"), "package-lock.json", modesl)
}

fn cache() -> Result<PathBuf, Failure> {
    match std::env::var_os("STROWGER_CLIENTS_CACHE") {
        Some(path) => Ok(path.into()),
        None => Ok(tools::target()?.join("clients")),
    }
}

/// Installs a client into an empty folder, unless the folder says that these very pins are installed.
fn once(
    client: &'static str,
    folder: &Path,
    pins: &str,
    install: fn(&Path) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (pins, stamp) = (Path::new(PINS).join(pins), folder.join("installed"));
    let wanted = fs::read(&pins).map_err(|source| Failure::File { path: pins, source })?;
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    println!("xtask: installing {client} into {}", folder.display());
    empty(folder)?;
    install(folder).map_err(|source| Failure::Client { client, source: Box::new(source) })?;
    fs::write(&stamp, wanted).map_err(|source| Failure::File { path: stamp, source })
}

fn empty(folder: &Path) -> Result<(), Failure> {
    let failed = |source| Failure::File { path: folder.to_owned(), source };
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    fs::create_dir_all(folder).map_err(failed)
}

fn greenswitch(folder: &Path) -> Result<(), Failure> {
    // Debian's python3 has the module venv, but without the package of that name nothing to fill it with.
    let complete = tools::output(Command::new("python3").args([
        "-c",
        "import importlib.util as u; \
        print(all(map(u.find_spec, ['venv', 'ensurepip'])))",
    ]))?;
    if complete.trim() != "True" {
        tools::install_packages("python3 -m venv", &["python3-venv", "python3-pip"])?;
    }
    tools::run_within(Command::new("python3").args(["-m", "venv"]).arg(folder), LIMIT)?;
    let mut pip = Command::new(folder.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement"]);
    tools::run_within(pip.arg(Path::new(PINS).join("requirements.txt")), LIMIT)
}

fn modesl(folder: &Path) -> Result<(), Failure> {
    tools::install(&[("npm", "npm")])?;
    for name in ["package.json", "package-lock.json"] {
        let (from, to) = (Path::new(PINS).join(name), folder.join(name));
        fs::copy(from, &to).map_err(|source| Failure::File { path: to, source })?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]).current_dir(folder);
    tools::run_within(&mut npm, LIMIT)
}
