//! Hunts as rehearsals: what mod_dialplan_xml does with each kind of condition.

use proptest::prelude::*;
use strowger_config::{Config, LoadOptions, MemorySource, load};

use super::*;

/// Keeps what it is told in a line each.
#[derive(Default)]
struct Told(Vec<String>);

impl Trace for Told {
    fn step(&mut self, at: At<'_>, step: &Step<'_>) {
        let name = &at.extension.name;
        self.0.push(match step {
            Step::Match { field, value, expression, captures, .. } => {
                format!("{name} {field}({value}) =~ {expression}: {}", captures.is_some())
            }
            Step::Break { rule, .. } => format!("{name} break {rule}"),
            Step::LeftOut { what } => format!("{name} left out {what}"),
            _ => return,
        });
    }
}

fn config(extensions: &str) -> Config {
    let text = format!(
        "<d><X-PRE-PROCESS cmd='set' data='area=918'/><section name='dialplan'>\
         <context name='default'>{extensions}</context></section></d>"
    );
    load(&MemorySource::new([("freeswitch.xml", text)]), &LoadOptions::default()).unwrap()
}

fn profile(number: &str) -> CallerProfile {
    CallerProfile {
        destination_number: number.to_owned(),
        context: "default".to_owned(),
        caller_id_number: "1000".to_owned(),
        network_addr: "192.0.2.1".to_owned(),
        ..CallerProfile::default()
    }
}

/// `set` and nothing else.
fn set(application: &str, data: &str) -> Option<Vec<(String, String)>> {
    let (name, value) = data.split_once('=')?;
    (application == "set").then(|| vec![(name.to_owned(), value.to_owned())])
}

fn hunt_with(rehearsal: &mut Rehearsal, config: &Config, told: &mut Told) -> Option<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let actions = runtime.block_on(rehearsal.hunt(&config.dialplan, Some(told)))?;
    let shown = |planned: Planned| format!("{}({})", planned.action.application, planned.action.data);
    Some(actions.into_iter().map(shown).collect::<Vec<_>>().join(" "))
}

/// What a call to `number` does: `a(data) b()`, or `-` when there is no route.
fn route(extensions: &str, number: &str) -> String {
    let config = config(extensions);
    let mut rehearsal = Rehearsal::new(&config, profile(number), set);
    rehearsal.set("list", "ARRAY::one|:two");
    hunt_with(&mut rehearsal, &config, &mut Told::default()).unwrap_or_else(|| "-".to_owned())
}

fn check(extensions: &str, number: &str, expected: &str) {
    assert_eq!(route(extensions, number), expected, "{number}: {extensions}");
}

/// An extension with these conditions, and one behind it that takes every call.
fn behind(conditions: &str) -> String {
    format!(
        "<extension name='e'>{conditions}</extension>\
         <extension name='last'><condition><action application='last'/></condition></extension>"
    )
}

#[test]
fn breaks() {
    let two = |rule: &str| {
        behind(&format!(
            "<condition field='destination_number' expression='^1$' break='{rule}'>\
             <action application='a'/><anti-action application='b'/></condition>\
             <condition><action application='c'/></condition>"
        ))
    };
    check(&two("on-false"), "1", "a() c()");
    check(&two("on-false"), "2", "b()");
    check(&two("on-true"), "1", "a()");
    check(&two("on-true"), "2", "b() c()");
    check(&two("always"), "1", "a()");
    check(&two("always"), "2", "b()");
    check(&two("never"), "1", "a() c()");
    check(&two("never"), "2", "b() c()");
}

#[test]
fn captures_are_only_put_in_where_there_are_groups() {
    let one = |expression: &str, data: &str| {
        behind(&format!(
            "<condition field='destination_number' expression='{expression}'><action application='a' data='{data}'/></condition>"
        ))
    };
    check(&one("^(20)(60)$", "$1-${2}-$0"), "2060", "a(20-60-2060)");
    check(&one("^2060$", "$0 $1"), "2060", "a($0 $1)");
    check(&one("^(20)(\\d*)$", "[$2]"), "20", "a([])");
    check(&one("^(9)?(.*)$", "$1.$2"), "20", "a(.20)");
    check(&one("^(.*)$", "set x=$1"), "${system(x)}", "a(set x=%{system(x)})");
    check(&one("^(.*)$", "$1"), "it\\'s", "");
}

