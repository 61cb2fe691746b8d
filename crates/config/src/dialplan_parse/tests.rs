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
    assert!(!nested.require_nested && first.require_nested && !nested.expression.as_ref().unwrap().is_static());
    assert_eq!((second.regex, second.attr("wday"), second.field.as_deref()), (Some(RegexMode::Xor), Some("2-6"), None));
    let regexes: Vec<_> =
        second.regexes.iter().map(|(field, pattern)| (field.as_str(), pattern.source.as_str())).collect();
    assert_eq!(regexes, [("a", "b"), ("c", ""), ("", "")]);
    assert_eq!(second.regex_attributes[2], [("hour".to_owned(), "9-17".to_owned())]);
}

#[test]
fn the_global_context_stands_in_for_an_unknown_one() {
    let contexts = config("<context name='a'/><context name='global'/>").dialplan;
    assert_eq!(contexts.context("nowhere").unwrap().name, "global");
    assert!(config("<context name='a'/>").dialplan.context("nowhere").is_none());
}

#[test]
fn what_never_happens_is_worth_a_warning() {
    let config = config(
        "<context name='a'><extension><action application='x'/><condition expression='1'/></extension></context>",
    );
    assert_eq!(config.dialplan.contexts[0].extensions[0].conditions[0].expression, None);
    let warnings: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "freeswitch.xml:1: <action> stands outside of a <condition>: it is never done",
            "freeswitch.xml:1: this condition has an expression but no field: it always holds"
        ]
    );
}
