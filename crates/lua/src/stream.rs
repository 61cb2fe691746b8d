//! `stream`: what a script that is a command answers.

use std::cell::RefCell;
use std::rc::Rc;

use mlua::{Error, Result, UserData, UserDataMethods};

use crate::convert::{Number, Text};

/// The longest answer in bytes; a script that writes more fails.
const MAX_ANSWER: usize = 16 << 20;

/// An answer being written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream(Rc<RefCell<String>>);

impl Stream {
    /// What was written so far.
    pub(crate) fn text(&self) -> String {
        self.0.borrow().clone()
    }

    fn write(&self, text: &str) -> Result<()> {
        let mut written = self.0.borrow_mut();
        if written.len() + text.len() > MAX_ANSWER {
            return Err(Error::runtime(format!("a stream takes {MAX_ANSWER} bytes")));
        }
        written.push_str(text);
        Ok(())
    }
}

impl UserData for Stream {
    fn add_methods<M: UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method("write", |_, stream, text: Text| stream.write(&text.0));
        methods.add_method("raw_write", |_, stream, (text, length): (Text, Option<Number>)| {
            let end = length.map_or(text.0.len(), Number::count);
            stream.write(text.0.get(..end).unwrap_or(&text.0))
        });
        methods.add_method("get_data", |_, stream, ()| Ok(stream.text()));
    }
}
