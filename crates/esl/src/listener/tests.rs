use super::*;
use strowger_event::EventKind;

fn handle(listener: &mut Listener, line: &str) -> Action {
    let packet = Packet { command: line.to_string(), ..Packet::default() };
    listener.handle(packet, || "new-uuid".to_string())
}

fn reply_text(reply: &[u8]) -> String {
    let text = String::from_utf8(reply.to_vec()).unwrap();
    let text = text.strip_prefix("Content-Type: command/reply\nReply-Text: ").unwrap();
    text.strip_suffix("\n\n").unwrap().to_string()
}

fn check(listener: &mut Listener, line: &str, expected: &str) {
    match handle(listener, line) {
        Action::Reply(reply) | Action::Subscribe { reply, .. } | Action::SetLog { reply } | Action::Close(reply) => {
            assert_eq!(reply_text(&reply), expected, "{line}");
        }
        other => panic!("{line}: {other:?}"),
    }
}

fn authenticated() -> Listener {
    let mut listener = Listener::inbound(Instant::now());
    assert!(matches!(handle(&mut listener, "auth x"), Action::CheckPassword { password } if password == "x"));
    assert!(matches!(listener.password_checked(true), Action::Reply(reply) if reply_text(&reply) == "+OK accepted"));
    listener
}

#[test]
fn before_the_password_nothing_else_is_known() {
    let now = Instant::now();
    let mut listener = Listener::inbound(now);
    assert_eq!(listener.deadline(), Some(now + Duration::from_secs(25)));
    assert_eq!(listener.limits(), Limits::STRANGER);
    for line in ["api status", "event plain ALL", "sendevent CUSTOM"] {
        assert!(matches!(handle(&mut listener, line), Action::Reply(r) if reply_text(&r) == "-ERR command not found"));
    }
    assert!(matches!(handle(&mut listener, "auth ClueCon"), Action::CheckPassword { .. }));
    assert!(matches!(handle(&mut listener, "api x"), Action::Close(r) if reply_text(&r) == "-ERR command not found"));
    listener.password_checked(true);
    assert_eq!((listener.deadline(), listener.limits()), (None, Limits::SERVER));
    check(&mut listener, "auth ClueCon", "-ERR command not found");
}

#[test]
fn a_wrong_password_closes_the_connection() {
    let mut listener = Listener::inbound(Instant::now());
    assert!(matches!(listener.password_checked(false), Action::Close(reply) if reply_text(&reply) == "-ERR invalid"));
    assert!(matches!(listener.user_checked(None), Action::Close(reply) if reply_text(&reply) == "-ERR invalid"));
    assert!(matches!(handle(&mut listener, "userauth nobody"), Action::Close(_)));
    assert!(!listener.is_authenticated());
    assert!(matches!(handle(&mut listener, "exit"), Action::Close(reply) if reply_text(&reply) == "+OK bye"));
}

#[test]
fn a_user_has_what_it_was_given() {
    let mut listener = Listener::inbound(Instant::now());
    assert!(matches!(
        handle(&mut listener, "userauth operator@127.0.0.1:secret"),
        Action::CheckUser { user, domain, password } if (&*user, &*domain, &*password) == ("operator", "127.0.0.1", "secret")
    ));
    let (events, api) = ("CHANNEL_CREATE CHANNEL_HANGUP CUSTOM a::b", "status version bgapi echo");
    let Action::Reply(reply) =
        listener.user_checked(Some(Permissions::of_params(Some(events), Some(api), Some(false))))
    else {
        panic!("no reply")
    };
    assert_eq!(
        reply_text(&reply),
        format!("+OK accepted\nAllowed-Events: {events}\nAllowed-API: {api}\nAllowed-LOG: false")
    );
    for line in ["event plain CHANNEL_DESTROY", "api reloadxml", "bgapi reloadxml", "api bgapi reloadxml", "log 7"] {
        check(&mut listener, line, "-ERR permission denied");
    }
    check(&mut listener, "event plain CHANNEL_CREATE", "+OK event listener enabled plain");
    assert!(matches!(handle(&mut listener, "api version short"), Action::Api { console: false, .. }));
}

