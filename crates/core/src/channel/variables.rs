use std::borrow::Cow;
use std::sync::Arc;

use strowger_event::{HeaderBlock, array_items};

const PREFIX: &str = "variable_";

/// A text from outside with `%{` for each `${`: expanded later, in the data of an application, a caller's own words must
/// not run commands (`switch_var_clean_string`).
#[must_use]
pub fn disarmed(text: &str) -> Cow<'_, str> {
    if text.contains("${") { Cow::Owned(text.replace("${", "%{")) } else { Cow::Borrowed(text) }
}

/// A channel's variables, kept as the block of `variable_…` headers that its events carry: firing copies it whole.
///
/// Names match without regard to ASCII case; a variable that is set again moves to the end, as in FreeSWITCH.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    block: Arc<HeaderBlock>,
    /// Those that hold while an application runs, the innermost last.
    scopes: Vec<Vec<(String, String)>>,
}

impl Variables {
    /// The value of `name`; that of the innermost scope that has one, where there are scopes.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut scoped = self.scopes.iter().rev().flatten();
        let scoped = scoped.find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str());
        scoped.or_else(|| self.block.get_behind(PREFIX.len(), name))
    }

    /// Has these values stand before all others, until [`Variables::close_scope`].
    pub(crate) fn open_scope(&mut self, values: Vec<(String, String)>) {
        self.scopes.push(values);
    }

    /// Forgets the values of the innermost scope.
    pub(crate) fn close_scope(&mut self) {
        self.scopes.pop();
    }

    /// The values of all scopes, the innermost first.
    pub(crate) fn scoped(&self) -> impl Iterator<Item = (&str, &str)> {
        self.scopes.iter().rev().flatten().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Sets `name`; an empty value removes it, as in FreeSWITCH.
    pub fn set(&mut self, name: &str, value: &str) {
        let full = [PREFIX, name].concat();
        if value.is_empty() {
            self.changed().remove(&full);
        } else {
            self.changed().set(&full, value);
        }
    }

    /// Sets `name` to what somebody outside has written: a header of a message, say. See [`disarmed`].
    pub fn set_foreign(&mut self, name: &str, value: &str) {
        self.set(name, &disarmed(value));
    }

    /// Adds a value: the second one turns the variable into an array.
    pub fn push(&mut self, name: &str, value: &str) {
        self.changed().push_array_item(&[PREFIX, name].concat(), value);
    }

    /// Adds a value in front of the others.
    pub fn unshift(&mut self, name: &str, value: &str) {
        let whole = self.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned());
        let Some(before) = whole else { return self.push(name, value) };
        self.remove(name);
        self.push(name, value);
        match array_items(&before) {
            Some(items) => items.for_each(|item| self.push(name, item)),
            None => self.push(name, &before),
        }
    }

    /// Removes `name`; whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        self.changed().remove(&[PREFIX, name].concat())
    }

    /// Names (without prefix) and values, in order of setting.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.block.iter().map(|(name, value)| (name.get(PREFIX.len()..).unwrap_or_default(), value))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.block.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.block.is_empty()
    }

    /// The headers as events carry them: they share it, and a variable that is set while one of them is still about is set
    /// in a copy.
    #[must_use]
    pub fn block(&self) -> &Arc<HeaderBlock> {
        &self.block
    }

    fn changed(&mut self) -> &mut HeaderBlock {
        Arc::make_mut(&mut self.block)
    }
}

#[cfg(test)]
mod tests {
    use super::Variables;

    #[test]
    fn a_changed_variable_moves_to_the_end_and_an_empty_one_goes() {
        let mut variables = Variables::default();
        variables.set("colour", "red");
        variables.set("shape", "round");
        variables.set("COLOUR", "blue");
        assert_eq!(variables.iter().collect::<Vec<_>>(), [("shape", "round"), ("COLOUR", "blue")]);
        assert_eq!(variables.get("colour"), Some("blue"));
        variables.set("shape", "");
        assert_eq!(variables.len(), 1);
    }

    #[test]
    fn what_comes_from_outside_is_no_reference() {
        let mut variables = Variables::default();
        variables.set_foreign("name", "$${a} ${system(x)} $1");
        assert_eq!(variables.get("name"), Some("$%{a} %{system(x)} $1"));
    }

    #[test]
    fn the_innermost_scope_stands_before_all() {
        let mut variables = Variables::default();
        variables.set("colour", "red");
        variables.open_scope(vec![("Colour".into(), "blue".into())]);
        variables.open_scope(vec![("shape".into(), "round".into())]);
        assert_eq!((variables.get("colour"), variables.get("shape")), (Some("blue"), Some("round")));
        variables.close_scope();
        variables.close_scope();
        assert_eq!((variables.get("colour"), variables.get("shape")), (Some("red"), None));
    }

    #[test]
    fn a_second_value_makes_an_array() {
        let mut variables = Variables::default();
        variables.push("DP_MATCH", "7712");
        variables.push("DP_MATCH", "12");
        assert_eq!(variables.get("DP_MATCH"), Some("ARRAY::7712|:12"));
        variables.unshift("dp_match", "0");
        assert_eq!(variables.get("DP_MATCH"), Some("ARRAY::0|:7712|:12"));
        variables.unshift("one", "1");
        variables.unshift("one", "0");
        assert_eq!(variables.get("one"), Some("ARRAY::0|:1"));
    }
}
