//! `freeswitch.Dbh`.

use std::cell::RefCell;

use mlua::{Error, Function, Lua, Result, Table, UserData, UserDataMethods, Value};
use strowger_script::{Database, Host};

use crate::convert::Text;
use crate::limits::waiting;

/// A database that is open, perhaps.
struct LuaDatabase {
    database: RefCell<Option<Database>>,
    last_error: RefCell<String>,
}

impl LuaDatabase {
    fn open(host: &Host, name: &str) -> Self {
        match Database::open(host.switch(), name) {
            Ok(database) => Self { database: RefCell::new(Some(database)), last_error: RefCell::default() },
            Err(error) => {
                tracing::error!("Dbh {name}: {error}");
                Self { database: RefCell::new(None), last_error: RefCell::new(error.to_string()) }
            }
        }
    }

    fn query(&self, lua: &Lua, sql: &str, each: Option<&Function>) -> Result<bool> {
        let Ok(mut database) = self.database.try_borrow_mut() else {
            return Err(Error::runtime("a database takes one query at a time"));
        };
        let Some(database) = database.as_mut() else { return Ok(false) };
        let mut failure = None;
        let mut row = |row: Vec<(String, String)>| match each {
            None => false,
            Some(each) => match lua.create_table_from(row).and_then(|row| each.call::<Value>(row)) {
                // A callback that returns a number other than 0 has seen enough.
                Ok(enough) => enough.as_number().is_none_or(|enough| enough == 0.0),
                Err(error) => {
                    failure = Some(error);
                    false
                }
            },
        };
        let outcome = waiting(lua, || database.query(sql, &mut row));
        if let Some(failure) = failure {
            return Err(failure);
        }
        Ok(match outcome {
            Ok(()) => true,
            Err(error) => {
                tracing::error!("[{}] {error}", sql.chars().take(400).collect::<String>());
                *self.last_error.borrow_mut() = error.to_string();
                false
            }
        })
    }
}

impl UserData for LuaDatabase {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("connected", |_, this, ()| Ok(this.database.borrow().is_some()));
        methods.add_method("release", |_, this, ()| {
            let mut database =
                this.database.try_borrow_mut().map_err(|_| Error::runtime("a query runs on the database"))?;
            Ok(database.take().is_some())
        });
        methods.add_method("query", |lua, this, (sql, each): (Text, Option<Function>)| {
            this.query(lua, &sql.0, each.as_ref())
        });
        methods.add_method("affected_rows", |_, this, ()| {
            Ok(this.database.borrow().as_ref().map_or(0, Database::affected_rows))
        });
        methods.add_method("last_error", |_, this, ()| Ok(this.last_error.borrow().clone()));
        methods.add_method("test_reactive", |lua, this, (test, drop, create): (Text, Text, Text)| {
            let mut database =
                this.database.try_borrow_mut().map_err(|_| Error::runtime("a query runs on the database"))?;
            let Some(database) = database.as_mut() else { return Ok(false) };
            Ok(waiting(lua, || database.test_reactive(&test.0, &drop.0, &create.0)))
        });
    }
}

/// Adds it to the table `freeswitch`.
pub(crate) fn open(lua: &Lua, freeswitch: &Table, host: &Host) -> Result<()> {
    let host = host.clone();
    let make = move |_: &Lua, (name, _, _): (Text, Text, Text)| Ok(LuaDatabase::open(&host, &name.0));
    freeswitch.set("Dbh", lua.create_function(make)?)
}