#[test]
fn a_user_may_be_limited_to_some_commands_and_calls() {
    let mut listener = Listener::inbound(Instant::now());
    let limited = Permissions::of_params(Some("API"), None, None).limited_to(Some("event"), Some("a=b"));
    let Action::Reply(reply) = listener.user_checked(Some(limited)) else { panic!("no reply") };
    assert!(reply_text(&reply).ends_with("Allowed-LOG: true\nAllowed-Commands: event\nAllowed-Channels: a=b"));
    for line in
        ["api status", "bgapi status", "sendevent X", "sendmsg u", "myevents u", "log 7", "filter a b", "linger"]
    {
        check(&mut listener, line, "-ERR permission denied");
    }
    check(&mut listener, "events json API", "+OK event listener enabled json");
    check(&mut listener, "nixevent API", "+OK events nixed");
    check(&mut listener, "noevents", "+OK no longer listening for events");
    check(&mut listener, "nolog", "-ERR not loging");
    check(&mut listener, "frobnicate", "-ERR command not found");
    assert_eq!(listener.interest().scope.len(), 1);
    assert!(matches!(handle(&mut listener, "exit"), Action::Close(_)));
    let mut deaf = Listener::inbound(Instant::now());
    deaf.user_checked(Some(Permissions::of_params(Some("API"), None, None)));
    check(&mut deaf, "myevents u", "-ERR permission denied");
}

#[test]
fn the_console_is_not_for_users_with_few_commands() {
    let mut listener = Listener::inbound(Instant::now());
    listener.user_checked(Some(Permissions::of_params(None, Some("echo"), None)));
    let packet = Packet {
        command: "api echo a;;reloadxml".to_string(),
        headers: [("console_execute", "true")].into_iter().collect(),
        body: None,
    };
    let Action::Api { command, args, console } = listener.handle(packet, String::new) else { panic!("not run") };
    assert_eq!((command.as_str(), args.as_deref(), console), ("echo", Some("a;;reloadxml"), false));
}

#[test]
fn subscriptions_are_refused_as_freeswitch_does() {
    let mut listener = authenticated();
    for line in ["event", "event plain", "event nosuch", "event plain NOSUCH_EVENT", "nixevent", "nixevent nosuch"] {
        check(&mut listener, line, "-ERR no keywords supplied");
    }
    check(&mut listener, "noevents", "-ERR not listening for events");
    check(&mut listener, "nolog", "-ERR not loging");
    check(&mut listener, "frobnicate", "-ERR command not found");
    check(&mut listener, "EVENT PLAIN channel_create", "+OK event listener enabled plain");
    assert!(listener.interest().kinds.contains(EventKind::ChannelCreate));
    check(&mut listener, "events json API", "+OK event listener enabled json");
    check(&mut listener, "event DTMF", "+OK event listener enabled json");
    assert_eq!((listener.format(), listener.interest().kinds.len()), (Format::Json, 3));
    assert!(matches!(handle(&mut listener, "noevents"), Action::Subscribe { flush: true, reply }
        if reply_text(&reply) == "+OK no longer listening for events"));
    assert!(listener.interest().kinds.is_empty());
    check(&mut listener, "nixevent ALL", "+OK events nixed");
    check(&mut listener, "noevents", "+OK no longer listening for events");
}

#[test]
fn filters_are_echoed() {
    let mut listener = authenticated();
    check(&mut listener, "filter", "-ERR command not found");
    check(&mut listener, "filter Unique-ID", "-ERR invalid syntax");
    check(&mut listener, "filter plain CUSTOM a::b", "+OK filter added. [plain]=[CUSTOM a::b]");
    check(&mut listener, "filter add who /(/", "+OK filter added. [who]=[/(/]");
    assert_eq!(listener.interest().filters.len(), 2);
    check(&mut listener, "filter delete who /(/", "+OK filter deleted. [who][/(/]");
    check(&mut listener, "filter delete all", "+OK filter deleted. [all][]");
    assert!(listener.interest().filters.is_empty());
}

