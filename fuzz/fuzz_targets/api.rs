//! Any text as a command and its arguments, at a switch without network: every command comes to an end within bounds, and
//! none panics.
//!
//! A line is a command's number and its arguments. What ends the switch, or waits for as long as it is told, is driven
//! with arguments that do not.
#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use strowger_config::{LoadOptions, MemorySource, load};
use strowger_core::Switch;
use strowger_core::bus::Identity;
use strowger_core::log::LogBus;
use strowger_core::media::{MediaEngine, MediaOptions};
use tokio::runtime::{Builder, Runtime};

/// How long a command may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How much it may answer.
const MAX_ANSWER: usize = 8 << 20;

/// Commands that are not thrown at: they end the switch, wait as long as they are told, or ask the network.
const SPARED: [&str; 10] = [
    "fsctl",
    "shutdown",
    "sleep",
    "msleep",
    "time_test",
    "timer_test",
    "stun",
    "host_lookup",
    "gethost",
    "originate",
];

/// What is sent to those instead; `{}` is the text.
const INSTEAD: [&str; 10] = [
    "fsctl max_sessions {}",
    "fsctl loglevel {}",
    "fsctl hupall {}",
    "msleep 0 {}",
    "time_test 0 1 {}",
    "timer_test 7 {}",
    "stun :{}",
    "originate error/{} &park",
    "originate null/a &park({})",
    "originate {",
];

struct Stage {
    runtime: Runtime,
    switch: Arc<Switch>,
    names: Vec<String>,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let options = LoadOptions { env: |_| None, resolve: |_| None, ..LoadOptions::default() };
    let text = "<d><section name='directory'><domain name='d.example'><user id='1000'/></domain></section></d>";
    let read = move || load(&MemorySource::new([("freeswitch.xml", text)]), &options);
    let media = MediaEngine::start(MediaOptions { threads: 1, rtp_ports: 0..=0 }).expect("threads");
    let identity = Identity {
        core_uuid: "core".into(),
        hostname: "host".into(),
        switchname: "switch".into(),
        ipv4: "127.0.0.1".into(),
        ipv6: "::1".into(),
    };
    let config = read().expect("a configuration");
    let switch = Switch::new(identity, config, Box::new(read), Arc::new(LogBus::default()), media);
    strowger_core::endpoints::register(switch.registries());
    strowger_apps::register(switch.registries());
    let names = switch.registries().commands.names().into_iter().filter(|name| !SPARED.contains(&name.as_str()));
    let names = names.chain(INSTEAD.map(str::to_owned)).collect();
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    Stage { runtime, switch, names }
});

/// Whether a text, wherever it is expanded or handed on, could make one of the spared commands wait.
fn waits(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    SPARED.iter().any(|name| lower.contains(name)) || lower.contains("\\u") || lower.contains('%')
}

fuzz_target!(|text: &str| {
    let Stage { runtime, switch, names } = &*STAGE;
    let mut characters = text.chars();
    let Some(number) = characters.next() else { return };
    let arguments = characters.as_str();
    let Some(name) = names.get(number as usize % names.len()) else { return };
    if waits(arguments) {
        return;
    }
    let line = if name.contains(' ') { name.replace("{}", arguments) } else { format!("{name} {arguments}") };
    let (command, arguments) = line.split_once(' ').unwrap_or((&line, ""));
    let answer = runtime.block_on(async {
        let answer = tokio::time::timeout(PATIENCE, switch.execute_api(command, arguments)).await;
        let answer = answer.unwrap_or_else(|_| panic!("{line:?} takes too long"));
        let hung_up = tokio::time::timeout(PATIENCE, switch.execute_api("hupall", "")).await;
        assert!(hung_up.is_ok(), "{line:?} leaves calls that do not end");
        // A module that was taken away is missed by the next.
        for module in switch.unloaded_modules() {
            assert_eq!(switch.load_module(&module), Ok(()));
        }
        answer
    });
    assert!(answer.is_none_or(|answer| answer.len() <= MAX_ANSWER.max(64 * text.len())), "{line:?} answers too much");
});
