use super::*;
use crate::source::MemorySource;

fn options() -> LoadOptions {
    LoadOptions {
        fixed: vec![("fixed".to_owned(), "F".to_owned())],
        preset: vec![("preset".to_owned(), "P<".to_owned())],
        env: |name| (name == "HOME_PHONE").then(|| "12&3".to_owned()),
        ..LoadOptions::default()
    }
}

fn run(files: &[(&str, &str)]) -> Result<Preprocessed, ConfigError> {
    preprocess(&MemorySource::new(files.iter().copied()), &options())
}

fn check(entry: &str, expected: &str) {
    assert_eq!(run(&[(ENTRY_FILE, entry)]).unwrap().text.text(), expected, "{entry:?}");
}

fn check_error(files: &[(&str, &str)], expected: &str) {
    let error = run(files).err().unwrap();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn variables_are_set_and_expanded_in_order() {
    check("<X-PRE-PROCESS cmd=\"set\" data=\"a=1\"/>$${a}<X-PRE-PROCESS cmd=\"set\" data=\"a=2$${a}\"/>$${a}", "121");
    check("<X-PRE-PROCESS cmd='set' data='a = \"x y\" '/>[$${a}]", "[x y]");
    check("<X-PRE-PROCESS cmd=\"set\" data=\"a=b=c&amp;d\"/>$${a}", "b=c&amp;d");
    check("$${preset} $${fixed}", "P&lt; F");
    check(
        "<X-PRE-PROCESS cmd=\"set\" data=\"preset=new\"/><X-PRE-PROCESS cmd=\"set\" data=\"fixed=new\"/>$${preset} $${fixed}",
        "new F",
    );
    check("<!--#set \"a=old form\"-->$${a}", "old form");
    check("<![CDATA[$${preset}]]>", "<![CDATA[P<]]>");
    check("<X-PRE-PROCESS cmd=\"env-set\" data=\"a=$HOME_PHONE\"/>$${a}", "12&amp;3");
}

#[test]
fn an_unknown_variable_is_empty_and_worth_a_warning() {
    let files = [(ENTRY_FILE, "\n<X-PRE-PROCESS cmd=\"include\" data=\"b.xml\"/>"), ("b.xml", "\n\n[$${nothing}]")];
    let read = run(&files).unwrap();
    assert_eq!(read.text.text(), "\n\n\n[]");
    let warnings: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["b.xml:3: $${nothing} is not set anywhere above: it is empty"]);
    let read =
        run(&[(ENTRY_FILE, "<X-PRE-PROCESS cmd='env-set' data='a=$NO'/>\n<X-PRE-PROCESS cmd='sing' data='a'/>")])
            .unwrap();
    let warnings: Vec<String> = read.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "freeswitch.xml:1: the environment has no NO: a is not set",
            "freeswitch.xml:2: cmd=\"sing\" is unknown and was passed over"
        ]
    );
}

#[test]
fn what_is_in_a_comment_is_not_run() {
    check("a<!-- <X-PRE-PROCESS cmd=\"exec\" data=\"x\"/>\n $${nothing} -->b", "a\nb");
}

#[test]
fn includes_lie_beside_the_including_file_or_in_the_folder() {
    let read = run(&[
        (ENTRY_FILE, "<X-PRE-PROCESS cmd=\"include\" data=\"dialplan/*.xml\"/>"),
        ("dialplan/a.xml", "<include><X-PRE-PROCESS cmd=\"include\" data=\"shared/*.xml\"/></include>"),
        ("dialplan/shared/1.xml", "<?xml version=\"1.0\"?><one/>"),
        ("dialplan/shared/2.xml", "<two/><X-PRE-PROCESS cmd=\"include\" data=\"top.xml\"/>"),
        ("shared/no.xml", "not this one"),
        ("top.xml", "<top/><X-PRE-PROCESS cmd=\"include\" data=\"none/*.xml\"/>"),
    ]);
    let read = read.unwrap();
    assert_eq!(read.text.text(), "<one/><two/><top/>");
    let place = |offset| read.text.places().at(offset).to_string();
    assert_eq!([place(0), place(6), place(12)], ["dialplan/shared/1.xml:1", "dialplan/shared/2.xml:1", "top.xml:1"]);
}

#[test]
fn a_directive_may_stand_in_a_line_and_lines_stay_right() {
    let read = run(&[
        (ENTRY_FILE, "<a>\n <b><X-PRE-PROCESS\n cmd=\"include\"\n data=\"x.xml\"/></b>\n</a>"),
        ("x.xml", "1\n2"),
    ]);
    let read = read.unwrap();
    assert_eq!(read.text.text(), "<a>\n <b>1\n2\n\n</b>\n</a>");
    let closing = read.text.text().find("</b>").unwrap();
    assert_eq!(read.text.places().at(closing).to_string(), "freeswitch.xml:4");
}

