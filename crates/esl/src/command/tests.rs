use super::*;
use proptest::prelude::*;

fn parsed(line: &str, headers: &[(&str, &str)]) -> Command {
    Command::parse(&Packet { command: line.to_string(), headers: headers.iter().copied().collect(), body: None })
}

fn check(line: &str, expected: &Command) {
    assert_eq!(&parsed(line, &[]), expected, "{line:?}");
}

fn some(text: &str) -> Option<String> {
    Some(text.to_string())
}

fn event(format: Option<Format>, names: &[&str]) -> Command {
    Command::Event { format, names: names.iter().map(|name| (*name).to_string()).collect() }
}

#[test]
fn names_match_in_any_case_and_by_prefix() {
    for line in ["exit", "EXIT", "exitfoo", "exit now", "...", "....."] {
        check(line, &Command::Exit);
    }
    for line in ["", "frobnicate", "api", "bgapi", "filter", "auth", "userauth", "exi", "é"] {
        check(line, &Command::Unknown);
    }
    check("NoEventsPlease", &Command::NoEvents);
    check("nologs", &Command::NoLog);
    check("nolinger", &Command::NoLinger);
    check("connect me", &Command::Connect);
}

#[test]
fn events_have_a_form_and_names() {
    check("event", &event(None, &[]));
    check("event plain", &event(Some(Format::Plain), &[]));
    check("events JSON  ALL", &event(Some(Format::Json), &["ALL"]));
    check("event API plain", &event(None, &["API", "plain"]));
    check("nixevent CUSTOM a::b\rx", &Command::NixEvent { names: vec!["CUSTOM".to_string(), "a::b".to_string()] });
}

#[test]
fn users_come_in_two_orders() {
    let user = |user: &str, domain: &str, password: &str| Command::UserAuth {
        user: user.to_string(),
        domain: domain.to_string(),
        password: password.to_string(),
    };
    check("userauth op@127.0.0.1:se:cret", &user("op", "127.0.0.1", "se:cret"));
    check("userauth op:secret@example.com", &user("op", "example.com", "secret"));
    check("userauth op", &user("op", "", ""));
    check("auth a b", &Command::Auth { password: "a b".to_string() });
}

#[test]
fn filters_are_added_and_deleted() {
    let add = |header: &str, value: &str| {
        Command::Filter(Filtering::Add { header: header.to_string(), value: value.to_string() })
    };
    let delete = |header: &str, value: Option<&str>| {
        Command::Filter(Filtering::Delete { header: header.to_string(), value: value.map(str::to_string) })
    };
    check("filter plain all", &add("plain", "all"));
    check("filter ADD who - 1002", &add("who", "- 1002"));
    check("filter plain CUSTOM a::b", &add("plain", "CUSTOM a::b"));
    check("filter delete all", &delete("all", None));
    check("filter Delete a b c", &delete("a", Some("b c")));
    for line in ["filter Unique-ID", "filter add X", "filter delete", "filter "] {
        check(line, &Command::Filter(Filtering::Invalid));
    }
}

#[test]
fn api_commands_have_one_space() {
    let api = |command: &str, args: Option<&str>, console| Command::Api {
        command: command.to_string(),
        args: args.map(str::to_string),
        console,
    };
    check("api status", &api("status", None, false));
    check("API  echo  a b ", &api("echo", Some(" a b "), false));
    check("api ", &api("", None, false));
    assert_eq!(parsed("api a b;;c", &[("Console_Execute", "true")]), api("a b;;c", None, true));
    let job = |job_uuid| Command::BgApi { command: "echo".to_string(), args: some("x"), job_uuid };
    check("bgapi echo x", &job(None));
    assert_eq!(parsed("bgapi echo x", &[("job-uuid", "u")]), job(some("u")));
}

#[test]
fn commands_about_calls_name_them() {
    check("sendmsg", &Command::SendMsg { uuid: None });
    check("sendmsg  u ", &Command::SendMsg { uuid: some("u") });
    assert_eq!(parsed("sendmsg", &[("session-id", "v")]), Command::SendMsg { uuid: some("v") });
    check("sendevent", &Command::SendEvent { name: None });
    check("sendevent CUSTOM", &Command::SendEvent { name: some("CUSTOM") });
    check("myevents", &Command::MyEvents { uuid: None, format: None });
    check("myevents u json", &Command::MyEvents { uuid: some("u"), format: Some(Format::Json) });
    check("myevents xml", &Command::MyEvents { uuid: None, format: Some(Format::Xml) });
    check("divert_events", &Command::DivertEvents { on: None });
    check("divert_events ON", &Command::DivertEvents { on: Some(true) });
    check("divert_events off", &Command::DivertEvents { on: Some(false) });
    check("getvar x", &Command::GetVar { name: some("x") });
    check("linger", &Command::Linger { seconds: None });
    check("linger 10s", &Command::Linger { seconds: Some(10) });
    check("resume", &Command::Resume);
}

#[test]
fn levels_have_numbers_and_names() {
    let check = |text, level| assert_eq!(log_level(text), level, "{text}");
    check("", Some(7));
    check("6", Some(6));
    check("99999", Some(7));
    check("Console", Some(0));
    check("err", Some(3));
    check("DEBUG", Some(7));
    check("nosuch", None);
    check("-1", None);
    assert_eq!(parsed("log 6 x", &[]), Command::Log { level: "6".to_string() });
    assert_eq!(parsed("log", &[]), Command::Log { level: String::new() });
}

#[test]
fn each_command_knows_its_name() {
    for (form, _) in FORMS {
        let name = if form == "..." { "exit" } else { form.trim_end() };
        assert_eq!(parsed(&format!("{form} x"), &[]).name(), name);
        assert_eq!(known_name(&form.trim_end().to_uppercase()), Some(form.trim_end()));
    }
    assert_eq!((known_name("events"), known_name("api"), known_name("")), (Some("event"), Some("api"), None));
    assert_eq!((Command::Unknown.name(), known_name("frobnicate")), ("", None));
}

proptest! {
    #[test]
    fn no_line_upsets_it(line in any::<String>(), name in 0..FORMS.len()) {
        parsed(&line, &[]);
        parsed(&format!("{}{line}", FORMS[name].0), &[]);
    }
}
