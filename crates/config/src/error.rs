//! Where something stands, what went wrong there, and what is merely odd.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use crate::source_error::SourceError;

/// A line of a configuration file; displays as `FILE:LINE`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file, as its `Source` names it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Something odd that does not keep the configuration from being used; displays as `FILE:LINE: text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where.
    pub place: Place,
    /// What is odd and what was done about it.
    pub text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// Why a configuration cannot be used. Displays as `FILE:LINE: what is wrong, what was expected`.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The source has no `freeswitch.xml`.
    #[error(
        "{path}: no such file, expected the entry file of the configuration (strowger init DIR writes a complete one)"
    )]
    NoEntry {
        /// The path tried.
        path: String,
    },
    /// `freeswitch.xml` is there but cannot be read.
    #[error("{0}")]
    Entry(#[source] SourceError),
    /// An included file cannot be read.
    #[error(
        "{at}: cannot include \"{pattern}\": {problem}, expected a file relative to this one or to the configuration folder"
    )]
    Include {
        /// The include directive.
        at: Place,
        /// What it names, after `$${..}` expansion.
        pattern: String,
        /// Why it cannot be read.
        #[source]
        problem: SourceError,
    },
    /// A file includes itself, at once or through others.
    #[error("{at}: \"{path}\" is already being included ({chain}), expected a file that does not include itself")]
    IncludeLoop {
        /// The include directive that closes the loop.
        at: Place,
        /// The file.
        path: String,
        /// The files from the entry file on, joined by ` > `.
        chain: String,
    },
    /// Includes are nested too deep.
    #[error("{at}: this include is nested {} deep, expected at most {limit}", .limit + 1)]
    IncludeDepth {
        /// The include directive.
        at: Place,
        /// The deepest allowed.
        limit: usize,
    },
    /// `exec`, `exec-set` or `stun-set`.
    #[error("{at}: cmd=\"{command}\" is refused: {why}, expected {instead}")]
    Refused {
        /// The directive.
        at: Place,
        /// Its `cmd`.
        command: String,
        /// Why it is not run.
        why: &'static str,
        /// What to write instead.
        instead: String,
    },
    /// A pre-processing directive that cannot be understood.
    #[error("{at}: {found}, expected {expected}")]
    Directive {
        /// The directive.
        at: Place,
        /// What it says.
        found: String,
        /// What it should say.
        expected: &'static str,
    },
    /// The text is not XML.
    #[error("{at}: {problem}, expected {expected}")]
    Xml {
        /// Where.
        at: Place,
        /// What is wrong.
        problem: String,
        /// What should stand there.
        expected: String,
    },
    /// A setting's value does not parse.
    #[error("{at}: {parameter} is \"{value}\", expected {expected}")]
    Value {
        /// The element that holds the value.
        at: Place,
        /// The parameter's or attribute's name.
        parameter: String,
        /// The value as written, after `$${..}` expansion.
        value: String,
        /// The values allowed.
        expected: &'static str,
    },
    /// The event socket would be open to others with the password that everybody knows.
    #[error(
        "{at}: {parameter} is {address}, which others can reach, and the password is ClueCon, which everybody knows, \
         expected a param password of your own, or an address such as 127.0.0.1 (or allow-default-password, if it must be)"
    )]
    DefaultPassword {
        /// The address's param.
        at: Place,
        /// Its name.
        parameter: &'static str,
        /// The address.
        address: IpAddr,
    },
    /// An element lacks an attribute it needs.
    #[error("{at}: <{element}> has no {attribute}=\"..\", expected {expected}")]
    MissingAttribute {
        /// The element.
        at: Place,
        /// Its tag.
        element: String,
        /// The attribute.
        attribute: &'static str,
        /// What it is for.
        expected: &'static str,
    },
    /// The configuration is larger than what will be held in memory.
    #[error("{at}: the configuration has grown past {limit} bytes, expected less (do variables expand one another?)")]
    TooLarge {
        /// Where the limit was crossed.
        at: Place,
        /// The limit.
        limit: usize,
    },
}
