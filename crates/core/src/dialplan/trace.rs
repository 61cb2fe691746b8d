//! What a hunt tells of itself, step by step, and FreeSWITCH's words for it.

use std::fmt;

use strowger_config::{Action, Break, Extension, RegexMode};

/// Who is told what a hunt does.
pub trait Trace: Send {
    /// The hunt did this there.
    fn step(&mut self, at: At<'_>, step: &Step<'_>);
}

/// Where a hunt is.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// In this extension.
    pub extension: &'a Extension,
    /// In so many conditions that hold others.
    pub level: usize,
}

/// One step of a hunt.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// It looks at an extension of this context.
    Extension {
        /// The context's name.
        context: &'a str,
    },
    /// It goes into the conditions inside a condition.
    Nested {
        /// `require-nested`.
        required: bool,
    },
    /// A condition, or a `<regex>`, is about date and time.
    Time {
        /// Its line.
        line: u32,
        /// Whether it holds.
        holds: bool,
        /// What it belongs to.
        rule: Rule,
    },
    /// A text is matched against an expression.
    Match {
        /// The condition's line, or that of its `<regex>`.
        line: u32,
        /// As written.
        field: &'a str,
        /// The text that the field stands for.
        value: &'a str,
        /// With its variables expanded.
        expression: &'a str,
        /// The whole of the match and the groups; none when it does not match.
        captures: Option<&'a [Option<String>]>,
        /// What it belongs to.
        rule: Rule,
    },
    /// There is nothing to match: it always holds.
    Absolute {
        /// Its line.
        line: u32,
        /// What it belongs to.
        rule: Rule,
    },
    /// An action is added to what the call will do, or done at once.
    Action {
        /// The action.
        action: &'a Action,
        /// Its data with the captures put in.
        data: &'a str,
        /// It is an anti-action.
        anti: bool,
    },
    /// A condition's `break` ends the group of conditions it stands in.
    Break {
        /// The condition's line.
        line: u32,
        /// Whether it holds.
        holds: bool,
        /// The `break`.
        rule: Break,
    },
    /// Something that would have been run was not, because the hunt is a rehearsal.
    LeftOut {
        /// The application or the command with its data.
        what: &'a str,
    },
}

/// What a result counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A condition with this `break`.
    Condition(Break),
    /// A `<regex>` of a condition that takes them together this way.
    Regex(RegexMode),
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Condition(rule) => write!(f, "break={rule}"),
            // FreeSWITCH calls xor "any".
            Rule::Regex(RegexMode::All) => f.write_str("match=all"),
            Rule::Regex(RegexMode::Any | RegexMode::Xor) => f.write_str("match=any"),
        }
    }
}

/// Writes a hunt to the log at debug level, in the lines of `mod_dialplan_xml`.
pub(super) struct LogTrace {
    uuid: String,
    channel: String,
}

impl LogTrace {
    /// For a channel; `None` when nobody wants debug lines.
    pub(super) fn new(uuid: &str, channel: &str) -> Option<LogTrace> {
        let wanted = tracing::event_enabled!(tracing::Level::DEBUG);
        wanted.then(|| LogTrace { uuid: uuid.to_owned(), channel: channel.to_owned() })
    }
}

impl Trace for LogTrace {
    fn step(&mut self, at: At<'_>, step: &Step<'_>) {
        if let Some(line) = line(&self.channel, at, step) {
            tracing::debug!(uuid = %self.uuid, "{line}");
        }
    }
}

