//! `freeswitch.JSON`.

use std::cell::Cell;
use std::io::{self, Write};

use mlua::serde::ser::Options as SerializeOptions;
use mlua::{Error, Lua, LuaSerdeExt, Result, Table, UserData, UserDataMethods, Value};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};
use strowger_script::Host;

use crate::convert::Text;
use crate::limits::waiting;

/// Reads and writes JSON, and asks the switch in it.
struct LuaJson {
    host: Host,
    is_compact: Cell<bool>,
    /// An empty table is `{}`, and not `[]`.
    is_empty_an_object: Cell<bool>,
}

impl LuaJson {
    fn decode(lua: &Lua, text: &str) -> Result<Value> {
        match serde_json::from_str::<serde_json::Value>(text) {
            // What is null is not there.
            Ok(value) => lua.to_value_with(
                &value,
                SerializeOptions::new().serialize_none_to_null(false).serialize_unit_to_null(false),
            ),
            Err(error) => {
                tracing::error!("JSON: {error}");
                Ok(Value::Nil)
            }
        }
    }

    fn encode(&self, lua: &Lua, value: Value) -> Result<String> {
        let mut json: serde_json::Value = lua.from_value(value)?;
        if self.is_empty_an_object.get() {
            empty_as_object(&mut json);
        } else {
            empty_as_array(&mut json);
        }
        let mut text = Vec::new();
        let written = if self.is_compact.get() {
            json.serialize(&mut Serializer::with_formatter(&mut text, CompactFormatter))
        } else {
            let form = LikeCjson(PrettyFormatter::with_indent(b"\t"));
            json.serialize(&mut Serializer::with_formatter(&mut text, form))
        };
        written.map_err(Error::external)?;
        String::from_utf8(text).map_err(Error::external)
    }

    fn execute(&self, lua: &Lua, command: Value) -> Result<Value> {
        let text = match command {
            Value::String(text) => text.to_string_lossy(),
            table => self.encode(lua, table)?,
        };
        let answer = waiting(lua, || self.host.execute("json", &text));
        Self::decode(lua, &answer)
    }
}

fn empty_as_array(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(fields) if fields.is_empty() => *json = serde_json::Value::Array(Vec::new()),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(empty_as_array),
        serde_json::Value::Array(items) => items.iter_mut().for_each(empty_as_array),
        _ => {}
    }
}

fn empty_as_object(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Array(items) if items.is_empty() => {
            *json = serde_json::Value::Object(serde_json::Map::new())
        }
        serde_json::Value::Object(fields) => fields.values_mut().for_each(empty_as_object),
        serde_json::Value::Array(items) => items.iter_mut().for_each(empty_as_object),
        _ => {}
    }
}

/// As cJSON writes it: objects over lines, a tab behind colons, arrays in one line.
struct LikeCjson(PrettyFormatter<'static>);

impl Formatter for LikeCjson {
    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b":\t")
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }
}

impl UserData for LuaJson {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("encode", |lua, this, value: Value| this.encode(lua, value));
        methods.add_method("decode", |lua, _, text: Text| Self::decode(lua, &text.0));
        methods.add_method("execute", |lua, this, command: Value| this.execute(lua, command));
        methods.add_method("return_unformatted_json", |_, this, is_compact: bool| {
            this.is_compact.set(is_compact);
            Ok(())
        });
        methods.add_method("encode_empty_table_as_object", |_, this, is_object: bool| {
            this.is_empty_an_object.set(is_object);
            Ok(())
        });
    }
}

/// Adds it to the table `freeswitch`.
pub(crate) fn open(lua: &Lua, freeswitch: &Table, host: &Host) -> Result<()> {
    let host = host.clone();
    let make = move |_: &Lua, ()| {
        Ok(LuaJson { host: host.clone(), is_compact: Cell::new(false), is_empty_an_object: Cell::new(true) })
    };
    freeswitch.set("JSON", lua.create_function(make)?)
}
