//! The table `freeswitch`: what is not about one object.

use std::time::Duration;

use mlua::{Lua, Result, Table, UserData, UserDataMethods, UserDataRef, Variadic};
use strowger_script::Host;

use crate::convert::{Number, Text};
use crate::limits::waiting;
use crate::session::LuaSession;
use crate::stream::Stream;
use crate::{database, event, json, session};

/// Adds the table.
pub(crate) fn open(lua: &Lua, host: &Host) -> Result<()> {
    let freeswitch = lua.create_table()?;
    event::open(lua, &freeswitch, host)?;
    session::open(lua, &freeswitch, host)?;
    database::open(lua, &freeswitch, host)?;
    json::open(lua, &freeswitch, host)?;
    log(lua, &freeswitch, host)?;
    globals(lua, &freeswitch, host)?;
    others(lua, &freeswitch, host)?;
    lua.globals().set("freeswitch", &freeswitch)?;
    exit(lua, host)
}

/// `freeswitch.API`.
struct LuaApi(Host);

impl UserData for LuaApi {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("execute", |lua, this, (command, arguments): (Text, Text)| {
            Ok(waiting(lua, || this.0.execute(&command.0, &arguments.0)))
        });
        methods
            .add_method("executeString", |lua, this, line: Text| Ok(waiting(lua, || this.0.execute_string(&line.0))));
        methods.add_method("getTime", |_, _, ()| Ok(Host::milliseconds().to_string()));
    }
}

/// Where lines that say nothing else come from.
const CONSOLE: (&str, &str, u32) = ("switch_cpp.cpp", "console_log", 1443);

fn log(lua: &Lua, freeswitch: &Table, host: &Host) -> Result<()> {
    let to = host.clone();
    let write = lua.create_function(move |_, (level, text): (Text, Text)| {
        to.log(&level.0, CONSOLE, "", &text.0);
        Ok(())
    })?;
    freeswitch.set("consoleLog", &write)?;
    freeswitch.set("console_log", write)?;
    let to = host.clone();
    let write = move |_: &Lua, (level, file, function, line, text): (Text, Text, Text, Number, Text)| {
        to.log(&level.0, (&file.0, &function.0, line.unsigned()), "", &text.0);
        Ok(())
    };
    let write = lua.create_function(write)?;
    freeswitch.set("consoleLog2", &write)?;
    freeswitch.set("console_log2", write)?;
    let to = host.clone();
    let write = lua.create_function(move |_, text: Text| {
        to.log("debug", CONSOLE, "", &text.0);
        Ok(())
    })?;
    freeswitch.set("consoleCleanLog", &write)?;
    freeswitch.set("console_clean_log", write)?;
    // What a script prints would be lost in FreeSWITCH's terminal.
    let to = host.clone();
    let print = move |lua: &Lua, words: Variadic<mlua::Value>| {
        let show: mlua::Function = lua.globals().get("tostring")?;
        let shown = words.into_iter().map(|word| show.call::<Text>(word).map(|text| text.0));
        to.log("info", ("lua", "print", 0), "", &shown.collect::<Result<Vec<_>>>()?.join("\t"));
        Ok(())
    };
    lua.globals().set("print", lua.create_function(print)?)
}

fn globals(lua: &Lua, freeswitch: &Table, host: &Host) -> Result<()> {
    let of = host.clone();
    let get = move |_: &Lua, name: Text| Ok(of.switch().globals().get(&name.0));
    freeswitch.set("getGlobalVariable", lua.create_function(get)?)?;
    let of = host.clone();
    let set = move |_: &Lua, (name, value): (Text, Text)| {
        of.set_global(&name.0, &value.0, None);
        Ok(())
    };
    freeswitch.set("setGlobalVariable", lua.create_function(set)?)?;
    let of = host.clone();
    let set = move |_: &Lua, (name, value, before): (Text, Text, Option<Text>)| {
        let before = before.map(|before| before.0).filter(|before| !before.is_empty());
        // SWITCH_STATUS_SUCCESS is 0, and SWITCH_STATUS_FALSE 1.
        Ok(i64::from(!of.set_global(&name.0, &value.0, before.as_deref())))
    };
    freeswitch.set("globalSetVariable", lua.create_function(set)?)
}

fn others(lua: &Lua, freeswitch: &Table, host: &Host) -> Result<()> {
    let of = host.clone();
    freeswitch.set("API", lua.create_function(move |_, _: Variadic<mlua::Value>| Ok(LuaApi(of.clone())))?)?;
    freeswitch.set("Stream", lua.create_function(|_, ()| Ok(Stream::default()))?)?;
    let of = host.clone();
    let sleep = move |lua: &Lua, time: Number| {
        let time: Duration = time.milliseconds();
        waiting(lua, || of.sleep(time));
        Ok(())
    };
    freeswitch.set("msleep", lua.create_function(sleep)?)?;
    let of = host.clone();
    freeswitch.set("running", lua.create_function(move |_, ()| Ok(!of.switch().is_stopping()))?)?;
    let bridge = |lua: &Lua, (one, other): (UserDataRef<LuaSession>, UserDataRef<LuaSession>)| {
        waiting(lua, || one.session.bridge(&other.session));
        Ok(())
    };
    freeswitch.set("bridge", lua.create_function(bridge)?)
}

/// `os.exit` would end the switch.
fn exit(lua: &Lua, host: &Host) -> Result<()> {
    let to = host.clone();
    let refuse = move |_: &Lua, _: Variadic<mlua::Value>| {
        to.log("err", CONSOLE, "", "Surely you jest! exiting is a bad plan....");
        Ok(())
    };
    lua.globals().get::<Table>("os")?.set("exit", lua.create_function(refuse)?)
}