#[test]
fn what_runs_programs_or_asks_servers_is_refused() {
    check_error(
        &[(ENTRY_FILE, "\n<X-PRE-PROCESS cmd=\"exec\" data=\"cat /etc/passwd\"/>")],
        "freeswitch.xml:2: cmd=\"exec\" is refused: reading a configuration runs no programs, expected a file and \
         cmd=\"include\"",
    );
    check_error(
        &[(ENTRY_FILE, "<X-PRE-PROCESS cmd=\"exec-set\" data=\"ip=hostname -I\"/>")],
        "freeswitch.xml:1: cmd=\"exec-set\" is refused: reading a configuration runs no programs, expected cmd=\"set\", \
         cmd=\"env-set\" data=\"ip=$VARIABLE\" or --set ip=VALUE",
    );
    check_error(
        &[(ENTRY_FILE, "<X-PRE-PROCESS cmd=\"stun-set\" data=\"ext=stun:x\"/>")],
        "freeswitch.xml:1: cmd=\"stun-set\" is refused: reading a configuration asks no server on the network, expected \
         cmd=\"set\", cmd=\"env-set\" data=\"ext=$VARIABLE\" or --set ext=VALUE",
    );
    check("<X-PRE-PROCESS cmd=\"stun-set\" data=\"fixed=stun:x\"/>$${fixed}", "F");
}

#[test]
fn errors_name_the_directive() {
    let one = |text| [(ENTRY_FILE, text)];
    check_error(
        &one("\n<X-PRE-PROCESS data=\"a=b\"/>"),
        "freeswitch.xml:2: this X-PRE-PROCESS tag has no cmd=\"..\", expected <X-PRE-PROCESS cmd=\"set|include|env-set\" data=\"..\"/>",
    );
    check_error(
        &one("<X-PRE-PROCESS cmd=\"set\" data=\"a=b\">"),
        "freeswitch.xml:1: this X-PRE-PROCESS tag is not closed, expected <X-PRE-PROCESS cmd=\"set|include|env-set\" data=\"..\"/>",
    );
    check_error(&one("<X-PRE-PROCESS cmd=\"set\" data=\"ab\"/>"), "freeswitch.xml:1: set \"ab\", expected NAME=VALUE");
    check_error(
        &one("<X-PRE-PROCESS cmd=\"include\"/>"),
        "freeswitch.xml:1: an include without data=\"..\", expected data=\"FILE\" or data=\"FOLDER/*.xml\"",
    );
    check_error(&one("\n\n<!-- <a>"), "freeswitch.xml:3: this comment never ends, expected -->");
    check_error(
        &one("<X-PRE-PROCESS cmd=\"include\" data=\"no.xml\"/>"),
        "freeswitch.xml:1: cannot include \"no.xml\": no.xml: no such file, expected a file relative to this one or to the \
         configuration folder",
    );
    check_error(
        &[],
        "freeswitch.xml: no such file, expected the entry file of the configuration (strowger init DIR writes a complete one)",
    );
    check_error(
        &[
            (ENTRY_FILE, "<X-PRE-PROCESS cmd=\"include\" data=\"a.xml\"/>"),
            ("a.xml", "\n<X-PRE-PROCESS cmd=\"include\" data=\"*.xml\"/>"),
        ],
        "a.xml:2: \"a.xml\" is already being included (freeswitch.xml > a.xml), expected a file that does not include itself",
    );
}

#[test]
fn everything_ends() {
    let names: Vec<String> = (0..40).map(|n| format!("{n}.xml")).collect();
    let mut files = vec![(ENTRY_FILE.to_owned(), include(0))];
    files.extend(names.iter().enumerate().map(|(n, name)| (name.clone(), include(n + 1))));
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    check_error(&borrowed, "31.xml:1: this include is nested 33 deep, expected at most 32");

    let doubling = format!("<X-PRE-PROCESS cmd='set' data='a={}'/>", "x".repeat(100))
        + &"<X-PRE-PROCESS cmd='set' data='a=$${a}$${a}'/>".repeat(40);
    assert!(matches!(run(&[(ENTRY_FILE, &doubling)]), Err(ConfigError::TooLarge { .. })));

    let fan: Vec<(String, String)> = (0..20).map(|n| (format!("{n}.xml"), include(n + 1).repeat(4))).collect();
    let mut borrowed: Vec<(&str, &str)> = fan.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let entry = include(0);
    borrowed.extend([(ENTRY_FILE, entry.as_str()), ("20.xml", "")]);
    assert!(matches!(run(&borrowed), Err(ConfigError::TooLarge { .. })));
}

fn include(number: usize) -> String {
    format!("<X-PRE-PROCESS cmd='include' data='{number}.xml'/>")
}