/// FreeSWITCH's line for a step; it has none for some.
fn line(channel: &str, at: At<'_>, step: &Step<'_>) -> Option<String> {
    let (space, name) = (indent(at.level), shown_name(at));
    let said = |holds: bool| if holds { "(PASS)" } else { "(FAIL)" };
    let told = match step {
        Step::Extension { context } => {
            let extension = at.extension;
            format!("Dialplan: {channel} parsing [{context}->{name}] continue={}", extension.continue_)
        }
        Step::Nested { required } => {
            let required = if *required { "TRUE" } else { "FALSE" };
            let level = at.level;
            format!("{space}Dialplan: Processing recursive conditions level:{level} [{name}] require-nested={required}")
        }
        Step::Time { holds, rule, .. } => {
            // FreeSWITCH writes it in one word when it fails.
            let what = if *holds { "Date/Time Match" } else { "Date/TimeMatch" };
            let rule = match rule {
                Rule::Condition(_) => format!(" {rule}"),
                Rule::Regex(_) => String::new(),
            };
            format!("{space}Dialplan: {channel} {what} {} [{name}]{rule}", said(*holds))
        }
        Step::Match { field, value, expression, captures, rule, .. } => {
            let said = said(captures.is_some());
            format!("{space}Dialplan: {channel} Regex {said} [{name}] {field}({value}) =~ /{expression}/ {rule}")
        }
        Step::Absolute { rule: Rule::Condition(_), .. } => {
            format!("{space}Dialplan: {channel} Absolute Condition [{name}]")
        }
        Step::Absolute { rule, .. } => format!("{space}Dialplan: {channel} Absolute Condition [{name}] {rule}"),
        Step::Action { action, data, anti } => {
            let kind = if *anti { "ANTI-Action" } else { "Action" };
            let inline = if action.inline { " INLINE" } else { "" };
            format!("{space}Dialplan: {channel} {kind} {}({data}){inline}", action.application)
        }
        Step::Break { .. } | Step::LeftOut { .. } => return None,
    };
    Some(told)
}

/// `|--- ` for one level, four more for each further one.
fn indent(level: usize) -> String {
    if level == 0 { String::new() } else { format!("|{} ", "-".repeat(level * 4 - 1)) }
}

fn shown_name(at: At<'_>) -> String {
    let name = if at.extension.name.is_empty() { "UNKNOWN" } else { &at.extension.name };
    if at.level == 0 { name.to_owned() } else { format!("{name}_recur_{}", at.level) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_freeswitchs() {
        let mut extension = Extension {
            name: "local".to_owned(),
            continue_: false,
            conditions: Vec::new(),
            file: "default.xml".into(),
            line: 1,
        };
        let check = |extension: &Extension, level, step: &Step<'_>, expected: &str| {
            assert_eq!(line("null/one", At { extension, level }, step).as_deref(), Some(expected));
        };
        let rule = Rule::Condition(Break::OnFalse);
        let parsing = Step::Extension { context: "default" };
        check(&extension, 0, &parsing, "Dialplan: null/one parsing [default->local] continue=false");
        let (field, value, expression) = ("destination_number", "1000", "^(10..)$");
        let matched = [Some("1000".to_owned())];
        let regex = |captures, rule| Step::Match { line: 2, field, value, expression, captures, rule };
        check(
            &extension,
            0,
            &regex(Some(&matched), rule),
            "Dialplan: null/one Regex (PASS) [local] destination_number(1000) =~ /^(10..)$/ break=on-false",
        );
        check(
            &extension,
            2,
            &regex(None, Rule::Regex(RegexMode::Xor)),
            "|------- Dialplan: null/one Regex (FAIL) [local_recur_2] destination_number(1000) =~ /^(10..)$/ match=any",
        );
        let time = Step::Time { line: 2, holds: false, rule };
        check(&extension, 1, &time, "|--- Dialplan: null/one Date/TimeMatch (FAIL) [local_recur_1] break=on-false");
        let nested = Step::Nested { required: true };
        let expected = "|--- Dialplan: Processing recursive conditions level:1 [local_recur_1] require-nested=TRUE";
        check(&extension, 1, &nested, expected);
        let action =
            Action { application: "bridge".to_owned(), data: String::new(), inline: true, loop_count: 1, line: 3 };
        let step = Step::Action { action: &action, data: "user/1000", anti: false };
        check(&extension, 0, &step, "Dialplan: null/one Action bridge(user/1000) INLINE");
        extension.name.clear();
        check(&extension, 0, &Step::Absolute { line: 2, rule }, "Dialplan: null/one Absolute Condition [UNKNOWN]");
    }
}
