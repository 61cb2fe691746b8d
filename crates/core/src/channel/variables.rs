use strowger_event::Headers;

const PREFIX: &str = "variable_";

/// A channel's variables, kept as the block of `variable_…` headers that its events carry: firing copies it whole.
///
/// Names match without regard to ASCII case; a variable that is set again moves to the end, as in FreeSWITCH.
#[derive(Clone, Debug, Default)]
pub struct Variables(Headers);

impl Variables {
    /// The value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Sets `name`; an empty value removes it, as in FreeSWITCH.
    pub fn set(&mut self, name: &str, value: &str) {
        let full = [PREFIX, name].concat();
        if value.is_empty() {
            self.0.remove(&full);
        } else {
            self.0.set(&full, value);
        }
    }

    /// Adds a value: the second one turns the variable into an array.
    pub fn push(&mut self, name: &str, value: &str) {
        self.0.push_array_item(&[PREFIX, name].concat(), value);
    }

    /// Removes `name`; whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        self.0.remove(&[PREFIX, name].concat())
    }

    /// Names (without prefix) and values, in order of setting.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.get(PREFIX.len()..).unwrap_or_default(), value))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The headers as events carry them.
    #[must_use]
    pub fn block(&self) -> &Headers {
        &self.0
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
    fn a_second_value_makes_an_array() {
        let mut variables = Variables::default();
        variables.push("DP_MATCH", "7712");
        variables.push("DP_MATCH", "12");
        assert_eq!(variables.get("DP_MATCH"), Some("ARRAY::7712|:12"));
    }
}
