//! `strowger check dialplan` as its user meets it, docs/dialplan.md's example included.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::fs;

use support::{LIMIT, Server, configured, repository, run, serve, strowger};

#[test]
fn the_documents_example_is_what_is_printed() {
    let page = fs::read_to_string(repository("docs/dialplan.md")).unwrap();
    let (_, block) = page.split_once("```console\n$ strowger ").expect("an example");
    let (block, _) = block.split_once("```").unwrap();
    let (line, expected) = block.split_once('\n').unwrap();
    let mut command = strowger();
    let output = command.args(line.split(' ')).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_exit_status_says_whether_there_is_a_route() {
    let conf = configured(
        "check_dialplan",
        r#"<extension name="gold"><condition field="${tier}" expression="^gold$"><action application="park"/></condition></extension>"#,
    );
    let check = |words: &[&str]| run(strowger().args(["check", "dialplan", "--conf"]).arg(&conf).args(words));
    let has_route = check(&["default", "no such number", "tier=gold"]);
    assert_eq!(has_route.code, Some(0), "{}", has_route.said);
    let none = check(&["default", "no such number"]);
    assert_eq!(none.code, Some(1), "{}", none.said);
    let lost = check(&["nowhere", "1"]);
    assert_eq!(lost.code, Some(2), "{}", lost.said);
    assert!(lost.said.contains("no context \"nowhere\", expected ") && lost.said.contains("default"), "{}", lost.said);
    let wrong = check(&["default", "1", "tier"]);
    assert_eq!(wrong.code, Some(2), "{}", wrong.said);
}

#[test]
fn the_log_tells_the_way_and_names_what_leads_nowhere() {
    let conf = configured(
        "told_dialplan",
        r#"<extension name="typo"><condition field="destination_number" expression="^9$">
        <action application="ecco"/></condition></extension>
        <extension name="circle"><condition field="destination_number" expression="^8$">
        <action application="transfer" data="8"/></condition></extension>"#,
    );
    let text = fs::read_to_string(conf.join("freeswitch.xml")).unwrap();
    let line = |part: &str| 1 + text.lines().position(|line| line.contains(part)).unwrap();
    let server = Server::start(serve(&conf).arg("--log").arg("debug"));
    let mut events = server.login();
    events.command("event plain CHANNEL_HANGUP_COMPLETE").unwrap();
    for number in ["9", "8"] {
        server.login().api(&format!("originate null/one {number}")).unwrap();
        events.event().unwrap();
    }
    server.switch.signal("TERM").unwrap();
    let said = server.switch.ended(LIMIT).unwrap().said;
    for part in [
        "Dialplan: null/one parsing [default->typo] continue=false".to_owned(),
        "Dialplan: null/one Regex (PASS) [typo] destination_number(9) =~ /^9$/ break=on-false".to_owned(),
        "Dialplan: null/one Action ecco()".to_owned(),
        format!("Invalid application ecco (extension \"typo\" at freeswitch.xml:{})", line("ecco")),
        format!("to 8 XML default (extension \"circle\" at freeswitch.xml:{})", line("data=\"8\"")),
    ] {
        assert!(said.contains(&part), "{part} is not in {said}");
    }
}
