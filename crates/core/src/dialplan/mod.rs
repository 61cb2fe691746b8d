//! The hunt: which applications a call runs, by the XML dialplan (`mod_dialplan_xml`).
//!
//! Extensions are tried in order. A condition that matches adds its actions (inline ones run at once), one that does
//! not adds its anti-actions; `break` says whether the extension's next condition is looked at. The hunt ends with the
//! first extension that matched and does not `continue`.

mod calendar;
mod inline;

use std::future::Future;
use std::pin::Pin;

use strowger_config::{Break, Condition, Pattern, RegexMode};

pub(crate) use inline::actions as inline_actions;

use crate::channel::CallerProfile;
use crate::session::{Action, Session};

/// How often one action is done at the most, whatever its `loop` says.
const MAX_LOOPS: u32 = 1000;

/// What a condition came to.
struct Outcome {
    matched: bool,
    /// The extension counts as found, whatever its conditions came to.
    found: bool,
    /// Captures of the last expression that matched: the whole, then the groups.
    captures: Vec<String>,
}

impl Session {
    /// The actions for this call; `None` when its context does not exist.
    pub(crate) async fn hunt(&mut self) -> Option<Vec<Action>> {
        self.hunt_for(None).await
    }

    /// As [`Session::hunt`], for another number and context than the call's.
    pub(crate) async fn hunt_for(&mut self, place: Option<(&str, &str)>) -> Option<Vec<Action>> {
        let Some((number, context)) = place else { return self.hunt_here().await };
        let own = self.channel.profile.clone()?;
        let there = CallerProfile { destination_number: number.to_owned(), context: context.to_owned(), ..own.clone() };
        self.channel.profile = Some(there);
        let actions = self.hunt_here().await;
        // An inline action may have sent the call elsewhere, under a profile of its own.
        if let Some(profile) = self.channel.profile.as_mut().filter(|profile| profile.index == own.index) {
            *profile = own;
        }
        actions
    }

    async fn hunt_here(&mut self) -> Option<Vec<Action>> {
        let profile = self.channel.profile.as_ref()?;
        let context_name = profile.context.clone();
        let (name, number) = (&profile.caller_id_name, &profile.caller_id_number);
        let destination = &profile.destination_number;
        tracing::info!(uuid = %self.channel.uuid, "Processing {name} <{number}>->{destination} in context {context_name}");
        let found = self.find_dialplan().await.ok()?;
        let Some(context) = found.dialplan().context(&context_name) else {
            tracing::warn!(uuid = %self.channel.uuid, "Context {context_name} not found");
            return None;
        };
        let mut actions = Vec::new();
        for extension in &context.extensions {
            let matched = self.conditions(&extension.conditions, &mut actions).await;
            tracing::debug!(uuid = %self.channel.uuid, extension = extension.name, matched, "dialplan");
            if self.check().is_err() {
                return None;
            }
            if matched && !extension.continue_ {
                break;
            }
        }
        Some(actions)
    }

