//! The hunt itself: which actions a call comes by, the same for a call and for a rehearsal (`mod_dialplan_xml`).
//!
//! It keeps two results apart, as FreeSWITCH does: a condition *holds* or not, which says whether its actions or its
//! anti-actions are done and what its `break` does; and the extension *is found* or not, which is what its last
//! condition left behind, and ends the hunt.

use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use chrono::{DateTime, Local};
use strowger_config::{Action, Break, Condition, Context, Extension, Pattern, Place, Regex, RegexMode};

use super::calendar::{self, Clock};
use super::captures::{remember, substitute};
use super::trace::{At, Rule, Step, Trace};
use crate::channel::Channel;
use crate::session;
use crate::template::{Scope, expand};

/// Whose call is hunted for.
#[async_trait]
pub(super) trait Caller: Scope {
    /// Its channel.
    fn channel(&self) -> &Channel;

    /// Its channel, where captures are left.
    fn channel_mut(&mut self) -> &mut Channel;

    /// The time that conditions look at.
    fn now(&self) -> DateTime<Local> {
        Local::now()
    }

    /// Does an inline action.
    async fn inline(&mut self, planned: &Planned);

    /// Whether the call ended or was sent elsewhere, and nobody waits for the hunt's end.
    fn is_gone(&self) -> bool;

    /// What was not run since this was last asked, for a trace.
    fn left_out(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// An action that a hunt chose, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// What to do.
    pub action: session::Action,
    /// Where that was said.
    pub standing: Standing,
}

/// Where an action stands; displays as `extension "NAME" at FILE:LINE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The extension's name, empty when it has none.
    pub extension: String,
    /// The line of the action's tag.
    pub place: Place,
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "extension \"{}\" at {}", self.extension, self.place)
    }
}

/// What the call does by this context; `None` when no extension has anything for it.
pub(super) async fn hunt<C: Caller>(
    caller: &mut C,
    context: &Context,
    trace: Option<&mut dyn Trace>,
) -> Option<Vec<Planned>> {
    let first = first_extension(caller.channel(), context);
    let mut hunt = Hunt { caller, trace, found: false, actions: Vec::new() };
    for extension in context.extensions.iter().skip(first) {
        let at = At { extension, level: 0 };
        hunt.tell(at, || Step::Extension { context: &context.name });
        let is_found = hunt.conditions(at, &extension.conditions).await;
        if hunt.caller.is_gone() {
            return None;
        }
        if is_found && !extension.continue_ {
            break;
        }
    }
    hunt.found.then_some(hunt.actions)
}

/// With the variable `auto_hunt` the hunt begins at the extension that is named as the number called.
fn first_extension(channel: &Channel, context: &Context) -> usize {
    let number = channel.profile.as_ref().map_or("", |profile| profile.destination_number.as_str());
    let is_named = |extension: &Extension| extension.name.eq_ignore_ascii_case(number);
    let asked = channel.variables.get("auto_hunt").is_some_and(strowger_config::is_true);
    if asked { context.extensions.iter().position(is_named).unwrap_or(0) } else { 0 }
}

struct Hunt<'h, 't, C> {
    caller: &'h mut C,
    trace: Option<&'t mut dyn Trace>,
    /// There was an action, even if an inline one, which is not in the list.
    found: bool,
    actions: Vec<Planned>,
}

/// An expression that matched.
struct Matched {
    captures: Vec<Option<String>>,
    /// Whether the captures are asked for: the expression has groups.
    grouped: bool,
}

impl<C: Caller> Hunt<'_, '_, C> {
    /// Whether these conditions, an extension's or those inside one, leave it found.
    async fn conditions(&mut self, at: At<'_>, conditions: &[Condition]) -> bool {
        let mut found = false;
        for condition in conditions {
            let (holds, captures) = self.evaluate(at, condition, &mut found).await;
            if holds {
                self.do_actions(at, &condition.actions, captures.as_deref(), false).await;
            } else {
                found |= !condition.anti_actions.is_empty();
                self.do_actions(at, &condition.anti_actions, None, true).await;
            }
            if breaks(condition.break_, holds) {
                self.tell(at, || Step::Break { line: condition.line, holds, rule: condition.break_ });
                break;
            }
            if found && !condition.conditions.is_empty() {
                found = self.nested(at, condition).await;
                if !found && condition.break_ != Break::Never {
                    break;
                }
            }
        }
        found
    }

