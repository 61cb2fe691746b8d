//! Lua's values as FreeSWITCH's functions take them.

use mlua::{Error, FromLua, Lua, Result, Value};

/// A `char *`: a text or a number; nil, or an argument that is not there, is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text(pub(crate) String);

impl FromLua for Text {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        match value {
            Value::Nil => Ok(Self::default()),
            Value::String(text) => Ok(Self(text.to_string_lossy())),
            // As Lua itself writes numbers.
            number @ (Value::Integer(_) | Value::Number(_)) => {
                let text = lua.coerce_string(number)?;
                Ok(Self(text.map(|text| text.to_string_lossy()).unwrap_or_default()))
            }
            other => Err(expected("char *", &other)),
        }
    }
}

/// An `int`: a number, or a text that is one; nil is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Number(pub(crate) i64);

impl FromLua for Number {
    fn from_lua(value: Value, lua: &Lua) -> Result<Self> {
        let number = match &value {
            Value::Nil => Some(0.0),
            Value::Boolean(is_one) => Some(f64::from(u8::from(*is_one))),
            Value::Integer(number) => return Ok(Self(*number)),
            other => lua.coerce_number(other.clone())?,
        };
        // A float that does not fit is the nearest that does.
        number.map(|number| Self(number as i64)).ok_or_else(|| expected("int", &value))
    }
}

impl Number {
    /// So many milliseconds, a day at the most; none below 0.
    pub(crate) fn milliseconds(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0.clamp(0, 86_400_000).unsigned_abs())
    }

    /// A count; 0 below 0.
    pub(crate) fn count(self) -> usize {
        usize::try_from(self.0).unwrap_or(0)
    }

    /// As [`Number::count`].
    pub(crate) fn unsigned(self) -> u32 {
        u32::try_from(self.0.max(0)).unwrap_or(u32::MAX)
    }
}

fn expected(wanted: &str, got: &Value) -> Error {
    Error::runtime(format!("expected '{wanted}' got '{}'", got.type_name()))
}
