use super::*;
use crate::{Config, LoadOptions, MemorySource, load};

fn config(contexts: &str) -> Config {
    let text = format!("<d><section name='dialplan'>{contexts}</section></d>");
    load(&MemorySource::new([("freeswitch.xml", text)]), &LoadOptions::default()).unwrap()
}

#[test]
fn conditions_and_actions_are_read_in_full() {
    let config = config(
        r#"<context name="default"><extension name="e" continue="true">
        <condition field="destination_number" expression="^(\d+)$" break="on-true">
          <action application="set" data="a=$1" inline="true"/>
          <action application="say" loop="3"><![CDATA[ from <text> ]]></action>
          <anti-action application="hangup"/>
          <condition field="${x}" require-nested="false"><expression>^${y}$</expression></condition>
        </condition>
        <condition regex="xor" wday="2-6"><regex field="a" expression="b"/><regex field="c"/><regex hour="9-17"/></condition>
        </extension></context>"#,
    );
    let extension = &config.dialplan.context("DEFAULT").unwrap().extensions[0];
    assert_eq!((extension.name.as_str(), extension.continue_, extension.line), ("e", true, 1));
    let [first, second] = extension.conditions.as_slice() else { panic!("two conditions") };
    assert_eq!((first.field.as_deref(), first.break_, first.line), (Some("destination_number"), Break::OnTrue, 2));
    let action = |application: &str, data: &str, inline, loop_count, line| Action {
        application: application.into(),
        data: data.into(),
        inline,
        loop_count,
        line,
    };
    assert_eq!(first.actions, [action("set", "a=$1", true, 1, 3), action("say", "from <text>", false, 3, 4)]);
    assert_eq!(first.anti_actions, [action("hangup", "", false, 1, 5)]);
    let nested = &first.conditions[0];
    assert!(!nested.require_nested && first.require_nested && nested.expression.is_template());
    let times = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
    assert_eq!((second.regex, second.field.as_deref()), (Some(RegexMode::Xor), None));
    assert_eq!(second.calendar, times("wday", "2-6"));
    let regex = |regex: &Regex| (regex.field.clone().unwrap_or_default(), regex.expression.source.clone());
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(second.regexes.iter().map(regex).collect::<Vec<_>>(), [pair("a", "b"), pair("c", ""), pair("", "")]);
    assert_eq!(second.regexes[2].calendar, times("hour", "9-17"));
    assert_eq!(second.regexes[2].field, None);
}

#[test]
fn the_global_context_stands_in_for_an_unknown_one() {
    let contexts = config("<context name='a'/><context name='global'/>").dialplan;
    assert_eq!(contexts.context("nowhere").unwrap().name, "global");
    assert!(config("<context name='a'/>").dialplan.context("nowhere").is_none());
}

#[test]
fn what_surprises_is_worth_a_warning() {
    let check = |inside: &str, expected: &str| {
        let found = config(&format!("<context name='a'>\n<extension name='e'>{inside}</extension></context>"));
        let warnings: Vec<String> = found.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warnings.len(), 1, "{inside}: {warnings:?}");
        assert!(warnings[0].starts_with("freeswitch.xml:2: "), "{warnings:?}");
        assert!(warnings[0].contains(expected), "{warnings:?}");
    };
    check("<action application='x'/>", "<action> stands outside of a <condition>: it is never done");
    check("<condition expression='1'/>", "the expression says nothing");
    check("<condition field='ani' expression='^(1'/>", "\"^(1\" does not compile");
    check("<condition regex='all'><regex field='ani' expression='*'/></condition>", "it never matches");
    check("<condition field='ani' expression='1' wday='2-6'/>", "it holds when either does");
    check("<condition><regex field='ani' expression='1'/></condition>", "the <regex> says nothing");
}