    /// Whether an extension (or a nested group) matched: its last looked-at condition did, or it had anti-actions.
    fn conditions<'a>(
        &'a mut self,
        conditions: &'a [Condition],
        actions: &'a mut Vec<Action>,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move {
            let mut proceed = false;
            for condition in conditions {
                let outcome = self.evaluate(condition).await;
                proceed = outcome.found;
                let chosen = if outcome.matched { &condition.actions } else { &condition.anti_actions };
                proceed |= !chosen.is_empty();
                for action in chosen {
                    self.take_action(action, &outcome.captures, actions).await;
                }
                if breaks(condition.break_, outcome.matched) {
                    break;
                }
                // FreeSWITCH tries nested conditions behind the actions, also behind anti-actions.
                if !condition.conditions.is_empty() && proceed {
                    let nested = self.conditions(&condition.conditions, actions).await;
                    if !nested && condition.require_nested {
                        proceed = false;
                        if condition.break_ != Break::Never {
                            break;
                        }
                    }
                }
            }
            proceed
        })
    }

    async fn evaluate(&mut self, condition: &Condition) -> Outcome {
        if calendar::holds(&condition.attributes, chrono::Local::now()) == Some(false) {
            return Outcome { matched: false, found: false, captures: Vec::new() };
        }
        let Some(mode) = condition.regex else {
            let Some(expression) = &condition.expression else {
                return Outcome { matched: true, found: true, captures: Vec::new() };
            };
            let captures = self.matches(condition.field.as_deref().unwrap_or_default(), expression).await;
            self.remember_captures("DP_MATCH", expression, captures.as_deref());
            let matched = captures.is_some();
            return Outcome { matched, found: matched, captures: captures.unwrap_or_default() };
        };
        self.evaluate_regexes(mode, &condition.regexes).await
    }

    /// `<condition regex="all|any|xor">`: the captures are those of the last expression that has groups.
    async fn evaluate_regexes(&mut self, mode: RegexMode, regexes: &[(String, Pattern)]) -> Outcome {
        let (mut passed, mut last) = (0, Vec::new());
        for (number, (field, expression)) in regexes.iter().enumerate() {
            // Without a field there is nothing to match: it holds.
            let captures = if field.is_empty() { Some(Vec::new()) } else { self.matches(field, expression).await };
            self.remember_captures(&format!("DP_REGEX_MATCH_{}", number + 1), expression, captures.as_deref());
            let hit = captures.is_some();
            if let Some(captures) = captures {
                passed += 1;
                if has_groups(expression) || last.is_empty() {
                    last = captures;
                }
            }
            // `any` is settled by the first that matches, `all` by the first that does not.
            if (mode == RegexMode::Any && hit) || (mode == RegexMode::All && !hit) {
                break;
            }
        }
        let matched = match mode {
            RegexMode::All => passed == regexes.len(),
            RegexMode::Any => passed > 0,
            RegexMode::Xor => passed == 1,
        };
        // FreeSWITCH ends the hunt, without a route, where an expression captured and the condition failed after all.
        let found = matched || last.len() > 1;
        Outcome { matched, found, captures: if matched { last } else { Vec::new() } }
    }

    async fn matches(&mut self, field: &str, expression: &Pattern) -> Option<Vec<String>> {
        let subject = if field.contains('$') {
            self.expand(field).await.into_owned()
        } else {
            self.channel.profile.as_ref().and_then(|profile| profile.field(field)).unwrap_or_default().to_owned()
        };
        let found = if expression.is_static() {
            expression.captures(&subject)
        } else {
            let source = self.expand(&expression.source).await.into_owned();
            Pattern::compile(&source).and_then(|pattern| pattern.captures(&subject))
        };
        found.unwrap_or_else(|error| {
            tracing::warn!(uuid = %self.channel.uuid, "expression {}: {error}", expression.source);
            None
        })
    }

    /// An expression with groups leaves its captures in a variable, the whole match first.
    fn remember_captures(&mut self, name: &str, expression: &Pattern, captures: Option<&[String]>) {
        if let Some(captures) = captures
            && has_groups(expression)
        {
            self.channel.variables.remove(name);
            for capture in captures {
                self.channel.variables.push(name, capture);
            }
        }
    }

    async fn take_action(&mut self, action: &strowger_config::Action, captures: &[String], actions: &mut Vec<Action>) {
        let taken = Action { application: action.application.clone(), data: substitute(&action.data, captures) };
        for _ in 0..action.loop_count.clamp(1, MAX_LOOPS) {
            if !action.inline {
                actions.push(taken.clone());
            } else if self.execute(&taken).await.is_err() {
                // What interrupts an inline action is found by the hunt's own check.
                return;
            }
        }
    }
}

fn has_groups(expression: &Pattern) -> bool {
    expression.source.contains('(')
}

const fn breaks(rule: Break, matched: bool) -> bool {
    match rule {
        Break::OnFalse => !matched,
        Break::OnTrue => matched,
        Break::Always => true,
        Break::Never => false,
    }
}

/// Replaces `$0` … `$99` by the captures; numbers beyond them become empty, text without captures stays.
fn substitute(data: &str, captures: &[String]) -> String {
    if captures.is_empty() || !data.contains('$') {
        return data.to_owned();
    }
    let mut out = String::with_capacity(data.len());
    let mut rest = data;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let digits = after.bytes().take(2).take_while(u8::is_ascii_digit).count();
        match after.get(..digits).and_then(|number| number.parse::<usize>().ok()) {
            Some(number) => out.push_str(captures.get(number).map_or("", String::as_str)),
            None => out.push('$'),
        }
        rest = after.get(digits..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::substitute;

    #[test]
    fn captures_are_put_in() {
        let captures = ["7712".to_owned(), "12".to_owned()];
        assert_eq!(substitute("nested_digits=$1", &captures), "nested_digits=12");
        assert_eq!(substitute("$0 in ${context} for $5", &captures), "7712 in ${context} for ");
        assert_eq!(substitute("$1", &[]), "$1");
        assert_eq!(substitute("cost 5$", &captures), "cost 5$");
    }
}
