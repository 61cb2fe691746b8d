//! The part of Lua's library `debug` that scripts use and that is safe: `traceback` and `getinfo`.

use mlua::{Lua, Result, Table, Value};

use crate::convert::Text;

/// Adds the table `debug`.
pub(crate) fn open(lua: &Lua) -> Result<()> {
    let debug = lua.create_table()?;
    let traceback = |lua: &Lua, (text, level): (Option<Text>, Option<usize>)| {
        lua.traceback(text.as_ref().map(|text| text.0.as_str()), level.unwrap_or(1))
    };
    debug.set("traceback", lua.create_function(traceback)?)?;
    debug.set("getinfo", lua.create_function(|lua, (of, _): (Value, Option<Text>)| info(lua, &of))?)?;
    lua.globals().set("debug", debug)
}

fn info(lua: &Lua, of: &Value) -> Result<Option<Table>> {
    let table = lua.create_table()?;
    if let Value::Function(function) = of {
        let info = function.info();
        table.set("short_src", info.short_src)?;
        table.set("source", info.source)?;
        table.set("name", info.name)?;
        table.set("what", info.what)?;
        table.set("linedefined", info.line_defined)?;
        table.set("func", function)?;
        return Ok(Some(table));
    }
    let level = of.as_usize().unwrap_or(1);
    let filled = lua.inspect_stack(level, |frame| {
        let source = frame.source();
        table.set("short_src", source.short_src.as_deref())?;
        table.set("source", source.source.as_deref())?;
        table.set("what", source.what)?;
        table.set("linedefined", source.line_defined)?;
        table.set("currentline", frame.current_line())?;
        table.set("name", frame.names().name.as_deref())
    });
    filled.transpose().map(|filled| filled.map(|()| table))
}
