//! The dialplan section, read into its types.

use std::collections::HashMap;
use std::sync::Arc;

use crate::config::warn;
use crate::dialplan::{Action, Break, CALENDAR, Condition, Context, Dialplan, Extension, Regex, RegexMode};
use crate::element::Element;
use crate::error::{ConfigError, Warning};
use crate::pattern::Pattern;
use crate::value::{bad_value, flag_attr, required};

/// Reads the section; empty where there is none.
pub(crate) fn read(section: Option<&Element>, warnings: &mut Vec<Warning>) -> Result<Dialplan, ConfigError> {
    let mut reader = Reader { patterns: HashMap::new(), warnings };
    let contexts = section.into_iter().flat_map(|section| section.children_named("context"));
    Ok(Dialplan { contexts: contexts.map(|element| reader.context(element)).collect::<Result<_, _>>()? })
}

struct Reader<'w> {
    /// Each expression is compiled once, however many contexts include its file.
    patterns: HashMap<String, Pattern>,
    warnings: &'w mut Vec<Warning>,
}

impl Reader<'_> {
    fn context(&mut self, element: &Element) -> Result<Context, ConfigError> {
        let name = required(element, "name", "the context's name")?.to_owned();
        let extensions = element.children_named("extension").map(|found| self.extension(found));
        Ok(Context { name, extensions: extensions.collect::<Result<_, _>>()? })
    }

    fn extension(&mut self, element: &Element) -> Result<Extension, ConfigError> {
        for stray in element.children.iter().filter(|child| matches!(child.name.as_str(), "action" | "anti-action")) {
            let text = format!("<{}> stands outside of a <condition>: it is never done", stray.name);
            warn(self.warnings, stray.place(), text);
        }
        let conditions = element.children_named("condition").map(|found| self.condition(found));
        Ok(Extension {
            name: element.attr("name").unwrap_or_default().to_owned(),
            conditions: conditions.collect::<Result<_, _>>()?,
            continue_: flag_attr(element, "continue", false)?,
            file: Arc::clone(&element.file),
            line: element.line,
        })
    }

    /// Nesting is bounded by that of elements.
    fn condition(&mut self, element: &Element) -> Result<Condition, ConfigError> {
        let conditions = element.children_named("condition").map(|found| self.condition(found));
        let conditions = conditions.collect::<Result<_, _>>()?;
        let field = element.attr("field").map(str::to_owned);
        let expression = self.expression(element);
        let calendar = calendar(element);
        self.warn_of_what_surprises(element, &calendar);
        Ok(Condition {
            field,
            expression,
            break_: break_of(element)?,
            regex: regex_mode(element)?,
            regexes: element.children_named("regex").map(|found| self.regex(found)).collect(),
            actions: element.children_named("action").map(action).collect::<Result<_, _>>()?,
            anti_actions: element.children_named("anti-action").map(action).collect::<Result<_, _>>()?,
            conditions,
            require_nested: flag_attr(element, "require-nested", true)?,
            calendar,
            line: element.line,
        })
    }

    fn regex(&mut self, element: &Element) -> Regex {
        Regex {
            field: element.attr("field").map(str::to_owned),
            expression: self.expression(element),
            calendar: calendar(element),
            line: element.line,
        }
    }

    /// The `<expression>` child counts before the attribute, as in FreeSWITCH.
    fn expression(&mut self, element: &Element) -> Pattern {
        let source = match element.child("expression") {
            Some(child) => child.text.as_str(),
            None => element.attr("expression").unwrap_or_default(),
        };
        if let Some(known) = self.patterns.get(source) {
            return known.clone();
        }
        let pattern = Pattern::parse(source);
        if let Some(problem) = pattern.problem() {
            let text = format!("expression \"{source}\" does not compile: {problem}: it never matches");
            warn(self.warnings, element.place(), text);
        }
        self.patterns.insert(source.to_owned(), pattern.clone());
        pattern
    }

    /// What FreeSWITCH does, and hardly anybody means.
    fn warn_of_what_surprises(&mut self, element: &Element, calendar: &[(String, String)]) {
        let field = element.attr("field");
        let has_regex = element.attr("regex").is_some_and(|mode| !mode.is_empty());
        let has_expression = element.attr("expression").is_some() || element.child("expression").is_some();
        let text = if has_expression && field.is_none() && !has_regex {
            "this condition has an expression but no field: the expression says nothing"
        } else if !calendar.is_empty() && (field.is_some() || has_regex) {
            "this condition is about date or time and about something else: it holds when either does; \
             two conditions hold when both do"
        } else if element.child("regex").is_some() && !has_regex {
            "this condition has a <regex> but no regex=\"all\", \"any\" or \"xor\": the <regex> says nothing"
        } else {
            return;
        };
        warn(self.warnings, element.place(), text.to_owned());
    }
}

/// The attributes about date and time.
fn calendar(element: &Element) -> Vec<(String, String)> {
    element.attributes.iter().filter(|(name, _)| CALENDAR.contains(&name.as_str())).cloned().collect()
}

fn action(element: &Element) -> Result<Action, ConfigError> {
    let data = if element.text.is_empty() { element.attr("data").unwrap_or_default() } else { &element.text };
    let loop_count = match element.attr("loop").filter(|value| !value.is_empty()) {
        None => 1,
        Some(value) => value
            .parse()
            .ok()
            .filter(|count| *count <= MAX_LOOPS)
            .ok_or_else(|| bad_value(element, "loop", value, LOOPS))?,
    };
    Ok(Action {
        application: required(element, "application", "the name of an application")?.to_owned(),
        data: data.to_owned(),
        inline: flag_attr(element, "inline", false)?,
        loop_count,
        line: element.line,
    })
}

fn break_of(element: &Element) -> Result<Break, ConfigError> {
    match element.attr("break").unwrap_or_default().to_ascii_lowercase().as_str() {
        "" | "on-false" => Ok(Break::OnFalse),
        "on-true" => Ok(Break::OnTrue),
        "always" => Ok(Break::Always),
        "never" => Ok(Break::Never),
        other => Err(bad_value(element, "break", other, "on-false, on-true, always or never")),
    }
}

fn regex_mode(element: &Element) -> Result<Option<RegexMode>, ConfigError> {
    match element.attr("regex").unwrap_or_default().to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "all" => Ok(Some(RegexMode::All)),
        "any" => Ok(Some(RegexMode::Any)),
        "xor" => Ok(Some(RegexMode::Xor)),
        other => Err(bad_value(element, "regex", other, "all, any or xor")),
    }
}

/// How often one action may be done, so that a mistyped number fills no memory.
const MAX_LOOPS: u32 = 1000;
const LOOPS: &str = "a whole number from 0 to 1000";

#[cfg(test)]
mod tests;