#[test]
fn fields_and_expressions_may_be_templates() {
    let one = |field: &str, expression: &str| {
        behind(&format!("<condition field='{field}' expression='{expression}'><action application='a'/></condition>"))
    };
    check(&one("${list[1]}", "^two$"), "1", "a()");
    check(&one("x${area}", "^x${area}$"), "1", "a()");
    check(&one("${area}", "^$${area}$"), "1", "a()");
    check(&one("destination_number", "^${destination_number:0:1}2$"), "12", "a()");
    check(&one("${nothing}", "^$"), "1", "a()");
    check(&one("no_such_field", "^$"), "1", "a()");
    check(&one("", "^$"), "1", "a()");
    check(&one("", "."), "1", "last()");
    check(&one("Network_Addr", "^192\\.0"), "1", "a()");
    check(&one("destination_number", "/^abc$/i"), "ABC", "a()");
    check(&one("destination_number", "^(1"), "1", "last()");
    check(&one("destination_number", "^(${nothing}"), "1", "last()");
    check(&one("destination_number", "^1\\\\d$"), "12", "a()");
}

#[test]
fn regexes_count_together() {
    let one = |mode: &str, inside: &str| {
        behind(&format!(
            "<condition regex='{mode}'>{inside}<action application='a' data='$1'/><anti-action application='b'/></condition>"
        ))
    };
    let number = "<regex field='destination_number' expression='^20(\\d)$'/>";
    let caller = "<regex field='caller_id_number' expression='^(10)00$'/>";
    let never = "<regex field='ani' expression='x'/>";
    check(&one("all", &format!("{number}{caller}")), "201", "a(10)");
    check(&one("all", &format!("{number}{never}")), "201", "b()");
    check(&one("any", &format!("{never}{number}{caller}")), "201", "a(1)");
    check(&one("any", never), "201", "b()");
    check(&one("xor", &format!("{number}{never}")), "201", "a(1)");
    check(&one("xor", &format!("{number}{caller}")), "201", "b()");
    // Nothing was found, but the actions are there.
    check(&one("all", ""), "201", "a($1) last()");
    check(&one("any", "<regex/>"), "201", "a($1)");
    check(&one("all", "<regex year='1999'/>"), "201", "b()");
    check(&one("all", "<regex year='1999' field='destination_number' expression='1'/>"), "201", "a($1)");
}

#[test]
fn a_capture_that_came_to_nothing_ends_the_hunt() {
    let inside = "<regex field='destination_number' expression='^20(1)$'/><regex field='ani' expression='x'/>";
    let all = behind(&format!("<condition regex='all'>{inside}<action application='a'/></condition>"));
    check(&all, "201", "-");
    check(&all, "202", "last()");
}

#[test]
fn captures_are_left_in_variables() {
    let config = config(&behind(
        "<condition regex='all'><regex field='destination_number' expression='^(.)(.)$'/>\
         <regex field='caller_id_number' expression='^(10)'/><action application='a'/></condition>\
         <condition field='${DP_REGEX_MATCH_1[2]}-${DP_MATCH[1]}' expression='^2-10$'><action application='b'/></condition>",
    ));
    let mut rehearsal = Rehearsal::new(&config, profile("12"), set);
    rehearsal.set("DP_REGEX_MATCH_7", "old");
    assert_eq!(hunt_with(&mut rehearsal, &config, &mut Told::default()).as_deref(), Some("a() b()"));
    assert_eq!(rehearsal.channel().variable("DP_REGEX_MATCH_7"), None);
}

#[test]
fn conditions_inside_conditions() {
    let nested = |outer: &str, inner: &str| {
        behind(&format!(
            "<condition field='destination_number' expression='^1' {outer}><action application='a'/>\
             <condition field='destination_number' expression='^12$'{inner}><action application='in'/></condition></condition>\
             <condition><action application='c'/></condition>"
        ))
    };
    check(&nested("", ""), "12", "a() in() c()");
    // What was added stays, although the extension is not found after all.
    check(&nested("", ""), "13", "a() last()");
    check(&nested("break='never'", ""), "13", "a() c()");
    check(&nested("require-nested='false'", ""), "13", "a() c()");
    check(&nested("break='on-true'", ""), "12", "a()");
    let anti = "<condition field='destination_number' expression='x' break='never'><anti-action application='b'/>\
                <condition><action application='in'/></condition></condition>";
    check(&behind(anti), "1", "b() in()");
}

