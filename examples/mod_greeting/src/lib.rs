//! A command, an application, an event that is heard and one that is fired, and a thread: what a module is made of.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::sleep;
use std::time::Duration;

use strowger_module::{Event, Level, Module, Session, log, module, set_global};

module!(mod_greeting, load, shutdown = shutdown, runtime = runtime);

/// How many were greeted.
static GREETED: AtomicU32 = AtomicU32::new(0);
/// The thread is to go on.
static GOES_ON: AtomicBool = AtomicBool::new(true);

fn load(module: &mut Module) -> Result<(), String> {
    module.command("greet", "<name>", "Greets somebody", greet);
    module.application("greeter", "[<name>]", "Greets a caller", greet_caller);
    if !module.bind("CUSTOM", Some("greeting::wanted"), |event| drop(greet(&event.get("Name").unwrap_or_default()))) {
        return Err("there are no events to bind".to_owned());
    }
    log(Level::Notice, "ready to greet");
    Ok(())
}

/// `greet NAME`: fires `greeting::done` as well.
fn greet(name: &str) -> String {
    if name.is_empty() {
        return "-USAGE: <name>\n".to_owned();
    }
    let count = GREETED.fetch_add(1, Ordering::Relaxed) + 1;
    Event::custom("greeting::done").header("Name", name).header("Count", &count.to_string()).fire();
    format!("+OK hello {name}\n")
}

/// `greeter [NAME]`: answers, plays a tone, and tells of it.
fn greet_caller(session: &Session, name: &str) {
    let caller = session.profile("caller_id_number").unwrap_or_default();
    let name = if name.is_empty() { &caller } else { name };
    if !session.answer() {
        return;
    }
    session.set_variable("greeted", name);
    session.log(Level::Info, &format!("greets {name}"));
    session.execute("playback", "tone_stream://%(100,0,440)");
    session.tell(Event::custom("greeting::done").header("Name", name)).fire();
    session.hangup("NORMAL_CLEARING");
}

/// Runs on a thread of its own, and keeps a global variable up to date.
fn runtime() {
    while GOES_ON.load(Ordering::Relaxed) {
        set_global("greeted", &GREETED.load(Ordering::Relaxed).to_string());
        sleep(Duration::from_millis(20));
    }
}

/// The switch waits for the thread by itself, before it lets go of the file.
fn shutdown() {
    GOES_ON.store(false, Ordering::Relaxed);
}
