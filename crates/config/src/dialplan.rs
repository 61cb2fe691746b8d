//! The dialplan section: contexts, extensions, conditions and actions, as `mod_dialplan_xml` reads them.

use std::fmt;
use std::sync::Arc;

use crate::pattern::Pattern;

/// The dialplan section. What it means for a call is the hunt's business; here nothing is expanded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dialplan {
    /// The contexts, in order.
    pub contexts: Vec<Context>,
}

impl Dialplan {
    /// The context of this name, in any case; the first where several have it; the one named `global` where none has.
    pub fn context(&self, name: &str) -> Option<&Context> {
        let named = |name: &str| self.contexts.iter().find(|context| context.name.eq_ignore_ascii_case(name));
        named(name).or_else(|| named("global"))
    }
}

/// `<context name="..">`.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// Its name.
    pub name: String,
    /// Its extensions, tried in order.
    pub extensions: Vec<Extension>,
}

/// `<extension name="..">`.
#[derive(Debug, Clone, PartialEq)]
pub struct Extension {
    /// Its name; empty when it has none.
    pub name: String,
    /// `continue`: whether the extensions after it are tried although it matched. Default false.
    pub continue_: bool,
    /// Its conditions, tried in order.
    pub conditions: Vec<Condition>,
    /// The file it stands in.
    pub file: Arc<str>,
    /// The line of its tag.
    pub line: u32,
}

/// `<condition ..>`: what it takes to hold is the hunt's business.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// `field`: a field of the caller profile, or a text with `${variables}`.
    pub field: Option<String>,
    /// `expression`: an attribute, or the text of an `<expression>` element; empty where there is neither. Without a
    /// field it says nothing.
    pub expression: Pattern,
    /// `break`: when the conditions after this one are not tried.
    pub break_: Break,
    /// `regex`: how the results of `regexes` count together; none when the condition has no such attribute.
    pub regex: Option<RegexMode>,
    /// Each `<regex ..>`, in order.
    pub regexes: Vec<Regex>,
    /// What is done when it holds.
    pub actions: Vec<Action>,
    /// What is done when it does not.
    pub anti_actions: Vec<Action>,
    /// The conditions inside it, tried after its actions, or after its anti-actions if it has any.
    pub conditions: Vec<Condition>,
    /// `require-nested`: whether it only holds when those inside do. Default true.
    pub require_nested: bool,
    /// The attributes about date and time ([`CALENDAR`]), in the order written.
    pub calendar: Vec<(String, String)>,
    /// The line of its tag.
    pub line: u32,
}

/// `<regex field=".." expression=".."/>` in a condition with the attribute `regex`.
#[derive(Debug, Clone, PartialEq)]
pub struct Regex {
    /// As a condition's.
    pub field: Option<String>,
    /// As a condition's.
    pub expression: Pattern,
    /// As a condition's; they only count without a field.
    pub calendar: Vec<(String, String)>,
    /// The line of its tag.
    pub line: u32,
}

/// The attributes of a condition about date and time.
pub const CALENDAR: [&str; 14] = [
    "tz-offset",
    "dst",
    "date-time",
    "year",
    "yday",
    "mon",
    "mday",
    "week",
    "mweek",
    "wday",
    "hour",
    "minute",
    "minute-of-day",
    "time-of-day",
];

/// When the conditions after a condition are not tried. Displays as the attribute's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Break {
    /// When it does not hold.
    #[default]
    OnFalse,
    /// When it holds.
    OnTrue,
    /// In either case.
    Always,
    /// They are tried.
    Never,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Break::OnFalse => "on-false",
            Break::OnTrue => "on-true",
            Break::Always => "always",
            Break::Never => "never",
        })
    }
}

/// How the regexes of one condition count together. Displays as the attribute's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RegexMode {
    /// All must match.
    All,
    /// One must match.
    Any,
    /// Exactly one must match.
    Xor,
}

impl fmt::Display for RegexMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RegexMode::All => "all",
            RegexMode::Any => "any",
            RegexMode::Xor => "xor",
        })
    }
}

/// `<action application=".." data=".."/>` or `<anti-action ..>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// The application's name.
    pub application: String,
    /// What it is given: the element's text where it has some, else its `data`.
    pub data: String,
    /// `inline`: whether it is done at once, during the hunt. Default false.
    pub inline: bool,
    /// `loop`: how many times it is done, 0 for not at all. Default 1.
    pub loop_count: u32,
    /// The line of its tag.
    pub line: u32,
}