#[test]
fn the_log_has_a_level() {
    let mut listener = authenticated();
    check(&mut listener, "log 6", "+OK log level 6 [6]");
    assert_eq!(listener.log_level(), Some(6));
    check(&mut listener, "log nosuch", "-ERR invalid log level");
    check(&mut listener, "log warning", "+OK log level warning [4]");
    check(&mut listener, "log ", "+OK log level  [7]");
    check(&mut listener, "nolog", "+OK no longer logging");
    assert_eq!(listener.log_level(), None);
    check(&mut listener, "nolog", "-ERR not loging");
}

#[test]
fn commands_run_in_the_shell() {
    let mut listener = authenticated();
    check(&mut listener, "api", "-ERR command not found");
    check(&mut listener, "bgapi", "-ERR command not found");
    assert!(matches!(handle(&mut listener, "api echo hello world"), Action::Api { command, args, console: false }
        if command == "echo" && args.as_deref() == Some("hello world")));
    assert!(matches!(handle(&mut listener, "bgapi nosuch"), Action::BgApi { job_uuid, args: None, .. }
        if job_uuid == "new-uuid"));
    assert!(matches!(handle(&mut listener, "sendevent GENERAL"), Action::SendEvent { event, uuid }
        if event.kind == EventKind::General && uuid == "new-uuid"));
    assert!(matches!(handle(&mut listener, "sendmsg"), Action::SendMsg { uuid: None, .. }));
}

#[test]
fn without_a_call_its_commands_are_refused() {
    let mut listener = authenticated();
    check(&mut listener, "linger", "-ERR not controlling a session");
    check(&mut listener, "nolinger", "-ERR not controlling a session");
    check(&mut listener, "divert_events on", "-ERR not controlling a session.");
    for line in ["getvar x", "connect", "resume", "myevents"] {
        check(&mut listener, line, "-ERR command not found");
    }
}

#[test]
fn with_a_call_its_commands_go_to_the_shell() {
    let mut listener = authenticated();
    assert!(matches!(handle(&mut listener, "myevents u json"), Action::MyEvents { uuid: Some(_), .. }));
    listener.control(Control::Full);
    assert!(matches!(listener.my_events(Some(Format::Json)), Action::Subscribe { reply, .. }
        if reply_text(&reply) == "+OK Events Enabled"));
    assert_eq!((listener.format(), listener.interest().kinds.len()), (Format::Json, 23));
    check(&mut listener, "myevents u json", "-ERR aready enabled.");
    check(&mut listener, "divert_events", "-ERR missing value.");
    for line in ["linger 1", "nolinger", "divert_events on", "connect", "resume", "getvar x"] {
        assert!(matches!(handle(&mut listener, line), Action::Session(_)), "{line}");
    }
    check(&mut listener, "frobnicate", "-ERR command not found");
}

#[test]
fn without_full_only_the_call_is_open() {
    let mut listener = Listener::outbound(Control::SingleChannel);
    for line in ["api status", "bgapi status", "event plain ALL", "sendevent X", "log 7", "linger", "noevents"] {
        check(&mut listener, line, "-ERR command not found");
    }
    check(&mut listener, "filter a b", "+OK filter added. [a]=[b]");
    for line in ["connect", "resume", "getvar x", "divert_events on"] {
        assert!(matches!(handle(&mut listener, line), Action::Session(_)), "{line}");
    }
    assert!(matches!(handle(&mut listener, "myevents"), Action::MyEvents { uuid: None, .. }));
    assert!(matches!(handle(&mut listener, "sendmsg"), Action::SendMsg { .. }));
    assert!(matches!(handle(&mut listener, "exit"), Action::Close(_)));
}