    /// The conditions inside one. Boxed: they may hold others; elements nest only so deep.
    fn nested<'a>(
        &'a mut self,
        outer: At<'a>,
        condition: &'a Condition,
    ) -> Pin<Box<dyn Future<Output = bool> + Send + 'a>> {
        Box::pin(async move {
            let at = At { level: outer.level + 1, ..outer };
            self.tell(at, || Step::Nested { required: condition.require_nested });
            self.conditions(at, &condition.conditions).await || !condition.require_nested
        })
    }

    /// Whether the condition holds, and what it captured, if its expression has groups. `found` is as FreeSWITCH keeps
    /// it: what says nothing leaves it as it was.
    async fn evaluate(
        &mut self,
        at: At<'_>,
        condition: &Condition,
        found: &mut bool,
    ) -> (bool, Option<Vec<Option<String>>>) {
        let rule = Rule::Condition(condition.break_);
        let in_time = self.in_time(at, condition.line, &condition.calendar, rule);
        if let Some(in_time) = in_time {
            *found = in_time;
        }
        // About time and about something else: it holds when either does.
        let mut holds = in_time == Some(true);
        let captures = match (condition.regex, &condition.field) {
            (Some(mode), _) => {
                let (together, captures) = self.evaluate_regexes(at, mode, &condition.regexes, found).await;
                holds |= together;
                captures
            }
            (None, Some(field)) => {
                let matched = self.matches(at, condition.line, (field, &condition.expression), rule).await;
                *found = matched.is_some();
                holds |= matched.is_some();
                asked_for(matched)
            }
            (None, None) => {
                if in_time.is_none() {
                    self.tell(at, || Step::Absolute { line: condition.line, rule });
                    (holds, *found) = (true, true);
                }
                None
            }
        };
        if let Some(captures) = captures.as_deref().filter(|_| holds) {
            remember(&mut self.caller.channel_mut().variables, "DP_MATCH", captures);
        }
        (holds, captures)
    }

    /// `<condition regex="all|any|xor">`: the captures are those of the last expression with groups that matched.
    async fn evaluate_regexes(
        &mut self,
        at: At<'_>,
        mode: RegexMode,
        regexes: &[Regex],
        found: &mut bool,
    ) -> (bool, Option<Vec<Option<String>>>) {
        self.forget_captures();
        let (mut passed, mut failed, mut kept) = (0_usize, 0_usize, None);
        for (number, regex) in regexes.iter().enumerate() {
            let (passes, captures) = self.evaluate_regex(at, mode, regex, found).await;
            *(if passes { &mut passed } else { &mut failed }) += 1;
            let settled = match mode {
                RegexMode::Any => passes,
                RegexMode::All => !passes,
                RegexMode::Xor => false,
            };
            if let Some(captures) = captures {
                // FreeSWITCH leaves at once where it is settled.
                if !settled {
                    let name = format!("DP_REGEX_MATCH_{}", number + 1);
                    remember(&mut self.caller.channel_mut().variables, &name, &captures);
                }
                // What was captured leaves the extension found, also when the condition fails after all: then the
                // hunt ends without a route.
                kept = Some(captures);
            }
            if settled {
                break;
            }
        }
        *found |= kept.is_some();
        let holds = match mode {
            RegexMode::All => failed == 0,
            RegexMode::Any => passed > 0,
            RegexMode::Xor => passed == 1,
        };
        (holds, kept)
    }

    /// Whether one `<regex>` passes. Its time only counts where it has no field.
    async fn evaluate_regex(
        &mut self,
        at: At<'_>,
        mode: RegexMode,
        regex: &Regex,
        found: &mut bool,
    ) -> (bool, Option<Vec<Option<String>>>) {
        let rule = Rule::Regex(mode);
        let in_time = self.in_time(at, regex.line, &regex.calendar, rule);
        if let Some(field) = &regex.field {
            let matched = self.matches(at, regex.line, (field, &regex.expression), rule).await;
            *found = matched.is_some();
            return (matched.is_some(), asked_for(matched));
        }
        if in_time.is_none() {
            self.tell(at, || Step::Absolute { line: regex.line, rule });
        }
        let passes = in_time != Some(false);
        *found |= passes;
        (passes, None)
    }

    /// Whether the time is right; `None` where nothing is said of it.
    fn in_time(&mut self, at: At<'_>, line: u32, calendar: &[(String, String)], rule: Rule) -> Option<bool> {
        let caller = &*self.caller;
        let clock = || Clock::new(caller.now(), caller.channel().variable("tod_tz_offset"));
        let holds = calendar::holds(calendar, clock)?;
        self.tell(at, || Step::Time { line, holds, rule });
        Some(holds)
    }

    /// Matches what a field stands for. A field with a `$` is a template, any other one of the caller profile's.
    async fn matches(
        &mut self,
        at: At<'_>,
        line: u32,
        (field, expression): (&str, &Pattern),
        rule: Rule,
    ) -> Option<Matched> {
        let expanded = match expression.is_template() {
            true => Some(Pattern::compiled(&expand(self.caller, &expression.source).await)),
            false => None,
        };
        let expression = expanded.as_ref().unwrap_or(expression);
        let text = match field.contains('$') {
            true => Some(expand(self.caller, field).await),
            false => None,
        };
        self.tell_left_out(at);
        let profile = self.caller.channel().profile.as_ref();
        let value = match &text {
            Some(text) => text,
            None => profile.and_then(|profile| profile.field(field)).unwrap_or_default(),
        };
        let captures = expression.groups(value).unwrap_or_else(|error| {
            let place = Place { file: at.extension.file.clone(), line };
            let uuid = &self.caller.channel().uuid;
            tracing::error!(%uuid, "{place}: expression \"{}\" does not match: {error}", expression.source);
            None
        });
        if let Some(trace) = &mut self.trace {
            let (expression, captures) = (expression.source.as_str(), captures.as_deref());
            trace.step(at, &Step::Match { line, field, value, expression, captures, rule });
        }
        captures.map(|captures| Matched { captures, grouped: expression.has_groups() })
    }

    async fn do_actions(&mut self, at: At<'_>, actions: &[Action], captures: Option<&[Option<String>]>, anti: bool) {
        for action in actions {
            self.found = true;
            let data = captures.map_or_else(|| action.data.clone(), |captures| substitute(&action.data, captures));
            let standing = Standing {
                extension: at.extension.name.clone(),
                place: Place { file: at.extension.file.clone(), line: action.line },
            };
            let planned =
                Planned { action: session::Action { application: action.application.clone(), data }, standing };
            for _ in 0..action.loop_count {
                self.tell(at, || Step::Action { action, data: &planned.action.data, anti });
                if !action.inline {
                    self.plan(&planned);
                    continue;
                }
                self.caller.inline(&planned).await;
                self.tell_left_out(at);
                if self.caller.is_gone() {
                    return;
                }
            }
        }
    }

    fn plan(&mut self, planned: &Planned) {
        // FreeSWITCH takes it for an attempt to break out of a quoted text.
        if planned.action.data.contains("\\'") {
            let (standing, data) = (&planned.standing, &planned.action.data);
            tracing::warn!("App not added, Invalid character sequence in data string [{data}] ({standing})");
            return;
        }
        self.actions.push(planned.clone());
    }

    fn forget_captures(&mut self) {
        let variables = &mut self.caller.channel_mut().variables;
        let is_capture = |name: &&str| name.get(..14).is_some_and(|name| name.eq_ignore_ascii_case("DP_REGEX_MATCH"));
        let names: Vec<String> = variables.iter().map(|(name, _)| name).filter(is_capture).map(str::to_owned).collect();
        for name in names {
            variables.remove(&name);
        }
    }

    /// Nothing is put together for a trace that nobody wants.
    fn tell<'s>(&mut self, at: At<'_>, step: impl FnOnce() -> Step<'s>) {
        if let Some(trace) = &mut self.trace {
            trace.step(at, &step());
        }
    }

    fn tell_left_out(&mut self, at: At<'_>) {
        if self.trace.is_some() {
            for what in self.caller.left_out() {
                self.tell(at, || Step::LeftOut { what: &what });
            }
        }
    }
}

fn asked_for(matched: Option<Matched>) -> Option<Vec<Option<String>>> {
    matched.filter(|matched| matched.grouped).map(|matched| matched.captures)
}

const fn breaks(rule: Break, holds: bool) -> bool {
    match rule {
        Break::OnFalse => !holds,
        Break::OnTrue => holds,
        Break::Always => true,
        Break::Never => false,
    }
}
