//! What the whole-program tests share: a switch of one's own, a configuration of one's own, bounded waits.

// Each test file is a crate of its own and uses a part of this one. A helper that fails is a test that fails.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod modules;
pub mod pages;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use strowger_bench::{Conn, Ended, Ready, Switch};

/// How long anything may take that takes no time. Long, because continuous integration is slow; nothing waits for it.
pub const LIMIT: Duration = Duration::from_secs(10);
/// The password of every configuration here.
pub const PASSWORD: &str = "ClueCon";

/// The program under test, ready to be given arguments.
pub fn strowger() -> Command {
    Command::new(env!("CARGO_BIN_EXE_strowger"))
}

/// A file or folder of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The command that serves a configuration on ports chosen by the system.
pub fn serve(conf: &Path) -> Command {
    let mut command = strowger();
    command.arg("serve").arg("--conf").arg(conf).arg("--no-console");
    for port in ["esl_port", "sip_port", "sip_port2"] {
        command.arg("--set").arg(format!("{port}=0"));
    }
    command
}

/// A running switch.
pub struct Server {
    /// Its process.
    pub switch: Switch,
    /// Where it answers.
    pub ready: Ready,
}

impl Server {
    /// Starts it and waits until it is ready.
    pub fn start(command: &mut Command) -> Server {
        let mut switch = Switch::spawn(command).unwrap();
        match switch.ready(LIMIT) {
            Ok(ready) => Server { switch, ready },
            Err(error) => panic!("{error}"),
        }
    }

    /// A connection that is logged in.
    pub fn login(&self) -> Conn {
        let mut conn = Conn::login(self.ready.esl, PASSWORD).unwrap();
        conn.set_patience(LIMIT).unwrap();
        conn
    }

    /// Asks it to end, and sees it end well.
    pub fn stop(self) {
        self.switch.signal("TERM").unwrap();
        self.ended();
    }

    /// Sees it end well by itself.
    pub fn ended(self) {
        let ended = self.switch.ended(LIMIT).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(ended.code, Some(0), "{}", ended.said);
    }
}

/// Runs a command that must end by itself.
pub fn run(command: &mut Command) -> Ended {
    Switch::spawn(command).unwrap().ended(LIMIT).unwrap_or_else(|error| panic!("{error}"))
}

/// Whether a program is there.
pub fn is_there(program: &str) -> bool {
    let mut tried = Command::new(program);
    tried.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    tried.status().is_ok()
}

/// Where `cargo xtask test` has put the clients.
pub fn installed(what: &str) -> PathBuf {
    let cache = std::env::var_os("STROWGER_CLIENTS_CACHE").map(PathBuf::from);
    cache.unwrap_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("clients")).join(what)
}

/// A folder for one test, empty at its start.
pub fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        fs::remove_dir_all(&path).unwrap();
    }
    fs::create_dir_all(&path).unwrap();
    path
}

/// A configuration in one file, with `dialplan` as the extensions of the context `default`.
pub fn configuration(dialplan: &str) -> String {
    format!(
        r#"<?xml version="1.0"?>
<document type="freeswitch/xml">
  <X-PRE-PROCESS cmd="set" data="esl_port=8021"/>
  <X-PRE-PROCESS cmd="set" data="sip_port=5060"/>
  <section name="configuration">
    <configuration name="event_socket.conf">
      <settings>
        <param name="listen-ip" value="127.0.0.1"/>
        <param name="listen-port" value="$${{esl_port}}"/>
        <param name="password" value="{PASSWORD}"/>
      </settings>
    </configuration>
    <configuration name="sofia.conf">
      <profiles>
        <profile name="internal">
          <settings>
            <param name="context" value="default"/>
            <param name="sip-ip" value="127.0.0.1"/>
            <param name="rtp-ip" value="127.0.0.1"/>
            <param name="sip-port" value="$${{sip_port}}"/>
          </settings>
        </profile>
      </profiles>
    </configuration>
  </section>
  <section name="dialplan">
    <context name="default">
{dialplan}
    </context>
  </section>
</document>
"#
    )
}

/// A folder that holds [`configuration`].
pub fn configured(name: &str, dialplan: &str) -> PathBuf {
    let conf = folder(name);
    fs::write(conf.join("freeswitch.xml"), configuration(dialplan)).unwrap();
    conf
}
