//! `strowger check dialplan`: the way of a call through the dialplan, for people to read.

use std::fmt::Write;
use std::process::ExitCode;

use strowger_config::{Config, Dialplan};
use strowger_core::channel::CallerProfile;
use strowger_core::dialplan::{At, Planned, Rehearsal, Rule, Step, Trace};
use tokio::runtime::Builder;

use crate::arguments::DialplanArguments;

/// Prints what the hunt looks at and comes to; 1 when there is no route, 2 when there is no such context.
pub fn check(config: &Config, arguments: &DialplanArguments) -> ExitCode {
    if config.dialplan.context(&arguments.context).is_none() {
        eprintln!("strowger: there is no context \"{}\", expected {}", arguments.context, contexts(&config.dialplan));
        return ExitCode::from(2);
    }
    let (told, has_route) = match hunt(config, arguments) {
        Ok(outcome) => outcome,
        Err(error) => {
            eprintln!("strowger: {error}");
            return ExitCode::from(2);
        }
    };
    print!("{told}");
    if has_route { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The contexts there are, as a sentence's end.
fn contexts(dialplan: &Dialplan) -> String {
    let names: Vec<&str> = dialplan.contexts.iter().map(|context| context.name.as_str()).collect();
    if names.is_empty() { "a dialplan with contexts: it has none".to_owned() } else { names.join(" or ") }
}

/// What is printed, and whether there is a route.
fn hunt(config: &Config, arguments: &DialplanArguments) -> Result<(String, bool), std::io::Error> {
    let mut profile = CallerProfile {
        dialplan: "XML".to_owned(),
        context: arguments.context.clone(),
        destination_number: arguments.number.clone(),
        ..CallerProfile::default()
    };
    let is_variable = |(name, value): &&(String, String)| !profile.set_field(name, value);
    let variables: Vec<_> = arguments.variables.iter().filter(is_variable).collect();
    let mut rehearsal = Rehearsal::new(config, profile, strowger_apps::assignments);
    for (name, value) in variables {
        rehearsal.set(name, value);
    }
    let mut told = Told(format!("{} in context {}\n", arguments.number, arguments.context));
    let runtime = Builder::new_current_thread().build()?;
    let actions = runtime.block_on(rehearsal.hunt(&config.dialplan, Some(&mut told)));
    told.0 += &outcome(actions.as_deref());
    Ok((told.0, actions.is_some()))
}

fn outcome(actions: Option<&[Planned]>) -> String {
    let Some(actions) = actions else {
        return "\nno route: the call ends with NO_ROUTE_DESTINATION\n".to_owned();
    };
    if actions.is_empty() {
        return "\na route with nothing left to do: the call ends with NORMAL_CLEARING\n".to_owned();
    }
    let mut out = "\nthe call does:\n".to_owned();
    for Planned { action, standing } in actions {
        let _ = writeln!(out, "  {}({})    {}", action.application, action.data, standing.place);
    }
    out
}

/// The steps of a hunt as text.
struct Told(String);

impl Trace for Told {
    fn step(&mut self, at: At<'_>, step: &Step<'_>) {
        let line = match step {
            Step::Extension { .. } => {
                let extension = at.extension;
                let goes_on = if extension.continue_ { ", continue" } else { "" };
                let (name, file, line) = (&extension.name, &extension.file, extension.line);
                self.0 += &format!("\nextension \"{name}\" at {file}:{line}{goes_on}\n");
                return;
            }
            Step::Nested { required } => {
                let required = if *required { "" } else { ", which need not hold" };
                format!("the conditions inside{required}:")
            }
            Step::Time { line, holds, .. } => {
                format!("{line}: date and time: {}", if *holds { "holds" } else { "does not hold" })
            }
            Step::Match { line, field, value, expression, captures, rule } => {
                let together = match rule {
                    Rule::Regex(mode) => format!(" ({mode} of several)"),
                    Rule::Condition(_) => String::new(),
                };
                let captures = captures.map_or_else(|| "does not match".to_owned(), matched);
                format!("{line}: {field} \"{value}\" =~ /{expression}/{together}: {captures}")
            }
            Step::Absolute { line, .. } => format!("{line}: nothing to match: always holds"),
            Step::Action { action, data, anti } => {
                let kind = if *anti { "anti-action" } else { "action" };
                let inline = if action.inline { ", at once" } else { "" };
                format!("{}:   {kind} {}({data}){inline}", action.line, action.application)
            }
            Step::Break { line, rule, .. } => format!("{line}: break {rule}: no further conditions"),
            Step::LeftOut { what } if what.starts_with("${") => format!("not run, counts as empty: {what}"),
            Step::LeftOut { what } => format!("not run: {what}"),
        };
        self.0 += &format!("{:1$}{line}\n", "", 2 + at.level * 2);
    }
}

/// `matches, $0="1000" $1="00"`: the groups only when there are some.
fn matched(captures: &[Option<String>]) -> String {
    let mut out = "matches".to_owned();
    for (number, capture) in captures.iter().enumerate().skip(usize::from(captures.len() == 1)) {
        let value = capture.as_deref().unwrap_or_default();
        let _ = write!(out, "{} ${number}=\"{value}\"", if number == 0 { "," } else { "" });
    }
    out
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::arguments::{Arguments, CheckCommand, Command};

    const DIALPLAN: &str = r#"<d><section name="dialplan"><context name="default">
        <extension name="tier" continue="true"><condition field="${tier}" expression="^gold$">
            <action application="set" data="fast=${expr(1+1)}yes" inline="true"/>
            <action application="db" data="insert/a/b/c" inline="true"/>
        </condition></extension>
        <extension name="phones"><condition regex="any">
            <regex field="destination_number" expression="^(10)(..)$"/>
            <action application="bridge" data="user/$2"/>
            <condition field="${fast}" expression="^yes$" require-nested="false"><action application="park"/></condition>
        </condition></extension></context></section></d>"#;

    fn said(line: &str) -> (String, bool) {
        let config = strowger_test_support::config(DIALPLAN);
        let arguments = Arguments::try_parse_from(format!("strowger check dialplan {line}").split(' ')).unwrap();
        let Some(Command::Check(check)) = arguments.command else { panic!("not check") };
        let Some(CheckCommand::Dialplan(route)) = check.command else { panic!("not dialplan") };
        hunt(&config, &route).unwrap()
    }

    #[test]
    fn a_route_is_explained() {
        let (told, has_route) = said("default 1042 tier=gold");
        let expected = r#"1042 in context default

extension "tier" at freeswitch.xml:2, continue
  2: ${tier} "gold" =~ /^gold$/: matches
  3:   action set(fast=${expr(1+1)}yes), at once
  not run, counts as empty: ${expr(1+1)}
  4:   action db(insert/a/b/c), at once
  not run: db(insert/a/b/c)

extension "phones" at freeswitch.xml:6
  7: destination_number "1042" =~ /^(10)(..)$/ (any of several): matches, $0="1042" $1="10" $2="42"
  8:   action bridge(user/42)
    the conditions inside:
    9: ${fast} "yes" =~ /^yes$/: matches
    9:   action park()

the call does:
  bridge(user/42)    freeswitch.xml:8
  park()    freeswitch.xml:9
"#;
        assert!(has_route);
        assert_eq!(told.replace(", which need not hold", ""), expected);
    }

    #[test]
    fn no_route_is_explained() {
        let (told, has_route) = said("default 2042");
        assert!(!has_route);
        for part in ["2: break on-false: no further conditions", "does not match", "\nno route: "] {
            assert!(told.contains(part), "{part} is not in {told}");
        }
    }
}
