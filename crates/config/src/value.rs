//! Typed values out of `<param name=".." value=".."/>` and attributes.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use crate::element::Element;
use crate::error::ConfigError;

/// Whether FreeSWITCH takes a value for true (`switch_true`): `yes`, `on`, `true`, `t`, `enabled`, `active`, `allow` in
/// any case, or a number other than 0. Everything else is false.
pub fn is_true(value: &str) -> bool {
    const TRUE: [&str; 7] = ["yes", "on", "true", "t", "enabled", "active", "allow"];
    TRUE.iter().any(|word| word.eq_ignore_ascii_case(value)) || value.parse::<f64>().is_ok_and(|number| number != 0.0)
}

/// Whether FreeSWITCH takes a value for false (`switch_false`): `no`, `off`, `false`, `f`, `disabled`, `inactive`, `deny`,
/// `disallow` in any case, or 0. Much is neither true nor false.
pub fn is_false(value: &str) -> bool {
    boolean(value) == Some(false)
}

/// Like [`is_true`], but none for what is neither true nor false: a typing mistake must not switch a thing off.
pub(crate) fn boolean(value: &str) -> Option<bool> {
    const FALSE: [&str; 9] = ["no", "off", "false", "f", "disabled", "inactive", "deny", "disallow", "0"];
    let is_false = FALSE.iter().any(|word| word.eq_ignore_ascii_case(value));
    (is_false || is_true(value)).then_some(!is_false)
}

/// A boolean attribute; `default` when it is missing or empty.
pub(crate) fn flag_attr(element: &Element, name: &str, default: bool) -> Result<bool, ConfigError> {
    match element.attr(name).filter(|value| !value.is_empty()) {
        None => Ok(default),
        Some(value) => boolean(value).ok_or_else(|| bad_value(element, name, value, BOOLEAN)),
    }
}

/// An attribute without which the element means nothing.
pub(crate) fn required<'e>(
    element: &'e Element,
    attribute: &'static str,
    expected: &'static str,
) -> Result<&'e str, ConfigError> {
    element.attr(attribute).filter(|value| !value.is_empty()).ok_or_else(|| ConfigError::MissingAttribute {
        at: element.place(),
        element: element.name.clone(),
        attribute,
        expected,
    })
}

/// The error for a value that does not parse.
pub(crate) fn bad_value(element: &Element, parameter: &str, value: &str, expected: &'static str) -> ConfigError {
    ConfigError::Value { at: element.place(), parameter: parameter.to_owned(), value: value.to_owned(), expected }
}

/// The params of a `<settings>` or of a `<gateway>`. A name is looked for in any case, the last one counts, and an
/// empty value counts as not given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings<'a> {
    element: Option<&'a Element>,
}

impl<'a> Settings<'a> {
    pub(crate) fn new(element: Option<&'a Element>) -> Settings<'a> {
        Settings { element }
    }

    /// All name and value pairs, in order.
    pub(crate) fn pairs(self) -> Vec<(String, String)> {
        let params = self.element.into_iter().flat_map(Element::params);
        params.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The element of each param of this name, with its value.
    pub(crate) fn all(self, name: &str) -> impl Iterator<Item = (&'a Element, &'a str)> {
        self.element.into_iter().flat_map(|element| element.children_named("param")).filter_map(move |param| {
            let named = param.attr("name").is_some_and(|found| found.eq_ignore_ascii_case(name));
            let value = param.attr("value").map(str::trim).filter(|value| named && !value.is_empty())?;
            Some((param, value))
        })
    }

    pub(crate) fn text(self, name: &str) -> Option<&'a str> {
        self.all(name).last().map(|(_, value)| value)
    }

    pub(crate) fn string(self, name: &str, default: &str) -> String {
        self.text(name).unwrap_or(default).to_owned()
    }

    /// A comma-separated list; `default` when it is not given.
    pub(crate) fn list(self, name: &str, default: &str) -> Vec<String> {
        let parts = self.text(name).unwrap_or(default).split(',').map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// What `parse` makes of the value.
    pub(crate) fn parsed<T>(
        self,
        name: &str,
        default: T,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ConfigError> {
        match self.all(name).last() {
            None => Ok(default),
            Some((param, value)) => parse(value).ok_or_else(|| bad_value(param, name, value, expected)),
        }
    }

    pub(crate) fn flag(self, name: &str, default: bool) -> Result<bool, ConfigError> {
        self.parsed(name, default, BOOLEAN, boolean)
    }

    /// A number in a range that `expected` describes.
    pub(crate) fn number<T: FromStr + PartialOrd>(
        self,
        name: &str,
        default: T,
        range: RangeInclusive<T>,
        expected: &'static str,
    ) -> Result<T, ConfigError> {
        self.parsed(name, default, expected, |value| value.parse().ok().filter(|number| range.contains(number)))
    }

    pub(crate) fn port(self, name: &str, default: u16) -> Result<u16, ConfigError> {
        self.number(name, default, 0..=u16::MAX, PORT)
    }

    pub(crate) fn seconds(self, name: &str, default: u32) -> Result<Duration, ConfigError> {
        let count = self.number(name, default, 0..=u32::MAX, "a whole number of seconds")?;
        Ok(Duration::from_secs(count.into()))
    }

    /// An address to bind to: `resolve` is asked for a name.
    pub(crate) fn address(
        self,
        name: &str,
        default: IpAddr,
        resolve: impl FnOnce(&str) -> Option<IpAddr>,
    ) -> Result<IpAddr, ConfigError> {
        self.parsed(name, default, ADDRESS, |value| address(value).or_else(|| resolve(value)))
    }
}

/// An address as written in configurations: IPv6 with or without brackets.
pub(crate) fn address(value: &str) -> Option<IpAddr> {
    let bare = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
    bare.parse().ok()
}

const BOOLEAN: &str = "true or false (also yes, no, on, off, 1, 0)";
const PORT: &str = "a port from 1 to 65535, or 0 for one the system chooses";
const ADDRESS: &str = "an IPv4 or IPv6 address of this machine, or a name that resolves to one";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_is_what_freeswitch_takes_for_it() {
        let check = |value: &str, want: Option<bool>| {
            assert_eq!(boolean(value), want, "{value}");
            assert_eq!(is_true(value), want == Some(true), "{value}");
        };
        for value in ["yes", "ON", "True", "t", "enabled", "active", "allow", "1", "-1", "2.5"] {
            check(value, Some(true));
        }
        for value in ["no", "Off", "false", "f", "disabled", "inactive", "deny", "disallow", "0"] {
            check(value, Some(false));
        }
        for value in ["", "ture", "yess", "maybe"] {
            check(value, None);
        }
    }

    #[test]
    fn addresses_with_and_without_brackets() {
        assert_eq!(address("[::1]"), address("::1"));
        assert_eq!(address("10.0.0.1"), Some(IpAddr::from([10, 0, 0, 1])));
        assert_eq!(address("localhost"), None);
    }
}
