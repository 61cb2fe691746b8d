//! Running a script: its state, its bounds, and what is said when it fails.

use std::sync::Arc;

use mlua::chunk::ChunkMode;
use mlua::{Error, Lua, LuaOptions, Result, StdLib, Table};
use strowger_config::LuaSettings;
use strowger_core::Switch;
use strowger_core::log::LogLevel;
use strowger_script::{Host, Scripts, Threads};

use crate::limits::Meter;
use crate::source::{self, Source};
use crate::{debug, freeswitch};

/// What scripts are run with.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(crate) threads: Threads,
}

/// A script failed; the log says how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed;

impl Engine {
    pub(crate) const fn new(threads: Threads) -> Self {
        Self { threads }
    }

    /// The way to the switch for a script that begins now.
    pub(crate) fn host(switch: &Arc<Switch>) -> Host {
        Host::new(switch, switch.config().lua.max_time)
    }

    /// Begins a script beside all else (`luarun`); whether there is a place for it.
    pub(crate) fn begin(&self, switch: &Arc<Switch>, code: &str) -> bool {
        let (host, code) = (Self::host(switch), code.to_owned());
        let begun = self.threads.run(move || run(&host, &code, "", |_| Ok(()), |_| ()));
        if let Err(error) = &begun {
            tracing::error!("luarun: {error}");
        }
        begun.is_ok()
    }
}

/// Runs a script on this thread: `prepare` puts things into its state, `take` looks into it when it is done. `uuid` is the
/// call that the log's lines are about; none when empty.
///
/// # Errors
/// [`Failed`], and a line with the traceback in the log.
pub(crate) fn run<R>(
    host: &Host,
    text: &str,
    uuid: &str,
    prepare: impl FnOnce(&Lua) -> Result<()>,
    take: impl FnOnce(&Lua) -> R,
) -> std::result::Result<R, Failed> {
    let complain = |text: &str| {
        host.switch().log().write(LogLevel::Err, "mod_lua.cpp", "lua_parse_and_execute", 277, uuid, text);
        Failed
    };
    if text.trim().is_empty() {
        return Err(complain("No code to execute!"));
    }
    let settings = &host.switch().config().lua;
    let lua = state(host, settings).and_then(|lua| prepare(&lua).map(|()| lua));
    let lua = lua.map_err(|error| complain(&told(&error)))?;
    let outcome = execute(&lua, host, settings, text);
    outcome.map_err(|error| complain(&error))?;
    Ok(take(&lua))
}

/// The libraries that a script may have; `debug` is our own ([`debug`]).
const LIBRARIES: StdLib = StdLib::ALL_SAFE;

fn state(host: &Host, settings: &LuaSettings) -> Result<Lua> {
    let lua = Lua::new_with(LIBRARIES, LuaOptions::new())?;
    lua.set_memory_limit(settings.max_memory)?;
    debug::open(&lua)?;
    freeswitch::open(&lua, host)?;
    let package: Table = lua.globals().get("package")?;
    let usual: String = package.get("path")?;
    let folder = Scripts::of(host.switch(), false).folder().display().to_string();
    let own = settings.script_directories.iter().cloned();
    let path: Vec<String> = own.chain([format!("{folder}/?.lua"), usual]).collect();
    package.set("path", path.join(";"))?;
    Meter::install(&lua, host, settings.max_instructions)?;
    Ok(lua)
}

fn execute(lua: &Lua, host: &Host, settings: &LuaSettings, text: &str) -> std::result::Result<(), String> {
    let outcome = match Source::parse(text) {
        Source::Code(code) => lua.load(code).set_name("=line").set_mode(ChunkMode::Text).exec(),
        Source::File(name, arguments) => {
            let path =
                Scripts::of(host.switch(), settings.is_restricted).find(name).map_err(|error| error.to_string())?;
            let code = source::read(&path).map_err(|error| error.to_string())?;
            let chunk = format!("@{}", path.display());
            argv(lua, name, arguments).and_then(|()| lua.load(code).set_name(chunk).set_mode(ChunkMode::Text).exec())
        }
    };
    outcome.map_err(|error| told(&error))
}

/// `argv[0]` is the script.
fn argv(lua: &Lua, name: &str, arguments: Vec<String>) -> Result<()> {
    let argv = lua.create_sequence_from(arguments)?;
    argv.raw_set(0, name)?;
    lua.globals().set("argv", argv)
}

/// What the log says of an error: the message and the traceback, once.
fn told(error: &Error) -> String {
    match error {
        Error::CallbackError { traceback, cause } => {
            let cause = told(cause);
            if cause.contains("stack traceback:") { cause } else { format!("{cause}\n{traceback}") }
        }
        Error::RuntimeError(text) | Error::MemoryError(text) => text.clone(),
        Error::SyntaxError { message, .. } => message.clone(),
        other => other.to_string(),
    }
}