#[test]
fn time_conditions() {
    check(&behind("<condition year='1999'><action application='a'/></condition>"), "1", "last()");
    check(&behind("<condition year='1999-2999'><action application='a'/></condition>"), "1", "a()");
    // About time and a field: it holds when either does, and the field says whether the extension is found.
    let both =
        "<condition year='1999-2999' field='destination_number' expression='^1$'><action application='a'/></condition>";
    check(&behind(both), "1", "a()");
    check(&behind(both), "2", "a() last()");
    let config = config(&behind("<condition tz-offset='-5' hour='19'><action application='a'/></condition>"));
    let mut rehearsal = Rehearsal::new(&config, profile("1"), set);
    rehearsal.set("tod_tz_offset", "-5");
    rehearsal.at(chrono::DateTime::from_timestamp(0, 0).unwrap().into());
    assert_eq!(hunt_with(&mut rehearsal, &config, &mut Told::default()).as_deref(), Some("a()"));
}

#[test]
fn actions_repeat_and_inline_ones_are_done_at_once() {
    let e = "<condition><action application='a' loop='2'/><action application='b' loop='0'/></condition>";
    check(&behind(e), "1", "a() a()");
    let inline = "<extension continue='true'><condition field='destination_number' expression='^3(.)$'>\
                  <action application='set' data='digit=$1' inline='true'/></condition></extension>\
                  <extension><condition field='${digit}' expression='^5$'><action application='a'/></condition></extension>";
    check(inline, "35", "a()");
    // There is an extension, but nothing is left to do.
    check(inline, "36", "");
    check(inline, "4", "-");
}

#[test]
fn continue_goes_on_and_auto_hunt_begins_elsewhere() {
    let three = "<extension name='1' continue='true'><condition><action application='a'/></condition></extension>\
                 <extension name='2'><condition><action application='b'/></condition></extension>";
    check(three, "2", "a() b()");
    let config = config(three);
    let mut rehearsal = Rehearsal::new(&config, profile("2"), set);
    rehearsal.set("auto_hunt", "true");
    assert_eq!(hunt_with(&mut rehearsal, &config, &mut Told::default()).as_deref(), Some("b()"));
}

#[test]
fn a_trace_tells_what_was_seen() {
    let config = config(&behind(
        "<condition field='${expr(1+1)}' expression='^2$'/><condition><action application='x'/></condition>",
    ));
    let mut rehearsal = Rehearsal::new(&config, profile("1"), set);
    let mut told = Told::default();
    assert_eq!(hunt_with(&mut rehearsal, &config, &mut told).as_deref(), Some("last()"));
    assert_eq!(told.0, ["e left out ${expr(1+1)}", "e ${expr(1+1)}() =~ ^2$: false", "e break on-false"]);
}

#[test]
fn an_action_knows_where_it_stands() {
    let config = config("\n<extension name='e'>\n<condition>\n<action application='a'/></condition></extension>");
    let mut rehearsal = Rehearsal::new(&config, profile("1"), set);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let actions = runtime.block_on(rehearsal.hunt(&config.dialplan, None)).unwrap();
    assert_eq!(actions[0].standing.to_string(), "extension \"e\" at freeswitch.xml:4");
}

proptest! {
    #[test]
    fn any_dialplan_and_number_come_to_an_end(
        conditions in prop::collection::vec(
            ("(\\^?[0-9(]?\\(?[0-9]\\)?\\$?|\\$\\{list\\})", 0..4_usize, any::<bool>(), 0..3_usize),
            0..6,
        ),
        number in "[0-9$\\{}]{0,6}",
    ) {
        let breaks = ["on-true", "on-false", "always", "never"];
        let mut inside = String::new();
        for (expression, rule, nests, kind) in &conditions {
            let rule = breaks[*rule];
            let attribute = [" regex='any'", " regex='xor'", " field='destination_number'"][*kind];
            inside += &format!(
                "<condition{attribute} break='{rule}' expression='{expression}'>\
                 <regex field='destination_number' expression='{expression}'/><action application='a' data='$1'/>"
            );
            inside += if *nests { "<condition field='ani' expression=''/></condition>" } else { "</condition>" };
        }
        let found = route(&behind(&inside), &number);
        prop_assert!(found.len() < 4000);
    }
}
