//! Switches with modules: what the tests of modules in C, in Rust and of their page share.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use strowger_bench::{Conn, Switch};

use super::{LIMIT, Server, configuration, folder, repository, run, serve};

/// A switch with a folder for modules of its own.
pub struct Bed {
    /// The switch.
    pub server: Server,
    /// Its `mod_dir` and `script_dir`, where its configuration is as well.
    pub folder: PathBuf,
}

impl Bed {
    /// One that has loaded nothing; `modules` are compiled for it.
    pub fn with(name: &str, modules: &[&str]) -> Bed {
        Bed::naming(name, modules, "")
    }

    /// One with `loads` in its modules.conf.
    pub fn naming(name: &str, modules: &[&str], loads: &str) -> Bed {
        let folder = folder(name);
        for module in modules {
            compile(&source(module), &folder.join(format!("{module}.so")));
        }
        let server = Server::start(&mut serving(&folder, loads));
        Bed { server, folder }
    }

    /// A connection that is logged in.
    pub fn login(&self) -> Conn {
        self.server.login()
    }

    /// Whether the file of a module is in the program's memory.
    pub fn is_mapped(&self, module: &str) -> bool {
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.server.switch.pid())).unwrap();
        maps.contains(&format!("/{module}.so"))
    }
}

/// The command that serves with modules and scripts of `folder`, and `loads` in modules.conf.
pub fn serving(folder: &Path, loads: &str) -> Command {
    let more = format!(
        "<configuration name=\"modules.conf\"><modules>{loads}</modules></configuration>\
         <configuration name=\"listen.conf\"><settings><param name=\"a\" value=\"1\"/><param name=\"b\" value=\"2\"/>\
         </settings></configuration><configuration name=\"event_socket.conf\">"
    );
    let text = configuration("").replacen("<configuration name=\"event_socket.conf\">", &more, 1);
    fs::write(folder.join("freeswitch.xml"), text).unwrap();
    let mut command = serve(folder);
    for name in ["mod_dir", "script_dir"] {
        command.arg("--set").arg(format!("{name}={}", folder.display()));
    }
    command
}

/// A module's source, of this folder's.
pub fn source(module: &str) -> PathBuf {
    repository(&format!("crates/strowger/tests/modules/{module}.c"))
}

/// Compiles a module as docs/modules.md says.
pub fn compile(source: &Path, file: &Path) {
    let mut command = Command::new("cc");
    command
        .args(["-shared", "-fPIC", "-Wall", "-Werror", "-I"])
        .arg(repository("include"))
        .arg(source)
        .arg("-o")
        .arg(file);
    let ended = run(&mut command);
    assert_eq!(ended.code, Some(0), "{}", ended.said);
}

/// Asks until the answer is that; values that others change take their time.
pub fn until(conn: &mut Conn, command: &str, wanted: &str) {
    let since = Instant::now();
    loop {
        let answer = conn.api(command).unwrap();
        if answer.trim() == wanted {
            return;
        }
        assert!(since.elapsed() < LIMIT, "{command}: {answer}, not {wanted}");
    }
}

/// Asks once.
pub fn check(conn: &mut Conn, command: &str, wanted: &str) {
    assert_eq!(conn.api(command).unwrap().trim(), wanted, "{command}");
}

/// How long cargo may take for a module.
const BUILD: Duration = Duration::from_secs(300);

/// Builds the module `name`, a package in Rust, into `folder`.
pub fn build_package(package: &Path, name: &str, folder: &Path) {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rust_modules");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--offline", "--target-dir"]).arg(&target).current_dir(package);
    let ended = Switch::spawn(&mut cargo).unwrap().ended(BUILD).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    fs::copy(target.join(format!("debug/lib{name}.so")), folder.join(format!("{name}.so"))).unwrap();
}
