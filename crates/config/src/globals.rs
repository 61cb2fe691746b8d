//! The global variables, `$${name}`, as they stand while files are read.

use std::collections::{HashMap, HashSet};

use crate::element::{escape_into, unescape};

/// The global variables in the order they were first set.
#[derive(Debug, Default)]
pub(crate) struct Globals {
    entries: Vec<Global>,
    index: HashMap<String, usize>,
    fixed: HashSet<String>,
}

#[derive(Debug)]
struct Global {
    name: String,
    value: String,
    form: Form,
}

/// What a text is: plain characters, or characters as they stand in an XML file, `&` written `&amp;`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    Markup,
}

impl Globals {
    /// Presets, which files may set anew, and then fixed ones, which they may not.
    pub(crate) fn new(preset: &[(String, String)], fixed: &[(String, String)]) -> Globals {
        let mut globals = Globals::default();
        for (name, value) in preset.iter().chain(fixed) {
            globals.set(name, value.clone(), Form::Plain);
        }
        globals.fixed = fixed.iter().map(|(name, _)| name.clone()).collect();
        globals
    }

    /// Sets a variable, unless it is fixed.
    pub(crate) fn set(&mut self, name: &str, value: String, form: Form) {
        if self.is_fixed(name) {
            return;
        }
        match self.index.get(name).and_then(|at| self.entries.get_mut(*at)) {
            Some(entry) => (entry.value, entry.form) = (value, form),
            None => {
                self.index.insert(name.to_owned(), self.entries.len());
                self.entries.push(Global { name: name.to_owned(), value, form });
            }
        }
    }

    /// Whether `--set` gave it: then nothing in the files changes it.
    pub(crate) fn is_fixed(&self, name: &str) -> bool {
        self.fixed.contains(name)
    }

    /// Appends a variable's value in the form wanted; false when there is no such variable.
    pub(crate) fn write(&self, name: &str, form: Form, out: &mut String) -> bool {
        let Some(entry) = self.index.get(name).and_then(|at| self.entries.get(*at)) else { return false };
        match (entry.form, form) {
            (Form::Plain, Form::Markup) => escape_into(out, &entry.value),
            (Form::Markup, Form::Plain) => out.push_str(&unescape(&entry.value)),
            _ => out.push_str(&entry.value),
        }
        true
    }

    /// Name and value, in the order they were first set. A value from a file is as it stands there, entities and all.
    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        self.entries.into_iter().map(|entry| (entry.name, entry.value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_wins_over_set_and_preset_does_not() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut globals = Globals::new(&[pair("a", "preset"), pair("b", "preset")], &[pair("b", "fixed")]);
        globals.set("a", "x&amp;y".into(), Form::Markup);
        globals.set("b", "set".into(), Form::Markup);
        let written = |name, form| {
            let mut out = String::new();
            globals.write(name, form, &mut out).then_some(out)
        };
        assert_eq!(written("a", Form::Plain).unwrap(), "x&y");
        assert_eq!(written("a", Form::Markup).unwrap(), "x&amp;y");
        assert_eq!(written("b", Form::Plain).unwrap(), "fixed");
        assert_eq!(written("c", Form::Plain), None);
        assert_eq!(globals.into_pairs(), [pair("a", "x&amp;y"), pair("b", "fixed")]);
    }

    #[test]
    fn a_plain_value_is_escaped_where_it_enters_a_file() {
        let globals = Globals::new(&[], &[("q".to_owned(), "a\"<b>&".to_owned())]);
        let mut out = String::new();
        assert!(globals.write("q", Form::Markup, &mut out));
        assert_eq!(out, "a&quot;&lt;b&gt;&amp;");
    }
}
